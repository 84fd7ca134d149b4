import { MediaPlayer } from 'dashjs'
import { addVideo, BUFFER_S, listeningTo, type Play } from '../film.js'
import { refreshOnTimer, sign } from '../signatures.js'

/** dash.js with `updateSource()` shortly before each expiry, which its documentation names for tokens of a CDN. */
export const play: Play = async (film) => {
  const video = addVideo(film)
  const player = MediaPlayer().create()
  const first = await sign(film)
  player.initialize(video, first.url, true)
  player.updateSettings({
    streaming: {
      buffer: {
        bufferTimeDefault: BUFFER_S,
        bufferTimeAtTopQuality: BUFFER_S,
        bufferTimeAtTopQualityLongForm: BUFFER_S,
      },
    },
  })
  player.on('error', ({ error }) => window.recorder.fail(new Error(`dash.js: ${error.message ?? error.code}`)))
  refreshOnTimer(film, first, (url) => player.updateSource(url))
  return listeningTo(video)
}
