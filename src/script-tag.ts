import { SignedUrlError } from './core/errors.js'
import { readExpiry } from './core/expiry/index.js'
import type { HlsClass } from './engines/hls-js/hls-class.js'
import { HlsJsEngine } from './engines/hls-js/index.js'
import { register } from './video-js/register.js'
import type { VideoJs, VideoJsCopy } from './video-js/types.js'

declare global {
  interface Window {
    videojs?: VideoJs
    Hls?: HlsClass
  }
}

export { readExpiry, SignedUrlError }

/** Registers with a copy of Video.js; uses `Hls`, or `window.Hls` when the page has one, and VHS when there is neither, or one older than 1.6. */
export function registerSignedUrl(videojs: VideoJsCopy, { Hls = window.Hls }: { Hls?: HlsClass } = {}): void {
  const load = Hls && Object.assign(async () => ({ Hls, HlsJsEngine }), { version: Hls.version })
  register(videojs as VideoJs, load, Hls !== undefined)
}

if (window.videojs) registerSignedUrl(window.videojs)
