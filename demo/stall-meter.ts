/** One look at the player. */
export interface Glance {
  /** ms of a clock that never jumps. */
  readonly at: number
  /** `currentTime`, seconds. */
  readonly position: number
  /** Not paused, not seeking, not ended, no error: the picture ought to move. */
  readonly shouldMove: boolean
}

/**
 * A picture that rests for less is none that anyone saw resting: some browsers move `currentTime` once a frame, and starting after a
 * pause takes two or three. Past this, a stall counts from its first millisecond.
 */
const UNSEEN_MS = 120

/**
 * Adds up how long the film stood still when it should have moved, from the first frame on.
 * Knows nothing of buffers or requests: only whether the picture moves is what a viewer sees.
 */
export class StallMeter {
  #stalledMs = 0
  #hasStarted = false
  #last: Glance | undefined
  #movedAt = 0

  /** Whole milliseconds. */
  get stalledMs(): number {
    return Math.round(this.#stalledMs + this.#pendingMs)
  }

  get isStalled(): boolean {
    return this.#pendingMs > 0
  }

  look(glance: Glance): void {
    const last = this.#last
    this.#last = glance
    if (!last?.shouldMove || !glance.shouldMove) {
      // What stood still until the viewer paused was a stall all the same.
      if (last?.shouldMove) this.#stalledMs += stallMs(this.#hasStarted, last.at - this.#movedAt)
      this.#movedAt = glance.at
    } else if (glance.position !== last.position) {
      this.#stalledMs += stallMs(this.#hasStarted, last.at - this.#movedAt)
      this.#hasStarted = true
      this.#movedAt = glance.at
    }
  }

  get #pendingMs(): number {
    const last = this.#last
    return last?.shouldMove ? stallMs(this.#hasStarted, last.at - this.#movedAt) : 0
  }
}

function stallMs(hasStarted: boolean, restedMs: number): number {
  return hasStarted && restedMs > UNSEEN_MS ? restedMs : 0
}
