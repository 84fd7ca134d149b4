/** The state of the player at one moment. */
export interface Glance {
  /** ms, by a monotonic clock. */
  readonly at: number
  /** `currentTime`, seconds. */
  readonly position: number
  /** Not paused, seeking, ended or in error: the picture should move. */
  readonly shouldMove: boolean
}

/**
 * Shorter stops don't count, because no viewer sees them: some browsers update `currentTime` once per frame, and starting after a pause
 * takes two or three frames. A longer stall counts from its first millisecond.
 */
const UNSEEN_MS = 120

/**
 * Adds up how long the film stood still when it should have moved, from the first frame on.
 * Ignores buffers and requests: a viewer sees only whether the picture moves.
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
      // A stall that the viewer ended by pausing is a stall too.
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
