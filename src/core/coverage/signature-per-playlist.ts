import type { Signature } from '../signature.js'
import { nameOf } from './directives.js'
import type { Division, DivisionSettings, ServedPlaylist } from './division.js'
import { FileCoverage } from './file-coverage.js'
import type { Part } from './part.js'
import { SignedPlaylists } from './signed-playlists.js'

/**
 * `scope: 'manifest'`. The server writes signed links into its playlists. When they die, the playlist that contains them is fetched again: by its successor in the
 * playlist above it, or by the endpoint at the top. The engine goes on with the links that it has, and each is answered by its successor.
 */
export class SignaturePerPlaylist implements Division {
  readonly #main: Signature
  readonly #playlists: SignedPlaylists
  /** The playlist that the endpoint signs. */
  readonly #top: Part
  #topName = ''

  constructor({ signature, client, formats, refusals }: Omit<DivisionSettings, 'allowedOrigins'>) {
    this.#main = signature
    this.#playlists = new SignedPlaylists({ signature, formats, refusals, partOf: (url) => this.partOf(url) })
    const { parts } = this.#playlists
    const { resource } = signature.settings
    this.#top = parts.make({ resource, signer: client, coverage: new FileCoverage() })
    parts.watchMain((signing) => {
      parts.take(this.#top, signing)
      this.#playlists.forget()
    })
  }

  async start(): Promise<string> {
    const url = await this.#main.start()
    this.#topName = nameOf(url)
    return url
  }

  partOf(askedUrl: string): Part | undefined {
    return nameOf(askedUrl) === this.#topName ? this.#top : this.#playlists.partOf(askedUrl)
  }

  isGone(askedUrl: string): boolean {
    return this.#playlists.knows(askedUrl) && this.partOf(askedUrl) === undefined
  }

  readPlaylist(playlist: ServedPlaylist): string {
    return this.#playlists.read(playlist)
  }
}
