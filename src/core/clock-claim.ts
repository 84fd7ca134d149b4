import { SECOND_MS } from './clock.js'
import { endOf, type Issue } from './issue.js'

/**
 * What a refused issue says of the CDN's clock, as long as nothing else bears it out.
 *
 * An issue that was revoked looks like one that has expired by a clock that is ahead. And where that clock is believed, each following issue seems to live no longer
 * than the revoked one did, and is replaced before the CDN could show otherwise. So the CDN is asked once more with an issue that has ended by that clock.
 */
export class ClockClaim {
  /** What was believed before. */
  readonly priorSkew: number
  readonly #grainMs: number
  #tested: { readonly issue: Issue; readonly url: string; readonly endsAt: number } | undefined

  /** `grainMs`: between the last time that the CDN served the issue and its refusal. The end that the claim names is no more certain than that. */
  constructor(priorSkew: number, grainMs: number) {
    this.priorSkew = priorSkew
    // Expiries are whole seconds.
    this.#grainMs = grainMs + SECOND_MS
  }

  /**
   * Takes in that the CDN has served `url`, with credentials of `issue`. Returns the URL that shows whether the claim is true, once there is one: the CDN serves it no
   * longer if it is.
   */
  test(issue: Issue, url: string, skew: number, now: number): string | undefined {
    const tested = this.#tested
    if (tested)
      return tested.issue.signing !== issue.signing && now > tested.endsAt + this.#grainMs ? tested.url : undefined
    const endsAt = endOf(issue, skew)
    if (endsAt !== undefined) this.#tested = { issue, url, endsAt }
    return undefined
  }
}
