import type { SignedSource } from '../core/signed-source.js'
import type { Html5Tech, SignedPlayer, VideoJs } from '../video-js.js'

/** A failure of the media itself, as `player.error()` takes it. */
export interface MediaFailure {
  /** `MediaError` code: 2 network, 3 decoding, 4 not supported, 5 encrypted. */
  readonly code: number
  /** Where Video.js's own sentence for the code would mislead. */
  readonly message?: string
  readonly cause?: Error
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
  /** Shows that the media can't be played. Refusals never come here: the source repairs them or tells of them itself. */
  fail(failure: MediaFailure): void
}

/** What loads the media. The core never asks which one it is. */
export interface Engine {
  /** What the viewer can seek to; undefined where the element knows. */
  seekable?(): TimeRanges | undefined
  /** Seconds; undefined where the element knows. */
  duration?(): number | undefined
  dispose(): void
}

export const HLS_TYPES: readonly string[] = [
  'application/x-mpegurl',
  'application/vnd.apple.mpegurl',
  'audio/mpegurl',
  'audio/x-mpegurl',
]
export const DASH_TYPE = 'application/dash+xml'

export function isHls(type: string): boolean {
  return HLS_TYPES.includes(type)
}
