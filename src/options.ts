import type { HlsConfig } from 'hls.js'
import { isRecord } from './core/signing/answer.js'
import { DEFAULT_RETRY, type RetryPolicy } from './core/signing/retry.js'
import type { RequestOption, SignOption } from './core/signing/signing-client.js'
import { parseUrl } from './core/split-url.js'
import type { EngineOption } from './engines/select-engine.js'
import type { SignedUrlSource } from './video-js/signed-url-source.js'

/** The plugin's options. Unknown and wrong ones throw a `TypeError` that names the option and the rule. */
export interface SignedUrlOptions {
  /** The customer's signing endpoint; `{resource}` in it is filled in, percent-encoded. Either this or `sign` is needed. */
  endpoint?: string | URL
  /** The signing request's headers, method and credentials; default `GET`, `same-origin`, `no-store`. Watch out: custom headers to another origin need its CORS consent. */
  request?: RequestOption
  /** Instead of `endpoint`: the page's own way to get a URL. */
  sign?: SignOption
  /** What one signature covers; default `auto`: found out. Watch out: with `file` a source's `src` is the unsigned URL, not an id. */
  scope?: ScopeOption
  /** What loads the media; default `auto`. */
  engine?: EngineOption
  /** Passed to hls.js; its `loader`s go on working, inside the plugin's. */
  hls?: Partial<HlsConfig>
  /** How long before expiry a refresh begins, ms. Default: a fifth of the URL's life, at most 60 000; never less than 1.5 signing times or more than half the life. */
  leadTimeMs?: number
  /** HTTP statuses with which the CDN refuses a URL; default 401, 403, 410. Watch out: 404 here signs again for every missing file. */
  refusedStatuses?: number[]
  /** How failed signing requests are retried; default 4 attempts, 500 ms doubling up to 8 000 ms, 10 000 ms for each. */
  retry?: Partial<RetryPolicy>
  /** Origins that an answer's URL may have; default any. */
  allowedOrigins?: string[]
  /** Where the site serves the worker file, which lets MP4 go on without a swap; `false` (default) for none. Watch out: it serves only pages below its own folder. */
  serviceWorker?: string | URL | false
  /** Whether viewers get a "Try again" button with the plugin's errors; default true. With `false` Video.js shows the sentence alone. */
  errorPanel?: boolean
  /** Whether a paused video's expired URL is refreshed as soon as the viewer reaches for the player; default true. Watch out: the viewer may not press play. */
  refreshOnIntent?: boolean
  /** Which sources are signed; default all. */
  protects?: (source: SignedUrlSource) => boolean
}

/**
 * `auto`: found out from the URL, the answer's `covers` and the playlists. `directory`: the URL opens all files, playlists sign none. `file`: every file has its own
 * signature. `manifest`: the server signs all links in its playlists. `cookie`: the endpoint refreshes a cookie, the URL stays.
 */
export type ScopeOption = 'auto' | 'directory' | 'file' | 'manifest' | 'cookie'

/** Options with their defaults filled in. */
export interface ResolvedOptions {
  readonly endpoint: string | undefined
  readonly request?: RequestOption
  readonly sign?: SignOption
  readonly scope: ScopeOption
  readonly engine: EngineOption
  readonly hls: Partial<HlsConfig>
  readonly leadTimeMs?: number
  readonly refusedStatuses: readonly number[]
  readonly retry: RetryPolicy
  readonly allowedOrigins: readonly string[] | undefined
  /** Absolute. */
  readonly serviceWorker: string | undefined
  readonly errorPanel: boolean
  readonly refreshOnIntent: boolean
  readonly protects: (source: SignedUrlSource) => boolean
}

type Check = (value: unknown) => boolean
export const isFunction: Check = (value) => typeof value === 'function'
const isNumber: Check = (value) => Number.isFinite(value) && Number(value) >= 0
const isPositive: Check = (value) => isNumber(value) && value !== 0
const oneOf = (...values: readonly unknown[]): readonly [Check, string] => [
  (value) => values.includes(value),
  `'${values.join("' or '")}'`,
]
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const isStatus: Check = (value) => Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599
const isOrigin: Check = (value) => typeof value === 'string' && parseUrl(value)?.origin === value.replace(/\/$/, '')
const isUrl: Check = (value) => String(value).trim() !== '' && absolute(value) !== undefined

const isText: Check = (value) => typeof value === 'string' || value instanceof URL
const isOwnUrl: Check = (value) => absolute(value)?.startsWith(`${location.origin}/`) === true

export type OptionRules<T> = Readonly<Record<keyof T, readonly [Check, allowed: string]>>

/** Each option with what it may be, in the words of the error. */
export const OPTION_RULES: OptionRules<SignedUrlOptions> = {
  endpoint: [(value) => isText(value) && isUrl(value), 'a URL'],
  request: [(value) => isFunction(value) || isRecord(value), 'a RequestInit or a function'],
  sign: [isFunction, 'a function'],
  scope: oneOf('auto', 'directory', 'file', 'manifest', 'cookie'),
  engine: oneOf('auto', 'hls.js', 'vhs', 'native'),
  hls: [isRecord, 'an object'],
  leadTimeMs: [isPositive, 'a positive number of milliseconds'],
  refusedStatuses: [isListOf(isStatus), 'an array of statuses from 400 to 599'],
  retry: [isRecord, 'an object with maxAttempts, baseDelayMs, maxDelayMs, timeoutMs'],
  allowedOrigins: [isListOf(isOrigin), 'an array of origins'],
  serviceWorker: [
    (value) => value === false || (isText(value) && isUrl(value) && isOwnUrl(value)),
    "a URL of the page's origin, or false",
  ],
  errorPanel: oneOf(true, false),
  refreshOnIntent: oneOf(true, false),
  protects: [isFunction, 'a function'],
}

const RETRY_RULES: OptionRules<RetryPolicy> = {
  maxAttempts: [(value) => isPositive(value) && Number.isInteger(value), 'a whole number from 1'],
  baseDelayMs: [isNumber, 'a number of milliseconds from 0'],
  maxDelayMs: [isNumber, 'a number of milliseconds from 0'],
  timeoutMs: [isPositive, 'a positive number of milliseconds'],
}

/** Checks the page's options and fills in defaults. Throws `TypeError` naming the first wrong one and what is allowed. */
export function resolveOptions(options: unknown): ResolvedOptions {
  const given = checkOptions<SignedUrlOptions>(isRecord(options) ? options : {}, OPTION_RULES, '')
  const { endpoint, sign, retry, allowedOrigins, serviceWorker } = given
  if ((endpoint === undefined) === (sign === undefined)) throw wrongOption('options need either `endpoint` or `sign`')
  return {
    scope: 'auto',
    engine: 'auto',
    hls: {},
    refusedStatuses: [401, 403, 410],
    errorPanel: true,
    refreshOnIntent: true,
    protects: () => true,
    ...given,
    // Resolved once, so that a later `history.pushState` doesn't move the endpoint.
    endpoint: absolute(endpoint),
    retry: { ...DEFAULT_RETRY, ...checkOptions<RetryPolicy>(retry ?? {}, RETRY_RULES, 'retry.') },
    allowedOrigins: allowedOrigins?.map((origin) => origin.replace(/\/$/, '')),
    serviceWorker: absolute(serviceWorker || undefined),
  }
}

/** `url` as seen from the page. */
export function absolute(url: unknown): string | undefined {
  return url === undefined ? undefined : parseUrl(String(url), document.baseURI)?.href
}

/** What was given, without what is undefined. Throws `TypeError` for the first option that is not in `rules`, or against its rule. */
export function checkOptions<T extends object>(given: Partial<T>, rules: OptionRules<T>, prefix: string): Partial<T> {
  const entries = Object.entries(given).filter(([name, value]) => {
    if (!Object.hasOwn(rules, name))
      throw wrongOption(`option \`${prefix}${name}\` does not exist; there are ${Object.keys(rules).join(', ')}`)
    const [isRight, allowed] = rules[name as keyof T]
    if (value !== undefined && !isRight(value)) throw wrongOption(`option \`${prefix}${name}\` must be ${allowed}`)
    return value !== undefined
  })
  return Object.fromEntries(entries) as Partial<T>
}

export function wrongOption(rule: string): TypeError {
  return new TypeError(`signedUrl: ${rule}.`)
}
