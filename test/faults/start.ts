import type { Start } from './play-cell.js'

/** With the plugin. VHS has one set of limits for all players, and its own would be those of a long video. */
export const withPlugin: Start = (play, { origin, engine, fault, bufferS, before }) =>
  play(
    {},
    {
      source: engine.source,
      plugin: { endpoint: origin.endpoint, ...engine.options(bufferS), ...fault.plugin },
      async before(page) {
        await before(page)
        await page.evaluate(
          `void Object.assign(window.videojs.Vhs, { GOAL_BUFFER_LENGTH: ${bufferS}, MAX_GOAL_BUFFER_LENGTH: ${bufferS} })`,
        )
      },
    },
  )
