import { checkSettings, defaultSettings, type StageSettings } from './stage-settings.js'

/** One request. While it is in flight, `status` is 0 and `bytes` grows. A signing request whose sender left before the answer keeps status 0. */
export interface LogEntry {
  /** Epoch ms of the machine's clock. */
  at: number
  /** `stray`: a request for a film without a signature. `preflight`: what a browser asks before a request that CORS may forbid. */
  kind: 'sign' | 'media' | 'stray' | 'preflight'
  method: string
  status: number
  /** `media`: the file within the film, `360p/seg-3.m4s`. `sign`: the resource, or those of a batch, separated by spaces. */
  path: string
  /** The `Range` header. */
  range: string | null
  /** Bytes of the body sent so far. */
  bytes: number
  /** The number of the URL's issue, from 1. Undefined for a token that the stage never issued. */
  issue: number | undefined
  /** The reason that a signing request gives, if any. */
  reason: string | undefined
  /** Path and query, with `-` in place of token and expiry. */
  url: string
  /** The host name of the request. Redirected requests use a second one. */
  host: string
}

export interface Issue {
  url: string
  /** Unix seconds. */
  expiresAt: number
  number: number
  /** `Set-Cookie`, for schemes that put the token there. */
  cookie?: string
}

/** The oldest entries are dropped. More than the longest soak test needs. */
const MAX_LOG = 50_000

/** An isolated world: settings, a clock, issued URLs and a log of requests. */
export class Stage {
  readonly id: string
  readonly settings: StageSettings = { ...defaultSettings }
  readonly log: LogEntry[] = []
  /** When broadcasts start, epoch ms of the machine's clock. */
  readonly openedAt = Date.now()
  /** The last responses that can't be computed again, by token and file. */
  readonly lastAnswers = new Map<string, string>()
  readonly #numbers = new Map<string, number>()
  readonly #repeats = new Map<string, { issue: Issue; until: number }>()
  readonly #cachedTo = new Map<string, number>()
  #issues = 0
  #faultsLeft = Number.POSITIVE_INFINITY

  constructor(id: string) {
    this.id = id
  }

  /** Changes settings. Changing the endpoint's faults restarts the count of `endpointFailures`. */
  change(patch: unknown): void {
    const checked = checkSettings(patch)
    Object.assign(this.settings, checked)
    const touchesFaults = Object.keys(checked).some((name) => name.startsWith('endpoint') && name !== 'endpointDelayMs')
    if ('edgeCache' in checked) this.#cachedTo.clear()
    if (touchesFaults) this.#faultsLeft = this.settings.endpointFailures ?? Number.POSITIVE_INFINITY
  }

  /** Epoch ms in the clock of signer and CDN. */
  now(): number {
    return Date.now() + this.settings.clockSkewMs
  }

  /** Epoch ms in the endpoint's clock: the signer's, or one that is independent of the CDN's. */
  endpointNow(): number {
    return this.settings.endpointClock === 'signer' ? this.now() : Date.now()
  }

  /** Counts a signing request. Returns whether it meets the endpoint's faults. */
  takeFault(): boolean {
    return this.#faultsLeft-- > 0
  }

  /** How far the edge has cached a file. Includes parts that the viewer skipped, so seeking back is never slow. */
  cachedTo(path: string): number {
    return this.settings.edgeCache ? (this.#cachedTo.get(path) ?? 0) : 0
  }

  cache(path: string, to: number): void {
    this.#cachedTo.set(path, Math.max(to, this.#cachedTo.get(path) ?? 0))
  }

  record(entry: Pick<LogEntry, 'kind' | 'method' | 'path' | 'url'> & Partial<LogEntry>): LogEntry {
    const blank = { at: Date.now(), status: 0, range: null, bytes: 0, issue: undefined, reason: undefined, host: '' }
    const whole = { ...blank, ...entry }
    this.log.push(whole)
    if (this.log.length > MAX_LOG) this.log.shift()
    return whole
  }

  /**
   * Issues a URL with a unique token. If a token would repeat within a second, moves the expiry by a second (backward for
   * `issuedDead`), so that "the second issue" means the same in every run. Only `sameUrlForMs` repeats URLs.
   */
  issue(resource: string, sign: (expiresAt: number) => Pick<Issue, 'url' | 'cookie'> & { token: string }): Issue {
    const { sameUrlForMs } = this.settings
    const repeat = this.#repeats.get(resource)
    if (repeat && Date.now() < repeat.until) return repeat.issue
    const { token, ...issued } = this.issueTogether((expiresAt) => {
      const signed = sign(expiresAt)
      return { ...signed, expiresAt, tokens: [signed.token] }
    })
    const issue = { ...issued, number: this.#issues }
    if (sameUrlForMs > 0) this.#repeats.set(resource, { issue, until: Date.now() + sameUrlForMs })
    return issue
  }

  /** Issues several URLs as one, such as the links of a playlist: they share a number and an expiry. */
  issueTogether<T extends { tokens: readonly string[] }>(sign: (expiresAt: number) => T): Omit<T, 'tokens'> {
    const { lifeMs, issuedDead } = this.settings
    let expiresAt = issuedDead ? Math.floor(this.now() / 1000) - 5 : Math.ceil((this.now() + lifeMs) / 1000)
    let signed = sign(expiresAt)
    while (signed.tokens.some((token) => this.#numbers.has(token))) {
      expiresAt += issuedDead ? -1 : 1
      signed = sign(expiresAt)
    }
    this.#issues += 1
    const { tokens, ...issued } = signed
    for (const token of tokens) this.#numbers.set(token, this.#issues)
    return issued
  }

  issueOf(token: string): number | undefined {
    return this.#numbers.get(token)
  }
}

/** All stages of a server. `demo` exists from the start. */
export class Stages {
  readonly #stages = new Map<string, Stage>()

  constructor() {
    this.put('demo', {})
  }

  get(id: string): Stage | undefined {
    return this.#stages.get(id)
  }

  /** Creates or changes a stage. Ids consist of letters, digits and hyphens, because an underscore ends the client id in Gcore's URLs. */
  put(id: string, settings: unknown): Stage {
    if (!/^[A-Za-z\d-]+$/.test(id)) throw new TypeError('a stage id is letters, digits and hyphens')
    const stage = this.#stages.get(id) ?? new Stage(id)
    stage.change(settings)
    this.#stages.set(id, stage)
    return stage
  }

  delete(id: string): boolean {
    return this.#stages.delete(id)
  }

  /** Logs a request for an unsigned film, with `demo` if it names no stage. Drops those that name a deleted stage. */
  recordStray(id: string | undefined, method: string, url: string, status: number): void {
    this.#stages.get(id ?? 'demo')?.record({ kind: 'stray', method, url, status, path: url.split('?')[0] ?? '' })
  }
}
