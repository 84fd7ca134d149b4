import { SignedRequest } from '../media-request.js'
import type { Signature } from '../signature.js'
import { nameOf, withoutDirectives } from './directives.js'
import type { Division, DivisionSettings, ServedPlaylist } from './division.js'
import { FileCoverage } from './file-coverage.js'
import { LinksCoverage } from './links-coverage.js'
import type { Part } from './part.js'
import { Parts } from './parts.js'

interface SignedPlaylist {
  readonly links: LinksCoverage
  readonly part: Part
}

/**
 * `scope: 'manifest'`. The server writes signed links into its playlists. When they die, the playlist that contains them is fetched again: by its successor in the
 * playlist above it, or by the endpoint at the top. The engine goes on with the links that it has, and each is answered by its successor.
 */
export class SignaturePerPlaylist implements Division {
  readonly #main: Signature
  readonly #parts: Parts
  /** The playlist that the endpoint signs. */
  readonly #top: Part
  #topName = ''
  readonly #playlists = new Map<string, SignedPlaylist>()

  constructor({ signature, client }: Pick<DivisionSettings, 'signature' | 'client'>) {
    this.#main = signature
    this.#parts = new Parts(signature)
    const { resource } = signature.settings
    this.#top = this.#parts.make({ resource, signer: client, coverage: new FileCoverage() })
    this.#parts.watchMain((signing) => {
      this.#parts.take(this.#top, signing)
      for (const { part } of this.#playlists.values()) part.signature.forget()
    })
  }

  async start(): Promise<string> {
    const url = await this.#main.start()
    this.#topName = nameOf(url)
    return url
  }

  partOf(askedUrl: string): Part | undefined {
    if (nameOf(askedUrl) === this.#topName) return this.#top
    for (const { links, part } of this.#playlists.values()) {
      if (!links.covers(askedUrl)) continue
      if (links.isOutdated(askedUrl)) part.signature.forget()
      return part
    }
    return undefined
  }

  readPlaylist({ text, askedUrl, sentUrl, baseUrl }: ServedPlaylist): string {
    const name = nameOf(askedUrl)
    const { links, part } = this.#playlists.get(name) ?? this.#add(name, withoutDirectives(askedUrl))
    // Where no redirect led elsewhere, the links are signed as they are resolved against the URL that was really sent to.
    const signing = links.take(text, baseUrl === askedUrl ? sentUrl : baseUrl)
    if (!signing) return text
    // A playlist that the engine loads again by itself is no refresh.
    this.#parts.take(part, signing, false)
    return links.hand(text, baseUrl)
  }

  #add(name: string, askedUrl: string): SignedPlaylist {
    const { clock, retry } = this.#main.settings
    const request = (signal: AbortSignal) =>
      new SignedRequest({
        askedUrl,
        part: this.partOf(askedUrl),
        signal,
        now: () => clock.now(),
        readPlaylist: () => undefined,
      })
    const links = new LinksCoverage(askedUrl, request, clock, retry.timeoutMs)
    const playlist = { links, part: this.#parts.make({ resource: askedUrl, signer: links, coverage: links }) }
    this.#playlists.set(name, playlist)
    return playlist
  }
}
