import { SignedRequest } from '../media-request.js'
import type { Refusals } from '../refusals.js'
import type { Signature } from '../signature.js'
import { nameOf, withoutDirectives } from './directives.js'
import type { Division, ServedPlaylist } from './division.js'
import { LinksCoverage } from './links-coverage.js'
import type { Part } from './part.js'
import { Parts } from './parts.js'
import type { PlaylistFormat } from './playlist-format.js'

interface SignedPlaylist {
  readonly links: LinksCoverage
  readonly part: Part
}

interface SignedPlaylistsSettings {
  /** The media's own. */
  readonly signature: Signature
  readonly formats: readonly PlaylistFormat[]
  readonly refusals: Refusals
  /** The part that a playlist itself belongs to. */
  readonly partOf: (url: string) => Part | undefined
  readonly refused?: Division['refused']
  /** Whether a playlist signs a link itself, as far as the link shows. Default: each. */
  readonly isSigned?: (url: string) => boolean
  /** Puts onto a link what others sign. Default: nothing. */
  readonly carry?: (url: string) => string
}

/** The playlists and MPDs of a media that sign their links. Each is the signature of a part. */
export class SignedPlaylists {
  readonly #settings: SignedPlaylistsSettings
  readonly parts: Parts
  readonly #playlists = new Map<string, SignedPlaylist>()

  constructor(settings: SignedPlaylistsSettings) {
    this.#settings = settings
    this.parts = new Parts(settings.signature)
  }

  has(askedUrl: string): boolean {
    return this.#playlists.has(this.#nameOf(askedUrl))
  }

  /** The part of the playlist in which the engine has read `askedUrl`, if that signs the link. */
  partOf(askedUrl: string): Part | undefined {
    const { isSigned = () => true } = this.#settings
    for (const { links, part } of this.#playlists.values()) {
      if (!links.covers(askedUrl)) continue
      // A link whose own part changes is signed too. One that was refused is, until the playlist has been fetched again.
      if (!isSigned(askedUrl) && !links.hasChanged(askedUrl) && part.signature.url !== undefined) return undefined
      if (links.isOutdated(askedUrl)) part.signature.forget()
      return part
    }
    return undefined
  }

  /** Whether the engine has read `askedUrl` in one of them, in whatever version. */
  knows(askedUrl: string): boolean {
    return [...this.#playlists.values()].some(({ links }) => links.knows(askedUrl))
  }

  /** Has the playlist in which the engine has read `askedUrl` fetched again before that link is requested. False where no playlist has it. */
  doubt(askedUrl: string): boolean {
    for (const { links, part } of this.#playlists.values()) {
      if (!links.covers(askedUrl)) continue
      links.doubt()
      part.signature.forget()
      return true
    }
    return false
  }

  /** Reads a playlist that was served. Returns what the engine is to read instead. */
  read({ text, askedUrl, sentUrl, baseUrl }: ServedPlaylist): string {
    const { links, part } = this.#playlist(askedUrl)
    // Where no redirect led elsewhere, the links are signed as they are resolved against the URL that was really sent to.
    const signing = links.take(text, baseUrl === askedUrl ? sentUrl : baseUrl)
    if (!signing) return text
    // A playlist that the engine loads again by itself is no refresh.
    this.parts.take(part, signing, false)
    return links.hand(text, baseUrl)
  }

  /** The links die with what the media's own signature depends on: the viewer's address, or the server's secret. */
  forget(): void {
    for (const { part } of this.#playlists.values()) part.signature.forget()
  }

  #playlist(askedUrl: string): SignedPlaylist {
    const name = this.#nameOf(askedUrl)
    const known = this.#playlists.get(name)
    if (known) return known
    const made = this.#make(withoutDirectives(askedUrl))
    this.#playlists.set(name, made)
    return made
  }

  #make(url: string): SignedPlaylist {
    const { signature, formats, refusals, partOf, refused, carry = (one) => one } = this.#settings
    const { clock, retry } = signature.settings
    const context = { refusals, partOf, now: () => clock.now(), ...(refused && { refused }) }
    const request = (signal: AbortSignal) => new SignedRequest(context, url, 'playlist', signal)
    const links = new LinksCoverage({ url, formats, request, carry, clock, timeoutMs: retry.timeoutMs })
    return { links, part: this.parts.make({ resource: url, signer: links, coverage: links }) }
  }

  /** An MPD may name another place to load it from: it stays the same MPD. */
  #nameOf(askedUrl: string): string {
    for (const [name, { links }] of this.#playlists) if (links.isLocation(askedUrl)) return name
    return nameOf(askedUrl)
  }
}
