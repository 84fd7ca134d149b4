import { checkSettings, defaultSettings, type StageSettings } from './stage-settings.js'

/** One request, as it went. `status` is 0 and `bytes` grows as long as it is under way; a signing request whose sender left before the answer keeps status 0. */
export interface LogEntry {
  /** Epoch ms of the machine's clock. */
  at: number
  /** `stray`: asked for a film without a signature. */
  kind: 'sign' | 'media' | 'stray'
  method: string
  status: number
  /** `media`: the file within the film, `360p/seg-3.m4s`; `sign`: the resource, or the batch's with spaces between. */
  path: string
  /** The `Range` header. */
  range: string | null
  /** Bytes of the body that were sent. */
  bytes: number
  /** Which issue of the stage the URL is, from 1; undefined for a token that it never issued. */
  issue: number | undefined
  /** Why a signing request was made, where it says so. */
  reason: string | undefined
  /** Path and query, with `-` for token and expiry. */
  url: string
  /** The name that the server was asked by: who is sent elsewhere is asked for by two. */
  host: string
}

export interface Issue {
  url: string
  /** Unix seconds. */
  expiresAt: number
  number: number
  /** `Set-Cookie`, where that holds the token. */
  cookie?: string
}

/** Old entries go first; more than the longest soak test asks for. */
const MAX_LOG = 50_000

/** One isolated world: its settings, its clock, the URLs that it issued and the log of its requests. */
export class Stage {
  readonly id: string
  readonly settings: StageSettings = { ...defaultSettings }
  readonly log: LogEntry[] = []
  /** Epoch ms of the machine's clock; broadcasts begin then. */
  readonly openedAt = Date.now()
  /** What URLs were last answered with, by token and file, where that can't be told again. */
  readonly lastTold = new Map<string, string>()
  readonly #numbers = new Map<string, number>()
  readonly #repeats = new Map<string, { issue: Issue; until: number }>()
  readonly #cachedTo = new Map<string, number>()
  #issues = 0
  #faultsLeft = Number.POSITIVE_INFINITY

  constructor(id: string) {
    this.id = id
  }

  /** Takes settings over; the count of `endpointFailures` starts anew when the endpoint's faults are among them. */
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

  /** Epoch ms that the endpoint tells: the signer's clock, or one that knows nothing of the CDN's. */
  endpointNow(): number {
    return this.settings.endpointClock === 'signer' ? this.now() : Date.now()
  }

  /** Whether the signing request at hand meets the endpoint's faults; counts it. */
  takeFault(): boolean {
    return this.#faultsLeft-- > 0
  }

  /** Up to where the edge has a file. Where a viewer skipped a part it claims to have that too: nobody is slowed down who goes back. */
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
   * Issues a URL. Each has a token of its own: where a whole second would repeat one, the expiry moves on by a second (back,
   * when issued dead), so that "the second issue" means the same in every run. Only `sameUrlForMs` repeats URLs.
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

  /** Issues several URLs, say the links of a playlist, as one: they share a number and an expiry. */
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

/** All stages of a server. `demo` is there from the start. */
export class Stages {
  readonly #stages = new Map<string, Stage>()

  constructor() {
    this.put('demo', {})
  }

  get(id: string): Stage | undefined {
    return this.#stages.get(id)
  }

  /** Creates or changes a stage. Ids are letters, digits and hyphens: an underscore ends the client id in Gcore's URLs. */
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

  /** Logs a request for an unsigned film, with `demo` where it names no stage; the last requests of a deleted one are nobody's. */
  recordStray(id: string | undefined, method: string, url: string, status: number): void {
    this.#stages.get(id ?? 'demo')?.record({ kind: 'stray', method, url, status, path: url.split('?')[0] ?? '' })
  }
}
