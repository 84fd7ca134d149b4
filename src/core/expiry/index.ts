import { type SplitUrl, splitUrl } from '../split-url.js'
import { SCHEMES } from './schemes.js'

/** What the signing scheme, or schemes, of a URL reveal. */
export interface Expiry {
  /** Unix seconds; undefined when no scheme has one, or two schemes differ. */
  readonly expiresAt: number | undefined
  /** Which path segments the signer owns, for schemes that sign in the path. The expiry's own segment comes first. */
  readonly pathSlots: readonly number[]
  /** The part of the URL that names the video, for schemes that have such a part. */
  readonly videoName: string | undefined
}

const LONGEST_URL = 16_384

/** An MD5 in base64url: its last character has two significant bits. Lowercase letters and hyphens alone are a title. */
const DIGEST = /^(?=[a-z-]*[A-Z\d_])[\w-]{21}[AQgw]$/

export function readScheme({ segments, query = '' }: SplitUrl): Expiry {
  const instants = new Set<number>()
  const pathSlots: number[] = []
  // PUSHR names the folder of a title.
  let videoName = /(?:^|&)pushr=([^&]*)/.exec(query)?.[1]
  // Ten digits, 2001 to 2286: other numbers are ids, durations or other units.
  const note = (expiresAt: number, ...slots: readonly number[]) => {
    if (!(expiresAt >= 1e9 && expiresAt < 1e10)) return
    instants.add(Math.floor(expiresAt))
    pathSlots.push(...slots)
  }
  for (const read of SCHEMES) note(read(query))
  segments.slice(0, -1).forEach((segment, slot) => {
    for (const read of SCHEMES) note(read(`/=${segment}`), slot)
    // Gcore's `/{kind}/{client}_{video}/{token}/{expires}/…`, PUSHR's `/{token}/{expires}/…` (a title's token has any shape), nginx secure_link in a path.
    const isBehindToken = DIGEST.test(segments[slot - 1] ?? '') || (slot === 1 && videoName !== undefined)
    if (!isBehindToken || !/^\d{10}$/.test(segment)) return
    note(Number(segment), slot, slot - 1)
    // Gcore's `{client}_{video}`.
    const before = segments[slot - 2] ?? ''
    if (/^\d+_\w+$/.test(before)) videoName ??= before
  })
  const [expiresAt, other] = instants
  return { expiresAt: other ? undefined : expiresAt, pathSlots, videoName }
}

/**
 * When a signed URL expires, in Unix seconds; undefined when its scheme doesn't show it.
 *
 * Never throws, for any value.
 */
export function readExpiry(url: string): number | undefined {
  if (typeof url !== 'string' || url.length > LONGEST_URL) return undefined
  const split = splitUrl(url)
  return split && readScheme(split).expiresAt
}
