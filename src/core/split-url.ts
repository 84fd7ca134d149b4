/** An absolute http(s) URL cut into raw text: joining the pieces gives back its bytes. */
export interface SplitUrl {
  /** Scheme and authority as they were written. */
  readonly prefix: string
  /** Path pieces between slashes; the last one is the file (maybe empty). */
  readonly segments: readonly string[]
  /** Text between `?` and `#`; undefined without a `?`. */
  readonly query: string | undefined
  readonly hash: string
}

/** Not what browsers would read otherwise than it stands there: backslashes (slashes to them), tabs and line breaks (nothing to them). */
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

/** `new URL` that answers undefined instead of throwing; `URL.canParse` is younger than the browsers that play films. */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}
