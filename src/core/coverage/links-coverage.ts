import { type Clock, SECOND_MS } from '../clock.js'
import { SignedUrlError } from '../errors.js'
import { readScheme } from '../expiry/index.js'
import type { MediaRequest } from '../media-request.js'
import { invalid, plainAnswer } from '../signing/answer.js'
import type { Signer, Signing, SigningRequest } from '../signing/signing-client.js'
import { parseUrl, splitUrl } from '../split-url.js'
import { linkedController, wait } from '../wait.js'
import type { Coverage } from './coverage.js'
import { nameOf, withDirectivesOf } from './directives.js'
import { leftOut, playlistLinks, withLinks } from './hls-links.js'

/** Links of an engine that are remembered besides those of the newest version. */
const MOST_LINKS = 5_000

interface Link {
  readonly url: string
  /** Which file it is, without its credentials. */
  readonly file: string
  /** Unix seconds. */
  readonly expiresAt: number | undefined
}

/**
 * The signed links of one playlist. They are one signature, which is refreshed by fetching the playlist again. A link goes to its successor: the link to the same
 * file, else the one at the same position.
 */
export class LinksCoverage implements Coverage, Signer {
  readonly #url: string
  readonly #request: (signal: AbortSignal) => MediaRequest
  readonly #clock: Clock
  readonly #timeoutMs: number
  /** The position of each link that the engine knows, by its name; the latest last. */
  readonly #asked = new Map<string, string>()
  /** The same for links of the newest version and the one before: requests are sent to them. */
  #sent = new Map<string, string>()
  #sentBefore = new Map<string, string>()
  /** What the engine calls each file of the newest version. */
  #uris = new Map<string, string>()
  /** The newest version, with what it left out. */
  #byPlace = new Map<string, Link>()
  /** Files that it links once, or always by the same URL. */
  #byFile = new Map<string, Link>()
  /** What the newest version, a delta update, left out: links of older ones. */
  #leftOut = new Set<Link>()

  /** `url`: the playlist as the engine names it; `request` makes a request for it. */
  constructor(url: string, request: (signal: AbortSignal) => MediaRequest, clock: Clock, timeoutMs: number) {
    this.#url = url
    this.#request = request
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  add(): void {}

  /** A link that has left a live window has no successor: the engine gets what the server answers. */
  covers(url: string): boolean {
    return this.#successorOf(url) !== undefined
  }

  /** Whether `url` was left out of the newest version, and its link in an older one is about to die. */
  isOutdated(url: string): boolean {
    const link = this.#leftOut.size > 0 ? this.#successorOf(url) : undefined
    if (!link?.expiresAt || !this.#leftOut.has(link)) return false
    return this.#clock.now() + this.#clock.skew >= (link.expiresAt - 1) * SECOND_MS
  }

  carry(url: string): string {
    const successor = this.#successorOf(url)
    return successor === undefined ? url : withDirectivesOf(url, successor.url)
  }

  /** Learns a new version of the playlist, whose links are signed as resolved against `sentUrl`. Undefined where it holds no link. */
  take(text: string, sentUrl: string, sentAt = this.#clock.now()): Signing | undefined {
    const [from, to] = leftOut(text) ?? [0, 0]
    const isLeftOut = (place: string) => Number.parseInt(place, 10) >= from && Number.parseInt(place, 10) < to
    const byPlace = new Map([...this.#byPlace].filter(([place]) => isLeftOut(place)))
    const older = new Set(byPlace.values())
    const sent = new Map<string, string>()
    for (const { uri, place } of playlistLinks(text)) {
      const url = parseUrl(uri, sentUrl)?.href
      if (url === undefined) continue
      sent.set(nameOf(url), place)
      byPlace.set(place, linkTo(url))
    }
    const links = [...byPlace.values()]
    const last = links.at(-1)
    if (last === undefined) return undefined
    this.#byPlace = byPlace
    this.#byFile = byFile(links)
    this.#leftOut = older
    this.#sentBefore = this.#sent
    this.#sent = sent
    const expiries = links.flatMap((link) => (older.has(link) ? [] : (link.expiresAt ?? [])))
    const expiresAt = expiries.length > 0 ? Math.min(...expiries) * SECOND_MS : undefined
    return { answer: plainAnswer(last.url, expiresAt), sentAt, receivedAt: this.#clock.now() }
  }

  /**
   * The newest version for the engine, which resolves its links against `baseUrl`. A file that the engine knows keeps its link: with another signature players
   * would take it for another init segment, and hls.js gives up where a segment's path has changed.
   */
  hand(text: string, baseUrl: string): string {
    const uris = new Map<string, string>()
    const keep = (file: string, uri: string | undefined) => uri !== undefined && uris.set(file, uri)
    for (const { file } of this.#leftOut) keep(file, this.#uris.get(file))
    let count = 0
    const handed = withLinks(text, ({ uri, place }) => {
      const { file } = linkTo(parseUrl(uri, baseUrl)?.href ?? uri)
      const known = (this.#byFile.has(file) && this.#uris.get(file)) || uri
      keep(file, known)
      const name = nameOf(parseUrl(known, baseUrl)?.href ?? known)
      this.#asked.delete(name)
      this.#asked.set(name, place)
      count += 1
      return known
    })
    this.#uris = uris
    for (const name of this.#asked.keys()) {
      if (this.#asked.size <= MOST_LINKS + count) break
      this.#asked.delete(name)
    }
    return handed
  }

  #successorOf(url: string): Link | undefined {
    const name = nameOf(url)
    const place = this.#asked.get(name) ?? this.#sent.get(name) ?? this.#sentBefore.get(name)
    if (place === undefined) return undefined
    return this.#byFile.get(linkTo(url).file) ?? this.#byPlace.get(place)
  }

  /** Fetches the playlist again, with fresh credentials where it needs them. */
  async request({ attempt }: SigningRequest, signal: AbortSignal): Promise<Signing> {
    const request = this.#request(signal)
    for (;;) {
      const sentUrl = await request.url()
      const sentAt = this.#clock.now()
      const { status, text, url } = await this.#fetch(sentUrl, attempt, signal)
      const verdict = request.answered({ status, url })
      if (verdict.again) continue
      if (status === 0) throw unavailable('can’t be reached', { attempt })
      if (status < 200 || status > 299) throw unavailable(`answered with status ${status}`, { status, attempt })
      const signing = this.take(text, verdict.url === this.#url ? sentUrl : verdict.url, sentAt)
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
      return { status: response.status, text: await response.text(), url: response.url }
    }
    try {
      return await Promise.race([load(), timeout()])
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof SignedUrlError) throw error
      return { status: 0, text: '', url: '' }
    } finally {
      controller.abort()
      release()
    }
  }
}

function unavailable(rule: string, details: { status?: number; attempt: number }): SignedUrlError {
  return new SignedUrlError('signed-url-unavailable', `A playlist of the video ${rule}.`, details)
}

function linkTo(url: string): Link {
  const split = splitUrl(url)
  if (!split) return { url, file: url, expiresAt: undefined }
  const { expiresAt, pathSlots } = readScheme(split)
  const segments = split.segments.filter((_segment, slot) => !pathSlots.includes(slot))
  return { url, file: [split.prefix, ...segments].join('/'), expiresAt }
}

function byFile(links: readonly Link[]): Map<string, Link> {
  const found = new Map<string, Link>()
  const several = new Set<string>()
  for (const link of links) {
    const other = found.get(link.file)
    if (other && other.url !== link.url) several.add(link.file)
    found.set(link.file, link)
  }
  for (const file of several) found.delete(file)
  return found
}
