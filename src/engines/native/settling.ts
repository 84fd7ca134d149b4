/** How far the film has gone on when a swap's load is over: with little loaded ahead, browsers stop again after their first frames. */
const SETTLED_S = 2

/** Events of a swap's load that come after its first frame, when the element shows itself again. */
const LATE_EVENTS: ReadonlySet<string> = new Set([
  ...['durationchange', 'loadeddata', 'canplay', 'canplaythrough', 'playing', 'seeked', 'suspend', 'resize'],
])

/** Holds back what a swap's load fires after its first frame, until the film has gone on or makes events of its own. */
export class Settling {
  #isSettling = false
  #settledAt = 0
  /** The film has stopped again, and nobody has heard of it. */
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
    // From here on the film makes its own events again.
    else if (['seeking', 'play', 'pause'].includes(type)) this.#end()
    return this.#isSettling && (type === 'waiting' || LATE_EVENTS.has(type))
  }

  /** Whether the film stands for so long that a `waiting` which was held back has to be told. */
  look(position: number, isStuck: boolean): boolean {
    const isTold = this.#isWaitingHeld && isStuck
    if (isTold || (!this.#isWaitingHeld && position > this.#settledAt)) this.#end()
    return isTold
  }

  #end(): void {
    this.#isSettling = false
    this.#isWaitingHeld = false
  }
}
