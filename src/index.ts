import './augment.js'
import videojs from 'video.js'
import type { HlsClass } from './engines/hls-js/hls-class.js'
import { lazyHlsJs } from './load-hls-js.js'
import { register } from './register.js'
import type { VideoJs, VideoJsCopy } from './video-js.js'

export type { SignedUrlAnswer, SignReason } from './core/answer.js'
export { SignedUrlError, type SignedUrlErrorCode } from './core/errors.js'
export { readExpiry } from './core/expiry/index.js'
export type { RetryPolicy } from './core/retry.js'
export type { SignContext } from './core/signing-client.js'
export type { HlsClass } from './engines/hls-js/hls-class.js'
export type { SignedUrlEventMap } from './events.js'
export type { SignedUrlOptions } from './options.js'
export type { SignedUrlPlugin, SourceStats, SourceStatus } from './plugin.js'
export type { SignedUrlSource } from './signed-url-source.js'

/**
 * Registers the plugin `signedUrl` with a copy of Video.js (`video.js/core`, or a second copy on the page). Idempotent.
 * `Hls`: the hls.js class that players made from now on use; without it the package's own is imported when an HLS source needs it.
 */
export function registerSignedUrl(videojs: VideoJsCopy, { Hls }: { Hls?: HlsClass } = {}): void {
  register(videojs as VideoJs, lazyHlsJs(Hls), Hls !== undefined)
}

// Rendered on a server there is no player to plug into, and Video.js has no tech to hand.
if (typeof window !== 'undefined') registerSignedUrl(videojs)
