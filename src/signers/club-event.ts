import { checkExpiresAt, checkText } from './checks.js'
import { md5Hex } from './md5.js'
import { nginxSecureLink } from './nginx-secure-link.js'
import { nginxUri } from './nginx-uri.js'
import { withoutParameters, withParameters } from './url-text.js'

export interface ClubEventOptions {
  /** A media link as it appears in an event: `https://myserver.com/media_files/video1.mp4?secret=ReallySecretString`. */
  url: string
  /** Whole Unix seconds. */
  expiresAt: number
  /** The server that checks the token: `nginx` (the default) expects base64url, `apache` the hex of its `md5()`. */
  server?: 'nginx' | 'apache'
}

/**
 * Signs a ClubEvent media link: replaces the `secret` in its query with `token` and `expires`.
 *
 * The token is the MD5 of `{expires}{decoded path} {secret}`. The secret is read as form-encoded: `%2B` is a plus and a bare
 * `+` is a space. The query's other parameters keep their bytes. Throws a `TypeError`, without the link, if it has no secret.
 * Watch out: the Apache recipe in ClubEvent's article doesn't load (`RewriteCond` takes no `%{md5:…}`, `TIME_SEC` is the second
 * of the minute); `server: 'apache'` is for a server that compares the token with `md5()` in an `expr`.
 */
export function clubEvent({ url, expiresAt, server = 'nginx' }: ClubEventOptions): string {
  const { url: unsigned, taken } = withoutParameters(url, ['secret'])
  const secret = checkText("the url's secret", new URLSearchParams(`secret=${taken ?? ''}`).get('secret') ?? '')
  if (server === 'nginx') return nginxSecureLink({ url: unsigned, secret, expiresAt })
  const expires = String(checkExpiresAt(expiresAt))
  return withParameters(unsigned, [
    ['token', md5Hex(expires, nginxUri(unsigned), ` ${secret}`)],
    ['expires', expires],
  ])
}
