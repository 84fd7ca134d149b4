import type { Page } from './browsers/index.js'
import { SMALL_BUFFER } from './site.js'

/** Plays `url` with hls.js alone, in a bare element: `window.bare`. The details of a fatal error are `window.bareError`. */
export async function playBareHls(page: Page, url: string): Promise<void> {
  await page.evaluate(`import('/node_modules/hls.js/dist/hls.mjs').then(({ default: Hls }) => {
    const video = document.createElement('video')
    Object.assign(video, { muted: true, width: 320, height: 180 })
    document.body.append(video)
    const hls = new Hls(${JSON.stringify({ ...SMALL_BUFFER, liveDurationInfinity: true })})
    hls.on(Hls.Events.ERROR, (_event, { fatal, details }) => { if (fatal) window.bareError = details })
    hls.attachMedia(video)
    hls.loadSource(${JSON.stringify(url)})
    video.play().catch(() => {})
    Object.assign(window, { bare: video, bareHls: hls })
  })`)
}
