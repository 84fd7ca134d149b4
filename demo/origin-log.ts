import type { LogEntry } from './stage.js'

/** A request in flight is read again until it has a response, or is too old to get one. */
const PATIENCE_MS = 30_000
/** The newest requests are read again too, because others of the same millisecond may follow them into the log. */
const SETTLING_MS = 100

/**
 * What the origin has logged for one film since the page was opened: counts of all requests, and those of the last minute or so for the chart.
 *
 * The server returns its whole log. Each entry is counted once and then skipped, so that a page can stay open all day.
 */
export class OriginLog {
  readonly #resource: string | undefined
  readonly #keptMs: number
  /** Entries up to this instant have been counted. Not an index, because the server drops its oldest entries. */
  #settledAt: number
  #signings = 0
  #refusals = 0
  #lastIssue = 0
  #settled: LogEntry[] = []
  #underWay: LogEntry[] = []

  /** `resource`: undefined where each file is signed by itself. */
  constructor(resource: string | undefined, since: number, keptMs: number) {
    this.#resource = resource
    this.#settledAt = since
    this.#keptMs = keptMs
  }

  /** Newest last. */
  get recent(): readonly LogEntry[] {
    return [...this.#settled, ...this.#underWay]
  }

  /** Signing requests for the film, including failed ones. */
  get signings(): number {
    return this.#signings + this.#underWay.filter(isSigning).length
  }

  /** Media requests answered with 401, 403 or 410. */
  get refusals(): number {
    return this.#refusals + this.#underWay.filter(isRefused).length
  }

  /** The number of the newest URL issued for any resource. */
  get lastIssue(): number {
    return this.#lastIssue
  }

  /** Reads the server's log as of `now`, epoch ms. */
  read(log: readonly LogEntry[], now: number): void {
    const fresh = log.filter((entry) => entry.at > this.#settledAt)
    for (const { issue } of fresh) this.#lastIssue = Math.max(this.#lastIssue, issue ?? 0)
    const waiting = fresh.find((entry) => isOpen(entry, now))
    const settled = waiting ? fresh.filter((entry) => entry.at < waiting.at) : fresh
    this.#settledAt = settled.at(-1)?.at ?? this.#settledAt

    const ours = settled.filter((entry) => this.#isOurs(entry))
    this.#signings += ours.filter(isSigning).length
    this.#refusals += ours.filter(isRefused).length
    this.#settled = [...this.#settled, ...ours].filter((entry) => now - entry.at < this.#keptMs)
    this.#underWay = fresh.filter((entry) => entry.at > this.#settledAt && this.#isOurs(entry))
  }

  /** The poster, which is signed once, is not part of the film. */
  #isOurs({ kind, path }: LogEntry): boolean {
    if (kind !== 'sign') return kind === 'media' && !path.endsWith('.jpg')
    return this.#resource === undefined ? !path.endsWith('.jpg') : path === this.#resource
  }
}

function isOpen({ at, status }: LogEntry, now: number): boolean {
  return now - at < (status === 0 ? PATIENCE_MS : SETTLING_MS)
}

export function isSigning({ kind }: Pick<LogEntry, 'kind'>): boolean {
  return kind === 'sign'
}

export function isRefused({ kind, status }: Pick<LogEntry, 'kind' | 'status'>): boolean {
  return kind === 'media' && [401, 403, 410].includes(status)
}
