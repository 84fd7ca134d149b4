import { SECOND_MS } from './clock.js'

/** RFC 8216 section 6.2.1: a live playlist has a new segment within 1.5 target durations; half of one more for what lies between. */
const PATIENCE = 2
/** The end of a playlist, where new segments and parts come: delta updates leave out its beginning. */
const TAIL_LENGTH = 512

interface Movement {
  readonly tail: string
  /** Device's clock. */
  readonly at: number
  /** What it was loaded with. */
  readonly by: unknown
}

/**
 * Tells live playlists that have stopped moving: what some CDNs answer, with status 200, to a dead URL (streamlink #6694).
 * Only one that has moved under the same issue counts: a broadcast that pauses gives each fresh URL no more than one refresh.
 */
export class LivePlaylists {
  readonly #movements = new Map<string, Movement>()

  /** Takes in `text`, loaded from `url` (as the engine names it) under the issue `by`; true when it stands still. */
  standsStill(url: string, text: string, now: number, by: unknown): boolean {
    const [, target] = /^#EXT-X-TARGETDURATION:(\d+)/m.exec(text) ?? []
    if (target === undefined || /^#EXT-X-ENDLIST/m.test(text)) return false
    const file = url.replace(/[?#].*/s, '')
    const tail = text.slice(-TAIL_LENGTH)
    const last = this.#movements.get(file)
    if (last?.tail !== tail) {
      this.#movements.set(file, { tail, at: now, by })
      return false
    }
    return last.by === by && now - last.at > PATIENCE * Number(target) * SECOND_MS
  }
}
