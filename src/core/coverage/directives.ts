import { parseUrl } from '../split-url.js'

/**
 * What a player adds to a URL: what it wants of a live playlist, what it measures, and to whom content steering sends it. The file, and so its signature, is the same
 * without it. @see rfc8216bis section 6.2.5, CTA-5004 (CMCD), ETSI TS 103 998
 */
const DIRECTIVE = /([?&])(?:_HLS_\w+|_DASH_\w+|CMCD)=[^&#]*/g

export function withoutDirectives(url: string): string {
  if (!/_HLS_|_DASH_|CMCD/.test(url)) return url
  const bare = url.replace(DIRECTIVE, '')
  // The first pair is gone, and with it the question mark.
  return bare.includes('?') ? bare : bare.replace('&', '?')
}

/** One name for all spellings of a URL: some players re-encode a query when they add to it. */
export function nameOf(url: string): string {
  const parsed = parseUrl(withoutDirectives(url))
  return parsed ? `${parsed.origin}${parsed.pathname}?${parsed.searchParams}` : url
}

/** `signed` with the directives of `asked`. */
export function withDirectivesOf(asked: string, signed: string): string {
  const directives = Array.from(asked.matchAll(DIRECTIVE), ([text]) => text.slice(1)).join('&')
  if (directives === '') return signed
  const [bare = '', hash] = signed.split('#', 2)
  return `${bare}${bare.includes('?') ? '&' : '?'}${directives}${hash === undefined ? '' : `#${hash}`}`
}
