import './video-js/augment.js'
import videojs from 'video.js'
import type { HlsClass } from './engines/hls-js/hls-class.js'
import { lazyHlsJs } from './engines/hls-js/load-hls-js.js'
import { register } from './video-js/register.js'
import type { VideoJs, VideoJsCopy } from './video-js/types.js'

export { SignedUrlError, type SignedUrlErrorCode } from './core/errors.js'
export { readExpiry } from './core/expiry/index.js'
export type { SourceStatus } from './core/signature.js'
export type { SignedUrlAnswer, SignReason } from './core/signing/answer.js'
export type { RetryPolicy } from './core/signing/retry.js'
export type { SignContext } from './core/signing/signing-client.js'
export type { SourceStats } from './core/stats.js'
export type { HlsClass } from './engines/hls-js/hls-class.js'
export type { SignedUrlOptions } from './options.js'
export type { SignedUrlPlugin } from './plugin.js'
export type { SignedUrlEventMap } from './video-js/events.js'
export type { SignedUrlSource } from './video-js/signed-url-source.js'

/**
 * Registers the plugin `signedUrl` with a copy of Video.js (`video.js/core`, or a second copy on the page). Idempotent.
 * `Hls`: the hls.js class (1.6 or newer) that players made from now on use; without it the package's own is imported when an HLS source needs it.
 */
export function registerSignedUrl(videojs: VideoJsCopy, { Hls }: { Hls?: HlsClass } = {}): void {
  register(videojs as VideoJs, lazyHlsJs(Hls), Hls !== undefined)
}

// On a server there is no player to plug into, and Video.js has no tech.
if (typeof window !== 'undefined') registerSignedUrl(videojs)
