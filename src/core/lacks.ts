import type { FileKind } from './blame.js'

/** Files of one kind that an engine requested and didn't get, with none of that kind served in between. */
export interface Lack {
  readonly kind: FileKind
  /** When the first request failed, device's clock. */
  readonly since: number
  readonly count: number
  /** Of the last one: its URL as the engine names it, its status (0 for none), and whether a signature covers it. */
  readonly url: string
  readonly status: number
  readonly isCovered: boolean
}

/** What an engine requests in vain. Most engines end by themselves then; some go on forever without a word. */
export class Lacks {
  readonly #now: () => number
  readonly #lacks = new Map<FileKind, Lack>()
  #onChange: () => void = () => {}

  constructor(now: () => number) {
    this.#now = now
  }

  /** Calls back whenever a request has failed, and when what was lacking is served. */
  watch(onChange: () => void): void {
    this.#onChange = onChange
  }

  /** The kind that has been lacking longest. */
  get longest(): Lack | undefined {
    return [...this.#lacks.values()].sort((one, other) => one.since - other.since)[0]
  }

  note(kind: FileKind, url: string, status: number, isCovered: boolean): void {
    if (status >= 200 && status < 300) {
      // Whoever gets segments has no need of the playlist that fails: it is another rendition's, or subtitles'.
      const isFound = this.#lacks.delete(kind) || (kind === 'segment' && this.#lacks.delete('playlist'))
      if (isFound) this.#onChange()
      return
    }
    const { since = this.#now(), count = 0 } = this.#lacks.get(kind) ?? {}
    this.#lacks.set(kind, { kind, since, count: count + 1, url, status, isCovered })
    this.#onChange()
  }
}
