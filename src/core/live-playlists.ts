import { SECOND_MS } from './clock.js'

/** RFC 8216 section 6.2.1: a live playlist has a new segment within 1.5 target durations; half of one more for what lies between. */
const PATIENCE = 2
/** The end of a playlist is where new segments and parts appear; delta updates leave out its beginning. */
const TAIL_LENGTH = 512

interface Movement {
  readonly tail: string
  /** Device's clock. */
  readonly at: number
  readonly issue: unknown
}

/**
 * Recognizes live playlists that have stopped moving, which is what some CDNs answer, with status 200, to a dead URL (streamlink #6694).
 * Only a playlist that has moved under the same issue counts: a broadcast that pauses causes at most one refresh per issue.
 */
export class LivePlaylists {
  readonly #movements = new Map<string, Movement>()

  /** Takes in `text`, loaded from `url` (as the engine names it) under `issue` (compared by identity). Returns whether the playlist stands still. */
  standsStill(url: string, text: string, now: number, issue: unknown): boolean {
    const [, target] = /^#EXT-X-TARGETDURATION:(\d+)/m.exec(text) ?? []
    if (target === undefined || /^#EXT-X-ENDLIST/m.test(text)) return false
    const file = url.replace(/[?#].*/s, '')
    const tail = text.slice(-TAIL_LENGTH)
    const last = this.#movements.get(file)
    if (last?.tail !== tail) {
      this.#movements.set(file, { tail, at: now, issue })
      return false
    }
    return last.issue === issue && now - last.at > PATIENCE * Number(target) * SECOND_MS
  }
}
