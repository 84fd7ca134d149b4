/** A swap's load is over once the video has played this far: with little loaded ahead, browsers stop again after the first frames. */
const SETTLED_S = 2

/** The events of a swap's load that fire after its first frame, when the mask is off. */
const LATE_EVENTS: ReadonlySet<string> = new Set([
  ...['durationchange', 'loadeddata', 'canplay', 'canplaythrough', 'playing', 'seeked', 'suspend', 'resize'],
])

/** Holds back the events that a swap's load fires after its first frame, until the video has played on or fires events of its own. */
export class Settling {
  #isSettling = false
  #settledAt = 0
  /** The video has stopped again, and its `waiting` event is held back. */
  #isWaitingHeld = false

  begin(position: number): void {
    this.#isSettling = true
    this.#settledAt = position + SETTLED_S
    this.#isWaitingHeld = false
  }

  /** Whether an event belongs to the swap's load. */
  holds(type: string, position: number): boolean {
    if (!this.#isSettling) return false
    if (type === 'waiting') this.#isWaitingHeld = true
    else if (type === 'playing' && this.#isWaitingHeld) this.begin(position)
    // From here on, events belong to the video, not to the swap.
    else if (['seeking', 'play', 'pause'].includes(type)) this.#end()
    return this.#isSettling && (type === 'waiting' || LATE_EVENTS.has(type))
  }

  /** Whether the video has been stuck for so long that the held-back `waiting` event must fire. */
  look(position: number, isStuck: boolean): boolean {
    const isDue = this.#isWaitingHeld && isStuck
    if (isDue || (!this.#isWaitingHeld && position > this.#settledAt)) this.#end()
    return isDue
  }

  #end(): void {
    this.#isSettling = false
    this.#isWaitingHeld = false
  }
}
