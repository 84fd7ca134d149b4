import { parseUrl, splitUrl } from '../core/split-url.js'
import type { Viewpoint } from './cors.js'
import { CouldNotCheckError } from './could-not-check.js'

/** What to check, and from where. */
export interface CheckOptions {
  /** A signed URL of the video. */
  url: string
  /** The signing endpoint, for what only fresh URLs show. Relative to `origin`, or absolute. */
  endpoint?: string | undefined
  /** What the site calls the video, for the endpoint. */
  resource?: string | undefined
  /** The origin of the page that plays the video, for what CORS lets it read. In a browser it is the page's own. */
  origin?: string | undefined
  /** As the plugin's option: `'file'` where the endpoint signs each file of a video by itself, so each link is signed too. Default: `'auto'`. */
  scope?: 'auto' | 'file' | undefined
  /** As the plugin's option: the statuses with which the CDN refuses a URL. Default: 401, 403 and 410. */
  refusedStatuses?: readonly number[] | undefined
  /** What the endpoint's request has besides, as in the plugin's option: the cookie of a viewer who may watch. */
  request?: RequestInit | undefined
  /** The longest time, in ms, to wait for the URL to expire, so that the answer after that is seen. Default: 90 000. */
  waitMs?: number | undefined
  /** Called before that wait, with its length in ms. */
  onWait?: ((ms: number) => void) | undefined
  /** Ends the check; its promise then rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Instead of the global one. */
  fetch?: typeof fetch | undefined
}

export interface CheckSettings {
  readonly url: string
  /** Absolute. */
  readonly endpoint: string | undefined
  readonly resource: string
  readonly scope: 'auto' | 'file'
  readonly refusedStatuses: readonly number[]
  readonly request: RequestInit | undefined
  readonly viewpoint: Viewpoint
  /** Origins: the only ones that requests are sent to. */
  readonly named: ReadonlySet<string>
  readonly waitMs: number
  readonly onWait: (ms: number) => void
  readonly signal: AbortSignal
  readonly fetch: typeof fetch
}

const DEFAULT_WAIT_MS = 90_000
const REFUSED_STATUSES = [401, 403, 410]

/** Throws `CouldNotCheckError` for options that can't be used. */
export function resolveSettings(options: CheckOptions): CheckSettings {
  const { url, resource, request, scope = 'auto', onWait = () => {}, waitMs = DEFAULT_WAIT_MS } = options
  // Scripts that run elsewhere have no location.
  const page = typeof location === 'undefined' ? undefined : location
  const origin = page?.origin ?? readOrigin(options.origin)
  if (page && options.origin !== undefined && readOrigin(options.origin) !== page.origin)
    throw new CouldNotCheckError(
      'In a browser, `origin` is the one of the page: check another one on the command line.',
    )
  const target = typeof url === 'string' && splitUrl(url) ? parseUrl(url) : undefined
  if (target === undefined) throw new CouldNotCheckError('That is no absolute http(s) URL.')
  if (target.username !== '' || target.password !== '')
    throw new CouldNotCheckError('Browsers load no media from a URL with a user name or a password before its host.')
  const endpoint = readEndpoint(options.endpoint, page?.href ?? origin)
  if (endpoint && resource === undefined)
    throw new CouldNotCheckError('With `endpoint`, `resource` is needed: what your site calls the video.')
  if (scope !== 'auto' && scope !== 'file') throw new CouldNotCheckError("`scope` is 'auto' or 'file'.")
  if (scope === 'file' && endpoint === undefined)
    throw new CouldNotCheckError("With `scope: 'file'`, `endpoint` is needed: it signs each file.")
  return {
    url,
    scope,
    refusedStatuses: options.refusedStatuses ?? REFUSED_STATUSES,
    endpoint: endpoint?.href,
    resource: resource ?? '',
    request,
    viewpoint: { origin, isBrowser: page !== undefined },
    named: new Set([target.origin, ...(endpoint ? [endpoint.origin] : [])]),
    waitMs,
    onWait,
    signal: options.signal ?? new AbortController().signal,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
  }
}

function readOrigin(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = parseUrl(text)
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/') return url.origin
  throw new CouldNotCheckError('`origin` is scheme and host of your page, such as https://club.example.')
}

function readEndpoint(text: string | undefined, base: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = parseUrl(text, base)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new CouldNotCheckError('`endpoint` is no http(s) URL; a relative one needs `origin`.')
}
