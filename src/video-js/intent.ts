import { listen } from './listen.js'
import type { Html5Tech, SignedPlayer } from './types.js'

/** What a viewer does on the way to the play button: moves the pointer onto the player, touches or focuses it, or presses a key in it. */
const SIGNS = ['pointerenter', 'pointermove', 'pointerdown', 'focusin', 'keydown']

/** Calls back, often, while the viewer reaches for a player that has played and is paused, until `signal` aborts. */
export function onIntent(
  player: Pick<SignedPlayer, 'el' | 'on' | 'off'>,
  tech: Pick<Html5Tech, 'el'>,
  callback: () => void,
  signal: AbortSignal,
): void {
  let hasPlayed = false
  const onPlaying = () => {
    hasPlayed = true
  }
  const onSign = () => hasPlayed && tech.el().paused && callback()
  listen(player, 'playing', onPlaying, signal)
  for (const type of SIGNS) player.el().addEventListener(type, onSign, { signal, passive: true })
}
