import { checkExpiresAt, checkText } from './checks.js'
import { md5Hex } from './md5.js'
import { requestPath, trimBaseUrl, withParameters } from './url-text.js'

export type BitsOnTheRunOptions = {
  /** The account's shared secret. */
  secret: string
  /** Whole Unix seconds. */
  expiresAt: number
  /**
   * Rounds the expiry to the nearest minute, so that all URLs of a file made within a minute are one, and a cache can
   * share it. Default false. Trap: this moves the expiry by up to 30 s either way, so ask for a life of a minute or more.
   */
  roundToMinute?: boolean
} & (
  | { /** The file's unsigned URL. */ url: string }
  | { /** E.g. `http://content.bitsontherun.com`. */ baseUrl: string /** E.g. `videos/nPripu9l.mp4`. */; path: string }
)

/**
 * Signs one file or player of Bits on the Run: `{url}?exp={expiresAt}&sig={md5 hex of path:expiresAt:secret}`.
 *
 * The content server answers 403 to a wrong signature and to an expired one alike. Formula as its "Content signing"
 * document states it; the two sample URLs printed there belong to another secret.
 */
export function bitsOnTheRun(options: BitsOnTheRunOptions): string {
  const url = 'url' in options ? options.url : `${trimBaseUrl(options.baseUrl)}/${options.path.replace(/^\/+/, '')}`
  const secret = checkText('secret', options.secret)
  const asked = checkExpiresAt(options.expiresAt)
  const expiresAt = options.roundToMinute ? Math.round(asked / 60) * 60 : asked
  const path = requestPath(url).slice(1)
  return withParameters(url, [
    ['exp', String(expiresAt)],
    ['sig', md5Hex(`${path}:${expiresAt}:${secret}`)],
  ])
}
