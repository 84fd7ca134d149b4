import type { Play } from '../film.js'
import { sign } from '../signatures.js'
import { createPlayer, listeningToPlayer, type Source } from './video-js.js'

/** Seconds between two reloads. The default, 30, is longer than these URLs live. */
const ERROR_INTERVAL_S = 1

/** The plugin that comes with VHS. */
export const play: Play = async (film) => {
  const player = createPlayer(film)
  const { url } = await sign(film)
  const reloadSourceOnError: unknown = Reflect.get(player, 'reloadSourceOnError')
  if (typeof reloadSourceOnError !== 'function') throw new Error('This Video.js has no reloadSourceOnError.')
  reloadSourceOnError.call(player, {
    errorInterval: ERROR_INTERVAL_S,
    getSource(reload: (source: Source) => void) {
      sign(film).then(({ url: fresh }) => reload({ src: fresh, type: film.type }))
    },
  })
  player.src({ src: url, type: film.type })
  player.play()?.catch(() => {})
  return listeningToPlayer(player)
}
