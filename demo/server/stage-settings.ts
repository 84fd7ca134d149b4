import { isSchemeName, type SchemeName } from './schemes.js'

/** How a stage's signer and CDN behave, and misbehave. All can be changed while a film runs; `defaultSettings` behave. */
export interface StageSettings {
  /** Whose tokens the stage signs with. */
  scheme: SchemeName
  /** Life of a signed URL; its expiry is rounded up to a whole second. */
  lifeMs: number
  /** `json` answers `{url}`, `text` the bare URL; `expiresIn` adds that field, `expiresAt` adds itself and `serverTime`. */
  answer: 'json' | 'text' | 'expiresIn' | 'expiresAt'
  /** Clock of signer and CDN minus the machine's. */
  clockSkewMs: number
  /** The address that signer and CDN see, for PUSHR. Changing it is what leaving the Wi-Fi does. */
  viewerAddress: string
  /** The same resource gets the same URL for so long. */
  sameUrlForMs: number
  /** URLs are signed with an expiry that is already past. */
  issuedDead: boolean

  endpointDelayMs: number
  /** Whose clock the endpoint's `Date`, `serverTime` and `expiresIn` tell: the signer's, or the machine's. */
  endpointClock: 'signer' | 'machine'
  /** Status instead of an answer. */
  endpointStatus: number | null
  /** Only so many signing requests from now on meet the endpoint's faults (status, body, dead, redirect); null: all do. */
  endpointFailures: number | null
  /** `Retry-After`, in seconds, of `endpointStatus`. */
  endpointRetryAfter: number | null
  /** Body, with status 200, instead of an answer. */
  endpointBody: string | null
  endpointContentType: string
  /** The connection breaks off without an answer. */
  endpointDead: boolean
  /** 307 to here. */
  endpointRedirect: string | null
  /** Whether `POST {"resources"}` is understood; else 400. */
  endpointBatches: boolean

  /** `all`: every media request gets 403. */
  refuse: 'none' | 'all'
  /** URLs of the first so many issues get 403 although they are valid. */
  refuseIssues: number
  /** Whether a 403 or 410 carries CORS headers. Without, scripts see status 0. */
  refusalCors: boolean
  /** Body, with status 200 and as HTML, instead of each file that a valid URL names: a login page, or what is no film. */
  mediaBody: string | null
  /** Speed of each media response; 0: as fast as it goes. */
  bytesPerSecond: number
  /** That speed begins after so many bytes of a response, as with nginx's `limit_rate_after`. */
  limitAfterBytes: number
  /** What was sent before goes at full speed, as from a CDN's edge that has fetched it once. The edge is empty whenever this is set. */
  edgeCache: boolean
  /** Wait before each media response. */
  ttfbMs: number
  /** The connection of a media response breaks off after so many bytes of its body; 0: never. */
  cutAfterBytes: number
  /** The connection of a media response breaks off once its URL would be refused, as some CDNs and proxies do. */
  cutWhenExpired: boolean
  /** How HLS playlists name their files: as they do on disk; by absolute URLs without a signature; by ones that are signed for the file alone, anew at each fetch. */
  links: 'relative' | 'absolute' | 'signed'
  /** Requests by the address 127.0.0.1 are sent on (302) to the edge, `localhost`: for what a player begins with (master playlist, MPD, MP4), or for every file. */
  redirect: 'none' | 'first' | 'all'
  /** `dropped`: on the edge files have other addresses, without a token, which nobody checks. */
  redirectToken: 'kept' | 'dropped'
  /** Once a URL has expired, live playlists are answered with 200 and what they said at expiry, instead of a refusal. Other files are refused. */
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
  refusalCors: true,
  mediaBody: null,
  bytesPerSecond: 0,
  limitAfterBytes: 0,
  edgeCache: false,
  ttfbMs: 0,
  cutAfterBytes: 0,
  cutWhenExpired: false,
  links: 'relative',
  redirect: 'none',
  redirectToken: 'kept',
  staleWhenExpired: false,
}

type Rule = (value: unknown) => boolean

const isAmount: Rule = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0
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
  endpointStatus: orNull((value) => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599),
  endpointFailures: orNull(isAmount),
  endpointRetryAfter: orNull(isAmount),
  endpointBody: orNull(isText),
  endpointContentType: isText,
  endpointDead: isFlag,
  endpointRedirect: orNull(isText),
  endpointBatches: isFlag,
  refuse: oneOf('none', 'all'),
  refuseIssues: isAmount,
  refusalCors: isFlag,
  mediaBody: orNull(isText),
  bytesPerSecond: isAmount,
  limitAfterBytes: isAmount,
  edgeCache: isFlag,
  ttfbMs: isAmount,
  cutAfterBytes: isAmount,
  cutWhenExpired: isFlag,
  links: oneOf('relative', 'absolute', 'signed'),
  redirect: oneOf('none', 'first', 'all'),
  redirectToken: oneOf('kept', 'dropped'),
  staleWhenExpired: isFlag,
}

/** Returns `patch` if it holds settings and nothing else; throws a `TypeError` naming the first wrong one. */
export function checkSettings(patch: unknown): object {
  if (typeof patch !== 'object' || patch === null) throw new TypeError('settings must be an object')
  for (const [name, value] of Object.entries(patch)) {
    const rule = new Map<string, Rule>(Object.entries(rules)).get(name)
    if (!rule) throw new TypeError(`there is no setting ${name}`)
    if (!rule(value)) throw new TypeError(`setting ${name} can't be ${JSON.stringify(value)}`)
  }
  return patch
}
