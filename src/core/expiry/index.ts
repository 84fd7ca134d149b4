import { type SplitUrl, splitUrl } from '../split-url.js'
import { SCHEMES } from './schemes.js'

/** What a URL's scheme, or schemes, tell. */
export interface Expiry {
  /** Unix seconds; undefined when no scheme tells, or two tell different things. */
  readonly expiresAt: number | undefined
  /** Which path segments the signer owns, for schemes that sign in the path; an expiry's own first. */
  readonly pathSlots: readonly number[]
}

const LONGEST_URL = 16_384

/** An MD5 in base64url: of its last character two bits count. Letters and hyphens alone are somebody's title. */
const DIGEST = /^(?=[a-z-]*[A-Z\d_])[\w-]{21}[AQgw]$/

export function readScheme({ segments, query = '' }: SplitUrl): Expiry {
  const instants = new Set<number>()
  const pathSlots: number[] = []
  // Ten digits, 2001 to 2286: beyond lie ids, durations and other units.
  const note = (expiresAt: number, ...slots: readonly number[]) => {
    if (!(expiresAt >= 1e9 && expiresAt < 1e10)) return
    instants.add(Math.floor(expiresAt))
    pathSlots.push(...slots)
  }
  for (const read of SCHEMES) note(read(query))
  segments.slice(0, -1).forEach((segment, slot) => {
    for (const read of SCHEMES) note(read(`/=${segment}`), slot)
    // Gcore's `/{kind}/{client}_{video}/{token}/{expires}/…`, PUSHR's `/{token}/{expires}/…` (a title's token has any shape), nginx secure_link in a path.
    const isBehindToken = DIGEST.test(segments[slot - 1] ?? '') || (slot === 1 && /(^|&)pushr=/.test(query))
    if (isBehindToken && /^\d{10}$/.test(segment)) note(Number(segment), slot, slot - 1)
  })
  const [expiresAt, other] = instants
  return { expiresAt: other ? undefined : expiresAt, pathSlots }
}

/**
 * When a signed URL expires, in Unix seconds, as far as its scheme tells; undefined when it does not.
 *
 * Never throws, whatever it is given.
 */
export function readExpiry(url: string): number | undefined {
  if (typeof url !== 'string' || url.length > LONGEST_URL) return undefined
  const split = splitUrl(url)
  return split && readScheme(split).expiresAt
}
