import type { HlsConfig } from 'hls.js'
import type { SignedMedia } from '../../core/signed-media.js'
import type { Engine, EngineContext } from '../engine.js'
import { attachElement } from './attach-element.js'
import { syncAudioTracks } from './audio-tracks.js'
import { earlyLoader } from './early-loader.js'
import type { HlsClass } from './hls-class.js'
import type { HlsSession } from './hls-session.js'
import { watchErrors } from './media-errors.js'
import { syncQualityLevels } from './quality-levels.js'
import { signedLoader } from './signed-loader.js'
import { syncTextTracks } from './text-tracks.js'

/**
 * Plays a source with hls.js, into a MediaSource that the element already has.
 * Video.js shows everything that it shows with VHS: quality levels, audio tracks, subtitles, captions, live seeking.
 */
export class HlsJsEngine implements Engine {
  readonly isSeamless = true
  readonly #session: HlsSession
  readonly #playsAd: () => boolean

  constructor(context: EngineContext, Hls: HlsClass, config: Partial<HlsConfig>, mediaSource: MediaSource) {
    const media = context.openMedia()
    const hls = new Hls(configure(Hls, config, media, context.earlyPlaylist, isManaged(mediaSource)))
    const session = { ...context, hls, Hls }
    this.#session = session
    syncQualityLevels(session)
    syncAudioTracks(session)
    syncTextTracks(session)
    // hls.js recovers by itself where the browser closed the MediaSource (since 1.7).
    hls.recoverMediaError = () => this.#recover()
    watchErrors(session, media)
    this.#playsAd = attachElement(session, mediaSource)
    media.start().then(
      (url) => context.signal.aborted || hls.loadSource(url),
      () => {},
    )
  }

  /** Live: from the oldest segment to where a viewer at the live edge plays; otherwise, and during an ad, what the element says. */
  seekable(): TimeRanges | undefined {
    const { hls, videojs } = this.#session
    const details = hls.latestLevelDetails
    const edge = hls.liveSyncPosition
    if (!details?.live || edge === null || this.#playsAd()) return undefined
    const start = details.fragmentStart
    return videojs.time?.createTimeRanges([[start, Math.max(start, edge)]])
  }

  dispose(): void {
    // First taken away from hls.js, which would otherwise empty the element, with events (`sourceset`, `emptied`).
    this.#session.hls.transferMedia()
    this.#session.hls.destroy()
  }

  /** hls.js's `recoverMediaError`, which starts where the element has been, from the beginning too. */
  #recover(): void {
    const { hls } = this.#session
    const { media } = hls
    if (!media) return
    const { currentTime } = media
    hls.detachMedia()
    hls.attachMedia(media)
    hls.startLoad(currentTime)
  }
}

function configure(
  Hls: HlsClass,
  config: Partial<HlsConfig>,
  media: SignedMedia,
  early: EngineContext['earlyPlaylist'],
  preferManagedMediaSource: boolean,
): Partial<HlsConfig> {
  const { loader = Hls.DefaultConfig.loader, pLoader, fLoader } = config
  const signed: Partial<HlsConfig> = {
    // Of the MediaSource that the element already has.
    preferManagedMediaSource,
    loader: signedLoader(early ? earlyLoader(loader, early) : loader, media),
    ...(pLoader && { pLoader: signedLoader(pLoader, media) as NonNullable<HlsConfig['pLoader']> }),
    ...(fLoader && { fLoader: signedLoader(fLoader, media) as NonNullable<HlsConfig['fLoader']> }),
  }
  // Video.js recognizes live by an infinite duration, and shows text tracks itself.
  return { liveDurationInfinity: true, renderTextTracksNatively: false, ...config, ...signed }
}

function isManaged(mediaSource: MediaSource): boolean {
  return window.ManagedMediaSource !== undefined && mediaSource instanceof window.ManagedMediaSource
}
