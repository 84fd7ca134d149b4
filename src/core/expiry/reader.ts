import type { SplitUrl } from '../split-url.js'

/** What one scheme says of a URL. */
export interface Expiry {
  /** Unix seconds. */
  readonly expiresAt: number
  /** Which path segments the signer owns, for schemes that sign in the path; the expiry's own first. */
  readonly pathSlots?: readonly number[]
}

/** Reads one signing scheme; undefined for a URL of any other. Pure, linear, never throws. */
export type ExpiryReader = (url: SplitUrl) => Expiry | undefined

const UNIX_SECONDS = /^[1-9]\d{9}$/

/** Decimal Unix seconds of ten digits (2001 to 2286), or undefined. */
export function unixSeconds(text: string | undefined): number | undefined {
  return text !== undefined && UNIX_SECONDS.test(text) ? Number(text) : undefined
}

/** A token and its expiry side by side in the path, the token at `index`. */
export function tokenBeforeExpiry({ segments }: SplitUrl, index: number): Expiry | undefined {
  const token = segments[index]
  const expiresAt = unixSeconds(segments[index + 1])
  const isInFolder = index + 2 < segments.length
  if (expiresAt === undefined || !isInFolder || token === undefined || !/^[\w-]{12,64}$/.test(token)) return undefined
  return { expiresAt, pathSlots: [index + 1, index] }
}
