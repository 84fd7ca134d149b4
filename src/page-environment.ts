import type { Environment } from './core/environment.js'
import { settleOnce } from './core/wait.js'
import { listen } from './listen.js'
import type { PlayerEvent, SignedPlayer } from './video-js.js'

/** The page as the core sees it. A repeat waits while the page is both hidden and paused: nobody would notice the film. */
export function pageEnvironment(player: SignedPlayer): Environment {
  const isReady = (isRepeat: boolean) => navigator.onLine && !(isRepeat && document.hidden && player.paused())
  return {
    isOnline: () => navigator.onLine,
    random: Math.random,
    async whenReady(isRepeat, signal) {
      if (isReady(isRepeat)) return signal.throwIfAborted()
      await settleOnce<void>(signal, (resolve) => {
        const ready = new AbortController()
        onWakeUp(player, () => isReady(isRepeat) && resolve(), ready.signal)
        return () => ready.abort()
      })
    },
  }
}

/** Engines that find a film standing nudge it by seeking to where it stands, or over a small gap: nobody has asked for anything. */
const LONGEST_NUDGE_S = 0.5

/** Calls back whenever timers may have slept or what failed may work again, until `signal` aborts. */
export function onWakeUp(player: SignedPlayer, callback: () => void, signal: AbortSignal): void {
  let position = 0
  const onMove = ({ type }: PlayerEvent) => {
    const from = position
    position = player.currentTime()
    if (type === 'seeking' && Math.abs(position - from) > LONGEST_NUDGE_S) callback()
  }
  for (const type of ['online', 'pageshow']) window.addEventListener(type, callback, { signal })
  document.addEventListener('visibilitychange', callback, { signal })
  listen(player, 'play', callback, signal)
  listen(player, ['timeupdate', 'seeking'], onMove, signal)
}
