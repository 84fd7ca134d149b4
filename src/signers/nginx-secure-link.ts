import { checkExpiresAt, checkText } from './checks.js'
import { md5Base64Url } from './md5.js'
import { nginxUri } from './nginx-uri.js'
import { withParameters } from './url-text.js'

export interface NginxSecureLinkOptions {
  /** An absolute URL, or a path that starts with `/`; percent-encoded as it will be requested. */
  url: string
  secret: string
  /** Whole Unix seconds. */
  expiresAt: number
  /**
   * The server's `secure_link_md5` in nginx's own syntax, with `{secret}` in place of the secret.
   * Supports `$secure_link_expires`, `$uri` and `$remote_addr`. Default: `$secure_link_expires$uri {secret}`.
   */
  expression?: string
  /** The viewer's address as nginx prints it, for an expression with `$remote_addr`. */
  address?: string
  /** The parameter of `secure_link`'s first argument, `$arg_token`; default `token`. */
  tokenParam?: string
  /** The parameter of `secure_link`'s second argument, `$arg_expires`; default `expires`. */
  expiresParam?: string
}

const VARIABLES = /\$\{(\w+)\}|\$(\w+)|(\{secret\})/g

/**
 * Signs one file for nginx's `secure_link` module: `{url}?token={base64url md5}&expires={expiresAt}`.
 *
 * The token covers nginx's `$uri`, the decoded path, so each file needs its own. The query's other parameters keep their
 * bytes and their position. Older tokens in it are replaced, because nginx reads the first one. nginx accepts the link as long as
 * `expiresAt` is not before its current second.
 * Throws a `TypeError` for an expression that names another variable, or one without `{secret}`, because anyone could sign that.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_secure_link_module.html
 */
export function nginxSecureLink(options: NginxSecureLinkOptions): string {
  const { url, tokenParam = 'token', expiresParam = 'expires' } = options
  const expiresAt = String(checkExpiresAt(options.expiresAt))
  return withParameters(url, [
    [tokenParam, md5Base64Url(...evaluate(options, expiresAt))],
    [expiresParam, expiresAt],
  ])
}

function evaluate(options: NginxSecureLinkOptions, expiresAt: string): (string | Uint8Array)[] {
  const { expression = '$secure_link_expires$uri {secret}' } = options
  const secret = checkText('secret', options.secret)
  const parts: (string | Uint8Array)[] = []
  let end = 0
  let hasSecret = false
  for (const match of expression.matchAll(VARIABLES)) {
    parts.push(expression.slice(end, match.index))
    end = match.index + match[0].length
    const name = match[1] ?? match[2]
    if (name === undefined) parts.push(secret)
    else if (name === 'secure_link_expires') parts.push(expiresAt)
    else if (name === 'uri') parts.push(nginxUri(options.url))
    else if (name === 'remote_addr') parts.push(checkText('address', options.address ?? ''))
    else
      throw new TypeError(
        `expression must not use $${name}: only $secure_link_expires, $uri and $remote_addr are known`,
      )
    hasSecret ||= name === undefined
  }
  if (!hasSecret) throw new TypeError('expression must contain {secret}')
  return [...parts, expression.slice(end)]
}
