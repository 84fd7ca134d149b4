import type { LogEntry } from './stage.js'

/** The buffer of the player at one moment. */
export interface BufferSample {
  /** Epoch ms, as all instants here. */
  readonly at: number
  /** Seconds of film buffered ahead of the picture. */
  readonly ahead: number
  readonly isStalled: boolean
}

/** The life of one signed URL. */
export interface UrlLife {
  readonly number: number
  /** The row of the chart. Lives that overlap are drawn in different rows, as long as there are enough. */
  readonly row: number
  readonly startsAt: number
  /** When the CDN stops accepting it: at its expiry, or earlier by mischief. */
  endsAt: number
  /** Whether mischief ended it before its expiry. */
  wasKilled: boolean
}

/** Two suffice while URLs follow each other. The third is for when the visitor chooses another life. */
const ROWS = [0, 1, 2]

/** What the strip chart shows: the last minute or so of the player, the URLs and the requests. */
export class Timeline {
  readonly #keptMs: number
  #samples: BufferSample[] = []
  #urls: UrlLife[] = []
  #number = 0
  #requests: readonly LogEntry[] = []

  constructor(keptMs: number) {
    this.#keptMs = keptMs
  }

  get samples(): readonly BufferSample[] {
    return this.#samples
  }

  get urls(): readonly UrlLife[] {
    return this.#urls
  }

  get requests(): readonly LogEntry[] {
    return this.#requests
  }

  addSample(sample: BufferSample): void {
    this.#samples.push(sample)
    this.#forget(sample.at)
  }

  addUrl(startsAt: number, endsAt: number): void {
    this.#number += 1
    const row =
      ROWS.find((row) => !this.#urls.some((url) => url.row === row && url.endsAt > startsAt)) ?? ROWS.length - 1
    this.#urls.push({ number: this.#number, row, startsAt, endsAt, wasKilled: false })
  }

  /** From `at` on, the CDN refuses every URL issued before. */
  killUrls(at: number): void {
    for (const url of this.#urls) {
      if (url.endsAt <= at) continue
      url.endsAt = at
      url.wasKilled = true
    }
  }

  setRequests(requests: readonly LogEntry[]): void {
    this.#requests = requests
  }

  #forget(now: number): void {
    const since = now - this.#keptMs
    this.#samples = this.#samples.filter(({ at }) => at >= since)
    this.#urls = this.#urls.filter(({ endsAt }) => endsAt >= since)
  }
}

/** Returns the seconds buffered without a gap from `position` on. */
export function bufferAhead(buffered: Pick<TimeRanges, 'length' | 'start' | 'end'>, position: number): number {
  for (let i = 0; i < buffered.length; i += 1) {
    if (buffered.start(i) <= position && position < buffered.end(i)) return buffered.end(i) - position
  }
  return 0
}
