import { requestPath } from './url-text.js'

/**
 * nginx's `$uri` for `url`, as bytes: the path percent-decoded once, then dot segments resolved and slashes merged.
 *
 * Bytes, because what `%E9` decodes to is not always UTF-8. `%2F` and `%2e` count as `/` and `.`, as in nginx, and
 * `merge_slashes` is assumed to be on, which is its default. Throws a `TypeError` for a path to which nginx answers 400.
 */
export function nginxUri(url: string): Uint8Array {
  const segments: string[] = []
  const parts = decode(requestPath(url)).split('/')
  for (const part of parts) {
    if (part === '' || part === '.') continue
    if (part !== '..') segments.push(part)
    else if (segments.pop() === undefined) throw new TypeError('url must not climb above the root of its host')
  }
  const isFolder = ['', '.', '..'].includes(parts.at(-1) ?? '') && segments.length > 0
  return Uint8Array.from(`/${segments.join('/')}${isFolder ? '/' : ''}`, (char) => char.charCodeAt(0))
}

/** Percent-decodes to one character per byte. `path` is ASCII, because the URL parser has encoded the rest. */
function decode(path: string): string {
  return path.replace(/%(..)?/g, (_, hex: string | undefined) => {
    if (hex === undefined || !/^[\da-f]{2}$/i.test(hex) || hex === '00') {
      throw new TypeError('url must be percent-encoded properly, without %00')
    }
    return String.fromCharCode(Number.parseInt(hex, 16))
  })
}
