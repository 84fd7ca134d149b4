import { acquire } from './acquire.js'
import type { Answer, SignReason } from './answer.js'
import { type Clock, SECOND_MS } from './clock.js'
import type { Environment } from './environment.js'
import { isRetryable, SignedUrlError } from './errors.js'
import { readExpiry } from './expiry/index.js'
import { guardMs, leadMs, type RefreshTiming } from './refresh-policy.js'
import { backoffMs, type RetryPolicy } from './retry.js'
import type { Signer, Signing } from './signing-client.js'
import { settleOnce, wait } from './wait.js'

export interface SignedSourceSettings {
  readonly resource: string
  readonly client: Signer
  readonly clock: Clock
  readonly environment: Environment
  readonly retry: RetryPolicy
  readonly leadTimeMs?: number | undefined
  readonly refusedStatuses: readonly number[]
  readonly listener: SignedSourceListener
  /** Where to count; its own where there is none. */
  readonly stats?: SourceStats
}

/** What a source tells its owner. */
export interface SignedSourceListener {
  onRefreshing(reason: SignReason): void
  onIssue(issue: { reason: SignReason; expiresAt: number | undefined; tookMs: number }): void
  onFailure(error: SignedUrlError, willRetry: boolean): void
  /** No refresh is in flight any more; `error` tells how the last one ended. */
  onSettled(): void
}

export type SourceStatus = 'idle' | 'signing' | 'fresh' | 'expired' | 'failed'

/** Counts and times since the source was set. */
export interface SourceStats {
  /** Signing requests sent, failed ones too. */
  signings: number
  /** URLs that replaced an older one. */
  refreshes: number
  /** Of those, the ones that reached the requests without a swap. */
  seamlessRefreshes: number
  /** How often the native engine set the element's source again. */
  swaps: number
  /** From the last frame of the old source to the first of the new one, at the last swap, ms. */
  lastGapMs: number
  longestGapMs: number
  /** Media requests that the CDN refused. */
  refusals: number
  /** Signing requests that failed. */
  failures: number
  /** How long the last successful signing took, ms. */
  lastSigningMs: number
  /** How long all requests together waited for a fresh URL, ms. */
  waitedMs: number
}

export function noStats(): SourceStats {
  return {
    signings: 0,
    refreshes: 0,
    seamlessRefreshes: 0,
    swaps: 0,
    lastGapMs: 0,
    longestGapMs: 0,
    refusals: 0,
    failures: 0,
    lastSigningMs: 0,
    waitedMs: 0,
  }
}

/** What one signature covers, for engines that rewrite requests: which URLs are the film's, and how the newest issue's credentials get onto them. */
export interface Scope {
  /** The endpoint renews something beside the URL: the same one again is a new issue. */
  readonly keepsUrl?: boolean
  /** Takes a new issue in; throws `SignedUrlError` `signed-url-invalid` when it can't belong to the film. */
  add(url: string): void
  covers(url: string): boolean
  carry(url: string): string
  /** Whether the file at `url` is asked for once only: its signature is good to its end, and then nobody needs another. */
  isUsedOnce?(url: string): boolean
  /** A request to `sentUrl` was redirected, and answered by `responseUrl`. */
  redirected?(sentUrl: string, responseUrl: string): void
}

/** One URL that was issued, and what has become of it. */
export interface Issue {
  /** Server's clock, epoch ms; undefined when nothing tells. */
  readonly expiresAt: number | undefined
  /** `expiresAt` comes from `expiresIn`: the device's own clock measures it, whatever the skew. */
  readonly endsAt: number | undefined
  /** The device's clock when it was asked for. */
  readonly issuedAt: number
  /** It looked expired when it came: our clock is wrong or the URL is dead, and only the CDN can tell which. */
  readonly isDoubtful: boolean
  readonly isShared: boolean
  acceptedAt: number | undefined
  isRefused: boolean
  /** A request failed without a status while this was current, and was repaired once on suspicion. */
  isSuspected: boolean
  /** No background refresh before this (device's clock): one has just failed, or brought the same URL again. */
  restUntil: number
}

export type Validity = 'fresh' | 'due' | 'expired'

/** A whole-minute expiry tells a signature that is cached and handed to many (the seed on Bits on the Run). */
const SHARED_GRAIN_MS = 60_000
/**
 * The state of one signed film: which URL is current, how long it will do, and the one refresh in flight.
 * Nothing ticks here: engines ask for URLs when they load, through `SignedRequests`, which shares this state.
 */
export class SignedSource {
  readonly resource: string
  readonly stats: SourceStats
  readonly settings: SignedSourceSettings
  #scope: Scope | undefined
  /** The newest. */
  signing: Signing | undefined
  readonly #life = new AbortController()
  #flight: Promise<void> | undefined
  #error: SignedUrlError | undefined
  /** Takes a background refresh back that is planned for later. */
  planned: AbortController | undefined
  /** Callbacks of requests that wait for the next issue. */
  readonly #waiting = new Set<(value?: unknown) => void>()
  /** The newest. */
  issue: Issue | undefined
  /** Failed attempts and refused fresh URLs since the CDN last accepted one. */
  failures = 0
  /** What the CDN refused the last URL with. */
  refusedStatus: number | undefined
  /** The endpoint asked to be left alone until then (device's clock). */
  #notBefore = 0
  #signingMs = 0
  /** How long the CDN takes to answer, ms. */
  sendMs = 0
  /** The page woke up, and nothing has been asked for since. */
  hasResumed = false

  constructor(settings: SignedSourceSettings) {
    this.resource = settings.resource
    this.settings = settings
    this.stats = settings.stats ?? noStats()
  }

  /** The newest signed URL, or undefined before the first. */
  get url(): string | undefined {
    return this.signing?.answer.url
  }

  /** Epoch ms in the server's clock; undefined when unknown. */
  get expiresAt(): number | undefined {
    return this.issue?.expiresAt
  }

  /** Ends with the source. */
  get signal(): AbortSignal {
    return this.#life.signal
  }

  get refreshing(): boolean {
    return this.#flight !== undefined
  }

  /** Why the plugin gave up, while no later refresh has succeeded. */
  get error(): SignedUrlError | undefined {
    return this.#error
  }

  get status(): SourceStatus {
    if (this.#isUsable()) return 'fresh'
    if (this.#error) return 'failed'
    if (!this.issue) return this.#flight ? 'signing' : 'idle'
    return 'expired'
  }

  /**
   * Takes a URL that the server signed into the page; true when it can be used.
   * One that our clock calls expired is not tried: nobody knows how long ago it was signed.
   */
  adopt(answer: Answer): boolean {
    const now = this.settings.clock.now()
    const signing = { answer, sentAt: now, receivedAt: now }
    if (this.#toIssue(signing).isDoubtful) return false
    this.apply(signing)
    return true
  }

  /** The first signed URL. Signs unless one was adopted; after a failure it waits for a refresh that succeeds. */
  async start(): Promise<string> {
    if (!this.issue) await this.nextIssue('start')
    return this.url ?? ''
  }

  /** Has `scope` learn every issue, before any request is sent to it. */
  rewriteWith(scope: Scope): void {
    if (this.url !== undefined) scope.add(this.url)
    this.#scope = scope
  }

  /**
   * Gets and applies fresh credentials; joins the refresh in flight. Rejects with `SignedUrlError` when it gives up.
   * What waits for a URL goes on when it resolves.
   */
  refresh(reason: SignReason, status?: number): Promise<void> {
    this.planned?.abort()
    this.#flight ??= this.#run(reason, status).finally(() => {
      this.#flight = undefined
      if (!this.#life.signal.aborted) this.settings.listener.onSettled()
    })
    return this.#flight
  }

  /** The page woke up (visible again, online, restored, played): timers may have slept, and what was given up may work now. */
  recheck(): void {
    if (this.#life.signal.aborted) return
    this.hasResumed = true
    const { clock, environment, listener } = this.settings
    if ((this.#error && !isRetryable(this.#error)) || clock.now() < this.#notBefore) return
    const isWanted = this.#waiting.size > 0 || (this.planned && !this.#isUsable())
    if (!isWanted) {
      // Nobody is held up any more: the next request may ask anew.
      this.#error = undefined
      listener.onSettled()
    } else if (environment.isOnline()) this.refreshQuietly('resumed')
  }

  dispose(): void {
    this.#life.abort()
  }

  /** Waits for an issue newer than the present one, and sees to it that one is asked for. */
  nextIssue(reason: SignReason, status?: number, signal?: AbortSignal): Promise<void> {
    const life = this.#life.signal
    const next = settleOnce<unknown>(life, (resolve) => {
      this.#waiting.add(resolve)
      signal?.addEventListener('abort', resolve)
      return () => {
        this.#waiting.delete(resolve)
        signal?.removeEventListener('abort', resolve)
      }
    })
    // After the plugin gave up only the viewer, the page or the network can change something: `refresh` and `recheck`.
    if (!this.#error) this.refreshQuietly(reason, status)
    return next.then(() => signal?.throwIfAborted())
  }

  /** Failures of a refresh that nobody called for reach the owner through `onFailure`. */
  refreshQuietly(reason: SignReason, status?: number): void {
    this.refresh(reason, status).catch(() => {})
  }

  async #run(reason: SignReason, status: number | undefined): Promise<void> {
    const { listener, client, retry, environment } = this.settings
    const signal = this.#life.signal
    if (this.#error || reason === 'manual') this.failures = 0
    if (this.issue) listener.onRefreshing(reason)
    try {
      await this.#backOff(signal)
      for (;;) {
        const tookMs = await acquire({
          client,
          retry,
          environment,
          request: {
            resource: this.resource,
            reason,
            previousUrl: this.url,
            status,
          },
          failures: this.failures,
          accept: (signing) => this.apply(signing),
          onFailure: (error, willRetry) => this.#failed(error, willRetry),
          signal,
        })
        this.stats.signings += 1
        if (tookMs !== undefined) {
          this.#error = undefined
          listener.onIssue({ reason, expiresAt: this.expiresAt, tookMs })
          for (const go of [...this.#waiting]) go()
          return
        }
        // The endpoint's cache still holds the URL that the CDN refuses: the same as one more refused fresh URL.
        // Schemes that sign whole seconds give the same URL again within one.
        this.failures += 1
        await this.#backOff(signal, SECOND_MS)
      }
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof SignedUrlError)) throw thrown
      this.#giveUp(thrown)
      throw thrown
    }
  }

  /** After the second refused fresh URL in a row there is no hurry any more; after too many, no sense. */
  async #backOff(signal: AbortSignal, leastMs = 0): Promise<void> {
    const { retry, environment, listener } = this.settings
    if (this.failures >= retry.maxAttempts) {
      const error = this.issue?.isDoubtful
        ? new SignedUrlError('signed-url-invalid', 'The signing endpoint issues expired URLs.')
        : new SignedUrlError('signed-url-refused', 'The CDN refuses fresh URLs too.', { status: this.refusedStatus })
      listener.onFailure(error, false)
      throw error
    }
    if (this.failures > 1 || leastMs > 0) {
      await wait(backoffMs(this.failures - 1, retry, environment.random, leastMs), signal)
    }
  }

  #failed(error: SignedUrlError, willRetry: boolean): void {
    this.stats.signings += 1
    this.stats.failures += 1
    this.failures += 1
    this.settings.listener.onFailure(error, willRetry)
  }

  #giveUp(error: SignedUrlError): void {
    const { clock, retry } = this.settings
    this.failures = 0
    this.#notBefore = clock.now() + (error.retryAfterMs ?? 0)
    if (this.issue && this.#isUsable() && isRetryable(error)) this.issue.restUntil = clock.now() + retry.maxDelayMs
    else this.#error = error
  }

  /** Gives up from outside: something that the film depends on can't be had. */
  fail(error: SignedUrlError): void {
    this.#error = error
    this.settings.listener.onSettled()
  }

  /** Makes the answer the current issue, and tells how long signing took; undefined when it is the very URL that the CDN has refused. */
  apply(signing: Signing): number | undefined {
    const before = this.issue
    const now = this.settings.clock.now()
    const { url } = signing.answer
    const isSame = url === this.url && !this.#scope?.keepsUrl
    if (isSame && before?.isRefused) return undefined
    if (!isSame) this.#scope?.add(url)
    this.signing = signing
    const tookMs = signing.receivedAt - signing.sentAt
    this.#signingMs = Math.max(tookMs, 0.7 * this.#signingMs)
    this.stats.lastSigningMs = tookMs
    const issue = this.#toIssue(signing)
    if (isSame && before) {
      const endsAt = this.endsAt(issue)
      this.issue = { ...issue, acceptedAt: before.acceptedAt, isShared: true }
      if (endsAt !== undefined) this.issue.restUntil = now + (endsAt - now) / 2
    } else {
      this.issue = issue
      if (before) this.stats.refreshes += 1
    }
    return tookMs
  }

  #toIssue({ answer, sentAt }: Signing): Issue {
    const { clock } = this.settings
    const seconds = readExpiry(answer.url)
    const absolute = answer.expiresAt ?? (seconds === undefined ? undefined : seconds * 1000)
    const endsAt = answer.expiresInMs === undefined ? undefined : sentAt + answer.expiresInMs
    const expiresAt = endsAt === undefined ? absolute : endsAt + clock.skew
    const left = endsAt ?? (expiresAt === undefined ? undefined : expiresAt - clock.skew)
    return {
      expiresAt,
      endsAt,
      issuedAt: sentAt,
      isDoubtful: left !== undefined && left <= clock.now(),
      isShared: absolute !== undefined && absolute % SHARED_GRAIN_MS === 0,
      acceptedAt: undefined,
      isRefused: false,
      isSuspected: false,
      restUntil: 0,
    }
  }

  /** Of the newest URL, as far as is known. */
  validity(): Validity {
    const { issue } = this
    return issue && !issue.isRefused ? this.#validityOf(issue) : 'expired'
  }

  #isUsable(): boolean {
    return this.validity() !== 'expired'
  }

  /** The device's clock when the issue expires, as far as is known. */
  endsAt(issue: Issue): number | undefined {
    if (issue.endsAt !== undefined || issue.expiresAt === undefined) return issue.endsAt
    return issue.expiresAt - this.settings.clock.skew
  }

  /** What the refresh policy goes by. */
  timing(issue: Issue, endsAt: number): RefreshTiming {
    return {
      lifeMs: Math.max(0, endsAt - issue.issuedAt),
      signingMs: this.#signingMs,
      sendMs: this.sendMs,
      leadTimeMs: this.settings.leadTimeMs,
      shared: issue.isShared,
    }
  }

  #validityOf(issue: Issue): Validity {
    const endsAt = this.endsAt(issue)
    if (endsAt === undefined || issue.isDoubtful) return 'fresh'
    const now = this.settings.clock.now()
    const timing = this.timing(issue, endsAt)
    if (now >= endsAt - guardMs(timing)) return 'expired'
    return now >= Math.max(endsAt - leadMs(timing), issue.restUntil) ? 'due' : 'fresh'
  }
}
