import { invalid } from '../core/answer.js'
import { type Clock, SECOND_MS } from '../core/clock.js'
import { SignedUrlError } from '../core/errors.js'
import { readExpiry } from '../core/expiry/index.js'
import type { SignedRequests } from '../core/signed-requests.js'
import type { Scope } from '../core/signed-source.js'
import type { Signer, Signing, SigningRequest } from '../core/signing-client.js'
import { parseUrl } from '../core/split-url.js'
import { linkedController, wait } from '../core/wait.js'
import { withDirectivesOf, withoutDirectives } from './directives.js'
import { playlistLinks } from './playlist-links.js'

/** Links that are remembered: those of a long live window through several writings. */
const MOST_LINKS = 5_000

/**
 * The signed links of one playlist: a signature that is renewed by fetching the playlist anew. A link goes to its successor: the link to the same file, else the
 * one in the same place.
 */
export class SignedLinks implements Scope, Signer {
  readonly #url: string
  readonly #requests: () => SignedRequests
  readonly #clock: Clock
  readonly #timeoutMs: number
  /** Where each link stands or stood, by its name. */
  readonly #places = new Map<string, string>()
  /** The newest writing. */
  #byPlace = new Map<string, string>()
  #byPath = new Map<string, string>()

  /** `url`: the playlist as the engine names it; `requests`: what it is loaded through. */
  constructor(url: string, requests: () => SignedRequests, clock: Clock, timeoutMs: number) {
    this.#url = url
    this.#requests = requests
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  add(): void {}

  covers(url: string): boolean {
    return this.#places.has(nameOf(url))
  }

  carry(url: string): string {
    const place = this.#places.get(nameOf(url))
    const successor = this.#byPath.get(pathOf(url)) ?? (place === undefined ? undefined : this.#byPlace.get(place))
    return successor === undefined ? url : withDirectivesOf(url, successor)
  }

  /**
   * Takes a new writing in. The engine resolves its links against `baseUrl`, they are signed as resolved against `sentUrl`.
   * Undefined where it holds no link.
   */
  read(text: string, baseUrl: string, sentUrl: string, sentAt = this.#clock.now()): Signing | undefined {
    const byPlace = new Map<string, string>()
    const byPath = new Map<string, string>()
    const twice = new Set<string>()
    for (const { uri, place } of playlistLinks(text)) {
      const url = parseUrl(uri, sentUrl)?.href
      const asked = parseUrl(uri, baseUrl)?.href
      if (url === undefined || asked === undefined) continue
      for (const name of [nameOf(asked), nameOf(url)]) {
        // The last ones read stand last.
        this.#places.delete(name)
        this.#places.set(name, place)
      }
      byPlace.set(place, url)
      const path = pathOf(url)
      if (byPath.has(path) && byPath.get(path) !== url) twice.add(path)
      byPath.set(path, url)
    }
    const last = [...byPlace.values()].at(-1)
    if (last === undefined) return undefined
    for (const path of twice) byPath.delete(path)
    this.#byPlace = byPlace
    this.#byPath = byPath
    for (const name of this.#places.keys()) {
      if (this.#places.size <= MOST_LINKS) break
      this.#places.delete(name)
    }
    const expiries = [...byPlace.values()].map(readExpiry).filter((seconds) => seconds !== undefined)
    const expiresAt = expiries.length > 0 ? Math.min(...expiries) * SECOND_MS : undefined
    const answer = { url: last, expiresAt, expiresInMs: undefined, serverTime: undefined, type: undefined }
    return { answer, sentAt, receivedAt: this.#clock.now() }
  }

  /** Fetches the playlist anew, by whatever it takes to be let in. */
  async request({ attempt }: SigningRequest, signal: AbortSignal): Promise<Signing> {
    const requests = this.#requests()
    let url = await requests.resolve(this.#url, signal)
    for (;;) {
      const sentAt = this.#clock.now()
      const { status, text, responseUrl } = await this.#fetch(url, attempt, signal)
      if (requests.isRefusal(status, url)) {
        url = await requests.repair(url, status, sentAt, signal)
        continue
      }
      if (status === 0) throw unavailable('can’t be reached', { attempt })
      if (status < 200 || status > 299) throw unavailable(`answered with status ${status}`, { status, attempt })
      requests.accepted(url, sentAt)
      const base = requests.baseOf(responseUrl, url, this.#url)
      const signing = this.read(text, base, base === this.#url ? url : base, sentAt)
      if (!signing) throw invalid('led to a playlist without links')
      return signing
    }
  }

  /** Status 0: no answer that the page may read. */
  async #fetch(url: string, attempt: number, signal: AbortSignal) {
    const { controller, release } = linkedController(signal)
    const timeout = async (): Promise<never> => {
      await wait(this.#timeoutMs, controller.signal)
      throw unavailable(`took over ${this.#timeoutMs} ms`, { attempt })
    }
    const load = async () => {
      const response = await fetch(url, { signal: controller.signal, cache: 'no-store' })
      return { status: response.status, text: await response.text(), responseUrl: response.url }
    }
    try {
      return await Promise.race([load(), timeout()])
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof SignedUrlError) throw error
      return { status: 0, text: '', responseUrl: '' }
    } finally {
      controller.abort()
      release()
    }
  }
}

function unavailable(rule: string, details: { status?: number; attempt: number }): SignedUrlError {
  return new SignedUrlError('signed-url-unavailable', `A playlist of the film ${rule}.`, details)
}

/** One name for all writings of a URL: some players encode a query anew when they add to it. */
function nameOf(url: string): string {
  const parsed = parseUrl(withoutDirectives(url))
  return parsed ? `${parsed.origin}${parsed.pathname}?${parsed.searchParams}` : url
}

function pathOf(url: string): string {
  return url.replace(/[?#].*/s, '')
}
