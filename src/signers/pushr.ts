import { checkExpiresAt, checkText } from './checks.js'
import { md5Base64Url } from './md5.js'
import { trimBaseUrl } from './url-text.js'

export interface PushrOptions {
  /** The CDN zone, e.g. `https://c0999z0999.r-cdn.com`. */
  baseUrl: string
  /** The directory, with a slash at both ends: `/uploads/videos/2630811/`. */
  path: string
  /** The file in it: `video.mp4`. */
  file: string
  /** The viewer's address as PUSHR will see it. The URL works from no other address, so sign again when it changes. */
  address: string
  secret: string
  /** Whole Unix seconds. */
  expiresAt: number
}

/**
 * Signs one file on PUSHR: `{baseUrl}/{token}/{expiresAt}{path}{file}`, with the token over
 * secret, expiry, path, file and address. PUSHR answers 403 both to wrong and to expired tokens.
 *
 * @see https://www.pushrcdn.com, "How to secure CDN content with secure tokens"
 */
export function pushrFile(options: PushrOptions): string {
  const { baseUrl, path, file, address, secret, expiresAt } = check(options)
  return `${baseUrl}/${md5Base64Url(secret, expiresAt, path, file, address)}/${expiresAt}${path}${file}`
}

/**
 * Signs a directory on PUSHR, for HLS: `{baseUrl}/{token}/{expiresAt}{path}{file}?pushr={path}`, with the token over
 * secret, path, address and expiry, in that order, which differs from that of the file token. Links in the playlists must be relative.
 */
export function pushrTitle(options: PushrOptions): string {
  const { baseUrl, path, file, address, secret, expiresAt } = check(options)
  return `${baseUrl}/${md5Base64Url(secret, path, address, expiresAt)}/${expiresAt}${path}${file}?pushr=${inQuery(path)}`
}

/** The characters that would end the parameter or mean another one. */
function inQuery(path: string): string {
  return path.replace(/[&+#]/g, encodeURIComponent)
}

function check(options: PushrOptions): Record<keyof PushrOptions, string> {
  if (!/^\/(.*\/)?$/.test(options.path)) throw new TypeError('path must be a directory with a slash at both ends')
  return {
    baseUrl: trimBaseUrl(options.baseUrl),
    path: options.path,
    file: checkText('file', options.file).replace(/^\/+/, ''),
    // Node's form of an IPv4 address on a socket that takes both; a CDN knows the address alone.
    address: checkText('address', options.address).replace(/^::ffff:(?=\d+\.)/i, ''),
    secret: checkText('secret', options.secret),
    expiresAt: String(checkExpiresAt(options.expiresAt)),
  }
}
