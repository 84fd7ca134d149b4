import { withDirectivesOf, withoutDirectives } from './directives.js'
import { FileNames } from './file-names.js'
import type { LinkTable, Successor } from './link-table.js'
import { fillTemplate, mpdFiles, valuesIn, withMpdLinks } from './mpd-links.js'

/** Links of an engine that are remembered besides those of the newest version. */
const MOST_LINKS = 5_000
const SAMPLES = 8

/** The links of an MPD. A file's successor is the one of its Period, AdaptationSet and Representation, with the same number or time. */
export class MpdLinkTable implements LinkTable {
  /** By place. */
  #newest: ReadonlyMap<string, string> = new Map()
  /** What the engine was handed, by where it is written. */
  readonly #handed = new Map<string, string>()
  /** The place of each URL or template that the engine has; the latest last. */
  readonly #asked = new Map<string, string>()
  readonly #names = new FileNames()

  take(text: string, sentUrl: string): boolean {
    const files = mpdFiles(text, sentUrl)
    if (files.length === 0) return false
    this.#newest = new Map(files.map(({ place, url }) => [place, url]))
    return true
  }

  hand(text: string, baseUrl: string): string {
    const handed = withMpdLinks(text, ({ place, uri }) => {
      const known = this.#handed.get(place)
      const standing = known !== undefined && this.#names.of(known) === this.#names.of(uri) ? known : uri
      this.#handed.delete(place)
      this.#handed.set(place, standing)
      return standing
    })
    const here = mpdFiles(handed, baseUrl)
    // VHS reads the same MPD once more, as if it had come from its `Location`.
    const files = [...here, ...here.filter(isLocation).flatMap(({ url }) => mpdFiles(handed, url))]
    for (const { place, url } of files) {
      this.#asked.delete(url)
      this.#asked.set(url, place)
    }
    keepLatest(this.#handed, MOST_LINKS + files.length)
    keepLatest(this.#asked, MOST_LINKS + files.length)
    return handed
  }

  knows(url: string): boolean {
    return this.#find(withoutDirectives(url)) !== undefined
  }

  successorOf(url: string): Successor | undefined {
    const found = this.#find(withoutDirectives(url))
    const template = found && this.#newest.get(found.place)
    if (!found || template === undefined) return undefined
    return { url: withDirectivesOf(url, fillTemplate(template, found.values)), isLeftOut: false }
  }

  samples(): readonly string[] {
    const all = [...this.#newest.values()]
    const step = Math.max(1, Math.floor(all.length / SAMPLES))
    return all.filter((_url, index) => index % step === 0)
  }

  isLocation(url: string): boolean {
    const found = this.#find(withoutDirectives(url))
    return found !== undefined && isLocation(found)
  }

  #find(url: string): { place: string; values: readonly string[] } | undefined {
    const place = this.#asked.get(url)
    if (place !== undefined) return { place, values: [] }
    for (const [template, at] of this.#asked) {
      const values = template.includes('$') ? valuesIn(template, url) : undefined
      if (values) return { place: at, values }
    }
    return undefined
  }
}

function isLocation({ place }: { readonly place: string }): boolean {
  return /\/(?:Patch)?Location:\d+$/.test(place)
}

function keepLatest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
