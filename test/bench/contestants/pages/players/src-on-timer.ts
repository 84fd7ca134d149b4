import type { Play } from '../film.js'
import { refreshOnTimer, sign } from '../signatures.js'
import { createPlayer, listeningToPlayer, reloadAt } from './video-js.js'

/** `player.src()` with a fresh URL shortly before each expiry. */
export const play: Play = async (film) => {
  const player = createPlayer(film)
  const first = await sign(film)
  player.src({ src: first.url, type: film.type })
  player.play()?.catch(() => {})
  refreshOnTimer(film, first, (url) => {
    const place = { position: player.currentTime() ?? 0, isPaused: player.paused() }
    reloadAt(player, { src: url, type: film.type }, place)
  })
  return listeningToPlayer(player)
}
