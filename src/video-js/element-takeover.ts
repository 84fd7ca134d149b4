import { empty } from '../engines/media-source.js'
import { listen } from './listen.js'
import type { Html5Tech, PlayerEvent, SignedPlayer } from './types.js'

/**
 * Has `player.load()` set the source again, as Video.js does with VHS: the element's own `load()` would empty it while hls.js fills it, and give a native element its
 * dead URL again. While a source is being set, it is Safari's `play()` that calls, to keep the viewer's gesture for the element: that gets the element's `load()`.
 */
export function takeLoad(player: SignedPlayer, tech: Html5Tech, signal: AbortSignal): void {
  tech.load = () => {
    if (player.changingSrc_) HTMLMediaElement.prototype.load.call(tech.el())
    else player.src(player.currentSources())
  }
  signal.addEventListener('abort', () => delete tech.load, { once: true })
}

/**
 * Takes the `<source>` tags out of the element. Otherwise `play()` would have the browser load one of them while the video is being signed. Video.js also reports the
 * one that the browser had chosen, as if it had been set after ours, and puts its absolute URL into `currentSource()`: that happens once the first source is open,
 * and reaches this listener before the player's.
 */
export function takeSourceTags(tech: Html5Tech, signal: AbortSignal): void {
  const tags = [...tech.el().querySelectorAll('source')]
  if (tags.length === 0) return
  for (const tag of tags) tag.remove()
  empty(tech.el())
  const hush = (event: PlayerEvent) => {
    if (!event.src || tags.some(({ src }) => src === event.src)) event.stopImmediatePropagation()
  }
  listen(tech, 'sourceset', hush, signal)
}
