import type { MediaRequests } from '../core/media-requests.js'
import { SignedRequests } from '../core/signed-requests.js'
import type { SignedSource } from '../core/signed-source.js'
import type { SigningClient } from '../core/signing-client.js'
import { type Child, Children } from './children.js'
import { nameOf, withoutDirectives } from './directives.js'
import { OneUrl } from './one-url.js'
import { SignedLinks } from './signed-links.js'

/**
 * `scope: 'manifest'`. The server writes signed links into its playlists. When they die, the playlist that holds them is fetched anew, by its own successor in the
 * playlist above it, and at the top by the endpoint; the engine goes on with the links it has, and each is answered by its successor.
 */
export class ManifestRequests implements MediaRequests {
  readonly #film: SignedSource
  readonly #children: Children
  /** The playlist that the endpoint signs. */
  readonly #top: Child
  #topName = ''
  readonly #playlists = new Map<string, { links: SignedLinks; child: Child }>()
  /** Requests that no signature covers. */
  readonly #unsigned: SignedRequests

  constructor(film: SignedSource, client: SigningClient) {
    this.#film = film
    this.#children = new Children(film)
    const scope = new OneUrl()
    this.#top = this.#children.make({ resource: film.resource, client: counted(client, film), scope })
    this.#unsigned = new SignedRequests(film, {
      add: () => this.#renew(),
      covers: () => false,
      carry: (url) => url,
    })
  }

  async start(): Promise<string> {
    const url = await this.#film.start()
    this.#topName = nameOf(url)
    return url
  }

  of(askedUrl: string): SignedRequests {
    if (nameOf(askedUrl) === this.#topName) return this.#top.requests
    for (const { links, child } of this.#playlists.values()) {
      if (!links.covers(askedUrl)) continue
      if (links.isOutdated(askedUrl)) child.source.issue = undefined
      return child.requests
    }
    return this.#unsigned
  }

  readPlaylist(text: string, baseUrl: string, askedUrl: string, sentUrl: string): string {
    const name = nameOf(askedUrl)
    const { links, child } = this.#playlists.get(name) ?? this.#add(name, withoutDirectives(askedUrl))
    // Where no redirect led elsewhere, the links are signed as they are meant from the URL that was really sent to.
    const signing = links.take(text, baseUrl === askedUrl ? sentUrl : baseUrl)
    if (!signing) return text
    const { stats } = this.#film
    const { refreshes } = stats
    child.take(signing)
    // A playlist that the engine loads again by itself is no refresh.
    stats.refreshes = refreshes
    return links.hand(text, baseUrl)
  }

  #add(name: string, url: string): { links: SignedLinks; child: Child } {
    const { settings } = this.#film
    const links = new SignedLinks(url, () => this.of(url), settings.clock, settings.retry.timeoutMs)
    const playlist = { links, child: this.#children.make({ resource: url, client: links, scope: links }) }
    this.#playlists.set(name, playlist)
    return playlist
  }

  /** The endpoint has signed the film again: the page wants fresh links, or the film has got over a failure. */
  #renew(): void {
    // By then the film has it.
    queueMicrotask(() => {
      if (this.#film.signing) this.#top.take(this.#film.signing)
      for (const { child } of this.#playlists.values()) child.source.issue = undefined
    })
  }
}

function counted(client: SigningClient, { stats }: SignedSource) {
  return {
    request: (...args: Parameters<SigningClient['request']>) => {
      stats.signings += 1
      return client.request(...args)
    },
  }
}
