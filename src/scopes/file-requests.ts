import { SECOND_MS } from '../core/clock.js'
import { SignedUrlError } from '../core/errors.js'
import type { MediaRequests } from '../core/media-requests.js'
import { SignedRequests } from '../core/signed-requests.js'
import type { SignedSource } from '../core/signed-source.js'
import type { SigningClient } from '../core/signing-client.js'
import { parseUrl } from '../core/split-url.js'
import { Batches, ofFile } from './batches.js'
import { type Child, Children } from './children.js'
import { withoutDirectives } from './directives.js'
import { OneUrl } from './one-url.js'
import { playlistLinks } from './playlist-links.js'

/** As much film as is signed ahead of need, s. */
const AHEAD_S = 120
/** The share of a URL's life in which a file that was signed ahead is reached, in real time. */
const REACHED = 0.9
/** Files that are signed ahead one by one, where the endpoint has no batches. */
const AHEAD_SINGLY = 2
/** Files that are remembered: a viewer seldom goes back further. */
const MOST_FILES = 500

interface Playlist {
  readonly urls: readonly string[]
  readonly durationsS: readonly number[]
  /** A segment of it has been asked for. */
  isBegun: boolean
}

/**
 * `scope: 'file'`. The engine plays unsigned URLs, and each of them is a resource that is signed by itself: ahead of need where a playlist tells what comes next,
 * several at once where the endpoint has batches. A signature is kept until it expires.
 */
export class FileRequests implements MediaRequests {
  readonly #film: SignedSource
  readonly #children: Children
  readonly #batches: Batches
  readonly #origins: readonly string[] | undefined
  readonly #files = new Map<string, Child>()
  readonly #playlists = new Map<string, Playlist>()
  /** Requests that no signature covers. */
  readonly #unsigned: SignedRequests

  /** `allowedOrigins`: where files may lie besides the film's own origin; undefined for anywhere. */
  constructor(film: SignedSource, client: SigningClient, allowedOrigins: readonly string[] | undefined) {
    this.#film = film
    this.#children = new Children(film)
    this.#origins = allowedOrigins && [...allowedOrigins, originOf(film.resource)]
    this.#batches = new Batches(client, film)
    this.#unsigned = new SignedRequests(film, {
      // The page wants fresh ones, or has got over a failure.
      add: () => this.#forget(),
      covers: () => false,
      carry: (url) => url,
    })
  }

  async start(): Promise<string> {
    const film = this.#film
    const { resource } = film
    for (;;) {
      await film.start()
      try {
        if (film.signing) this.#file(resource).take(ofFile(resource, film.signing))
        return resource
      } catch (error) {
        if (!(error instanceof SignedUrlError)) throw error
        film.settings.listener.onFailure(error, false)
        film.fail(error)
        await film.nextIssue('manual')
      }
    }
  }

  of(askedUrl: string): SignedRequests {
    const url = fileOf(askedUrl)
    if (!this.#isFilm(url)) return this.#unsigned
    this.#signAhead(url)
    return this.#file(url).requests
  }

  readPlaylist(text: string, baseUrl: string, askedUrl: string): undefined {
    const links = playlistLinks(text)
    // A master playlist's links are choices: most are never asked for.
    if (!links.some(({ durationS }) => durationS > 0)) return
    const name = fileOf(askedUrl)
    this.#playlists.set(name, {
      urls: links.map(({ uri }) => parseUrl(uri, baseUrl)?.href ?? ''),
      durationsS: links.map(({ durationS }) => durationS),
      isBegun: this.#playlists.get(name)?.isBegun ?? false,
    })
  }

  #isFilm(url: string): boolean {
    return /^https?:/i.test(url) && this.#origins?.includes(originOf(url)) !== false
  }

  #file(url: string): Child {
    const known = this.#files.get(url)
    const file = known ?? this.#make(url)
    // The last ones asked for stand last.
    this.#files.delete(url)
    this.#files.set(url, file)
    for (const [oldest, child] of this.#files) {
      if (this.#files.size <= MOST_FILES) break
      this.#files.delete(oldest)
      this.#children.drop(child)
    }
    return file
  }

  #make(url: string): Child {
    const scope = new OneUrl(() => !this.#playlists.has(url))
    return this.#children.make({
      resource: url,
      client: this.#batches,
      scope,
      // A viewer's new address, a changed secret: what was signed before is dead too.
      onRefreshing: (reason) => reason === 'refused' && this.#forget(url),
    })
  }

  #forget(exceptUrl?: string): void {
    for (const [url, child] of this.#files) {
      if (url === exceptUrl) continue
      this.#files.delete(url)
      this.#children.drop(child)
    }
  }

  /** Has `url` signed with what comes after it, once that or the next file isn't. */
  #signAhead(url: string): void {
    const coming = this.#coming(url)
    const wanted = coming.filter((one) => !this.#files.get(one)?.isSigned)
    if (!wanted.includes(url) && !wanted.includes(coming[1] ?? url)) return
    // One by one, the file itself is asked for by who needs it.
    const resources = this.#batches.hasBatches
      ? wanted
      : coming.slice(1, 1 + AHEAD_SINGLY).filter((one) => wanted.includes(one))
    const reason = resources.some((one) => this.#files.has(one)) ? 'expiring' : 'start'
    this.#batches.ahead(resources, reason, (resource, signing) => this.#file(resource).take(signing))
  }

  /** `url`, and the files after it that will be asked for while a signature made now lives. */
  #coming(url: string): readonly string[] {
    for (const playlist of this.#playlists.values()) {
      const index = playlist.urls.indexOf(url)
      if (index < 0) continue
      const isSegment = playlist.durationsS[index] !== 0
      // Init segments and keys that are asked for again tell nothing of where the viewer is.
      if (!isSegment && playlist.isBegun) break
      playlist.isBegun ||= isSegment
      return within(playlist, index, this.#aheadS())
    }
    return [url]
  }

  #aheadS(): number {
    const { issue } = this.#film
    const endsAt = issue && this.#film.endsAt(issue)
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

/** The file's one name: serialised as a browser sends it, without what a player adds. */
function fileOf(url: string): string {
  return parseUrl(withoutDirectives(url))?.href ?? url
}

function originOf(url: string): string {
  return parseUrl(url)?.origin ?? ''
}
