import { SECOND_MS } from '../core/clock.js'
import { redact } from '../core/redact.js'
import { inWords } from './expiry.js'
import { found, type Note } from './report.js'

/** How long a browser may keep an answer, in ms; `isShared`: a cache that many viewers share. 0 where nothing allows it. */
export function cachedForMs(headers: Headers, isShared = false): number {
  const control = (headers.get('cache-control') ?? '').toLowerCase()
  if (/\bno-(?:store|cache)\b/.test(control) || (isShared && /\bprivate\b/.test(control))) return 0
  const seconds =
    (isShared ? /\bs-maxage="?(\d+)/.exec(control) : undefined) ?? /(?:^|[\s,])max-age="?(\d+)/.exec(control)
  if (seconds) return Number(seconds[1]) * SECOND_MS
  const lifeMs = Date.parse(headers.get('expires') ?? '') - Date.parse(headers.get('date') ?? '')
  return Math.max(0, lifeMs) || 0
}

export interface CachedPlaylist {
  readonly url: string
  readonly headers: Headers
  /** How long what it says holds: until its links expire, or, of a live one, until the next version. Infinity for any other. */
  readonly holdsMs: number
}

/** Playlists that a browser keeps for longer than what they say holds. A playlist whose links carry no credentials may be kept: each fresh URL is another one to a cache. */
export function checkPlaylistCaching(playlists: readonly CachedPlaylist[]): Note[] {
  return playlists.flatMap(({ url, headers, holdsMs }) => {
    const keptMs = cachedForMs(headers)
    if (keptMs === 0 || keptMs <= holdsMs) return []
    return [
      found(
        'playlist-cached',
        `Browsers may keep ${redact(url)} for ${inWords(keptMs)}, but what it says holds for ${inWords(holdsMs)} only.`,
      ),
    ]
  })
}

/** Whether a cache between the endpoint and its viewers may keep a signed URL. */
export function checkAnswerCaching(headers: Headers): Note[] {
  const age = headers.get('age')
  if (Number(age) > 0)
    return [found('answer-cached', `The endpoint's answer comes from a cache, which made it ${age} s ago.`)]
  const keptMs = cachedForMs(headers, true)
  if (keptMs === 0) return []
  return [
    found(
      'answer-cached',
      `Caches may keep the endpoint's answer for ${inWords(keptMs)}, and hand one viewer's URL to another.`,
    ),
  ]
}
