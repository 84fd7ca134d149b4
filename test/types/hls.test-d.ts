import Hls from 'hls.js'
import {
  type LoaderClass,
  type MediaRequest,
  type RefreshReport,
  type SignedMediaOptions,
  SignedUrlError,
  type StandaloneMedia,
  signedLoader,
  signedMedia,
} from 'videojs-signed-url/hls'
import type { Equal, Expect } from './equal.js'

/* hls.js, or another player, without Video.js. */

const media = signedMedia({
  endpoint: '/api/playback-url',
  resource: 'final-2026',
  onRefreshed: (report) => report satisfies RefreshReport,
  onFailed: (error, willRetry) => {
    if (!willRetry) console.error(error.code)
  },
})
export type Media = Expect<Equal<typeof media, StandaloneMedia>>
export const request: MediaRequest = media.request('https://cdn.example/film.m3u8', { kind: 'playlist' })
export const loader: LoaderClass = signedLoader(Hls.DefaultConfig.loader, media)
export const hls = new Hls({ loader })
export const isOurs = (error: unknown): boolean => error instanceof SignedUrlError

// @ts-expect-error no resource
export const missing: SignedMediaOptions = { endpoint: '/api/playback-url' }
// @ts-expect-error an option of the plugin
export const plugin: SignedMediaOptions = { endpoint: '/api/playback-url', resource: 'final-2026', engine: 'vhs' }
