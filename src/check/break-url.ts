import { readScheme } from '../core/expiry/index.js'
import { pairValue, queryPairs } from '../core/query.js'
import { joinUrl, splitUrl } from '../core/split-url.js'

/** A run of characters that is no word: the least that a signature has. */
const RUN = /[\w-]{16,}/g
const SIGNATURE_KEY = /sig|hmac|hash|token|md5|secret|hdn|^(?:s|h|st|t|key|secure|verify)$/i

/**
 * `url` with credentials that the CDN has to refuse: one character of each signature is another one. Everything else, the expiry too, stays.
 * `other`, another issue of the same video, shows credentials in the path that no reader knows. Undefined where no signature is found.
 */
export function breakCredentials(url: string, other?: string): string | undefined {
  const split = splitUrl(url)
  if (!split) return undefined
  const slots = new Set(readScheme(split).pathSlots)
  const others = other === undefined ? undefined : splitUrl(other)?.segments
  const segments = split.segments.map((segment, slot) => {
    const isChanging = others?.length === split.segments.length && others[slot] !== segment
    return (slots.has(slot) || isChanging) && slot < split.segments.length - 1 ? breakText(segment) : segment
  })
  const pairs = queryPairs(split.query)
  const signatures = pairs.filter(({ key, text }) => SIGNATURE_KEY.test(key) && breakText(text) !== text)
  const broken = new Set(signatures.length > 0 ? signatures : pairs)
  const query = pairs.map((pair) => (broken.has(pair) ? breakPair(pair.text) : pair.text)).join('&')
  const result = joinUrl({ ...split, segments, query: split.query === undefined ? undefined : query })
  return result === url ? undefined : result
}

function breakPair(text: string): string {
  const value = pairValue(text)
  return text.slice(0, text.length - value.length) + breakText(value)
}

/** Changes the middle of the last run: where a token has parts, the signature comes last. */
function breakText(text: string): string {
  const run = [...text.matchAll(RUN)].at(-1)
  if (!run) return text
  const at = run.index + Math.floor(run[0].length / 2)
  const character = text[at] ?? ''
  return text.slice(0, at) + (character === '1' ? '2' : '1') + text.slice(at + 1)
}
