import type { Environment } from './core/environment.js'
import { settleOnce } from './core/wait.js'
import type { SignedPlayer } from './video-js.js'

/** The page as the core sees it. A repeat waits while the page is both hidden and paused: nobody would notice the film. */
export function pageEnvironment(player: SignedPlayer): Environment {
  const isReady = (isRepeat: boolean) => navigator.onLine && !(isRepeat && document.hidden && player.paused())
  return {
    isOnline: () => navigator.onLine,
    random: Math.random,
    async whenReady(isRepeat, signal) {
      if (isReady(isRepeat)) return signal.throwIfAborted()
      await settleOnce<void>(signal, (resolve) => onWakeUp(player, () => isReady(isRepeat) && resolve()))
    },
  }
}

/** Calls back whenever timers may have slept or what failed may work again; returns what ends it. */
export function onWakeUp(player: SignedPlayer, callback: () => void): () => void {
  const playerEvents = ['play', 'seeking']
  window.addEventListener('online', callback)
  window.addEventListener('pageshow', callback)
  document.addEventListener('visibilitychange', callback)
  player.on(playerEvents, callback)
  return () => {
    window.removeEventListener('online', callback)
    window.removeEventListener('pageshow', callback)
    document.removeEventListener('visibilitychange', callback)
    player.off(playerEvents, callback)
  }
}
