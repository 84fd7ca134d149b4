import { proveByExpiry } from './clock.js'
import type { Signature } from './signature.js'
import { fileName } from './split-url.js'

/** One try of a request, as it was sent. */
export interface Try {
  readonly url: string
  /** Device's clock. */
  readonly at: number
  /** It carried the newest credentials: carrying them onto its URL again changes nothing, and they were issued before it was sent (cookies change under one URL). */
  readonly isCurrent: boolean
}

/** Finds out what it means that the CDN refuses a file of one signature. */
export class Refusals {
  readonly #signature: Signature
  /** Accepted URLs in a row that were refused with 401 or 403 while they looked valid. */
  #early = 0
  /** How often in a row each file was refused. */
  readonly #ofFile = new Map<string, number>()
  /** A file was served since the last refusal. */
  #hasServed = false

  constructor(signature: Signature) {
    this.#signature = signature
  }

  noteServed({ url }: Try): void {
    this.#hasServed = true
    this.#ofFile.delete(fileName(url))
  }

  /**
   * Whether `status`, the answer to `sent`, means that the CDN no longer accepts the credentials.
   *
   * Status 0 is an error whose status the browser hides, as it does for a refusal without CORS headers. It counts as a refusal near expiry and after it,
   * and once per accepted URL before.
   */
  isRefusal(status: number, sent: Try): boolean {
    const { issue, settings } = this.#signature
    if (status !== 0) return settings.refusedStatuses.includes(status) && !this.#isOwnRefusal(status, sent)
    if (!issue || !settings.environment.isOnline()) return false
    if (!sent.isCurrent || this.#signature.isNearExpiry) return true
    if (issue.isSuspected || issue.acceptedAt === undefined) return false
    this.#signature.suspect()
    return true
  }

  /** Takes a refusal in: the issue that it is about is given up, and a CDN that says "expired" too early shows what its clock is. */
  note(status: number, sent: Try): void {
    const { settings } = this.#signature
    settings.stats.refusals += 1
    // With nothing served since the last refusal it is the CDN that refuses, not a file that is missing.
    if (!this.#hasServed) this.#ofFile.clear()
    this.#hasServed = false
    const file = fileName(sent.url)
    this.#ofFile.set(file, (this.#ofFile.get(file) ?? 0) + 1)
    if (sent.isCurrent) this.#refuse(status, sent)
  }

  #refuse(status: number, { at }: Try): void {
    const signature = this.#signature
    const { issue, validity } = signature
    if (!issue || issue.isRefused) return
    const looksValid = validity !== 'expired'
    signature.refuse(status)
    const { expiresAt, measuredEndsAt, acceptedAt, isDoubtful } = issue
    if (expiresAt === undefined || measuredEndsAt !== undefined) return
    const isEarly = looksValid && acceptedAt !== undefined && status !== 0
    this.#early = isEarly ? this.#early + 1 : 0
    // 410 says "expired". 401 and 403 may also mean another address: one alone says nothing about clocks.
    const isExpiry = status === 410 || this.#early >= 2
    if (isExpiry && (looksValid || isDoubtful)) proveByExpiry(signature.settings.clock, expiresAt, at, acceptedAt)
  }

  /**
   * Whether fresh URL after fresh URL is refused for this file while others are served in between: then the 403 is about the file,
   * as S3 answers for a missing one.
   */
  #isOwnRefusal(status: number, { url }: Try): boolean {
    const { maxAttempts } = this.#signature.settings.retry
    return status !== 410 && (this.#ofFile.get(fileName(url)) ?? 0) > maxAttempts
  }
}
