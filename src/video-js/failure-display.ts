import { type SignedUrlError, VIEWER_SENTENCES } from '../core/errors.js'
import type { Signature } from '../core/signature.js'
import { listen } from './listen.js'
import type { SignedPlayer } from './types.js'

/** Events at which a player that had enough to play may have run out. */
const STARVING_EVENTS = ['waiting', 'seeking', 'timeupdate', 'play']
const NETWORK = 2

export interface DisplaySettings {
  readonly player: SignedPlayer
  readonly signature: Signature
  readonly signal: AbortSignal
  isStarved(): boolean
}

/**
 * Decides how severe a failure is. While the buffer lasts it is none; after that `player.error()` says so, once, in words for viewers, until the signature recovers.
 *
 * Returns a function to call when the signature has given up or recovered.
 */
export function displayFailures({ player, signature, signal, isStarved }: DisplaySettings): () => void {
  let shown: SignedUrlError | undefined

  const show = (error: SignedUrlError) => {
    shown = error
    // With several sources Video.js would try the next one after an error; a denial is an answer about the video.
    player.resetRetryOnError_?.()
    player.error({
      code: NETWORK,
      message: player.localize(VIEWER_SENTENCES[error.code]),
      metadata: { errorType: error.code },
      cause: error,
    })
  }
  const clear = () => {
    const isOurs = player.error()?.cause === shown
    shown = undefined
    if (isOurs) player.error(null)
  }
  const update = () => {
    const { error } = signature
    if (signal.aborted || signature.isRefreshing || error === shown) return
    if (!error) clear()
    else if (isStarved()) show(error)
  }
  listen(player, STARVING_EVENTS, update, signal)
  return update
}
