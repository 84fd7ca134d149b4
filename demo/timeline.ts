import type { LogEntry } from './stage.js'

/** How it stood with the player at an instant. */
export interface BufferSample {
  /** Epoch ms, as everything here. */
  readonly at: number
  /** Seconds of film that are loaded ahead of the picture. */
  readonly ahead: number
  readonly isStalled: boolean
}

/** The life of one signed URL. */
export interface UrlLife {
  readonly number: number
  /** Of the chart: lives that overlap are drawn on rows of their own, as far as there are any. */
  readonly row: number
  readonly startsAt: number
  /** When the CDN stops taking it: its expiry, or the mischief that came first. */
  endsAt: number
  /** It did not reach its expiry. */
  wasKilled: boolean
}

/** Two do while URLs follow each other; a third when the visitor picks another life. */
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

  /** The CDN no longer takes any URL that was issued before `at`. */
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

/** Seconds loaded without a gap from `position` on. */
export function bufferAhead(buffered: Pick<TimeRanges, 'length' | 'start' | 'end'>, position: number): number {
  for (let i = 0; i < buffered.length; i += 1) {
    if (buffered.start(i) <= position && position < buffered.end(i)) return buffered.end(i) - position
  }
  return 0
}
