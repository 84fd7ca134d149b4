import { checkExpiresAt, checkText } from './checks.js'
import { md5Base64Url } from './md5.js'
import { trimBaseUrl } from './url-text.js'

export interface GcoreOptions {
  /** The CDN resource, e.g. `https://demo-protected.gvideo.io`. */
  baseUrl: string
  clientId: string | number
  /** A video's slug or a live stream's id. */
  videoId: string | number
  /** The secret key from the CDN resource's settings. */
  secret: string
  /** Whole Unix seconds. */
  expiresAt: number
  /** `videos` (the default) is video on demand; `cmaf` and `streams` are live. */
  kind?: 'videos' | 'cmaf' | 'streams'
  /** The file to open; default `master.m3u8`. The token covers the video's whole folder. */
  file?: string
}

/**
 * Signs a video of Gcore Video Streaming: `{baseUrl}/{kind}/{clientId}_{videoId}/{token}/{expiresAt}/{file}`.
 *
 * Relative links in the playlists keep the token, so one signed URL opens the whole folder. Gcore answers 403 to a wrong
 * token, and 410 to a correct one that has expired.
 *
 * @see https://gcore.com/docs/streaming, "Protected temporary link"
 */
export function gcore(options: GcoreOptions): string {
  const { kind = 'videos', file = 'master.m3u8' } = options
  const secret = checkText('secret', options.secret)
  const video = `${checkText('clientId', String(options.clientId))}_${checkText('videoId', String(options.videoId))}`
  const expiresAt = checkExpiresAt(options.expiresAt)
  const token = md5Base64Url(`${video}_${secret}_${expiresAt}_`)
  return `${trimBaseUrl(options.baseUrl)}/${kind}/${video}/${token}/${expiresAt}/${file}`
}
