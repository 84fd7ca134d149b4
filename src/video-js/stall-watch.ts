import { SignedUrlError } from '../core/errors.js'
import { explainLack, type Lack, type Lacks } from '../core/lacks.js'
import type { Signature } from '../core/signature.js'
import { NETWORK } from '../engines/media-error-codes.js'
import { listen } from './listen.js'
import type { SignedPlayer } from './types.js'

/** How long a player that has nothing to play may go on requesting in vain, and how often. */
const PATIENCE_MS = 15_000
const LEAST_FAILURES = 2

interface StallSettings {
  readonly player: SignedPlayer
  readonly signature: Signature
  readonly lacks: Pick<Lacks, 'watch' | 'longest'>
  readonly signal: AbortSignal
  isStarved(): boolean
}

/**
 * Ends a stall that the engine would go on with forever: the player should play, has nothing left to play, and what it needs has been answered with refusals and
 * failures only. What it shows goes when that is served.
 */
export function watchStalls({ player, signature, lacks, signal, isStarved }: StallSettings): void {
  const { clock, refusedStatuses } = signature.settings
  let shown: Error | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const show = (lack: Lack) => {
    const { status } = lack
    const isRefused = refusedStatuses.includes(status)
    const message = explainLack(lack, isRefused)
    if (isRefused) {
      const error = new SignedUrlError('signed-url-refused', message, { status })
      shown = error
      signature.giveUp(error)
    } else {
      shown = new Error(message)
      player.error({ code: NETWORK, cause: shown })
    }
  }
  const clear = () => {
    const cause = shown
    shown = undefined
    if (cause instanceof SignedUrlError) signature.recover(cause)
    else if (cause && player.error()?.cause === cause) player.error(null)
  }
  const look = () => {
    clearTimeout(timer)
    const lack = lacks.longest
    if (!lack) return clear()
    const leftMs = lack.since + PATIENCE_MS - clock.now()
    if (leftMs > 0) timer = setTimeout(look, leftMs)
    else if (lack.count >= LEAST_FAILURES && !player.paused() && isStarved() && !player.error()) show(lack)
  }
  lacks.watch(look)
  listen(player, ['waiting', 'timeupdate', 'play'], look, signal)
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
}
