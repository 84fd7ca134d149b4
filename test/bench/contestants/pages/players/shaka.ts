import shaka from 'shaka-player'
import { addVideo, BUFFER_S, listeningTo, type Play } from '../film.js'
import { carry, Signatures } from '../signatures.js'

/** Shaka with a request filter, which it calls for each attempt: a repeated request gets a new signature. */
export const play: Play = async (film) => {
  shaka.polyfill.installAll()
  const signatures = new Signatures(film)
  const video = addVideo(film)
  const player = new shaka.Player()
  await player.attach(video)
  player.configure({ streaming: { bufferingGoal: BUFFER_S } })
  player.addEventListener('error', ({ detail }) => window.recorder.fail(new Error(`Shaka: error ${detail.code}`)))
  player.getNetworkingEngine().registerRequestFilter(async (_type, request) => {
    const fresh = request.attempt > 0 ? await signatures.again() : await signatures.current()
    request.uris = request.uris.map((uri) => carry(uri, fresh))
  })
  await player.load(await signatures.current())
  video.play().catch(() => {})
  return listeningTo(video)
}
