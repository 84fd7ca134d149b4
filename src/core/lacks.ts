import type { FileKind } from './blame.js'
import { redact } from './redact.js'

/** Files of one kind that an engine requested and didn't get, with none of that kind served in between. */
export interface Lack {
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

  /** Of the kind that has been lacking longest. */
  get longest(): Lack | undefined {
    return [...this.#lacks.values()].sort((one, other) => one.since - other.since)[0]
  }

  /** The engine gets an answer with `status` to its request for `url`. */
  note(kind: FileKind, url: string, status: number, isCovered: boolean): void {
    if (status >= 200 && status < 300) {
      const wasLacking = this.#lacks.delete(kind)
      // Who gets segments does without the playlist that fails: it is that of another rendition, or of subtitles.
      const didWithout = kind === 'segment' && this.#lacks.delete('playlist')
      if (wasLacking || didWithout) this.#onChange()
      return
    }
    const { since = this.#now(), count = 0 } = this.#lacks.get(kind) ?? {}
    this.#lacks.set(kind, { since, count: count + 1, url, status, isCovered })
    this.#onChange()
  }
}

/** For developers: what was requested in vain, and what decides that. Holds no token. */
export function explainLack({ url, status, count, isCovered }: Lack, isRefused: boolean): string {
  const file = redact(url)
  if (!isRefused)
    return `${file} failed ${count} times, ${status === 0 ? 'without a readable status' : `with ${status}`}.`
  return isCovered
    ? `The CDN refuses ${file} with ${status}, while it accepts the signed URL.`
    : `The CDN refuses ${file} with ${status}, and no signature covers it: see \`covers\` and \`scope\`.`
}
