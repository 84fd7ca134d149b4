import type { Environment } from '../core/environment.js'
import { settleOnce } from '../core/wait.js'

/** What the page needs to know about its player. */
export interface PageSettings {
  /** False while the video is paused. */
  isPlaying(): boolean
  /** Calls back when the page or the player wakes up, until `signal` aborts. */
  onWakeUp(callback: () => void, signal: AbortSignal): void
}

/** The page as the core sees it. A retry waits while the page is both hidden and paused: the viewer would not notice. */
export function pageEnvironment({ isPlaying, onWakeUp }: PageSettings): Environment {
  const isReady = (isRetry: boolean) => navigator.onLine && !(isRetry && document.hidden && !isPlaying())
  return {
    isOnline: () => navigator.onLine,
    random: Math.random,
    async whenReady(isRetry, signal) {
      if (isReady(isRetry)) return signal.throwIfAborted()
      await settleOnce<void>(signal, (resolve) => {
        const ready = new AbortController()
        onWakeUp(() => isReady(isRetry) && resolve(), ready.signal)
        return () => ready.abort()
      })
    },
  }
}
