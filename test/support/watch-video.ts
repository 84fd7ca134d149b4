import type { Page } from './browsers/index.js'

const WATCH = `(() => {
  const watched = { position: 0, hasBegun: false, starvedMs: 0, error: null }
  let before = performance.now()
  setInterval(() => {
    const now = performance.now()
    const video = document.querySelector('video') ?? document.querySelector('hls-video')?.shadowRoot?.querySelector('video')
    if (video) {
      if (video.paused && watched.position === 0) { video.muted = true; video.play().catch(() => {}) }
      watched.hasBegun ||= watched.position > 0 && video.currentTime > watched.position && video.currentTime < watched.position + 0.2
      const isStarved = watched.hasBegun && !video.ended && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA
      if (isStarved) watched.starvedMs += now - before
      watched.position = video.currentTime
      watched.error = video.error?.message ?? null
    }
    before = now
  }, 20)
  window.watched = watched
})()`

export interface Watched {
  readonly position: number
  /** Time has passed in it. A live stream has a position before it has a frame. */
  readonly hasBegun: boolean
  readonly starvedMs: number
  readonly error: string | null
  /** The expiries in the URLs that were requested. */
  readonly lives: number
}

/** What has been seen of it so far. */
export const seeVideo = (page: Page): Promise<Watched> =>
  page.evaluate<Watched>(`({
    ...window.watched,
    lives: new Set(performance.getEntriesByType('resource').flatMap(({ name }) => /\\/videos\\/[^/]+\\/[^/]+\\/(\\d+)\\//.exec(name)?.[1] ?? [])).size,
  })`)

/** Lets the only video of a page play, muted, whatever player it belongs to, and adds up how long it has had nothing to play since its first frame. */
export const watchVideo = (page: Page): Promise<void> => page.evaluate(WATCH)
