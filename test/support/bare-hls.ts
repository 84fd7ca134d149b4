import type { Page } from './browsers/index.js'
import { SMALL_BUFFER } from './site.js'

/** Plays `url` with hls.js alone, in a bare element: `window.bare`. The details of a fatal error are `window.bareError`. */
export const playBareHls = (page: Page, url: string): Promise<void> =>
  play(page, `const [url, config] = [${JSON.stringify(url)}, {}]`)

/**
 * The same with `videojs-signed-url/hls`: `media` is `window.bareMedia`, and what it reports is in `window.bareReports`. `options`: a JavaScript expression for those
 * of `signedMedia`.
 */
export function playSignedHls(page: Page, options: string): Promise<void> {
  return play(
    page,
    `const { signedLoader, signedMedia } = await import('/src/hls.ts')
    const bareReports = []
    const media = signedMedia({
      onRefreshed: ({ reason }) => bareReports.push(reason),
      onFailed: ({ code }, willRetry) => bareReports.push(code + (willRetry ? ', tried again' : '')),
      ...${options},
    })
    Object.assign(window, { bareMedia: media, bareReports })
    const config = { loader: signedLoader(Hls.DefaultConfig.loader, media) }
    const url = await media.url()`,
  )
}

/** `prepare` declares `url`, and `config` for hls.js. */
async function play(page: Page, prepare: string): Promise<void> {
  await page.evaluate(`import('/node_modules/hls.js/dist/hls.mjs').then(async ({ default: Hls }) => {
    ${prepare}
    const video = document.createElement('video')
    Object.assign(video, { muted: true, width: 320, height: 180 })
    document.body.append(video)
    const hls = new Hls({ ...${JSON.stringify({ ...SMALL_BUFFER, liveDurationInfinity: true })}, ...config })
    hls.on(Hls.Events.ERROR, (_event, { fatal, details }) => { if (fatal) window.bareError = details })
    hls.attachMedia(video)
    hls.loadSource(url)
    video.play().catch(() => {})
    Object.assign(window, { bare: video, bareHls: hls })
  })`)
}
