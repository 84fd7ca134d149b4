import { putLast } from '../recent.js'
import type { Refusals } from '../refusals.js'
import type { Signature } from '../signature.js'
import { fileName } from '../split-url.js'
import { nameOf } from './directives.js'
import type { Division, DivisionSettings, ServedPlaylist } from './division.js'
import { IssueCoverage } from './issue-coverage.js'
import { Part } from './part.js'
import type { PlaylistFormat } from './playlist-format.js'
import type { SignedPlaylists } from './signed-playlists.js'

/** Playlists that don't sign their links, as far as is known, of which the last version is remembered. */
const MOST_PLAYLISTS = 64

/**
 * `scope: 'auto'`. A file belongs to the endpoint's signature, unless the playlist that holds the link to it has signed that link itself. Three things show that: the
 * link has credentials that no issue has; it is another link when the same playlist is read again; or it is refused, and another one after the playlist was fetched again.
 *
 * What follows such links is loaded when the first playlist has links that may be signed. Until then they are requested as they are.
 */
export class AutoDivision implements Division {
  readonly #signature: Signature
  readonly #formats: readonly PlaylistFormat[]
  readonly #refusals: Refusals
  readonly #coverage: IssueCoverage
  readonly #main: Part
  #signed: SignedPlaylists | undefined
  #loading: Promise<void> | undefined
  /** Versions of playlists that sign their links, read before `#signed` was there. */
  readonly #early: ServedPlaylist[] = []
  /** The last version of each other playlist; the latest last. */
  readonly #unsigned = new Map<string, ServedPlaylist>()
  /** Playlists that had a link refused, and were fetched again for that. */
  readonly #doubted = new Set<string>()

  constructor({ signature, formats, refusals }: Pick<DivisionSettings, 'signature' | 'formats' | 'refusals'>) {
    this.#signature = signature
    this.#formats = formats
    this.#refusals = refusals
    this.#coverage = new IssueCoverage(signature.settings.resource)
    this.#main = new Part(signature, this.#coverage)
  }

  start(): Promise<string> {
    return this.#signature.start()
  }

  partOf(url: string): Part | undefined {
    const part = this.#signed?.partOf(url)
    if (part) return part
    if (!this.#coverage.hasOwnCredentials(url)) return this.#main
    // Nothing can refresh a link that has left its playlist.
    return this.#track(...this.#unsignedWith(url)) === undefined ? undefined : this.#signed?.partOf(url)
  }

  isGone(url: string): boolean {
    return this.#signed?.knows(url) === true && this.partOf(url) === undefined
  }

  readPlaylist(playlist: ServedPlaylist): string | undefined {
    if (this.#signed?.has(playlist.askedUrl)) return this.#signed.read(playlist)
    const name = nameOf(playlist.askedUrl)
    const before = this.#unsigned.get(name)
    const links = this.#formatOf(playlist.text)?.someLinks(playlist.text, playlist.baseUrl) ?? []
    if (links.some((url) => this.#coverage.hasOwnCredentials(url)) || this.#hasOtherLinks(before, playlist)) {
      // The engine has read the links of the version before: they stand.
      return this.#track(...(before ? [before] : []), playlist)
    }
    if (links.some((url) => this.#coverage.hasOwnPairs(url))) this.#load()
    putLast(this.#unsigned, name, playlist, MOST_PLAYLISTS)
    return undefined
  }

  /** A link with something of its own in its query may be its playlist's. Each playlist that may hold it is fetched again for that, once. */
  refused(url: string, part: Part, isAgain: boolean): boolean {
    if (part !== this.#main || (this.#signature.isNearExpiry && !isAgain) || !this.#coverage.hasOwnPairs(url))
      return false
    this.#load()
    if (!this.#signed) return false
    for (const playlist of this.#unsignedWith(url)) {
      const name = nameOf(playlist.askedUrl)
      if (this.#doubted.has(name)) continue
      this.#doubted.add(name)
      this.#track(playlist)
      if (this.#signed.doubt(url)) return true
    }
    return false
  }

  /** Follows the links of `playlists` from now on. Returns what the engine is to read in place of the last; undefined where what follows them isn't loaded yet. */
  #track(...playlists: readonly ServedPlaylist[]): string | undefined {
    if (playlists.length === 0) return undefined
    for (const { askedUrl } of playlists) this.#unsigned.delete(nameOf(askedUrl))
    this.#early.push(...playlists)
    this.#load()
    return this.#readEarly()
  }

  #readEarly(): string | undefined {
    const signed = this.#signed
    return (
      signed &&
      this.#early
        .splice(0)
        .map((playlist) => signed.read(playlist))
        .at(-1)
    )
  }

  #load(): void {
    // Where it can't be loaded, the next playlist tries again.
    this.#loading ??= this.#createSigned().catch(() => {
      this.#loading = undefined
    })
  }

  async #createSigned(): Promise<void> {
    const { SignedPlaylists } = await import('./signed-playlists.js')
    this.#signed = new SignedPlaylists({
      signature: this.#signature,
      formats: this.#formats,
      refusals: this.#refusals,
      partOf: (url) => this.partOf(url),
      refused: (url, part, isAgain) => this.refused(url, part, isAgain),
      isSigned: (url) => this.#coverage.hasOwnCredentials(url),
      // The server that signed a link would not know what else it carries.
      carry: (url) => (this.#coverage.hasOwnCredentials(url) ? url : this.#coverage.carry(url)),
    })
    this.#readEarly()
  }

  #unsignedWith(url: string): readonly ServedPlaylist[] {
    const file = fileName(url)
    return [...this.#unsigned.values()].filter(({ text }) => text.includes(file))
  }

  #hasOtherLinks(before: ServedPlaylist | undefined, { text, baseUrl }: ServedPlaylist): boolean {
    return before !== undefined && this.#formatOf(text)?.hasOtherLinks(before.text, text, baseUrl) === true
  }

  #formatOf(text: string): PlaylistFormat | undefined {
    return this.#formats.find((format) => format.isOne(text))
  }
}
