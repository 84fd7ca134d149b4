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

/** Engines that find a film standing nudge it by seeking to where it stands, or over a small gap: nobody has asked for anything. */
const LONGEST_NUDGE_S = 0.5

/** Calls back whenever timers may have slept or what failed may work again; returns what ends it. */
export function onWakeUp(player: SignedPlayer, callback: () => void): () => void {
  let position = 0
  const onTimeUpdate = () => {
    position = player.currentTime()
  }
  const onSeeking = () => {
    if (Math.abs(player.currentTime() - position) > LONGEST_NUDGE_S) callback()
  }
  window.addEventListener('online', callback)
  window.addEventListener('pageshow', callback)
  document.addEventListener('visibilitychange', callback)
  player.on('play', callback)
  player.on('timeupdate', onTimeUpdate)
  player.on('seeking', onSeeking)
  return () => {
    window.removeEventListener('online', callback)
    window.removeEventListener('pageshow', callback)
    document.removeEventListener('visibilitychange', callback)
    player.off('play', callback)
    player.off('timeupdate', onTimeUpdate)
    player.off('seeking', onSeeking)
  }
}
