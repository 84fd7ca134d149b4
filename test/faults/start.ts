import type { Page } from '../support/browsers/index.js'
import { isFile } from './engines.js'
import type { Start } from './play-cell.js'

/** With the plugin. */
export const withPlugin: Start = (play, { origin, engine, fault, bufferS, before }) =>
  play(
    {},
    {
      source: engine.source,
      plugin: { endpoint: origin.endpoint, ...engine.options(bufferS), ...fault.plugin },
      async before(page) {
        await before(page)
        await limitVhs(page, bufferS)
      },
    },
  )

/** As pages do without it: with a URL that the endpoint has signed once. hls.js is attached to the player's element, and its fatal errors are shown. */
export const withoutPlugin: Start = async (play, { origin, engine, bufferS, before }) => {
  const video = await play({}, { plugin: null, source: null, before })
  // Signed now, because URLs may live for seconds only.
  const { url } = origin.issue(engine.source.src)
  if (isFile(engine) || engine.name === 'VHS') await video.set({ ...engine.source, src: url })
  else await attachHls(video.page, url, bufferS)
  return video
}

/** VHS has one set of limits for all players, and its own would load a short video at once. */
function limitVhs(page: Page, bufferS: number): Promise<void> {
  return page.evaluate(
    `void Object.assign(window.videojs.Vhs, { GOAL_BUFFER_LENGTH: ${bufferS}, MAX_GOAL_BUFFER_LENGTH: ${bufferS} })`,
  )
}

function attachHls(page: Page, url: string, bufferS: number): Promise<void> {
  return page.evaluate(`import('/node_modules/hls.js/dist/hls.mjs').then(({ default: Hls }) => {
    const player = lab.player('film')
    const hls = new Hls({ maxBufferLength: ${bufferS}, maxMaxBufferLength: ${bufferS} })
    hls.on(Hls.Events.ERROR, (_event, { fatal }) => { if (fatal) player.error(2) })
    hls.attachMedia(player.el().querySelector('video'))
    hls.loadSource(${JSON.stringify(url)})
    player.play()?.catch(() => {})
  })`)
}
