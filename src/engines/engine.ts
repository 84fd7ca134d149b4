import type { OpenMedia } from '../core/open-media.js'
import type { Html5Tech, SignedPlayer, VideoJs } from '../video-js/types.js'
import type { EarlyPlaylist } from './hls-js/early-playlist.js'

/** A failure of the media itself, as `player.error()` takes it. */
export interface MediaFailure {
  /** `MediaError` code: 2 network, 3 decoding, 4 not supported, 5 encrypted. */
  readonly code: number
  /** The engine's own error; URLs in it are redacted before the player gets it. */
  readonly cause?: unknown
}

/** What an engine gets to play one source. */
export interface EngineContext {
  readonly videojs: VideoJs
  readonly player: SignedPlayer
  readonly tech: Html5Tech
  /** The media type, lower case, without parameters. */
  readonly type: string
  /** What the site calls the video. */
  readonly resource: string
  /** Ends with the source. Everything that an engine waits for, listens to or times is bound to it. */
  readonly signal: AbortSignal
  /** Where the site serves the worker file, absolute; undefined for none. */
  readonly serviceWorker: string | undefined
  /** For the engine to call once. */
  readonly openMedia: OpenMedia
  /** hls.js: the first playlist, which is requested before the engine is loaded. */
  readonly earlyPlaylist?: Promise<EarlyPlaylist> | undefined
  /** Warns the page's developer, once a player. Never holds a token. */
  warn(message: string): void
  /** The element's source was set again; `gapMs` is how long the picture stood still. */
  noteSwap(gapMs: number): void
  /** An empty MediaSource, on the element at once. */
  openMediaSource(): MediaSource
  /** Shows that the media can't be played. Not for refusals: the media repairs them, or its signature gives up and says so. */
  fail(failure: MediaFailure): void
  /** The media plays again: takes back what `fail` has shown. */
  recover(): void
}

/** What loads the media. The core never asks which one it is. */
export interface Engine {
  /** Whether fresh credentials reach its requests without a swap. */
  readonly isSeamless?: boolean
  /** What the viewer can seek to; undefined where the element knows. */
  seekable?(): TimeRanges | undefined
  /** Seconds; undefined where the element knows. */
  duration?(): number | undefined
  /** Nothing is left to play. Where it is missing or false, the element's `readyState` decides. */
  isStarved?(): boolean
  /** The page wants another attempt after a failure of the media. */
  retry?(): void
  /** The source has ended; the element is emptied after this. */
  dispose?(): void
}

export const HLS_TYPE = 'application/x-mpegurl'
export const DASH_TYPE = 'application/dash+xml'

/** RFC 8216's type and the names that were in use before it. `type`: lower case, without parameters. */
export function isHls(type: string): boolean {
  return /^(?:application|audio)\/(?:x-|vnd\.apple\.)?mpegurl$/.test(type)
}
