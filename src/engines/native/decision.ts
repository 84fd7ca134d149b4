/** What is known of an element that loads its URL by itself, when something happens to it. */
export interface Situation {
  /** `look`: nothing has happened; the engine looks at a video that should move four times a second. `seek`, `play`: by the viewer or a script. */
  readonly event: 'look' | 'seek' | 'play' | 'waiting' | 'error'
  /** What its requests are for: one file, a playlist and its segments, or whatever a cookie opens, which is refreshed without a swap. */
  readonly kind: 'file' | 'playlist' | 'cookie'
  /** Its URL. `expired`: the CDN refuses new requests, while a download that is open goes on. */
  readonly url: 'fresh' | 'due' | 'expired'
  /** There is a newer URL. */
  readonly hasNewer: boolean
  /** It has loaded the metadata. */
  readonly isOpen: boolean
  /** What it is to play is loaded: to the end, or at the target of the seek; or the browser can't go where nothing is loaded. */
  readonly isLoaded: boolean
  /** Seconds loaded ahead. */
  readonly ahead: number
  /** Its download has brought bytes lately. */
  readonly isFlowing: boolean
  /** It lacks data, and has got none for long. */
  readonly isStuck: boolean
  /** A playlist is swapped now or never: the viewer won't notice it, or the URL is about to expire. */
  readonly isTime: boolean
  /** How often `src` has been set again at this place: how often a repair has not brought the video forward. */
  readonly loads: number
  /** What the CDN has answered to a request for one byte, where it has been asked. `served`: also where the browser hides the answer. */
  readonly answer?: 'served' | 'refused' | 'failed' | undefined
}

/**
 * - `wait`: do nothing.
 * - `prepare`: get the next URL, or refresh the cookie, while the video plays on.
 * - `swap`: set `src` to the newest URL, which is signed first unless it is there.
 * - `ask`: ask the CDN for one byte, then decide again with its answer.
 * - `repeat`: set the same URL again, because a redirect behind it may have died. Costs no signing request.
 * - `renew`: set a fresh URL although this one looks fresh.
 * - `fail`: the video itself is at fault. The player gets the element's error.
 */
export type Decision = 'wait' | 'prepare' | 'swap' | 'ask' | 'repeat' | 'renew' | 'fail'

/** With less than this loaded ahead, the engine requests the next URL, so that it is there when the buffer runs out. */
const PREPARE_S = 2
/** With less than this loaded ahead, a swap loses nothing. */
const LAST_MOMENT_S = 0.4
/** After so many loads at one place, another fresh URL would not bring the video forward either. */
export const MOST_LOADS = 3
/** Where the CDN serves the URL: the same one again, then a fresh one. */
const REPAIRS = ['repeat', 'renew'] as const

/**
 * What to do with an element that can't be given another URL without loading anew. A swap must bring the video forward, so there is none while the element's own
 * download brings bytes, nor while the CDN would serve its next request. A slow line may take longer for the way back to the position than a URL lives.
 */
export function decide(situation: Situation): Decision {
  const { event, kind, url, hasNewer, isLoaded, ahead, isFlowing, isStuck, isTime, loads, answer } = situation
  if (event === 'error' || isStuck || answer !== undefined) return repair(situation)
  if (isLoaded) return 'wait'
  if (event === 'look' && kind !== 'file') {
    if (!hasNewer) return url === 'fresh' ? 'wait' : 'prepare'
    if (kind === 'playlist') return isTime && loads === 0 ? 'swap' : 'wait'
  }
  if (url !== 'expired' && (kind === 'file' || !hasNewer)) return 'wait'
  if (event === 'seek') return 'swap'
  if (isFlowing) return 'wait'
  if (event === 'play') return 'swap'
  const isLate = event === 'waiting' || (hasNewer && ahead < LAST_MOMENT_S)
  if (isLate) return loads < MOST_LOADS ? 'swap' : 'ask'
  if (hasNewer) return 'wait'
  return ahead < PREPARE_S ? 'prepare' : 'wait'
}

/** The element has failed, or is stuck without a word, as Safari is when a URL has died. */
function repair({ event, url, hasNewer, isOpen, loads, answer }: Situation): Decision {
  const isError = event === 'error'
  const isExplained = url === 'expired' || hasNewer
  const isHopeless = loads >= MOST_LOADS
  if (answer === 'refused') return 'swap'
  if (answer === undefined) {
    if (isExplained && !isHopeless) return 'swap'
    return isError || isExplained || loads < REPAIRS.length ? 'ask' : 'wait'
  }
  const next = answer === 'served' && isOpen ? REPAIRS[loads] : undefined
  return next ?? (isError || isHopeless ? 'fail' : 'wait')
}
