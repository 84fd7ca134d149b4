import type { Fault, FileVersion } from './protocol.js'

/**
 * Reads what `response` says about the version of the file. Pure.
 * Scripts can always read `Last-Modified` and `Content-Length`, and the other headers where the CDN exposes them (Fetch, CORS-safelisted response headers).
 */
export function versionOf({ status, headers }: Pick<Response, 'status' | 'headers'>): FileVersion {
  const length =
    status === 200 ? headers.get('content-length') : /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]
  const etag = headers.get('etag')
  const modified = headers.get('last-modified')
  return { ...(length && { length }), ...(etag && { etag }), ...(modified && { modified }) }
}

/** The first and the last byte of the file that `response` holds; undefined where that is unknown. Pure. */
export function partOf({
  status,
  headers,
}: Pick<Response, 'status' | 'headers'>): { start: number; last: number } | undefined {
  const range = status === 206 ? headers.get('content-range') : `bytes 0-${Number(headers.get('content-length')) - 1}/`
  const [, start, last] = /^bytes (\d+)-(\d+)\//.exec(range ?? '') ?? []
  return start === undefined ? undefined : { start: Number(start), last: Number(last) }
}

/**
 * Why the element must not get a response that the CDN served, or undefined when it may. `known` is the version that the element has a part of. Pure.
 *
 * Nothing stands in for a hidden `Content-Range`. Servers may send less than was requested (RFC 9110 section 15.3.7), so the length of a part doesn't
 * show where the file ends, and the element would take the end of the part for the end of the video.
 */
export function faultOf(
  response: Pick<Response, 'status' | 'ok' | 'headers'>,
  known: FileVersion = {},
): Fault | undefined {
  if (!response.ok) return undefined
  if (response.status === 206 && !response.headers.has('content-range')) return 'rangeHidden'
  return isOtherVersion(versionOf(response), known) ? 'fileChanged' : undefined
}

/** An ETag says more than a date, which changes when the same file is uploaded again. What one of the two lacks proves nothing. */
function isOtherVersion(one: FileVersion, other: FileVersion): boolean {
  const differs = (name: keyof FileVersion) =>
    one[name] !== undefined && other[name] !== undefined && strong(one[name]) !== strong(other[name])
  const hasTags = one.etag !== undefined && other.etag !== undefined
  return differs('length') || differs(hasTags ? 'etag' : 'modified')
}

/** Servers that compress on the fly weaken the ETag of the same file. */
function strong(value: string): string {
  return value.replace(/^W\//, '')
}
