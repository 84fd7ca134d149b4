/** Calls back whenever the page's timers may have slept or what failed may work again, until `signal` aborts. */
export function onPageWakeUp(callback: () => void, signal: AbortSignal): void {
  for (const type of ['online', 'pageshow']) window.addEventListener(type, callback, { signal })
  document.addEventListener('visibilitychange', callback, { signal })
}
