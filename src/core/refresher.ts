import { type Clock, SECOND_MS } from './clock.js'
import type { Environment } from './environment.js'
import { isRetryable, SignedUrlError } from './errors.js'
import type { Issue, Validity } from './issue.js'
import {
  begin,
  clearError,
  errorOf,
  failFromOutside,
  finish,
  IDLE,
  planned,
  type RefreshState,
} from './refresh-state.js'
import { acquire } from './signing/acquire.js'
import type { SignReason } from './signing/answer.js'
import { backoffMs, type RetryPolicy } from './signing/retry.js'
import type { Signer, Signing } from './signing/signing-client.js'
import type { SourceStats } from './stats.js'
import { linkedController, settleOnce, wait } from './wait.js'

export interface RefresherSettings {
  /** What is signed. */
  readonly resource: string
  readonly signer: Signer
  readonly clock: Clock
  readonly environment: Environment
  readonly retry: RetryPolicy
  readonly listener: SignatureListener
  /** All signatures of one source count here. */
  readonly stats: SourceStats
}

/** What a signature reports to its owner. */
export interface SignatureListener {
  onRefreshing(reason: SignReason): void
  onIssue(issue: { reason: SignReason; expiresAt: number | undefined; tookMs: number }): void
  onFailure(error: SignedUrlError, willRetry: boolean): void
  /** No refresh is in flight any more; `Signature.error` says how the last one ended. */
  onSettled(): void
}

/** The signature that is refreshed. */
export interface Refreshable {
  readonly issue: Issue | undefined
  readonly url: string | undefined
  readonly validity: Validity
  /** Returns how long signing took, ms, or undefined when it is the very URL that the CDN has refused. May throw `SignedUrlError`. */
  take(signing: Signing): number | undefined
  /** No background refresh before `until` (device's clock). */
  pauseRefreshes(until: number): void
}

/** Refreshes one signature: at most one refresh is in flight, and all that need it join it. */
export class Refresher {
  readonly #settings: RefresherSettings
  readonly #signature: Refreshable
  readonly #life = new AbortController()
  #state: RefreshState = IDLE
  /** Callbacks of requests that wait for the next issue. */
  readonly #waiting = new Set<(value?: unknown) => void>()
  /** Failed attempts and refused fresh URLs since the CDN last accepted one. */
  #failures = 0
  /** The status with which the CDN refused the last URL. */
  #refusedStatus: number | undefined
  /** The endpoint asked not to be called before this instant (device's clock). */
  #notBefore = 0

  constructor(settings: RefresherSettings, signature: Refreshable) {
    this.#settings = settings
    this.#signature = signature
  }

  get isRefreshing(): boolean {
    return this.#state.name === 'refreshing'
  }

  /** Why the plugin gave up, until a later refresh succeeds. */
  get error(): SignedUrlError | undefined {
    return errorOf(this.#state)
  }

  /** Aborts when the signature is disposed. */
  get signal(): AbortSignal {
    return this.#life.signal
  }

  /**
   * For requests: waits for an issue newer than the present one, and starts a refresh unless the plugin has given up. After that only the viewer, the page or the
   * network can change something, which start the next refresh by `recheck` or `refresh`.
   */
  next(reason: SignReason, status?: number, signal?: AbortSignal): Promise<void> {
    const next = settleOnce<unknown>(this.signal, (resolve) => {
      this.#waiting.add(resolve)
      signal?.addEventListener('abort', resolve)
      return () => {
        this.#waiting.delete(resolve)
        signal?.removeEventListener('abort', resolve)
      }
    })
    if (!this.error) this.refreshQuietly(reason, status)
    return next.then(() => signal?.throwIfAborted())
  }

  /** For callers who want the outcome: rejects with `SignedUrlError` when it gives up. Requests that wait for a URL go on when it resolves. */
  refresh(reason: SignReason, status?: number): Promise<void> {
    if (this.#state.name === 'refreshing') return this.#state.done
    this.cancelPlan()
    let start = () => {}
    const done = new Promise<void>((resolve) => {
      start = () => resolve(this.#run(reason, status))
    }).finally(() => {
      if (!this.signal.aborted) this.#settings.listener.onSettled()
    })
    // Before anything runs, because a listener may call `refresh` again.
    this.#state = begin(this.#state, done)
    start()
    return done
  }

  /** A refresh that nothing awaits: its failure reaches the owner through `onFailure`. */
  refreshQuietly(reason: SignReason, status?: number): void {
    this.refresh(reason, status).catch(() => {})
  }

  /** Begins a background refresh after `delayMs`, unless something is planned or under way already, or the plugin has given up. */
  plan(delayMs: number): void {
    if (this.#state.name !== 'idle') return
    const { controller, release } = linkedController(this.signal)
    this.#state = planned(controller)
    wait(delayMs, controller.signal)
      .then(() => this.refreshQuietly('expiring'))
      .catch(() => {})
      .finally(() => {
        release()
        if (this.#state.name === 'planned' && this.#state.timer === controller) this.#state = IDLE
      })
  }

  cancelPlan(): void {
    if (this.#state.name === 'planned') this.#state.timer.abort()
  }

  /** Tries again what was given up or is overdue. Where no request waits for it, the error is cleared, and the next request may sign again. */
  recheck(): void {
    const { clock, environment, listener } = this.#settings
    const { error } = this
    if (this.signal.aborted || (error && !isRetryable(error)) || clock.now() < this.#notBefore) return
    const isOverdue = this.#state.name === 'planned' && this.#signature.validity === 'expired'
    if (this.#waiting.size > 0 || isOverdue) {
      if (environment.isOnline()) this.refreshQuietly('resumed')
      return
    }
    this.#state = clearError(this.#state)
    listener.onSettled()
  }

  /** Gives up for a reason from outside: the media depends on something that can't be had. */
  fail(error: SignedUrlError): void {
    this.#state = failFromOutside(this.#state, error)
    this.#settings.listener.onSettled()
  }

  noteAccepted(): void {
    this.#failures = 0
  }

  /** The CDN refused the URL with `status`; `isFresh`: it had never accepted it. */
  noteRefused(status: number, isFresh: boolean): void {
    this.#refusedStatus = status
    if (isFresh) this.#failures += 1
  }

  dispose(): void {
    this.#life.abort()
  }

  async #run(reason: SignReason, status: number | undefined): Promise<void> {
    const { listener } = this.#settings
    if (this.error || reason === 'manual') this.#failures = 0
    try {
      if (this.#signature.issue) listener.onRefreshing(reason)
      const tookMs = await this.#sign(reason, status)
      this.#state = clearError(this.#state)
      listener.onIssue({ reason, expiresAt: this.#signature.issue?.expiresAt, tookMs })
      this.#state = finish(this.#state, undefined)
      for (const go of [...this.#waiting]) go()
    } catch (thrown) {
      this.#state = finish(this.#state, thrown instanceof SignedUrlError ? this.#giveUp(thrown) : undefined)
      throw thrown
    }
  }

  /** Signs until the signature has a URL that the CDN has not refused. Returns how long that took, ms. */
  async #sign(reason: SignReason, status: number | undefined): Promise<number> {
    const { resource, signer, retry, environment } = this.#settings
    await this.#backOff()
    for (;;) {
      const tookMs = await acquire({
        signer,
        retry,
        environment,
        request: { resource, reason, previousUrl: this.#signature.url, status },
        failures: this.#failures,
        accept: (signing) => this.#signature.take(signing),
        onFailure: (error, willRetry) => this.#noteFailed(error, willRetry),
        signal: this.signal,
      })
      if (tookMs !== undefined) return tookMs
      // The endpoint's cache still holds the URL that the CDN refuses: it counts as one more refused fresh URL.
      // Schemes that sign whole seconds give the same URL again within one.
      this.#failures += 1
      await this.#backOff(SECOND_MS)
    }
  }

  /** After the second refused fresh URL in a row refreshing gets slower; after too many, it ends. */
  async #backOff(leastMs = 0): Promise<void> {
    const { retry, environment, listener } = this.#settings
    if (this.#failures >= retry.maxAttempts) {
      const error = this.#signature.issue?.isDoubtful
        ? new SignedUrlError('signed-url-invalid', 'The signing endpoint issues expired URLs.')
        : new SignedUrlError('signed-url-refused', 'The CDN refuses fresh URLs too.', { status: this.#refusedStatus })
      listener.onFailure(error, false)
      throw error
    }
    if (this.#failures > 1 || leastMs > 0) {
      await wait(backoffMs(this.#failures - 1, retry, environment.random, leastMs), this.signal)
    }
  }

  #noteFailed(error: SignedUrlError, willRetry: boolean): void {
    this.#settings.stats.failures += 1
    this.#failures += 1
    this.#settings.listener.onFailure(error, willRetry)
  }

  /** Returns the error to show, or undefined where the URL still works: then the next background refresh tries again. */
  #giveUp(error: SignedUrlError): SignedUrlError | undefined {
    const { clock, retry } = this.#settings
    this.#failures = 0
    this.#notBefore = clock.now() + (error.retryAfterMs ?? 0)
    if (this.#signature.validity === 'expired' || !isRetryable(error)) return error
    this.#signature.pauseRefreshes(clock.now() + retry.maxDelayMs)
    return undefined
  }
}
