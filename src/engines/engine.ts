import type { MediaRequests } from '../core/media-requests.js'
import type { SignedSource } from '../core/signed-source.js'
import type { Html5Tech, SignedPlayer, VideoJs } from '../video-js.js'

/** A failure of the media itself, as `player.error()` takes it. */
export interface MediaFailure {
  /** `MediaError` code: 2 network, 3 decoding, 4 not supported, 5 encrypted. */
  readonly code: number
  /** What the engine says; URLs in it are redacted before the player has it. */
  readonly cause?: unknown
}

/** What an engine gets to play one source. */
export interface EngineContext {
  readonly videojs: VideoJs
  readonly player: SignedPlayer
  readonly tech: Html5Tech
  readonly source: SignedSource
  /** The media type, lower case, without parameters. */
  readonly type: string
  /** Ends with the source; what an engine waits for, listens to or times is bound to it. */
  readonly signal: AbortSignal
  /** Where the site serves the worker file, absolute; undefined for none. */
  readonly serviceWorker: string | undefined
  /** The requests of a film whose `scope` is another than the folder; where the element loads it whole (`isOneFile`), undefined if that makes no difference. */
  readonly openScope: ((isOneFile?: boolean) => MediaRequests | undefined) | undefined
  /** Tells the page's developer, once a player. Never holds a token. */
  warn(message: string): void
  /** An empty MediaSource, on the element at once. */
  openMediaSource(): MediaSource
  /** Shows that the media can't be played. Refusals never come here: the source repairs them or tells of them itself. */
  fail(failure: MediaFailure): void
}

/** What loads the media. The core never asks which one it is. */
export interface Engine {
  /** Whether fresh credentials reach its requests without a swap. */
  readonly isSeamless?: boolean
  /** What the viewer can seek to; undefined where the element knows. */
  seekable?(): TimeRanges | undefined
  /** Seconds; undefined where the element knows. */
  duration?(): number | undefined
  /** Nothing is left to play; where it is missing or false, the element's `readyState` tells. */
  isStarved?(): boolean
  /** The source has ended; the element is emptied after this. */
  dispose?(): void
}

export const HLS_TYPE = 'application/x-mpegurl'
export const DASH_TYPE = 'application/dash+xml'

/** RFC 8216's type and the names that were in use before it. `type`: lower case, without parameters. */
export function isHls(type: string): boolean {
  return /^(?:application|audio)\/(?:x-|vnd\.apple\.)?mpegurl$/.test(type)
}
