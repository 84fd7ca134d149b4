import type { Play } from '../film.js'
import { sign } from '../signatures.js'
import { createPlayer, listeningToPlayer, reloadAt } from './video-js.js'

/** `player.src()` with a fresh URL whenever the player reports an error. */
export const play: Play = async (film) => {
  const player = createPlayer(film)
  const { url } = await sign(film)
  player.src({ src: url, type: film.type })
  player.play()?.catch(() => {})
  player.on('error', async () => {
    const position = player.currentTime() ?? 0
    const { url: fresh } = await sign(film)
    reloadAt(player, { src: fresh, type: film.type }, { position, isPaused: false })
  })
  return listeningToPlayer(player)
}
