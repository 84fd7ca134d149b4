import { type Clock, SECOND_MS } from '../clock.js'
import { SignedUrlError } from '../errors.js'
import { readExpiry } from '../expiry/index.js'
import type { MediaRequest } from '../media-request.js'
import { putLast } from '../recent.js'
import { invalid, plainAnswer } from '../signing/answer.js'
import type { Signer, Signing, SigningRequest } from '../signing/signing-client.js'
import { inTime } from '../wait.js'
import type { Coverage } from './coverage.js'
import { HlsLinkTable } from './hls-link-table.js'
import type { LinkTable } from './link-table.js'
import type { PlaylistFormat } from './playlist-format.js'

/** Requests in flight, and some more. */
const MOST_SENT = 256
/** For a playlist that is fetched only to see whether its links have changed: one with the present credentials, one with fresh ones. */
const DOUBT_TRIES = 2

interface LinksSettings {
  /** The playlist as the engine names it. */
  readonly url: string
  readonly formats: readonly PlaylistFormat[]
  /** Makes a request for it. */
  readonly request: (signal: AbortSignal) => MediaRequest
  /** Puts onto a link what others sign: a server may check both. */
  readonly carry: (url: string) => string
  readonly clock: Clock
  readonly timeoutMs: number
}

/** The signed links of one playlist. They are one signature, which is refreshed by fetching the playlist again. A link goes to its successor in the newest version. */
export class LinksCoverage implements Coverage, Signer {
  readonly #settings: LinksSettings
  #table: LinkTable | undefined
  /** What the engine calls the URLs that its requests were sent to. */
  readonly #sent = new Map<string, string>()
  /** When the newest version was requested, device's clock. */
  #takenAt = 0
  /** What the newest version says of its links. */
  #latest: Signing | undefined
  /** The next request only asks whether the links have changed. */
  #isDoubted = false

  constructor(settings: LinksSettings) {
    this.#settings = settings
  }

  add(): void {}

  /** A link that has left a live window has no successor: the engine gets what the server answers. */
  covers(url: string): boolean {
    return this.#table?.successorOf(this.#askedUrl(url)) !== undefined
  }

  /** Whether the newest version writes the link in another way than the one in which the engine has read it. */
  hasChanged(url: string): boolean {
    const { carry } = this.#settings
    const successor = this.#table?.successorOf(url)
    return successor !== undefined && carry(successor.url) !== carry(url)
  }

  isLocation(url: string): boolean {
    return this.#table?.isLocation(url) ?? false
  }

  /** Whether the engine has read `url` in this playlist, in whatever version. */
  knows(url: string): boolean {
    return this.#table?.knows(url) ?? false
  }

  /** Whether the link for `url` dies before the others: it is of an older version, or the server signs each link for a time of its own. */
  isOutdated(url: string): boolean {
    const { clock } = this.#settings
    const successor = this.#table?.successorOf(url)
    if (!successor || (!successor.isLeftOut && clock.now() - this.#takenAt < SECOND_MS)) return false
    const expiresAt = readExpiry(successor.url)
    return expiresAt !== undefined && clock.now() + clock.skew >= (expiresAt - 1) * SECOND_MS
  }

  carry(url: string): string {
    const asked = this.#askedUrl(url)
    const successor = this.#table?.successorOf(asked)
    if (!successor) return url
    const carried = this.#settings.carry(successor.url)
    putLast(this.#sent, carried, asked, MOST_SENT)
    return carried
  }

  /** Learns a new version of the playlist, whose links are signed as resolved against `sentUrl`. Undefined where it holds no link. */
  take(text: string, sentUrl: string, sentAt = this.#settings.clock.now()): Signing | undefined {
    this.#table ??= this.#createTable(text)
    if (!this.#table?.take(text, sentUrl)) return undefined
    this.#takenAt = sentAt
    const samples = this.#table.samples()
    const expiries = samples.flatMap((url) => readExpiry(url) ?? [])
    const expiresAt = expiries.length > 0 ? Math.min(...expiries) * SECOND_MS : undefined
    const answer = plainAnswer(samples.at(-1) ?? sentUrl, expiresAt)
    this.#latest = { answer, sentAt, receivedAt: this.#settings.clock.now() }
    return this.#latest
  }

  /** One of the links was refused, which may or may not be the playlist's own: where it can't be fetched again, its links stay as they are. */
  doubt(): void {
    this.#isDoubted = true
  }

  /** The newest version for the engine, which resolves its links against `baseUrl`. */
  hand(text: string, baseUrl: string): string {
    return this.#table?.hand(text, baseUrl) ?? text
  }

  /** Fetches the playlist again, with fresh credentials where it needs them. */
  async request({ attempt }: SigningRequest, signal: AbortSignal): Promise<Signing> {
    const latest = this.#isDoubted ? this.#latest : undefined
    this.#isDoubted = false
    try {
      return await this.#requestAgain(attempt, signal, latest ? DOUBT_TRIES : Number.POSITIVE_INFINITY)
    } catch (error) {
      if (!latest || signal.aborted) throw error
      return latest
    }
  }

  async #requestAgain(attempt: number, signal: AbortSignal, mostTries: number): Promise<Signing> {
    const { url: askedUrl, clock } = this.#settings
    const request = this.#settings.request(signal)
    for (let tries = 1; ; tries += 1) {
      const sentUrl = await request.url()
      const sentAt = clock.now()
      const { status, text, url } = await this.#fetch(sentUrl, attempt, signal)
      const verdict = await request.answered({ status, url })
      if (verdict.again && tries < mostTries) continue
      if (verdict.again) throw unavailable('is refused', { status, attempt })
      if (status === 0) throw unavailable('can’t be reached', { attempt })
      if (status < 200 || status > 299) throw unavailable(`answered with status ${status}`, { status, attempt })
      const signing = this.take(text, verdict.url === askedUrl ? sentUrl : verdict.url, sentAt)
      if (!signing) throw invalid('led to a playlist without links')
      return signing
    }
  }

  #createTable(text: string): LinkTable | undefined {
    const format = this.#settings.formats.find((one) => one.isOne(text))
    return format && (format.createTable?.() ?? new HlsLinkTable())
  }

  #askedUrl(url: string): string {
    return this.#sent.get(url) ?? url
  }

  /** Status 0: no answer that the page may read. */
  async #fetch(url: string, attempt: number, signal: AbortSignal) {
    const { timeoutMs } = this.#settings
    const late = () => {
      throw unavailable(`took over ${timeoutMs} ms`, { attempt })
    }
    try {
      return await inTime({ timeoutMs, signal, late }, async (limit) => {
        const response = await fetch(url, { signal: limit, cache: 'no-store' })
        return { status: response.status, text: await response.text(), url: response.url }
      })
    } catch (error) {
      if (signal.aborted || error instanceof SignedUrlError) throw error
      return { status: 0, text: '', url: '' }
    }
  }
}

function unavailable(rule: string, details: { status?: number; attempt: number }): SignedUrlError {
  return new SignedUrlError('signed-url-unavailable', `A playlist of the video ${rule}.`, details)
}
