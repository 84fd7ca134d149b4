import { type SplitUrl, splitUrl } from './split-url.js'

/** What rewriting requests needs besides: apart, because the entry reads URLs only. */
export interface RequestUrl extends SplitUrl {
  /** Scheme and authority as browsers compare them: lower case, no default port. */
  readonly origin: string
}

export function splitRequestUrl(url: string): RequestUrl | undefined {
  const split = splitUrl(url)
  return split && { ...split, origin: normaliseOrigin(split.prefix) }
}

/** Puts back together what was cut, byte for byte. */
export function joinUrl({ prefix, segments, query, hash }: SplitUrl): string {
  return `${prefix}/${segments.join('/')}${query === undefined ? '' : `?${query}`}${hash}`
}

function normaliseOrigin(prefix: string): string {
  const lower = prefix.toLowerCase()
  return lower.startsWith('https:') ? lower.replace(/:443$/, '') : lower.replace(/:80$/, '')
}
