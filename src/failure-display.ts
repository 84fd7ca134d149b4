import { isRetryable, type SignedUrlError, VIEWER_SENTENCES } from './core/errors.js'
import type { SignedSource } from './core/signed-source.js'
import { wait } from './core/wait.js'
import { listen } from './listen.js'
import type { PlayerError, SignedPlayer } from './video-js.js'

/** Moments at which a player that had enough to play may have run out. */
const STARVING_EVENTS = ['waiting', 'seeking', 'timeupdate', 'play']
const NETWORK = 2

/**
 * Decides how severe a failure is: while the buffer lasts it is none, and what may pass is tried again; then `player.error()` says so, once,
 * in a viewer's words. A refresh that succeeds takes the error away again.
 *
 * Answers what to call when the source gave up or recovered.
 */
export function displayFailures(
  player: SignedPlayer,
  isStarved: () => boolean,
  source: SignedSource,
  pauseMs: number,
  signal: AbortSignal,
): () => void {
  let shown: SignedUrlError | undefined
  let isResting = false

  const show = (error: SignedUrlError) => {
    shown = error
    // With several sources Video.js would take the error for a reason to try the next; a denial is an answer about the film.
    player.resetRetryOnError_?.()
    const told: PlayerError = {
      code: NETWORK,
      message: player.localize(VIEWER_SENTENCES[error.code]),
      metadata: { errorType: error.code },
      cause: error,
    }
    player.error(told)
  }
  const clear = () => {
    const isOurs = player.error()?.cause === shown
    shown = undefined
    if (isOurs) player.error(null)
  }
  const tryAgainLater = async () => {
    if (isResting) return
    isResting = true
    await wait(pauseMs, signal)
    isResting = false
    if (!shown) source.recheck()
  }
  const update = () => {
    const { error } = source
    if (signal.aborted || source.refreshing || error === shown) return
    if (!error) clear()
    else if (isStarved()) show(error)
    // Only the end of the source rejects.
    else if (isRetryable(error)) tryAgainLater().catch(() => {})
  }
  listen(player, STARVING_EVENTS, update, signal)
  return update
}
