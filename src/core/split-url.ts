/** An absolute http(s) URL cut into raw text: joining the pieces restores its bytes. */
export interface SplitUrl {
  /** Scheme and authority as they were written. */
  readonly prefix: string
  /** Path pieces between slashes; the last one is the file (maybe empty). */
  readonly segments: readonly string[]
  /** Text between `?` and `#`; undefined without a `?`. */
  readonly query: string | undefined
  readonly hash: string
}

/** Excludes what browsers read differently from how it is written: backslashes (they read slashes), tabs and line breaks (they drop them). */
const PARTS = /^(https?:\/\/[^/?#\\\s]+)(\/[^?#\\\s]*)?(?:\?([^#\s]*))?(#\S*)?$/i

export function splitUrl(url: string): SplitUrl | undefined {
  const match = PARTS.exec(url)
  const prefix = match?.[1]
  if (!match || !prefix) return undefined
  return {
    prefix,
    segments: (match[2] ?? '/').slice(1).split('/'),
    query: match[3],
    hash: match[4] ?? '',
  }
}

/** `new URL` that returns undefined instead of throwing; supported browsers don't all have `URL.canParse`. */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

/** A URL in raw text, with its origin. */
export interface RequestUrl extends SplitUrl {
  /** Scheme and authority as browsers compare them: lower case, no default port. */
  readonly origin: string
}

export function splitRequestUrl(url: string): RequestUrl | undefined {
  const split = splitUrl(url)
  if (!split) return undefined
  const { prefix, segments, query, hash } = split
  return { prefix, segments, query, hash, origin: normaliseOrigin(prefix) }
}

/** Restores the URL, byte for byte. */
export function joinUrl({ prefix, segments, query, hash }: SplitUrl): string {
  return `${prefix}/${segments.join('/')}${query === undefined ? '' : `?${query}`}${hash}`
}

function normaliseOrigin(prefix: string): string {
  const lower = prefix.toLowerCase()
  return lower.startsWith('https:') ? lower.replace(/:443$/, '') : lower.replace(/:80$/, '')
}

/** The last segment of a URL's path, raw: no credentials reach it. */
export function fileName(url: string): string {
  return url.replace(/[?#].*/s, '').replace(/.*\//s, '')
}
