import { BUFFER, type World } from './world.js'

const MINUTE = 60_000

/** What an outage came to. */
export interface OutageRecord {
  /** Viewers who had a request fail, and their requests in the minute after the first that did. */
  affected: number
  requestsInFirstMinute: number
  mostInFirstMinute: number
  /** Viewers whose segment requests waited for a URL, and those whose buffer ran out before it came. */
  waited: number
  stalled: number
  longestStallMs: number
  /** From the endpoint's return until the last viewer who waited then had a URL, ms. */
  lastFreshAfterMs: number
}

/** What a crowd reports. */
export interface CrowdListener {
  /** A viewer sent a signing request at `at`. */
  requested(viewer: number, at: number, isAnswered: boolean): void
  /** A viewer has got a URL. Segment requests have been waiting for it since `since`. */
  refreshed(since: number, freshAt: number): void
  /** The CDN refused a segment request. */
  refused(): void
}

/** What viewers met, apart from what the endpoint counts by itself. */
export class Recorder implements CrowdListener {
  readonly #outages: World['outages']
  readonly #firstFailedAt: Float64Array
  readonly #inFirstMinute: Uint8Array
  readonly outages: OutageRecord[]
  /** Segment requests that the CDN refused. */
  refusals = 0

  constructor({ outages, viewers }: World) {
    this.#outages = outages
    this.#firstFailedAt = new Float64Array(viewers).fill(Number.NEGATIVE_INFINITY)
    this.#inFirstMinute = new Uint8Array(viewers)
    this.outages = outages.map(() => ({
      affected: 0,
      requestsInFirstMinute: 0,
      mostInFirstMinute: 0,
      waited: 0,
      stalled: 0,
      longestStallMs: 0,
      lastFreshAfterMs: 0,
    }))
  }

  requested(viewer: number, at: number, isAnswered: boolean): void {
    const index = this.#lastOutage(at)
    const record = this.outages[index]
    const from = this.#outages[index]?.from
    if (!record || from === undefined) return
    let since = this.#firstFailedAt[viewer] ?? 0
    if (!isAnswered && since < from) {
      since = at
      this.#firstFailedAt[viewer] = at
      this.#inFirstMinute[viewer] = 0
      record.affected += 1
    }
    if (since < from || at >= since + MINUTE) return
    const count = (this.#inFirstMinute[viewer] ?? 0) + 1
    this.#inFirstMinute[viewer] = count
    record.requestsInFirstMinute += 1
    record.mostInFirstMinute = Math.max(record.mostInFirstMinute, count)
  }

  refreshed(since: number, freshAt: number): void {
    const index = this.#lastOutage(since)
    const record = this.outages[index]
    const outage = this.#outages[index]
    if (!record || !outage || since >= outage.until || freshAt <= since) return
    const stallMs = freshAt - since - BUFFER
    record.waited += 1
    record.stalled += Number(stallMs > 0)
    record.longestStallMs = Math.max(record.longestStallMs, stallMs)
    record.lastFreshAfterMs = Math.max(record.lastFreshAfterMs, freshAt - outage.until)
  }

  refused(): void {
    this.refusals += 1
  }

  #lastOutage(at: number): number {
    return this.#outages.reduce((last, { from }, index) => (at >= from ? index : last), -1)
  }
}
