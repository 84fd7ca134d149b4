import { SECOND_MS } from '../core/clock.js'
import { inWords } from './expiry.js'
import { found, type Note, saw, skipped } from './report.js'
import type { Visit } from './visit.js'

/** Bounds of how far a clock is ahead of this machine's, in ms. */
export interface Skew {
  readonly low: number
  readonly high: number
}

/** Clocks differ by less on any machine that is kept by NTP. */
const TOLERANCE_MS = 2 * SECOND_MS

/** As far as a `Date` header says: it is cut to a whole second, and was written between sending and receiving. Undefined where there is none, or a cache kept it. */
export function skewOf({
  headers,
  sentAt,
  receivedAt,
}: Pick<Visit, 'headers' | 'sentAt' | 'receivedAt'>): Skew | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date) || headers.has('age')) return undefined
  return { low: date - receivedAt, high: date + SECOND_MS - sentAt }
}

/** The skew to reckon with: none where the bounds allow it. */
export function likelySkewMs(skew: Skew | undefined): number {
  if (skew === undefined || (skew.low <= 0 && skew.high >= 0)) return 0
  return skew.low > 0 ? skew.low : skew.high
}

/** Expiries are written by the endpoint's clock and compared with the CDN's. Without an endpoint, this machine's takes its place. */
export function checkClocks(cdn: Skew | undefined, endpoint: Skew | undefined): Note[] {
  if (cdn === undefined) return [skipped('clocks', "The CDN's answers have no `Date` that can be read here.")]
  const [other, whose] = endpoint ? [endpoint, "the endpoint's"] : [{ low: 0, high: 0 }, "this machine's"]
  const aheadMs = cdn.low - other.high
  const behindMs = other.low - cdn.high
  const differenceMs = Math.max(aheadMs, behindMs)
  if (differenceMs <= TOLERANCE_MS) return [saw(`The CDN's clock and ${whose} agree.`)]
  const [word, effect] = aheadMs > 0 ? ['ahead of', 'sooner'] : ['behind', 'later']
  return [
    found(
      'clock-differs',
      `The CDN's clock is ${inWords(differenceMs)} ${word} ${whose}: URLs expire so much ${effect} than they say.`,
    ),
  ]
}
