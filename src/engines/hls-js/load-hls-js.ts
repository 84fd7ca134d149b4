import type { HlsClass } from './hls-class.js'
import type { HlsJsEngine } from './index.js'

/** How the build at hand gets hls.js and its engine; undefined where it can't. */
export type LoadHlsJs = (() => Promise<{ Hls: HlsClass; HlsJsEngine: typeof HlsJsEngine }>) & {
  /** Of the page's own copy. */
  version?: string | undefined
}

/** Loads hls.js and its engine as chunks of their own: a page that plays no HLS loads neither. `Hls`: the page's own copy. */
export function lazyHlsJs(Hls?: HlsClass): LoadHlsJs {
  const load = async () => {
    const [{ HlsJsEngine }, loaded] = await Promise.all([
      import('./index.js'),
      Hls ?? import('hls.js').then((module): HlsClass => module.default),
    ])
    return { HlsJsEngine, Hls: loaded }
  }
  return Object.assign(load, { version: Hls?.version })
}
