import { SECOND_MS } from './clock.js'
import { deadUrlError, isRetryable, SignedUrlError } from './errors.js'
import type { Issue, Validity } from './issue.js'
import {
  begin,
  clearError,
  errorOf,
  failed,
  failFromOutside,
  finish,
  IDLE,
  planned,
  type RefreshState,
  timerOf,
  withTimer,
} from './refresh-state.js'
import type { SignatureSettings } from './signature-settings.js'
import { acquire } from './signing/acquire.js'
import type { SignReason } from './signing/answer.js'
import { backoffMs, LONGEST_PATIENCE_MS, pauseMs, SHORTEST_PAUSE_MS } from './signing/retry.js'
import type { Signing } from './signing/signing-client.js'
import { LONGEST_TIMER_MS, linkedController, settleOnce, wait } from './wait.js'

const DEAD_URL_AGAIN =
  'The signing endpoint answers with the URL that the CDN has refused: what it caches has to give way to `reason=refused`.'

/** What is refreshed: at most one refresh is in flight, and all that need it join it. */
export abstract class Refreshable {
  readonly settings: SignatureSettings
  readonly #life = new AbortController()
  #state: RefreshState = IDLE
  /** Callbacks of requests that wait for the next issue. */
  readonly #waiting = new Set<(value?: unknown) => void>()
  /** Why the last refresh began, and the status with which the CDN refused the last URL. */
  #reason: SignReason = 'start'
  #refusedStatus: number | undefined
  #isHeld = false
  /** The endpoint asked not to be called before this instant, and the next single try is made then (device's clock). */
  #notBefore = 0
  #nextTryAt = 0
  /** The last background refresh has failed, and none begins before `until` (device's clock). */
  #rest: { readonly error: SignedUrlError; readonly until: number } | undefined
  /** `refresh('manual')` was called since the last signing request was sent. */
  #isAskedAgain = false
  #endPause: () => void = () => {}

  constructor(settings: SignatureSettings) {
    this.settings = settings
  }

  /** The newest, or undefined before the first. */
  abstract get issue(): Issue | undefined
  /** Its own newest signed URL, or undefined before the first. */
  abstract get url(): string | undefined
  abstract get validity(): Validity
  /**
   * Makes `signing` the issue in use. Returns how long signing took, ms, or undefined when it is the very URL that the CDN has refused.
   * Throws `signed-url-invalid` when its URL can't belong to the media. `isRefresh`: whether `stats` count it as a refresh, if it replaces an issue.
   */
  abstract take(signing: Signing, isRefresh?: boolean): number | undefined
  /** No background refresh before `until` (device's clock): the last one has failed. */
  protected abstract pauseRefreshes(until: number): void

  get isRefreshing(): boolean {
    return this.#state.name === 'refreshing'
  }

  /** Why the plugin gave up, until a later refresh succeeds. */
  get error(): SignedUrlError | undefined {
    return errorOf(this.#state)
  }

  /** The error stays until the media is served: a fresh URL alone shows nothing, because fresh URLs are refused. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  /** Aborts when the signature is disposed. */
  get signal(): AbortSignal {
    return this.#life.signal
  }

  /**
   * For requests: waits for an issue newer than the present one, and starts a refresh unless the plugin has given up. After that it tries again by itself, after a
   * pause, as long as requests wait; the viewer, the page and the network can make that sooner (`recheck`, `refresh`).
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
    if (!this.error && !this.#keepRest(reason)) this.refreshQuietly(reason, status)
    return next.then(() => signal?.throwIfAborted())
  }

  /**
   * For callers who want the outcome: rejects with `SignedUrlError` when it gives up. Requests that wait for a URL go on when it resolves. Joins the refresh in flight;
   * where that fails and had been sent before a manual call, it is sent once more, because the viewer may have logged in meanwhile.
   */
  refresh(reason: SignReason, status?: number): Promise<void> {
    if (this.#state.name === 'refreshing') {
      if (reason === 'manual') {
        this.#isAskedAgain = true
        this.#endPause()
      }
      return this.#state.done
    }
    this.cancelPlan()
    let start = () => {}
    const done = new Promise<void>((resolve) => {
      start = () => resolve(this.#run(reason, status))
    }).finally(() => {
      if (!this.signal.aborted) this.settings.listener.onSettled()
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

  /** Begins a background refresh after what `delayMs` returns, unless something is planned or under way already, or the plugin has given up. */
  protected plan(delayMs: () => number): void {
    if (this.#state.name !== 'idle') return
    const timer = this.#startTimer(delayMs(), () => this.refreshQuietly('expiring'))
    this.#state = planned(timer)
  }

  cancelPlan(): void {
    timerOf(this.#state)?.abort()
    if (this.#state.name === 'planned') this.#state = IDLE
  }

  /** The page woke up, or the viewer played or sought: what is overdue begins, and the next single try comes sooner. */
  recheck(): void {
    const { clock, environment, tries } = this.settings
    const { error } = this
    if (this.signal.aborted) return
    if (this.#state.name === 'planned' && this.validity === 'expired' && environment.isOnline()) {
      this.refreshQuietly('resumed')
    }
    if (!error || !isRetryable(error)) return
    const lastTryAt = tries.lastFailedAt
    const soonest = Math.max(lastTryAt + SHORTEST_PAUSE_MS, Math.min(this.#notBefore, lastTryAt + LONGEST_PATIENCE_MS))
    this.#tryAgainIn(Math.min(soonest, this.#nextTryAt) - clock.now())
  }

  /** Gives up for a reason from outside: the media depends on something that can't be had. `isHeld`: until that is served, as in `giveUp`. */
  fail(error: SignedUrlError, isHeld = false): void {
    this.#isHeld = isHeld
    this.#state = failFromOutside(this.#state, error)
    this.#tryAgainIn(this.#pauseMs())
    this.settings.listener.onSettled()
  }

  /** Gives up because the CDN refuses fresh URLs too. Ends with `recover`, or with a refresh that the page or the viewer asks for. */
  giveUp(error: SignedUrlError): void {
    if (error !== this.error) this.settings.listener.onFailure(error, false)
    this.fail(error, true)
  }

  /** What was given up for works again. `error`: unless it has given up for something else since. */
  recover(error = this.error): void {
    if (!error || error !== this.error) return
    this.#clear()
    this.settings.listener.onSettled()
  }

  /** The CDN served a request with a URL that was requested at `issuedAt`. */
  protected noteAccepted(issuedAt: number): void {
    this.settings.tries.noteArrived(issuedAt)
  }

  /** The CDN refused the URL with `status`; `isFresh`: it had never accepted it. */
  protected noteRefused(status: number, isFresh: boolean): void {
    this.#refusedStatus = status
    if (isFresh) this.settings.tries.noteFailed()
  }

  dispose(): void {
    this.#life.abort()
  }

  async #run(firstReason: SignReason, status: number | undefined): Promise<void> {
    const { listener } = this.settings
    let reason = firstReason
    for (;;) {
      this.#reason = reason
      this.#isAskedAgain = false
      try {
        if (this.issue) listener.onRefreshing(reason)
        const tookMs = await this.#sign(reason, status)
        const held = this.#isHeld && reason !== 'manual' ? this.error : undefined
        if (!held) this.#clear()
        listener.onIssue({ reason, expiresAt: this.issue?.expiresAt, tookMs })
        this.#state = finish(this.#state, held)
        for (const go of [...this.#waiting]) go()
        return
      } catch (thrown) {
        const error = thrown instanceof SignedUrlError ? thrown : undefined
        if (error && this.#isAskedAgain) {
          reason = 'manual'
          continue
        }
        this.#state = finish(this.#state, error && this.#giveUp(error))
        if (this.#state.name === 'failed') this.#tryAgainIn(this.#pauseMs(error?.retryAfterMs))
        throw thrown
      }
    }
  }

  /** Signs until the signature has a URL that the CDN has not refused. Returns how long that took, ms. */
  async #sign(reason: SignReason, status: number | undefined): Promise<number> {
    const { resource, signer, clock, retry, environment, tries } = this.settings
    // After the second refused fresh URL in a row refreshing gets slower. Single tries have had their pause.
    if (tries.failed > 1 && tries.failed < retry.maxAttempts && reason !== 'manual') {
      // Schemes that sign whole seconds would give the same URL again.
      const restOfSecond = (this.issue?.issuedAt ?? 0) + SECOND_MS - clock.now()
      await this.#pause(backoffMs(tries.failed - 1, retry, environment.random, restOfSecond))
    }
    return acquire({
      signer: {
        request: (request, signal) => {
          this.#isAskedAgain = false
          return signer.request(request, signal)
        },
      },
      retry,
      environment,
      request: { resource, reason, previousUrl: this.url, status },
      tries,
      accept: (signing) => this.#accept(signing),
      onFailure: (error, willRetry) => this.#noteFailed(error, willRetry),
      pause: (ms) => this.#pause(ms),
      signal: this.signal,
    })
  }

  #accept(signing: Signing): number {
    const tookMs = this.take(signing)
    if (tookMs !== undefined) return tookMs
    // The endpoint's cache still holds the URL that the CDN refuses, or the scheme signs whole seconds.
    throw deadUrlError(DEAD_URL_AGAIN, this.issue?.isDoubtful, this.#refusedStatus, SECOND_MS)
  }

  #noteFailed(error: SignedUrlError, willRetry: boolean): void {
    this.settings.stats.failures += 1
    this.settings.listener.onFailure(error, willRetry || this.#isAskedAgain)
  }

  /** Returns the error to show, or undefined where the URL still works: then the next background refresh tries again. */
  #giveUp(error: SignedUrlError): SignedUrlError | undefined {
    const { clock } = this.settings
    this.#notBefore = clock.now() + (error.retryAfterMs ?? 0)
    const isNeeded = this.#waiting.size > 0 || this.validity === 'expired'
    if (isNeeded || !isRetryable(error)) return error
    const until = clock.now() + this.#pauseMs(error.retryAfterMs)
    this.#rest = { error, until }
    this.pauseRefreshes(until)
    return undefined
  }

  /**
   * Gives up, where a background refresh has just failed and its pause is not over; returns whether it did. Shared URLs expire at the same time: without this,
   * all of their viewers would call a failing endpoint in the same second.
   */
  #keepRest(reason: SignReason): boolean {
    const leftMs = (this.#rest?.until ?? 0) - this.settings.clock.now()
    if (!this.#rest || leftMs <= 0 || this.settings.isPart || this.#state.name !== 'idle') return false
    this.#reason = reason
    this.#state = failed(this.#rest.error)
    this.#tryAgainIn(leftMs)
    this.settings.listener.onSettled()
    return true
  }

  #clear(): void {
    timerOf(this.#state)?.abort()
    this.#isHeld = false
    this.#rest = undefined
    this.#state = clearError(this.#state)
  }

  #pauseMs(leastMs = 0): number {
    const { tries, retry, environment } = this.settings
    return Math.max(leastMs, pauseMs(tries.failed, retry, environment.random))
  }

  /** After a failure that may pass: one try more, where requests wait for it by then. Where none does, the next request makes it. */
  #tryAgainIn(delayMs: number): void {
    if (this.#state.name !== 'failed' || this.settings.isPart || !isRetryable(this.#state.error)) return
    this.#state.timer?.abort()
    this.#nextTryAt = this.settings.clock.now() + delayMs
    const tryAgain = () =>
      this.refreshQuietly(this.#reason, this.#reason === 'refused' ? this.#refusedStatus : undefined)
    // In the same turn, so that a player that has run out shows no error while it is tried again.
    if (delayMs <= 0 && this.#waiting.size > 0) {
      tryAgain()
      return
    }
    const timer = this.#startTimer(delayMs, () => {
      if (this.#waiting.size > 0) tryAgain()
      else if (this.#isHeld) this.#tryAgainIn(this.#pauseMs())
      else this.recover()
    })
    this.#state = withTimer(this.#state, timer)
  }

  #startTimer(delayMs: number, then: () => void): AbortController {
    const { controller, release } = linkedController(this.signal)
    wait(Math.max(0, delayMs), controller.signal)
      .then(then)
      .catch(() => {})
      .finally(release)
    return controller
  }

  /** Between two attempts. A manual call ends it. */
  #pause(ms: number): Promise<void> {
    return settleOnce(this.signal, (resolve) => {
      const timer = setTimeout(resolve, this.#isAskedAgain ? 0 : Math.min(ms, LONGEST_TIMER_MS))
      this.#endPause = resolve
      return () => clearTimeout(timer)
    })
  }
}
