import { isSchemeName, type SchemeName } from './schemes.js'

/** How a stage's signer and CDN behave and misbehave. All settings can change while a film plays. `defaultSettings` has no faults. */
export interface StageSettings {
  /** Whose tokens the stage uses. */
  scheme: SchemeName
  /** The life of a signed URL. Its expiry is rounded up to a whole second. */
  lifeMs: number
  /** `json` returns `{url}`, `text` the bare URL. `expiresIn` adds that field, `expiresAt` adds that field and `serverTime`. */
  answer: 'json' | 'text' | 'expiresIn' | 'expiresAt'
  /** The clock of signer and CDN minus the machine's. */
  clockSkewMs: number
  /** The viewer's address as signer and CDN see it, for PUSHR. It changes when a viewer leaves the Wi-Fi. */
  viewerAddress: string
  /** How long the same resource gets the same URL. */
  sameUrlForMs: number
  /** Signs URLs with an expiry in the past. */
  issuedDead: boolean

  endpointDelayMs: number
  /** The clock of the endpoint's `Date`, `serverTime` and `expiresIn`: the signer's, or the machine's. */
  endpointClock: 'signer' | 'machine'
  /** Status instead of an answer. */
  endpointStatus: number | null
  /** How many signing requests from now on meet the endpoint's faults (status, body, dead, redirect). null: all. */
  endpointFailures: number | null
  /** `Retry-After`, in seconds, of `endpointStatus`. */
  endpointRetryAfter: number | null
  /** Body instead of an answer, with `endpointStatus` or 200. */
  endpointBody: string | null
  endpointContentType: string
  /** Breaks the connection without an answer. */
  endpointDead: boolean
  /** Redirects (307) to this URL. */
  endpointRedirect: string | null
  /** Whether `POST {"resources"}` is supported. If not, it gets 400. */
  endpointBatches: boolean

  /** `all`: every media request gets 403. */
  refuse: 'none' | 'all'
  /** URLs of this many first issues get 403 although they are valid. */
  refuseIssues: number
  /** This file of the film always gets 403. Empty: none. */
  refusedFile: string
  /** Whether a 403 or 410 carries CORS headers. Without them, scripts see status 0. */
  refusalCors: boolean
  /** The CORS headers of what is served. `hidden`: scripts may read a file, but none of its headers. */
  cors: 'all' | 'hidden' | 'none'
  /** Whether a part of a file can be requested. If not, every request gets the whole file with status 200. */
  ranges: boolean
  /** The most bytes that a range without an end gets. 0: all that remain. */
  rangeCapBytes: number
  /** The `Content-Type` of media files in place of their own. Empty: their own. */
  mediaType: string
  /** The `ETag` of files. Empty: none. */
  etag: string
  /** Status instead of each file that a valid URL names, such as 503. */
  mediaStatus: number | null
  /** Body, with status 200 and as HTML, instead of each file that a valid URL names: a login page, for example. */
  mediaBody: string | null
  /** The speed of each media response. 0: unlimited. */
  bytesPerSecond: number
  /** How many bytes of a response come at full speed first, as with nginx's `limit_rate_after`. */
  limitAfterBytes: number
  /** Sends what was sent before at full speed, as a CDN's edge does that has fetched it once. Setting this empties the edge. */
  edgeCache: boolean
  /** The delay before each media response. */
  ttfbMs: number
  /** Breaks the connection of a media response after this many bytes of its body. 0: never. */
  cutAfterBytes: number
  /** Breaks the connection of a media response once its URL would be refused, as some CDNs and proxies do. */
  cutWhenExpired: boolean
  /** Each change breaks the connections of all media responses that are open. */
  cuts: number
  /** How HLS playlists name their files: as on disk, by unsigned absolute URLs, or by absolute URLs that are signed for one file, again at each fetch. */
  links: 'relative' | 'absolute' | 'signed'
  /** Redirects (302) requests for 127.0.0.1 to the edge, `localhost`: those for a player's first file (master playlist, MPD, MP4), or all. */
  redirect: 'none' | 'first' | 'all'
  /** `dropped`: files on the edge have other URLs, without a token, and the edge checks none. */
  redirectToken: 'kept' | 'dropped'
  /** How long a URL on the edge without a token lives, in whole seconds from the redirect. 0: forever. */
  edgeLifeMs: number
  /** For an expired URL, returns live playlists with status 200, as they were at expiry, instead of a refusal. Other files are refused. */
  staleWhenExpired: boolean
}

export const defaultSettings: Readonly<StageSettings> = {
  scheme: 'gcore',
  lifeMs: 10_000,
  answer: 'json',
  clockSkewMs: 0,
  viewerAddress: '127.0.0.1',
  sameUrlForMs: 0,
  issuedDead: false,
  endpointDelayMs: 0,
  endpointClock: 'signer',
  endpointStatus: null,
  endpointFailures: null,
  endpointRetryAfter: null,
  endpointBody: null,
  endpointContentType: 'application/json',
  endpointDead: false,
  endpointRedirect: null,
  endpointBatches: true,
  refuse: 'none',
  refuseIssues: 0,
  refusedFile: '',
  refusalCors: true,
  cors: 'all',
  ranges: true,
  rangeCapBytes: 0,
  mediaType: '',
  etag: '',
  mediaStatus: null,
  mediaBody: null,
  bytesPerSecond: 0,
  limitAfterBytes: 0,
  edgeCache: false,
  ttfbMs: 0,
  cutAfterBytes: 0,
  cutWhenExpired: false,
  cuts: 0,
  links: 'relative',
  redirect: 'none',
  redirectToken: 'kept',
  edgeLifeMs: 0,
  staleWhenExpired: false,
}

type Rule = (value: unknown) => boolean

const isAmount: Rule = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0
const isStatus: Rule = (value) => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599
const isText: Rule = (value) => typeof value === 'string'
const isFlag: Rule = (value) => typeof value === 'boolean'
const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value === null || rule(value)
const oneOf =
  (...values: string[]): Rule =>
  (value) =>
    typeof value === 'string' && values.includes(value)

const rules: Record<keyof StageSettings, Rule> = {
  scheme: isSchemeName,
  lifeMs: isAmount,
  answer: oneOf('json', 'text', 'expiresIn', 'expiresAt'),
  clockSkewMs: Number.isFinite,
  viewerAddress: isText,
  sameUrlForMs: isAmount,
  issuedDead: isFlag,
  endpointDelayMs: isAmount,
  endpointClock: oneOf('signer', 'machine'),
  endpointStatus: orNull(isStatus),
  endpointFailures: orNull(isAmount),
  endpointRetryAfter: orNull(isAmount),
  endpointBody: orNull(isText),
  endpointContentType: isText,
  endpointDead: isFlag,
  endpointRedirect: orNull(isText),
  endpointBatches: isFlag,
  refuse: oneOf('none', 'all'),
  refuseIssues: isAmount,
  refusedFile: isText,
  refusalCors: isFlag,
  cors: oneOf('all', 'hidden', 'none'),
  ranges: isFlag,
  rangeCapBytes: isAmount,
  mediaType: isText,
  etag: isText,
  mediaStatus: orNull(isStatus),
  mediaBody: orNull(isText),
  bytesPerSecond: isAmount,
  limitAfterBytes: isAmount,
  edgeCache: isFlag,
  ttfbMs: isAmount,
  cutAfterBytes: isAmount,
  cutWhenExpired: isFlag,
  cuts: isAmount,
  links: oneOf('relative', 'absolute', 'signed'),
  redirect: oneOf('none', 'first', 'all'),
  redirectToken: oneOf('kept', 'dropped'),
  edgeLifeMs: isAmount,
  staleWhenExpired: isFlag,
}

/** Returns `patch` if it holds only valid settings. Throws a `TypeError` that names the first invalid one. */
export function checkSettings(patch: unknown): object {
  if (typeof patch !== 'object' || patch === null) throw new TypeError('settings must be an object')
  for (const [name, value] of Object.entries(patch)) {
    const rule = new Map<string, Rule>(Object.entries(rules)).get(name)
    if (!rule) throw new TypeError(`there is no setting ${name}`)
    if (!rule(value)) throw new TypeError(`setting ${name} can't be ${JSON.stringify(value)}`)
  }
  return patch
}
