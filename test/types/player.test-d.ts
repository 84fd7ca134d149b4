import Hls from 'hls.js'
import {
  type HlsClass,
  registerSignedUrl,
  type SignedUrlAnswer,
  type SignedUrlOptions,
  type SignedUrlPlugin,
  type SignedUrlSource,
  type SourceStats,
  type SourceStatus,
} from 'videojs-signed-url'
import type { Equal, Expect } from './equal.js'
import videojs from './videojs.js'

/* What a page does with a player. The same with the types of Video.js 7 and 8. */

const options: SignedUrlOptions = { endpoint: '/api/playback-url' }
const player = videojs('my-video', { plugins: { signedUrl: options } })
player.src({ src: 'final-2026', type: 'application/x-mpegURL' })

const plugin = player.signedUrl(options)
export type PlayerHasThePlugin = Expect<Equal<typeof plugin, SignedUrlPlugin>>
export type OptionsAreOptional = Expect<Equal<Parameters<typeof player.signedUrl>[0], SignedUrlOptions | undefined>>
// @ts-expect-error an option that does not exist
player.signedUrl({ endpiont: '/api/playback-url' })
// @ts-expect-error a plugin that does not exist
player.signedUrls()

export type Members = [
  Expect<Equal<ReturnType<SignedUrlPlugin['refresh']>, Promise<void>>>,
  Expect<Equal<Parameters<SignedUrlPlugin['sign']>, [resource: string]>>,
  Expect<Equal<ReturnType<SignedUrlPlugin['sign']>, Promise<string>>>,
  Expect<Equal<ReturnType<SignedUrlPlugin['resolve']>, Promise<string>>>,
  Expect<Equal<SignedUrlPlugin['status'], SourceStatus>>,
  Expect<Equal<SourceStatus, 'idle' | 'signing' | 'fresh' | 'expired' | 'failed'>>,
  Expect<Equal<SignedUrlPlugin['refreshing'], boolean>>,
  Expect<Equal<SignedUrlPlugin['expiresAt'], number | undefined>>,
  Expect<Equal<SignedUrlPlugin['stats'], SourceStats>>,
]
// @ts-expect-error read-only
plugin.refreshing = true

registerSignedUrl(videojs)
registerSignedUrl(videojs, { Hls })
export type HlsIsAnHlsClass = Expect<Equal<typeof Hls extends HlsClass ? true : false, true>>
// @ts-expect-error not a copy of Video.js
registerSignedUrl(player)

const signed: SignedUrlAnswer = { url: 'https://cdn.example/final-2026/master.m3u8', expiresIn: 60 }
const source: SignedUrlSource = { src: 'final-2026', type: 'application/x-mpegURL', signedUrl: signed }
player.src({ ...source, type: 'application/x-mpegURL' })
// @ts-expect-error an answer without a URL
export const unsigned: SignedUrlSource = { src: 'final-2026', signedUrl: { expiresIn: 60 } }
