import { SECOND_MS } from '../clock.js'
import { SignedUrlError } from '../errors.js'
import { putLast } from '../recent.js'
import type { Signature } from '../signature.js'
import { Batches, checkFile } from '../signing/batches.js'
import type { Signing } from '../signing/signing-client.js'
import { parseUrl } from '../split-url.js'
import { withoutDirectives } from './directives.js'
import type { Division, DivisionSettings, ServedPlaylist } from './division.js'
import { FileCoverage } from './file-coverage.js'
import { playlistLinks } from './hls-links.js'
import type { Part } from './part.js'
import { Parts } from './parts.js'

/** How much of the media is signed ahead of need, s. */
const AHEAD_S = 120
/** The share of a URL's life within which a file that was signed ahead is reached, in real time. */
const REACHED = 0.9
/** Files that are signed ahead one by one, where the endpoint has no batches. */
const AHEAD_SINGLY = 2
/** Files that are remembered: a viewer seldom goes back further. */
const MOST_FILES = 500

interface Playlist {
  readonly urls: readonly string[]
  readonly durationsS: readonly number[]
  /** A segment of it has been requested. */
  isBegun: boolean
}

/**
 * `scope: 'file'`. The engine plays unsigned URLs, and each of them is a resource with its own signature: signed ahead of need where a playlist shows what comes
 * next, several at once where the endpoint has batches, and kept until it expires.
 */
export class SignaturePerFile implements Division {
  readonly #main: Signature
  readonly #parts: Parts
  readonly #batches: Batches
  readonly #origins: readonly string[] | undefined
  readonly #files = new Map<string, Part>()
  readonly #playlists = new Map<string, Playlist>()
  /** The latest answer for the media's own resource, which is a file like any other. */
  #latest: Signing | undefined

  constructor({ signature, client, allowedOrigins }: DivisionSettings) {
    this.#main = signature
    this.#parts = new Parts(signature)
    this.#origins = allowedOrigins && [...allowedOrigins, originOf(signature.settings.resource)]
    this.#batches = new Batches(client, signature)
    this.#parts.watchMain((signing) => {
      this.#latest = signing
      this.#forget()
    })
  }

  async start(): Promise<string> {
    const main = this.#main
    const { resource, listener } = main.settings
    for (;;) {
      await main.start()
      try {
        if (this.#latest) this.#parts.take(this.#file(resource), checkFile(resource, this.#latest))
        return resource
      } catch (error) {
        if (!(error instanceof SignedUrlError)) throw error
        listener.onFailure(error, false)
        main.fail(error)
        await main.next('manual')
      }
    }
  }

  partOf(askedUrl: string): Part | undefined {
    const url = unsignedName(askedUrl)
    if (!this.#canBeSigned(url)) return undefined
    this.#signAhead(url)
    return this.#file(url)
  }

  readPlaylist({ text, baseUrl, askedUrl }: ServedPlaylist): undefined {
    const links = playlistLinks(text)
    // The links of a master playlist are choices: most of them are never requested.
    if (!links.some(({ durationS }) => durationS > 0)) return
    const name = unsignedName(askedUrl)
    this.#playlists.set(name, {
      urls: links.map(({ uri }) => parseUrl(uri, baseUrl)?.href ?? ''),
      durationsS: links.map(({ durationS }) => durationS),
      isBegun: this.#playlists.get(name)?.isBegun ?? false,
    })
  }

  #canBeSigned(url: string): boolean {
    return /^https?:/i.test(url) && this.#origins?.includes(originOf(url)) !== false
  }

  #file(url: string): Part {
    const known = this.#files.get(url)
    const file = known ?? this.#make(url)
    const dropped = putLast(this.#files, url, file, MOST_FILES)
    if (dropped) this.#parts.drop(dropped)
    return file
  }

  #make(url: string): Part {
    return this.#parts.make({
      resource: url,
      signer: this.#batches,
      coverage: new FileCoverage(
        () => !this.#playlists.has(url),
        // The viewer's address or the secret has changed: what was signed before is dead too.
        (at) => this.#forget(at),
      ),
    })
  }

  /** Those that were signed before `at` (device's clock), but for those that are being signed. */
  #forget(at = Number.POSITIVE_INFINITY): void {
    for (const [url, part] of this.#files) {
      const { issue, isRefreshing } = part.signature
      if (isRefreshing || (issue?.issuedAt ?? 0) > at) continue
      this.#files.delete(url)
      this.#parts.drop(part)
    }
  }

  /** Has `url` signed together with what comes after it, once it or the next file is not. */
  #signAhead(url: string): void {
    const coming = this.#coming(url)
    const wanted = coming.filter((one) => (this.#files.get(one)?.signature.validity ?? 'expired') === 'expired')
    if (!wanted.includes(url) && !wanted.includes(coming[1] ?? url)) return
    // Without batches, the request for the file itself has it signed.
    const resources = this.#batches.hasBatches
      ? wanted
      : coming.slice(1, 1 + AHEAD_SINGLY).filter((one) => wanted.includes(one))
    const reason = resources.some((one) => this.#files.has(one)) ? 'expiring' : 'start'
    this.#batches.ahead(resources, reason, (resource, signing) => this.#parts.take(this.#file(resource), signing))
  }

  /** `url`, and the files after it that will be requested while a signature made now lives. */
  #coming(url: string): readonly string[] {
    for (const playlist of this.#playlists.values()) {
      const index = playlist.urls.indexOf(url)
      if (index < 0) continue
      const isSegment = playlist.durationsS[index] !== 0
      // Init segments and keys that are requested again don't show where the viewer is.
      if (!isSegment && playlist.isBegun) break
      playlist.isBegun ||= isSegment
      return within(playlist, index, this.#aheadS())
    }
    return [url]
  }

  #aheadS(): number {
    const { issue, endsAt } = this.#main
    if (!issue || endsAt === undefined) return AHEAD_S
    return Math.min(AHEAD_S, (REACHED * (endsAt - issue.issuedAt)) / SECOND_MS)
  }
}

function within({ urls, durationsS }: Playlist, from: number, lengthS: number): readonly string[] {
  let leftS = lengthS
  const end = durationsS.findIndex((durationS, index) => {
    if (index < from) return false
    leftS -= durationS
    return leftS < 0
  })
  return [...new Set(urls.slice(from, Math.max(end < 0 ? urls.length : end, from + 1)))]
}

/** The file's one name: serialized as a browser sends it, without what a player adds. */
function unsignedName(url: string): string {
  return parseUrl(withoutDirectives(url))?.href ?? url
}

function originOf(url: string): string {
  return parseUrl(url)?.origin ?? ''
}
