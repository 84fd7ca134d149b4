import { parseUrl } from '../core/split-url.js'
import { inTime } from '../core/wait.js'
import { explainFailure } from './could-not-check.js'

/** One answer, as far as the check can see it. */
export interface Visit {
  /** Where the answer came from, after redirects. */
  readonly url: string
  /** 0: there was no answer that can be read. */
  readonly status: number
  /** The plugin takes the status for a refusal. */
  readonly isRefused: boolean
  readonly headers: Headers
  /** The text of a playlist, an MPD or a page; empty for anything else. */
  readonly text: string
  /** The redirects that were followed, first to last. */
  readonly hops: readonly Hop[]
  /** Where a redirect leads that was not followed, because that host was not named; empty where a browser hides it. */
  readonly leadsTo: string | undefined
  /**
   * The browser probably hides an answer from scripts: there was none to read, but the same host has answered before. A request in the mode `no-cors` would tell for
   * certain, but it follows redirects to any host.
   */
  readonly isHidden: boolean
  /** Why there was no answer, in one sentence. */
  readonly failure: string | undefined
  /** What a browser sends as `Origin`. */
  readonly sentOrigin: string | undefined
  readonly sentAt: number
  readonly receivedAt: number
}

export interface Hop {
  readonly headers: Headers
  readonly from: string
  readonly to: string
  readonly sentOrigin: string | undefined
}

interface VisitorSettings {
  readonly fetch: typeof fetch
  /** Origins that requests may go to; by https, too, where one was named by http. */
  readonly named: ReadonlySet<string>
  /** Of the page that plays the video. */
  readonly origin: string | undefined
  readonly isBrowser: boolean
  readonly refusedStatuses: readonly number[]
  readonly signal: AbortSignal
}

const TIMEOUT_MS = 15_000
const MOST_HOPS = 5
/** Characters of a playlist that are read. */
const LONGEST_TEXT = 4_000_000

/** Sends the requests that a player would send, and follows redirects only to hosts that were named. */
export class Visitor {
  readonly #settings: VisitorSettings
  /** Hosts that have answered. */
  readonly #alive = new Set<string>()

  constructor(settings: VisitorSettings) {
    this.#settings = settings
  }

  mayVisit(url: string): boolean {
    const { named } = this.#settings
    const origin = parseUrl(url)?.origin ?? ''
    // A token that was meant for https is not sent by http.
    return named.has(origin) || named.has(origin.replace(/^https:/, 'http:'))
  }

  /** Rejects only when the check is aborted. */
  async visit(url: string, range?: string): Promise<Visit> {
    const { signal } = this.#settings
    const hops: Hop[] = []
    const late = () => {
      throw Object.assign(new Error(), { code: 'TIMEOUT' })
    }
    let at = url
    let sentOrigin = this.#settings.origin
    const sentAt = Date.now()
    for (;;) {
      const common = { url: at, hops, sentOrigin, sentAt }
      try {
        const visit = await inTime({ timeoutMs: TIMEOUT_MS, signal, late }, (limit) =>
          this.#request(at, sentOrigin, range, limit),
        )
        const { status, headers } = visit
        const next = /^30[12378]$/.test(`${status}`) ? parseUrl(headers.get('location') ?? '', at)?.href : undefined
        if (next === undefined) return { ...visit, ...common, receivedAt: Date.now() }
        if (!this.mayVisit(next)) return { ...visit, ...common, leadsTo: next, receivedAt: Date.now() }
        if (hops.length === MOST_HOPS) {
          const failure = `${hostOf(at)} redirects again and again.`
          return { ...NOTHING, ...common, headers, failure, receivedAt: Date.now() }
        }
        hops.push({ headers, from: at, to: next, sentOrigin })
        // A redirect between two other origins taints the origin.
        const origins = [parseUrl(at)?.origin, parseUrl(next)?.origin]
        if (sentOrigin !== undefined && origins[0] !== origins[1] && origins[0] !== sentOrigin) sentOrigin = 'null'
        at = next
      } catch (thrown) {
        if (signal.aborted) throw signal.reason
        const failure = explainFailure(hostOf(at), thrown, this.#settings.isBrowser)
        return { ...NOTHING, ...common, headers: new Headers(), failure, receivedAt: Date.now() }
      }
    }
  }

  async #request(url: string, sentOrigin: string | undefined, range: string | undefined, signal: AbortSignal) {
    const { fetch, origin, isBrowser, refusedStatuses } = this.#settings
    const headers = new Headers(range === undefined ? {} : { Range: range })
    // A browser sends its own. Some servers check the referrer.
    if (!isBrowser && sentOrigin !== undefined) headers.set('Origin', sentOrigin)
    if (!isBrowser && origin !== undefined) headers.set('Referer', `${origin}/`)
    const init: RequestInit = { headers, signal, redirect: 'manual', cache: 'no-store' }
    try {
      const response = await fetch(url, init)
      this.#alive.add(hostOf(url))
      const isOpaque = response.type === 'opaqueredirect'
      const text = isOpaque ? '' : await readText(response)
      return {
        ...NOTHING,
        status: response.status,
        isRefused: refusedStatuses.includes(response.status),
        headers: response.headers,
        text,
        leadsTo: isOpaque ? '' : undefined,
      }
    } catch (thrown) {
      if (!isBrowser || signal.aborted || !this.#alive.has(hostOf(url))) throw thrown
      return { ...NOTHING, headers: new Headers(), isHidden: true }
    }
  }
}

function hostOf(url: string): string {
  return parseUrl(url)?.host ?? ''
}

const NOTHING = { status: 0, isRefused: false, text: '', leadsTo: undefined, isHidden: false, failure: undefined }

/** Of media only the beginning is loaded. */
async function readText({ body }: Response): Promise<string> {
  const reader = body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  try {
    while (text.length < LONGEST_TEXT) {
      const { done, value } = await reader.read()
      if (done) return text
      text += decoder.decode(value, { stream: true })
      if (!/^\s*(?:#|<)/.test(text)) return ''
    }
    return text
  } finally {
    reader.cancel().catch(() => {})
  }
}
