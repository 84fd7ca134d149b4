import { parseUrl } from '../core/split-url.js'
import { canRequestEarly, type EarlyPlaylist, requestEarly } from '../engines/hls-js/early-playlist.js'
import type { EngineName } from '../engines/select-engine.js'
import type { ResolvedOptions } from '../options.js'
import { preconnect, rememberOrigin } from '../page/preconnect.js'

export interface HeadStartSettings {
  /** Undefined where the type of the source is not known yet. */
  readonly engine: EngineName | undefined
  readonly element: Pick<HTMLMediaElement, 'crossOrigin'>
  readonly options: Pick<ResolvedOptions, 'scope' | 'hls'>
  /** A signed URL that the page already has. */
  readonly knownUrl: string | undefined
  readonly signing: Promise<string>
  readonly signal: AbortSignal
}

/**
 * Begins what can't wait for the engine: connects to the CDN while the endpoint signs, and then requests the first playlist for hls.js, whose code may still be
 * loading. Returns that playlist; undefined for other engines.
 */
export function headStart(settings: HeadStartSettings): Promise<EarlyPlaylist> | undefined {
  const { engine, element, options, knownUrl, signing, signal } = settings
  const hasCookie = options.scope === 'cookie'
  const byElement = engine === 'native' && element.crossOrigin === null
  const sender = byElement ? 'element' : hasCookie ? 'use-credentials' : 'anonymous'
  preconnect(sender, signal, knownUrl === undefined ? undefined : parseUrl(knownUrl)?.origin)
  const signed = signing.then((url) => {
    rememberOrigin(parseUrl(url)?.origin ?? '')
    return url
  })
  const early =
    engine === 'hls.js' && canRequestEarly(options.hls)
      ? signed.then((url) => requestEarly(url, hasCookie ? 'include' : 'same-origin', signal))
      : undefined
  // Whoever waits for the URL hears of a failure.
  ;(early ?? signed).catch(() => {})
  return early
}
