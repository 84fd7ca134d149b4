import type { SplitUrl } from './split-url.js'

/** Puts back together what `splitUrl` cut. */
export function joinUrl({ prefix, segments, query, hash }: Omit<SplitUrl, 'origin'>): string {
  return `${prefix}/${segments.join('/')}${query === undefined ? '' : `?${query}`}${hash}`
}
