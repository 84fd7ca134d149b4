import { SignedUrlError } from '../errors.js'
import { parseUrl, splitUrl } from '../split-url.js'

/** Why a URL is requested. */
export type SignReason = 'start' | 'expiring' | 'expired' | 'refused' | 'resumed' | 'manual'

/**
 * What a signing endpoint (or the option `sign`) answers with: a URL, or an object with one.
 *
 * `expiresIn` is in seconds and comes first, because it doesn't depend on any clock; `expiresAt` and `serverTime` are Unix seconds, an ISO 8601 string with an offset (`Z`) or a Date.
 * `covers` is the path prefix that the signature opens on the URL's origin, such as `/film7/`, where that is more than the URL's folder and the URL doesn't say it.
 */
export type SignedUrlAnswer =
  | string
  | {
      url: string
      expiresAt?: number | string | Date | undefined
      expiresIn?: number | undefined
      serverTime?: number | string | Date | undefined
      type?: string | undefined
      covers?: string | undefined
    }

/** An answer, checked, in milliseconds. */
export interface Answer {
  readonly url: string
  readonly expiresAt: number | undefined
  readonly expiresInMs: number | undefined
  readonly serverTime: number | undefined
  readonly type: string | undefined
  /** A path that the URL's own begins with, raw. */
  readonly covers: string | undefined
}

/** The rules for an answer's URL. */
export interface AnswerRules {
  /** Absolute URL that relative answers are resolved against: the endpoint, or the document. */
  readonly baseUrl: string
  /** Origins that a URL may have; undefined for any. */
  readonly allowedOrigins: readonly string[] | undefined
  /** The page was loaded over https, so that browsers block http media. */
  readonly isSecurePage: boolean
}

/** Unix seconds reach this in the year 5138; larger numbers are milliseconds. */
const SMALLEST_MILLISECONDS = 1e11

/** Checks an answer, or throws `SignedUrlError` `signed-url-invalid` that names the field and the rule. */
export function readAnswer(raw: unknown, rules: AnswerRules): Answer {
  const answer = typeof raw === 'string' ? { url: raw } : raw
  if (!isRecord(answer)) throw invalid('has no `url`')
  const url = readUrl(answer.url, rules)
  return {
    url,
    expiresAt: readInstant(answer, 'expiresAt'),
    expiresInMs: readSeconds(answer),
    serverTime: readInstant(answer, 'serverTime'),
    type: readType(answer),
    covers: readCovers(answer, url),
  }
}

/** A URL as an answer that no endpoint gave. `expiresAt`: epoch ms. */
export function plainAnswer(url: string, expiresAt?: number): Answer {
  return { url, expiresAt, expiresInMs: undefined, serverTime: undefined, type: undefined, covers: undefined }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readUrl(value: unknown, { baseUrl, allowedOrigins, isSecurePage }: AnswerRules): string {
  if (typeof value !== 'string' || value.trim() === '') throw invalid('has no `url`')
  const text = value.trim()
  // URL parsers drop tabs and line breaks: the bytes that are compared would not be those that are sent.
  if (/[\s<>]/.test(text)) throw invalid('has white space in its `url`')
  const url = parseUrl(text, baseUrl)
  if (!url) throw unreadable('url')
  if (!/^https?:$/.test(url.protocol)) throw invalid(`has a \`url\` with the scheme ${url.protocol}`)
  if (isSecurePage && url.protocol === 'http:') throw invalid('has an http: `url` on an https: page')
  if (allowedOrigins && !allowedOrigins.includes(url.origin)) {
    throw invalid(`has a \`url\` on ${url.origin}, not in \`allowedOrigins\``)
  }
  return /^https?:\/\//i.test(text) ? text : url.href
}

function readInstant(answer: Record<string, unknown>, field: 'expiresAt' | 'serverTime'): number | undefined {
  const value = answer[field]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') {
    if (value >= SMALLEST_MILLISECONDS) throw invalid(`has \`${field}\` in milliseconds; it is in Unix seconds`)
    if (value > 0) return value * 1000
  } else if (typeof value === 'string' || value instanceof Date) {
    // A time without an offset would be read in the viewer's zone, and a number as a year.
    if (typeof value === 'string' && !/T.*(?:Z|[+-]\d\d:?\d\d)$/i.test(value)) {
      throw invalid(`has \`${field}\` as text that is no ISO 8601 time with an offset, such as 2026-01-07T10:40:07Z`)
    }
    const instant = value instanceof Date ? value.getTime() : Date.parse(value)
    if (!Number.isNaN(instant)) return instant
  }
  throw unreadable(field)
}

function readSeconds({ expiresIn }: Record<string, unknown>): number | undefined {
  if (expiresIn === undefined || expiresIn === null) return undefined
  if (typeof expiresIn === 'number' && Number.isFinite(expiresIn)) return expiresIn * 1000
  throw unreadable('expiresIn')
}

function readType({ type }: Record<string, unknown>): string | undefined {
  if (type === undefined || type === null || typeof type === 'string') return type ?? undefined
  throw unreadable('type')
}

function readCovers({ covers }: Record<string, unknown>, signedUrl: string): string | undefined {
  if (covers === undefined || covers === null) return undefined
  if (typeof covers !== 'string') throw unreadable('covers')
  const url = parseUrl(covers, signedUrl)
  if (url && url.origin !== parseUrl(signedUrl)?.origin) throw invalid('has `covers` on another origin than its `url`')
  if (!/^\/[^?#\s\\]*$/.test(covers)) throw invalid('has `covers` that is not a path such as `/film7/`')
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(covers)) throw invalid('has dot segments in `covers`')
  const { segments = [] } = splitUrl(signedUrl) ?? {}
  const folder = covers.replace(/\/$/, '').slice(1).split('/')
  const isAll = covers === '/'
  if (!isAll && !(segments.length > folder.length && folder.every((segment, index) => segment === segments[index])))
    throw invalid('has `covers` that does not contain its `url`')
  return covers
}

function unreadable(field: string): SignedUrlError {
  return invalid(`has an unreadable \`${field}\``)
}

/** An answer that can't be used. The answer itself is not quoted: it may hold a token. */
export function invalid(rule: string): SignedUrlError {
  return new SignedUrlError('signed-url-invalid', `The signing endpoint's answer ${rule}.`)
}
