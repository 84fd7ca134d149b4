import type { Way } from '../programme.js'
import type { Abilities } from './abilities.js'

export type EngineId = 'hls.js' | 'vhs' | 'dash' | 'native-hls' | 'swap' | 'worker'

/** One way to load media, as the self-test tries it. */
export interface Engine {
  readonly id: EngineId
  readonly title: string
  readonly way: Way
  readonly source: { readonly src: string; readonly type: string }
  /** Of the plugin's options. */
  readonly engine: 'auto' | 'hls.js' | 'vhs' | 'native'
  /** Returns why this browser can't do it, or undefined if it can. */
  whyNot(abilities: Abilities): string | undefined
}

const HLS = { src: 'film', type: 'application/x-mpegURL' }
const DASH = { src: 'film/manifest.mpd', type: 'application/dash+xml' }
const MP4 = { src: 'film/film.mp4', type: 'video/mp4' }

const NO_MSE = 'This browser has no Media Source Extensions.'
const NO_VHS = 'This browser has no MediaSource, which VHS needs.'
const NO_MP4 = 'This browser says that it can’t play this MP4.'

const needsMediaSource = ({ hasMediaSource }: Abilities) => (hasMediaSource ? undefined : NO_VHS)
const needsMp4 = ({ nativeMp4 }: Abilities) => (nativeMp4 ? undefined : NO_MP4)

export const ENGINES: readonly Engine[] = [
  {
    id: 'hls.js',
    title: 'HLS by hls.js',
    way: 'requests',
    source: HLS,
    engine: 'hls.js',
    whyNot: ({ hasMediaSource, hasManagedMediaSource }) =>
      hasMediaSource || hasManagedMediaSource ? undefined : NO_MSE,
  },
  { id: 'vhs', title: 'HLS by VHS', way: 'requests', source: HLS, engine: 'vhs', whyNot: needsMediaSource },
  { id: 'dash', title: 'DASH by VHS', way: 'requests', source: DASH, engine: 'vhs', whyNot: needsMediaSource },
  {
    id: 'native-hls',
    title: 'HLS by the browser',
    way: 'requests',
    source: HLS,
    engine: 'native',
    whyNot: ({ nativeHls }) => (nativeHls ? undefined : 'This browser can’t play HLS by itself.'),
  },
  { id: 'swap', title: 'MP4 with swaps', way: 'swap', source: MP4, engine: 'auto', whyNot: needsMp4 },
  {
    id: 'worker',
    title: 'MP4 through the service worker',
    way: 'worker',
    source: MP4,
    engine: 'auto',
    whyNot: (abilities) => {
      if (!abilities.hasServiceWorker)
        return abilities.isSecure
          ? 'This browser has no service workers.'
          : 'This page is insecure: service workers need https.'
      return needsMp4(abilities)
    },
  },
]

/** Reads which engines to try from a query, `?engines=vhs,swap`. All of them if the query names none that exists. */
export function readEngines(query: string): readonly Engine[] {
  const named = (new URLSearchParams(query).get('engines') ?? '').split(',')
  const chosen = ENGINES.filter(({ id }) => named.includes(id))
  return chosen.length > 0 ? chosen : ENGINES
}
