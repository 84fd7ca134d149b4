import type { HlsConfig } from 'hls.js'
import type { MediaRequests } from '../../core/media-requests.js'
import type { Engine, EngineContext } from '../engine.js'
import { openRequests } from '../open-requests.js'
import { syncAudioTracks } from './audio-tracks.js'
import type { HlsClass, HlsInstance } from './hls-class.js'
import { watchErrors } from './media-errors.js'
import { syncQualityLevels } from './quality-levels.js'
import { signedLoader } from './signed-loader.js'
import { syncTextTracks } from './text-tracks.js'

/** What the pieces of this engine share. */
export interface HlsSession extends EngineContext {
  readonly hls: HlsInstance
  readonly Hls: HlsClass
}

/**
 * Plays a source with hls.js, into a MediaSource that the element already has.
 * Everything Video.js shows of VHS is there too: quality levels, audio tracks, subtitles, captions, live seeking.
 */
export class HlsJsEngine implements Engine {
  readonly isSeamless = true
  readonly #session: HlsSession

  constructor(context: EngineContext, Hls: HlsClass, config: Partial<HlsConfig>, mediaSource: MediaSource) {
    const [requests, notes] = openRequests(context)
    const hls = new Hls(configure(Hls, config, requests, isManaged(mediaSource)))
    const session = { ...context, hls, Hls }
    this.#session = session
    syncQualityLevels(session)
    syncAudioTracks(session)
    syncTextTracks(session)
    // hls.js recovers by itself where the browser closed the MediaSource (since 1.7).
    hls.recoverMediaError = () => this.#recover()
    watchErrors(session, notes)
    this.#attach(mediaSource)
    requests.start().then(
      (url) => context.signal.aborted || hls.loadSource(url),
      () => {},
    )
  }

  /** Live: from the oldest segment to where a viewer at the live edge plays; else what the element says. */
  seekable(): TimeRanges | undefined {
    const { hls, videojs } = this.#session
    const details = hls.latestLevelDetails
    const edge = hls.liveSyncPosition
    if (!details?.live || edge === null) return undefined
    const start = details.fragmentStart
    return videojs.time?.createTimeRanges([[start, Math.max(start, edge)]])
  }

  dispose(): void {
    // Taken away from hls.js first, else it would empty the element and be heard doing it (`sourceset`, `emptied`).
    this.#session.hls.transferMedia()
    this.#session.hls.destroy()
  }

  #attach(mediaSource: MediaSource): void {
    const { hls, tech } = this.#session
    hls.attachMedia({ media: tech.el(), mediaSource })
  }

  /**
   * hls.js's `recoverMediaError`, with a MediaSource of ours and going on as before: its own would be heard as `sourceset` and show up in `currentSource()`.
   * The element gets the new one first, because hls.js empties an element that still has the old one.
   */
  #recover(): void {
    const { hls, tech, openMediaSource } = this.#session
    const element = tech.el()
    const { currentTime, paused, playbackRate } = element
    const mediaSource = openMediaSource()
    hls.detachMedia()
    this.#attach(mediaSource)
    hls.startLoad(currentTime)
    element.playbackRate = playbackRate
    if (!paused) element.play().catch(() => {})
  }
}

function configure(
  Hls: HlsClass,
  config: Partial<HlsConfig>,
  requests: MediaRequests,
  preferManagedMediaSource: boolean,
): Partial<HlsConfig> {
  const { loader = Hls.DefaultConfig.loader, pLoader, fLoader } = config
  const signed: Partial<HlsConfig> = {
    // What the element has already got.
    preferManagedMediaSource,
    loader: signedLoader(loader, requests),
    ...withCookies(config, requests),
    ...(pLoader && { pLoader: signedLoader(pLoader, requests) as NonNullable<HlsConfig['pLoader']> }),
    ...(fLoader && { fLoader: signedLoader(fLoader, requests) as NonNullable<HlsConfig['fLoader']> }),
  }
  // Video.js tells live by an infinite duration, and shows text tracks itself.
  return { liveDurationInfinity: true, renderTextTracksNatively: false, ...config, ...signed }
}

function isManaged(mediaSource: MediaSource): boolean {
  return window.ManagedMediaSource !== undefined && mediaSource instanceof window.ManagedMediaSource
}

/** hls.js asks these before each request. */
function withCookies(
  { xhrSetup, fetchSetup }: Partial<HlsConfig>,
  { sendsCookies }: MediaRequests,
): Pick<HlsConfig, 'xhrSetup' | 'fetchSetup'> | undefined {
  return (
    sendsCookies && {
      xhrSetup(xhr, url, ...more) {
        xhr.withCredentials ||= sendsCookies(url)
        return xhrSetup?.call(this, xhr, url, ...more)
      },
      fetchSetup(context, init) {
        const sent = sendsCookies(context.url) ? { ...init, credentials: 'include' } : init
        return fetchSetup?.call(this, context, sent) ?? new Request(context.url, sent)
      },
    }
  )
}
