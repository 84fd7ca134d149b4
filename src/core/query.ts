/** One `key=value` of a query, raw. `text` is the whole pair, byte for byte. */
export interface QueryPair {
  /** The raw key; for a repeated key, followed by how often it occurred before. */
  readonly key: string
  readonly text: string
}

/*
 * Queries are edited as text, never through URLSearchParams: its serialiser re-encodes `~ = / *`, and CDNs that sign
 * the query verify it byte for byte (hls.js #7963).
 */

export function queryPairs(query: string | undefined): QueryPair[] {
  if (!query) return []
  const counts = new Map<string, number>()
  return query.split('&').map((text) => {
    const name = text.split('=', 1)[0] ?? ''
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    return { key: count === 0 ? name : `${name}=${count}`, text }
  })
}

/**
 * One form for all spellings of the same pair. VHS, and hls.js before 1.7, add `_HLS_msn` to a playlist's URL with `URLSearchParams.set`, which re-encodes the
 * other pairs.
 */
export function normalisePair(text: string): string {
  return new URLSearchParams(text).toString()
}

/** What stands behind the first `=` of a pair; all of one without it. */
export function pairValue(text: string): string {
  return text.slice(text.indexOf('=') + 1)
}

/** Percent-decoded; as it is where that can't be decoded. */
export function decodePair(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function joinPairs(pairs: readonly QueryPair[]): string {
  return pairs.map(({ text }) => text).join('&')
}
