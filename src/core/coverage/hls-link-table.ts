import { putLast } from '../recent.js'
import { fileName, parseUrl } from '../split-url.js'
import { nameOf, withDirectivesOf } from './directives.js'
import { FileNames } from './file-names.js'
import { leftOut, type PlaylistLink, playlistLinks, withLinks } from './hls-links.js'
import type { LinkTable, Successor } from './link-table.js'

/** Links of an engine that are remembered besides those of the newest version. */
const MOST_LINKS = 5_000
const SAMPLES = 4

/** A link of the newest version, or of an older one where the newest left it out. */
interface Link {
  readonly link: PlaylistLink
  /** What it is resolved against. */
  readonly base: string
}

/** What the engine has read: which link, and where. `link` is the one in whose place the engine has `uri`. */
interface Known {
  readonly uri: string
  readonly base: string
  readonly link: PlaylistLink
}

/**
 * The links of an HLS playlist. A segment's successor is the link with its media sequence number, where duration and discontinuity are equal too: a version into which
 * the server has stitched other ads has none. Anything else is found by its file.
 *
 * A playlist of a long broadcast has tens of thousands of links, and is loaded every few seconds: text is cut and compared, and a link is resolved only when it is asked for.
 */
export class HlsLinkTable implements LinkTable {
  #newest = new Map<string, Link>()
  /** The part of `#newest` that the newest version, a delta update, left out. */
  #leftOut: ReadonlySet<string> = new Set()
  /** Files that the newest version links once, or always by the same URI; made when it is needed. */
  #files: ReadonlyMap<string, Link> | undefined
  /** What the engine was handed at each place; the latest last. */
  readonly #handed = new Map<string, Known>()
  /** What the engine calls each file that is no segment. */
  readonly #handedFiles = new Map<string, string>()
  /** By the last segment of their path. */
  readonly #known = new Map<string, Map<string, Known>>()
  readonly #names = new FileNames()
  #parsed: { readonly text: string; readonly links: readonly PlaylistLink[] } | undefined

  take(text: string, sentUrl: string): boolean {
    const links = this.#linksOf(text)
    const [from, to] = leftOut(text) ?? [0, 0]
    const isLeftOut = (place: string) => Number.parseInt(place, 10) >= from && Number.parseInt(place, 10) < to
    const newest = new Map(to > 0 ? [...this.#newest].filter(([place]) => isLeftOut(place)) : [])
    const older = new Set(newest.keys())
    for (const link of links) newest.set(link.place, { link, base: sentUrl })
    if (newest.size === 0) return false
    this.#newest = newest
    this.#leftOut = older
    this.#files = undefined
    return true
  }

  hand(text: string, baseUrl: string): string {
    const links = this.#linksOf(text)
    const handed = withLinks(text, links, (link) => {
      const uri = this.#standing(link) ?? link.uri
      if (link.durationS === 0) this.#handFile(this.#names.of(link.uri), uri)
      if (this.#handed.get(link.place)?.uri !== uri) this.#note(uri, link, baseUrl)
      return uri
    })
    for (const [place, { uri }] of this.#handed) {
      if (this.#handed.size <= MOST_LINKS + links.length) break
      this.#handed.delete(place)
      this.#forget(uri, place)
    }
    return handed
  }

  knows(url: string): boolean {
    return this.#find(url) !== undefined
  }

  successorOf(url: string): Successor | undefined {
    const known = this.#find(url)
    const successor = known && this.#successor(known)
    const resolved = successor && parseUrl(successor.link.uri, successor.base)?.href
    if (successor === undefined || resolved === undefined) return undefined
    return { url: withDirectivesOf(url, resolved), isLeftOut: this.#leftOut.has(successor.link.place) }
  }

  samples(): readonly string[] {
    const all = [...this.#newest.values()].filter(({ link }) => !this.#leftOut.has(link.place))
    const step = Math.max(1, Math.floor(all.length / SAMPLES))
    const some = all.filter((_one, index) => index % step === 0 || index === all.length - 1)
    return some.flatMap(({ link, base }) => parseUrl(link.uri, base)?.href ?? [])
  }

  isLocation(): boolean {
    return false
  }

  /** A version is learned and handed on in one turn, and parsed once. */
  #linksOf(text: string): readonly PlaylistLink[] {
    if (this.#parsed?.text !== text) this.#parsed = { text, links: playlistLinks(text) }
    return this.#parsed.links
  }

  /** The link that the engine has for the same file already. */
  #standing(link: PlaylistLink): string | undefined {
    const there = this.#handed.get(link.place)
    if (there && isSameSegment(there.link, link)) return there.uri
    return link.durationS > 0 ? undefined : this.#handedFiles.get(this.#names.of(link.uri))
  }

  #handFile(file: string, uri: string): void {
    putLast(this.#handedFiles, file, uri, MOST_LINKS)
  }

  #successor({ uri, link }: Known): Link | undefined {
    const there = this.#newest.get(link.place)
    const file = this.#names.of(uri)
    if (there && this.#names.of(there.link.uri) === file) return there
    this.#files ??= this.#byFile()
    const same = this.#files.get(file)
    if (same) return same
    return there && (link.durationS === 0 || isSameSegment(link, there.link)) ? there : undefined
  }

  #byFile(): ReadonlyMap<string, Link> {
    const found = new Map<string, Link>()
    const several = new Set<string>()
    for (const one of this.#newest.values()) {
      const file = this.#names.of(one.link.uri)
      const other = found.get(file)
      if (other && other.link.uri !== one.link.uri) several.add(file)
      found.set(file, one)
    }
    for (const file of several) found.delete(file)
    return found
  }

  #note(uri: string, link: PlaylistLink, base: string): void {
    const known = { uri, base, link }
    this.#handed.delete(link.place)
    this.#handed.set(link.place, known)
    const name = lastSegment(uri)
    const sameName = this.#known.get(name) ?? new Map<string, Known>()
    // The latest place of a URI counts: where one file holds several segments, any of them leads to it.
    sameName.set(uri, known)
    this.#known.set(name, sameName)
  }

  #forget(uri: string, place: string): void {
    const name = lastSegment(uri)
    const sameName = this.#known.get(name)
    if (sameName?.get(uri)?.link.place !== place) return
    sameName.delete(uri)
    if (sameName.size === 0) this.#known.delete(name)
  }

  #find(url: string): Known | undefined {
    const sameName = this.#known.get(lastSegment(url))
    if (!sameName) return undefined
    const isAt = ({ uri, base }: Known, other: string) => parseUrl(uri, base)?.href === other
    for (const text of endingsOf(url)) {
      const known = sameName.get(text)
      if (known && isAt(known, url)) return known
    }
    // The engine spells it in another way, or has added to it.
    const name = nameOf(url)
    for (const known of sameName.values()) {
      if (nameOf(parseUrl(known.uri, known.base)?.href ?? known.uri) === name) return known
    }
    return undefined
  }
}

function isSameSegment(one: PlaylistLink, other: PlaylistLink): boolean {
  return one.durationS > 0 && one.durationS === other.durationS && one.discontinuity === other.discontinuity
}

/** The last segment of a path, as a browser serializes it; most need no change. */
function lastSegment(uri: string): string {
  const name = fileName(uri)
  return /^[\w\-.~%!$&'()*+,;=:@]*$/.test(name) ? name : (parseUrl(name, 'https://-/')?.pathname.slice(1) ?? name)
}

/** The ways in which a playlist may write a URL: whole, or from one of its slashes on. */
function endingsOf(url: string): string[] {
  const path = url.replace(/[?#].*/s, '')
  const slashes = [...path.matchAll(/\//g)].flatMap(({ index }) => [url.slice(index), url.slice(index + 1)])
  return [url, ...slashes.reverse()]
}
