import { shiftClock } from './clock.js'
import type { Play } from './film.js'
import { Recorder } from './recorder.js'

/* One contestant plays one film. The query of the page names both. */

declare global {
  interface Window {
    /** Available once the page is loaded. */
    recorder: Recorder
  }
}

const query = Object.fromEntries(new URLSearchParams(location.search))
shiftClock(Number(query.clockMs ?? 0))
window.recorder = new Recorder()

try {
  const { play }: { play: Play } = await import(/* @vite-ignore */ `/${query.player}/player.js`)
  const mount = document.getElementById('mount')
  if (!mount) throw new Error('The page has no place for a player.')
  const { endpoint = '', resource = '', type = '' } = query
  const playing = await play({ mount, endpoint: `${endpoint}&resource=${resource}`, resource, type, options: query })
  window.recorder.listenTo(playing)
} catch (error) {
  window.recorder.fail(error)
}
