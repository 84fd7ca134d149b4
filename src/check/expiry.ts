import { SECOND_MS } from '../core/clock.js'
import { readExpiry } from '../core/expiry/index.js'
import { parseUrl } from '../core/split-url.js'
import { found, type Note, saw, skipped } from './report.js'

/** When a URL ends, as far as is known; epoch ms by this machine's clock, as well as that is known. */
export interface Life {
  readonly endsAt: number | undefined
  /** From issue to expiry; undefined where it isn't known when it was issued. */
  readonly lifeMs: number | undefined
}

/** Of a URL that was passed. `skewMs`: the CDN's clock minus this machine's. */
export function lifeOfUrl(url: string, skewMs: number): Life {
  const seconds = readExpiry(url)
  return { endsAt: seconds === undefined ? undefined : seconds * SECOND_MS - skewMs, lifeMs: undefined }
}

export function checkExpiry({ endsAt }: Life, now: number): Note[] {
  if (endsAt === undefined)
    return [
      found(
        'expiry-unread',
        'Neither the URL nor an answer says when it expires. Each life of the URL ends with a refused request.',
      ),
    ]
  return [saw(`The URL expires in ${inWords(endsAt - now)}.`)]
}

/** `longestS`: of the segments; 0 where there are none. */
export function checkLife({ endsAt, lifeMs }: Life, longestS: number, now: number): Note[] {
  if (longestS === 0 || endsAt === undefined) return []
  const leftMs = lifeMs ?? endsAt - now
  if (leftMs > longestS * SECOND_MS) return []
  if (lifeMs === undefined)
    return [skipped('life', 'The URL was issued some time ago: how long it lived shows only with an endpoint.')]
  return [
    found(
      'life-too-short',
      `The URL lives ${inWords(lifeMs)}, no longer than a segment of ${longestS} s: each segment needs a signing request of its own.`,
    ),
  ]
}

/** This machine itself, from which browsers let http through. @see Secure Contexts section 3.1 */
const LOOPBACK = /^http:\/\/(?:localhost|[\w.-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)/i

/** Addresses by http on an https page, which browsers block. */
export function checkMixedContent(urls: readonly string[], base: string, origin: string | undefined): Note[] {
  if (!/^https:/.test(origin ?? base)) return []
  const blocked = new Set(
    urls.flatMap((url) => (/^http:/i.test(url) && !LOOPBACK.test(url) ? (parseUrl(url)?.host ?? []) : [])),
  )
  const page = origin === undefined ? 'a page' : `the page on ${origin}`
  return [...blocked].map((host) =>
    found('mixed-content', `Requests to ${host} go by http, which browsers block on ${page} (https).`),
  )
}

/** A time span, for people. */
export function inWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND_MS))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
