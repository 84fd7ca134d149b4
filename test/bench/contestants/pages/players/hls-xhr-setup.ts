import Hls from 'hls.js'
import { addVideo, BUFFER_S, listeningTo, type Play } from '../film.js'
import { carry, Signatures } from '../signatures.js'

/** hls.js with an `xhrSetup` that opens each request with the current credentials, and signs when they are about to expire. */
export const play: Play = async (film) => {
  const signatures = new Signatures(film)
  const video = addVideo(film)
  const hls = new Hls({
    maxBufferLength: BUFFER_S,
    maxMaxBufferLength: BUFFER_S,
    async xhrSetup(xhr, url) {
      xhr.open('GET', carry(url, await signatures.current()), true)
    },
  })
  hls.on(Hls.Events.ERROR, (_event, { fatal, details }) => {
    if (fatal) window.recorder.fail(new Error(`hls.js: ${details}`))
  })
  hls.attachMedia(video)
  hls.loadSource(await signatures.current())
  video.play().catch(() => {})
  return listeningTo(video)
}
