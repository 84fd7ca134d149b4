import type { Clock } from '../clock.js'

/**
 * How often signing has failed in a row. All signatures of one source share it, because their endpoint is the same. A fresh URL that the CDN refuses, and the same
 * dead URL again, are failures too.
 */
export class Tries {
  readonly #clock: Clock
  #failed = 0
  #lastFailedAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get failed(): number {
    return this.#failed
  }

  /** Device's clock, epoch ms. */
  get lastFailedAt(): number {
    return this.#lastFailedAt
  }

  noteFailed(): void {
    this.#failed += 1
    this.#lastFailedAt = this.#clock.now()
  }

  /** The CDN served media with a URL that was requested at `issuedAt`. What an older URL still brings shows nothing. */
  noteArrived(issuedAt: number): void {
    if (issuedAt >= this.#lastFailedAt) this.#failed = 0
  }
}
