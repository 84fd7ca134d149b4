import type { SignedUrlError } from '../core/errors.js'
import type { Signature } from '../core/signature.js'
import { NETWORK } from '../engines/media-error-codes.js'
import type { ResolvedOptions } from '../options.js'
import { showPanel } from './failure-panel.js'
import { listen } from './listen.js'
import type { SignedPlayer } from './types.js'
import { sentenceFor } from './viewer-sentences.js'

/** Events at which a player that had enough to play may have run out. */
const STARVING_EVENTS = ['waiting', 'seeking', 'timeupdate', 'play']

export interface DisplaySettings {
  readonly player: SignedPlayer
  readonly signature: Signature
  readonly options: Pick<ResolvedOptions, 'errorPanel'>
  readonly signal: AbortSignal
  isStarved(): boolean
}

/**
 * Decides how severe a failure is. While the buffer lasts it is none; after that `player.error()` says so, once, in words for viewers, until the signature recovers.
 *
 * Returns a function to call when the signature has given up or recovered.
 */
export function displayFailures({ player, signature, options, signal, isStarved }: DisplaySettings): () => void {
  let shown: SignedUrlError | undefined

  const show = (error: SignedUrlError) => {
    const message = error.viewerMessage ?? player.localize(sentenceFor(error))
    const current = player.error()
    // Another attempt in vain is no news for the viewer, nor for the page's error log.
    if (current && current.cause === shown && current.message === message) return
    shown = error
    // With several sources Video.js would try the next one after an error; a denial is an answer about the video.
    player.resetRetryOnError_?.()
    const failure = {
      code: NETWORK,
      message,
      metadata: { errorType: error.code },
      cause: error,
    }
    if (options.errorPanel) showPanel(player, failure, tryAgain)
    else player.error(failure)
  }
  const tryAgain = async () => {
    await signature.refresh('manual')
    if (!signal.aborted) await player.play()
  }
  const clear = () => {
    const isOurs = player.error()?.cause === shown
    shown = undefined
    if (isOurs) player.error(null)
  }
  const update = () => {
    const { error } = signature
    if (signal.aborted || signature.isRefreshing || error === shown) return
    if (!error) return clear()
    if (!isStarved()) return
    // A try that may come sooner than its pause ends comes now, before the viewer is shown anything.
    if (!shown) signature.recheck()
    if (!signature.isRefreshing) show(error)
  }
  listen(player, STARVING_EVENTS, update, signal)
  return update
}
