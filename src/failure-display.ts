import { isRetryable, type SignedUrlError, VIEWER_SENTENCES } from './core/errors.js'
import type { SignedSource } from './core/signed-source.js'
import type { PlayerError, SignedPlayer } from './video-js.js'

/** Moments at which a player that had enough to play may have run out. */
const STARVING_EVENTS = ['waiting', 'seeking', 'timeupdate', 'play']
const NETWORK = 2

/**
 * Decides how severe a failure is: while the buffer lasts it is none, and what may pass is tried again; then `player.error()` says so, once,
 * in a viewer's words. A refresh that succeeds takes the error away again.
 */
export class FailureDisplay {
  readonly #player: SignedPlayer
  readonly #isStarved: () => boolean
  readonly #source: SignedSource
  readonly #signal: AbortSignal
  readonly #pauseMs: number
  #shown: SignedUrlError | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    player: SignedPlayer,
    isStarved: () => boolean,
    source: SignedSource,
    pauseMs: number,
    signal: AbortSignal,
  ) {
    this.#player = player
    this.#isStarved = isStarved
    this.#source = source
    this.#pauseMs = pauseMs
    this.#signal = signal
    const look = () => this.update()
    player.on(STARVING_EVENTS, look)
    signal.addEventListener(
      'abort',
      () => {
        player.off(STARVING_EVENTS, look)
        clearTimeout(this.#timer)
      },
      { once: true },
    )
  }

  /** Call when the source gave up or recovered. */
  update(): void {
    const { error } = this.#source
    if (this.#signal.aborted || this.#source.refreshing || error === this.#shown) return
    if (!error) this.#clear()
    else if (this.#isStarved()) this.#show(error)
    else if (isRetryable(error)) this.#tryAgainLater()
  }

  #tryAgainLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#source.recheck()
    }, this.#pauseMs)
  }

  #show(error: SignedUrlError): void {
    this.#shown = error
    clearTimeout(this.#timer)
    this.#timer = undefined
    // With several sources Video.js would take the error for a reason to try the next; a denial is an answer about the film.
    this.#player.resetRetryOnError_?.()
    const shown: PlayerError = {
      code: NETWORK,
      message: this.#player.localize(VIEWER_SENTENCES[error.code]),
      metadata: { errorType: error.code },
      cause: error,
    }
    this.#player.error(shown)
  }

  #clear(): void {
    const isOurs = this.#player.error()?.cause === this.#shown
    this.#shown = undefined
    if (isOurs) this.#player.error(null)
  }
}
