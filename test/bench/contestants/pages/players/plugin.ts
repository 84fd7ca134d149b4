import 'videojs-signed-url'
import { BUFFER_S, type Play } from '../film.js'
import { createPlayer, listeningToPlayer } from './video-js.js'

/** This plugin, as the README sets it up. */
export const play: Play = async (film) => {
  const { engine, serviceWorker } = film.options
  const signedUrl = {
    // The plugin itself appends the resource.
    endpoint: film.endpoint.replace(/&resource=.*/, ''),
    hls: { maxBufferLength: BUFFER_S, maxMaxBufferLength: BUFFER_S },
    ...(engine !== undefined && { engine }),
    ...(serviceWorker !== undefined && { serviceWorker }),
  }
  const player = createPlayer(film, { plugins: { signedUrl } })
  player.src({ src: film.resource, type: film.type })
  player.play()?.catch(() => {})
  return listeningToPlayer(player)
}
