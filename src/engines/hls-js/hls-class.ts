import type Hls from 'hls.js'
import type { HlsConfig } from 'hls.js'

/** The parts of a hls.js instance, the video's or an ad's, that have to do with the element. */
export type MediaOwner = Pick<Hls, 'media' | 'attachMedia' | 'detachMedia' | 'trigger'>

/** The parts of a hls.js instance that the engine uses. */
export type HlsInstance = Pick<
  Hls,
  | keyof MediaOwner
  | 'on'
  | 'transferMedia'
  | 'recoverMediaError'
  | 'loadSource'
  | 'startLoad'
  | 'destroy'
  | 'levels'
  | 'currentLevel'
  | 'nextLevel'
  | 'audioTracks'
  | 'audioTrack'
  | 'subtitleTrack'
  | 'latestLevelDetails'
  | 'liveSyncPosition'
  | 'autoLevelEnabled'
  | 'autoLevelCapping'
>

/** A copy of hls.js: the package's own, or the page's `window.Hls`. */
export type HlsClass = Pick<typeof Hls, 'version' | 'Events' | 'ErrorTypes' | 'ErrorDetails' | 'DefaultConfig'> & {
  new (config?: Partial<HlsConfig>): HlsInstance
}
