import type { HlsClass } from './engines/hls-js/hls-class.js'
import type { LoadHlsJs } from './source-session.js'

/** hls.js and its adapter as chunks of their own: a page that plays no HLS loads neither. `Hls`: the page's own copy. */
export function lazyHlsJs(Hls?: HlsClass): LoadHlsJs {
  return async () => {
    const [{ HlsJsEngine }, loaded] = await Promise.all([
      import('./engines/hls-js/index.js'),
      Hls ?? import('hls.js').then((module): HlsClass => module.default),
    ])
    return { HlsJsEngine, Hls: loaded }
  }
}
