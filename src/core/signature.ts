import { proveByAcceptance } from './clock.js'
import type { Coverage } from './coverage/coverage.js'
import {
  endOf,
  following,
  type Issue,
  isNearExpiry,
  limitsOf,
  spreadMs,
  toIssue,
  type Validity,
  validityOf,
} from './issue.js'
import { Refreshable } from './refreshable.js'
import type { Answer, SignReason } from './signing/answer.js'
import type { Signing } from './signing/signing-client.js'

export type SourceStatus = 'idle' | 'signing' | 'fresh' | 'expired' | 'failed'

/** What `Signature.ready` takes into account. */
interface ReadyOptions {
  /** The status with which the CDN refused the request before. */
  readonly refusedWith?: number | undefined
  /** No other request will need the URL. */
  readonly isLast?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * One thing that is signed and refreshed: the URL in use and how long it will last. `Refreshable` gets the next one.
 *
 * Each signed URL is an *issue*; the answer of the endpoint that it was made from, with its times, is a *signing*. A *coverage* says which URLs the signature opens,
 * and carries its credentials onto them. Most media have one signature. Where files or playlists have their own, each is the signature of a *part*.
 *
 * Nothing ticks here. Requests ask whether they may be sent (`ready`), and what became of them is reported by `Refusals` and `SignedRequest` (`accept`, `suspect`,
 * `refuse`). A refresh begins because a request needs one, or because the page calls `refresh` or wakes up (`recheck`).
 */
export class Signature extends Refreshable {
  #coverage: Coverage | undefined
  #issue: Issue | undefined
  /** In media with several signatures: the one that was signed last. */
  #followed: Signature | undefined
  #signingMs = 0
  #sendMs = 0
  /** The page woke up, and nothing has been requested since: the first request signs, if it has to, with the reason `resumed`. */
  #hasResumed = false

  /** The newest, or undefined before the first. In media with several signatures, the one that their status and expiry are about. */
  override get issue(): Issue | undefined {
    return this.#followed?.issue ?? this.#issue
  }

  override get url(): string | undefined {
    return this.#issue?.url
  }

  override get validity(): Validity {
    return this.issue ? validityOf(this.issue, this.#moment()) : 'expired'
  }

  /** When the newest issue expires by the device's clock, as far as is known. */
  get endsAt(): number | undefined {
    return this.issue && endOf(this.issue, this.settings.clock.skew)
  }

  /** As far as the clock tells, the URL works; where nothing tells its expiry, it may. */
  get looksFresh(): boolean {
    const { issue, endsAt } = this
    return issue !== undefined && !issue.isDoubtful && (endsAt === undefined || !this.isNearExpiry)
  }

  /** The URL may have died: it is near its expiry or past it, or the expiry is unknown. */
  get isNearExpiry(): boolean {
    return this.issue !== undefined && isNearExpiry(this.issue, this.#moment())
  }

  get status(): SourceStatus {
    if (this.validity !== 'expired') return 'fresh'
    if (this.error) return 'failed'
    if (!this.issue) return this.isRefreshing ? 'signing' : 'idle'
    return 'expired'
  }

  /** Has `coverage` learn every issue, the present one included. */
  cover(coverage: Coverage): void {
    if (this.#issue) coverage.add(this.#issue.url, this.#issue.signing)
    this.#coverage = coverage
  }

  /** The first signed URL. Signs unless one was adopted; after a failure it waits for a refresh that succeeds. */
  async start(): Promise<string> {
    if (!this.#issue) await this.next('start')
    // By now there is one.
    return this.url ?? ''
  }

  /**
   * Takes a URL that the server signed into the page, and returns true, unless it looks expired. A fresh answer that looks expired is used, because our clock may
   * be wrong; a page may really be old.
   */
  adopt(answer: Answer): boolean {
    const { clock } = this.settings
    const now = clock.now()
    const signing = { answer, sentAt: now, receivedAt: now, isAdopted: true }
    if (toIssue(signing, clock).isDoubtful) return false
    this.take(signing)
    return true
  }

  override take(signing: Signing, isRefresh = true): number | undefined {
    const { clock, stats, tries } = this.settings
    const before = this.#issue
    const issue = toIssue(signing, clock)
    const isSame = issue.url === before?.url && !this.#coverage?.hasFixedUrl
    if (isSame && before?.isRefused) return undefined
    if (!isSame) this.#coverage?.add(issue.url, signing)
    const tookMs = signing.receivedAt - signing.sentAt
    // The longest lately, so that a slow endpoint gets its time.
    this.#signingMs = Math.max(tookMs, 0.7 * this.#signingMs)
    this.#issue = before ? following(issue, before, { ...this.#moment(), isSame, hasFailed: tries.failed > 0 }) : issue
    this.#followed = undefined
    if (before && !isSame && isRefresh) stats.refreshes += 1
    return tookMs
  }

  /** Forgets the issue: the next request waits for another. */
  forget(): void {
    this.#issue = undefined
  }

  /** Takes over the expiry of `part`, which has got a newer issue: it stands for all signatures of its media. Its own URL stays. */
  follow(part: Signature): void {
    this.#followed = part
  }

  /**
   * Undefined when a request may be sent at once; otherwise a promise for the next issue. Where the URL is due, a refresh begins behind the request, at a random
   * moment of the time left, so that viewers who load in step don't sign in step.
   */
  ready({ refusedWith, isLast, signal }: ReadyOptions = {}): Promise<void> | undefined {
    const hasResumed = this.#hasResumed
    this.#hasResumed = false
    const { validity } = this
    if (validity === 'due' && !isLast) this.#planRefresh()
    if (validity !== 'expired') return undefined
    // Unless the refused issue has been replaced since.
    const isRefused = refusedWith !== undefined && (!this.issue || this.issue.isRefused)
    if (isRefused) return this.#waited('refused', refusedWith, signal)
    return this.#waited(hasResumed ? 'resumed' : 'expired', undefined, signal)
  }

  /** The CDN's first byte came `ms` after the request was sent. */
  noteSendTime(ms: number): void {
    // A moving average.
    this.#sendMs = this.#sendMs === 0 ? ms : 0.7 * this.#sendMs + 0.3 * ms
  }

  /** The CDN served a request that was sent at `sentAt` with the issue in use. */
  accept(sentAt: number): void {
    const issue = this.#issue
    if (!issue || issue.isRefused) return
    this.#issue = { ...issue, acceptedAt: Math.max(issue.acceptedAt ?? 0, sentAt) }
    this.noteAccepted(issue.issuedAt)
    // An accepted URL has not expired by the server's clock. An expiry from `expiresIn` says nothing about that clock.
    if (issue.expiresAt !== undefined && issue.measuredEndsAt === undefined) {
      proveByAcceptance(this.settings.clock, issue.expiresAt, sentAt)
    }
  }

  /** A request with the issue in use failed without a status, and is sent again. */
  suspect(): void {
    if (this.#issue) this.#issue = { ...this.#issue, isSuspected: true }
  }

  /** The CDN refused the issue in use with `status`. */
  refuse(status: number): void {
    if (!this.#issue) return
    this.noteRefused(status, this.#issue.acceptedAt === undefined)
    this.#issue = { ...this.#issue, isRefused: true }
  }

  protected override pauseRefreshes(until: number): void {
    if (this.#issue) this.#issue = { ...this.#issue, restUntil: until }
  }

  /** The page woke up (visible again, online, restored, played): timers may have slept, and what was given up may work now. */
  override recheck(): void {
    this.#hasResumed = true
    super.recheck()
  }

  /** The viewer is about to play: an expired URL is refreshed before a request needs it. Once a life, and not after it has given up. */
  anticipate(): void {
    const { environment, stats } = this.settings
    if (this.validity !== 'expired' || this.isRefreshing || this.error || !this.#issue || !environment.isOnline())
      return
    stats.anticipated += 1
    this.refreshQuietly('resumed')
  }

  #planRefresh(): void {
    const { issue } = this
    const { skew, now, pace } = this.#moment()
    const limits = issue && limitsOf(issue, skew, pace)
    if (limits) this.plan(() => spreadMs(limits.expiredAt - now, pace, this.settings.environment.random))
  }

  async #waited(reason: SignReason, status: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    const { clock, stats } = this.settings
    const since = clock.now()
    await this.next(reason, status, signal)
    stats.waitedMs += clock.now() - since
  }

  #moment() {
    const { clock, leadTimeMs } = this.settings
    const pace = { signingMs: this.#signingMs, sendMs: this.#sendMs, leadTimeMs }
    return { skew: clock.skew, now: clock.now(), pace }
  }
}
