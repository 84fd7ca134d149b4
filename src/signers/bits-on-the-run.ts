import { checkExpiresAt, checkText } from './checks.js'
import { md5Hex } from './md5.js'
import { requestPath, trimBaseUrl, withParameters } from './url-text.js'

export type BitsOnTheRunOptions = {
  /** The account's shared secret. */
  secret: string
  /** Whole Unix seconds. */
  expiresAt: number
  /**
   * Rounds the expiry to the nearest minute, so that all URLs of a file signed within a minute are the same and a cache can
   * share them. Default: false. Watch out: this moves the expiry by up to 30 s either way, so use a life of a minute or more.
   */
  roundToMinute?: boolean
} & (
  | { /** The file's unsigned URL. */ url: string }
  | { /** E.g. `http://content.bitsontherun.com`. */ baseUrl: string /** E.g. `videos/nPripu9l.mp4`. */; path: string }
)

/**
 * Signs one file or player of Bits on the Run: `{url}?exp={expiresAt}&sig={md5 hex of path:expiresAt:secret}`.
 *
 * The content server answers 403 both to a wrong signature and to an expired one. The formula comes from its "Content signing"
 * document; the two sample URLs there were made with another secret.
 */
export function bitsOnTheRun(options: BitsOnTheRunOptions): string {
  const url = 'url' in options ? options.url : `${trimBaseUrl(options.baseUrl)}/${options.path.replace(/^\/+/, '')}`
  const secret = checkText('secret', options.secret)
  const requested = checkExpiresAt(options.expiresAt)
  const expiresAt = options.roundToMinute ? Math.round(requested / 60) * 60 : requested
  const path = requestPath(url).slice(1)
  return withParameters(url, [
    ['exp', String(expiresAt)],
    ['sig', md5Hex(`${path}:${expiresAt}:${secret}`)],
  ])
}
