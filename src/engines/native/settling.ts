/** How far the film has gone on when a swap's load is over: WebKit stops once more after its first frames. */
const SETTLED_S = 1

/** Events of a swap's load that come after its first frame, when the element shows itself again. */
const LATE_EVENTS = [
  ...['durationchange', 'loadeddata', 'canplay', 'canplaythrough', 'playing', 'seeked', 'suspend', 'resize'],
]

/** Holds back what a swap's load fires after its first frame, until the film has gone on or makes events of its own. */
export class Settling {
  #late: ReadonlySet<string> = new Set()
  #settledAt = 0
  #isWaitingHeld = false

  begin(position: number): void {
    this.#late = new Set(LATE_EVENTS)
    this.#settledAt = position + SETTLED_S
  }

  /** Whether an event belongs to the swap's load. */
  holds(type: string): boolean {
    if (type === 'waiting' && this.#late.size > 0) {
      this.#isWaitingHeld = true
      return true
    }
    // From here on the film makes its own events again.
    if (['waiting', 'seeking', 'play', 'pause'].includes(type)) this.#late = new Set()
    return this.#late.has(type)
  }

  /** Whether the film stands for so long that a `waiting` which was held back has to be told. */
  look(position: number, hasMoved: boolean, isStuck: boolean): boolean {
    if (position > this.#settledAt) this.#late = new Set()
    if (hasMoved) this.#isWaitingHeld = false
    if (!this.#isWaitingHeld || !isStuck) return false
    this.#isWaitingHeld = false
    this.#late = new Set()
    return true
  }
}
