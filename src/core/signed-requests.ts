import { proveByAcceptance, proveByExpiry } from './clock-proof.js'
import { LivePlaylists } from './live-playlists.js'
import type { MediaRequests } from './media-requests.js'
import { guardMs, spreadMs } from './refresh-policy.js'
import type { Issue, Scope, SignedSource } from './signed-source.js'
import { linkedController, wait } from './wait.js'

/** Share of a URL's life after which an error without a status is taken for a refusal. */
const NEAR_EXPIRY = 0.8
/** Low-latency HLS: the server answers when what it is asked for is there, so its time says nothing of the way (rfc8216bis section 6.2.5.2). */
const BLOCKING_RELOAD = /[?&]_HLS_msn=/

/**
 * What an engine asks before each request for files that one signature covers, and tells of what became of it.
 *
 * A due URL is refreshed behind the request's back; a request that finds it expired, or was refused, waits for the refresh.
 * After the plugin has given up, waiting requests go on waiting: any later refresh that succeeds lets the film go on at its place.
 */
export class SignedRequests implements MediaRequests {
  readonly #source: SignedSource
  readonly #scope: Scope
  /** Accepted URLs in a row that were refused with 401 or 403 while they looked valid. */
  #earlyRefusals = 0
  /** How often in a row each file was refused, by whatever URL. */
  readonly #refusalsOf = new Map<string, number>()
  #hasServed = false
  readonly #playlists = new LivePlaylists()

  constructor(source: SignedSource, scope: Scope) {
    source.rewriteWith(scope)
    this.#source = source
    this.#scope = scope
  }

  start(): Promise<string> {
    return this.#source.start()
  }

  /** Where one signature covers the film, it covers every file of it. */
  of(): this {
    return this
  }

  /** The device's clock, as requests are timed with. */
  now(): number {
    return this.#source.settings.clock.now()
  }

  /**
   * The URL to send a request for `url` to: at once where the credentials do, else after the refresh in flight.
   * A URL outside the signed folder comes back as it is. Rejects only when `signal` aborts or the source is disposed.
   */
  resolve(url: string, signal?: AbortSignal): string | Promise<string> {
    if (!this.#scope.covers(url)) return url
    const source = this.#source
    const validity = source.validity()
    if (validity === 'expired') return this.#resolveAfterRefresh(url, signal)
    source.hasResumed = false
    if (validity === 'due' && !this.#scope.isUsedOnce?.(url)) this.#plan()
    return this.#scope.carry(url)
  }

  /** `sentUrl` was served; `answeredMs` is how long its first byte took. Other servers' files say nothing of the CDN. */
  accepted(sentUrl: string, sentAt: number, answeredMs?: number): void {
    if (!this.#scope.covers(sentUrl)) return
    const source = this.#source
    if (answeredMs !== undefined && !BLOCKING_RELOAD.test(sentUrl)) source.sendMs = ease(source.sendMs, answeredMs)
    this.#hasServed = true
    this.#refusalsOf.delete(fileOf(sentUrl))
    const { issue } = source
    if (!issue || issue.isRefused || !this.#isCurrent(sentUrl, sentAt)) return
    issue.acceptedAt = Math.max(issue.acceptedAt ?? 0, sentAt)
    source.failures = 0
    if (issue.expiresAt !== undefined && issue.endsAt === undefined) {
      proveByAcceptance(source.settings.clock, issue.expiresAt, sentAt)
    }
  }

  /**
   * Whether an answer to `sentUrl` means that the CDN no longer takes the URL.
   * Status 0 is an error whose status the browser hides (no CORS headers on the refusal): near or after expiry it counts as one,
   * and once per accepted URL before that.
   */
  isRefusal(status: number, sentUrl: string): boolean {
    if (!this.#scope.covers(sentUrl)) return false
    const { issue, settings } = this.#source
    if (status !== 0) return settings.refusedStatuses.includes(status) && !this.#isOwnRefusal(status, sentUrl)
    if (!issue || !settings.environment.isOnline()) return false
    if (!this.#isCurrent(sentUrl)) return true
    if (this.#isNearExpiry(issue)) return true
    if (issue.isSuspected || issue.acceptedAt === undefined) return false
    issue.isSuspected = true
    return true
  }

  /**
   * Whether a live playlist, served to `sentUrl`, shows by standing still that the URL has died, as far as its expiry allows for that.
   * `askedUrl` is the engine's name for it. Such an answer is repaired like an error without a status.
   */
  isDeadPlaylist(text: string, askedUrl: string, sentUrl: string): boolean {
    const { issue } = this.#source
    if (!issue || !this.#scope.covers(sentUrl) || !this.#isCurrent(sentUrl)) return false
    return this.#playlists.standsStill(askedUrl, text, this.now(), issue) && this.#isNearExpiry(issue)
  }

  /**
   * The CDN refused `sentUrl` with `status`: answers where to send the same request again, after a refresh unless one has happened meanwhile.
   * Rejects only when `signal` aborts or the source is disposed.
   */
  repair(sentUrl: string, status: number, sentAt: number, signal?: AbortSignal): string | Promise<string> {
    const { issue, stats } = this.#source
    stats.refusals += 1
    // With nothing served since the last refusal it is the CDN that refuses, not a file that is missing.
    if (!this.#hasServed) this.#refusalsOf.clear()
    this.#hasServed = false
    const file = fileOf(sentUrl)
    this.#refusalsOf.set(file, (this.#refusalsOf.get(file) ?? 0) + 1)
    if (issue && this.#isCurrent(sentUrl, sentAt)) this.#refuse(issue, status, sentAt)
    if (issue && !issue.isRefused) return this.resolve(sentUrl, signal)
    return this.#resolveAfterRefresh(sentUrl, signal, status)
  }

  /**
   * The URL that relative links in a response are meant from: where redirects ended, else the one that the engine asked for, whatever credentials it was sent with.
   * So links keep one base through all refreshes.
   */
  baseOf(responseUrl: string, sentUrl: string, askedUrl: string): string {
    if (!isRedirect(sentUrl, responseUrl)) return askedUrl
    this.#scope.redirected?.(sentUrl, responseUrl)
    return responseUrl
  }

  /** Begins a background refresh at a random moment of what is left: viewers who ask in step don't ask the endpoint in step. */
  #plan(): void {
    const source = this.#source
    const { issue } = source
    const endsAt = issue && source.endsAt(issue)
    if (!issue || endsAt === undefined || source.refreshing || source.planned || source.error) return
    const timing = source.timing(issue, endsAt)
    const leftMs = endsAt - guardMs(timing) - this.now()
    const { controller, release } = linkedController(source.signal)
    source.planned = controller
    wait(spreadMs(leftMs, timing, source.settings.environment.random), controller.signal)
      .then(() => source.refreshQuietly('expiring'))
      .catch(() => {})
      .finally(() => {
        release()
        if (source.planned === controller) source.planned = undefined
      })
  }

  /** Whether `url` holds the newest credentials, and was sent when they were there: cookies change under a URL that stays. */
  #isCurrent(url: string, sentAt = Number.POSITIVE_INFINITY): boolean {
    return this.#scope.carry(url) === url && sentAt >= (this.#source.issue?.issuedAt ?? 0)
  }

  /**
   * A file that fresh URL after fresh URL is refused for, though others are served in between (else `failures` would have ended it):
   * the 403 is the file's own, as S3 answers for a missing one.
   */
  #isOwnRefusal(status: number, sentUrl: string): boolean {
    const { retry } = this.#source.settings
    return status !== 410 && (this.#refusalsOf.get(fileOf(sentUrl)) ?? 0) > retry.maxAttempts
  }

  async #resolveAfterRefresh(url: string, signal?: AbortSignal, status?: number): Promise<string> {
    signal?.throwIfAborted()
    const source = this.#source
    const since = this.now()
    const reason = status !== undefined ? 'refused' : source.hasResumed ? 'resumed' : 'expired'
    source.hasResumed = false
    await source.nextIssue(reason, status, signal)
    source.stats.waitedMs += this.now() - since
    return this.#scope.carry(url)
  }

  #isNearExpiry(issue: Issue): boolean {
    const endsAt = this.#source.endsAt(issue)
    if (endsAt === undefined || issue.isDoubtful) return true
    return this.now() >= issue.issuedAt + NEAR_EXPIRY * (endsAt - issue.issuedAt)
  }

  /** Marks the current issue refused and learns from it. */
  #refuse(issue: Issue, status: number, sentAt: number): void {
    if (issue.isRefused) return
    const source = this.#source
    const looksValid = source.validity() !== 'expired'
    issue.isRefused = true
    source.refusedStatus = status
    if (issue.acceptedAt === undefined) source.failures += 1
    if (issue.expiresAt === undefined || issue.endsAt !== undefined) return
    const isEarly = looksValid && issue.acceptedAt !== undefined && status !== 0
    this.#earlyRefusals = isEarly ? this.#earlyRefusals + 1 : 0
    // 410 says "expired". 401 and 403 may say "another address" too: one alone teaches nothing about clocks.
    const isExpiry = status === 410 || this.#earlyRefusals >= 2
    if (isExpiry && (looksValid || issue.isDoubtful)) {
      proveByExpiry(source.settings.clock, issue.expiresAt, sentAt, issue.acceptedAt)
    }
  }
}

/** Whether an answer came from elsewhere than was asked. `responseUrl` is serialised by the browser and has no fragment; empty when unknown. */
export function isRedirect(sentUrl: string, responseUrl: string): boolean {
  return responseUrl !== '' && responseUrl !== sentUrl && responseUrl !== new URL(sentUrl).href.replace(/#.*$/, '')
}

/** The file's name, which no credentials reach. */
function fileOf(url: string): string {
  return url.replace(/[?#].*/s, '').replace(/.*\//s, '')
}

function ease(before: number, latest: number): number {
  return before === 0 ? latest : 0.7 * before + 0.3 * latest
}
