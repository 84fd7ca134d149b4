import type Player from 'video.js/dist/types/player.js'

export const WORKER = '/signed-url-worker.js'

/**
 * Registers the worker for the whole site. The plugin does so for pages in folders below the file's own, but `index.html` is in that folder.
 * An insecure page has no `serviceWorker`.
 */
export function registerWorker(): void {
  if ('serviceWorker' in navigator) navigator.serviceWorker.register(WORKER).catch(() => {})
}

/** Whether the element loads the film from this site, which only the worker can serve. Undefined while the element loads nothing. */
export function isServedByWorker(player: Player): boolean | undefined {
  const src = player.el().querySelector('video')?.src ?? ''
  return src === '' || src.startsWith('data:')
    ? undefined
    : URL.canParse(src) && new URL(src).origin === location.origin
}
