import { type SplitUrl, splitUrl } from '../split-url.js'
import { readBitsOnTheRun } from './bits-on-the-run.js'
import { readGcore } from './gcore.js'
import { readPushr } from './pushr.js'
import type { Expiry, ExpiryReader } from './reader.js'
import { readSecureLink } from './secure-link.js'

/** A new scheme is one small file and one entry here; the first that knows a URL speaks. */
const READERS: readonly ExpiryReader[] = [readGcore, readPushr, readSecureLink, readBitsOnTheRun]

const LONGEST_URL = 16_384

export function readScheme(url: SplitUrl): Expiry | undefined {
  for (const read of READERS) {
    const expiry = read(url)
    if (expiry) return expiry
  }
  return undefined
}

/**
 * When a signed URL expires, in Unix seconds, as far as its scheme tells; undefined when it does not.
 *
 * Never throws, whatever it is given.
 */
export function readExpiry(url: string): number | undefined {
  if (typeof url !== 'string' || url.length > LONGEST_URL) return undefined
  const split = splitUrl(url)
  return split && readScheme(split)?.expiresAt
}
