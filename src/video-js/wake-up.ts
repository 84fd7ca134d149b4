import { onPageWakeUp } from '../page/wake-up.js'
import { listen } from './listen.js'
import type { PlayerEvent, SignedPlayer } from './types.js'

/** Engines that find a video standing nudge it by seeking to its own position, or over a small gap. No viewer asked for that. */
const LONGEST_NUDGE_S = 0.5

/** Calls back whenever the page wakes up, or the viewer plays or seeks, until `signal` aborts. */
export function onWakeUp(player: SignedPlayer, callback: () => void, signal: AbortSignal): void {
  let position = 0
  const onMove = ({ type }: PlayerEvent) => {
    const from = position
    position = player.currentTime()
    if (type === 'seeking' && Math.abs(position - from) > LONGEST_NUDGE_S) callback()
  }
  onPageWakeUp(callback, signal)
  listen(player, 'play', callback, signal)
  listen(player, ['timeupdate', 'seeking'], onMove, signal)
}
