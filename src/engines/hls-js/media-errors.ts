import type { ErrorData } from 'hls.js'
import type { SignedMedia } from '../../core/signed-media.js'
import type { MediaFailure } from '../engine.js'
import { DECODE, ENCRYPTED, NETWORK, NOT_SUPPORTED } from '../media-error-codes.js'
import type { HlsSession } from './hls-session.js'

/** How often a fatal media error is recovered before it is shown; hls.js advises once. */
const MAX_RECOVERIES = 1

/** Recovers from a fatal media error once, and passes every other fatal error to the player, with what is known about the URL. */
export function watchErrors({ hls, Hls, fail }: HlsSession, media: Pick<SignedMedia, 'describe'>): void {
  let recoveries = 0
  hls.on(Hls.Events.ERROR, (_event, data) => {
    if (!data.fatal) return
    if (
      data.type === Hls.ErrorTypes.MEDIA_ERROR &&
      !isUnsupported(Hls.ErrorDetails, data) &&
      recoveries < MAX_RECOVERIES
    ) {
      recoveries += 1
      hls.recoverMediaError()
      return
    }
    fail({ code: codeOf(Hls, data), cause: describe(data, media) })
  })
}

function isUnsupported(details: HlsSession['Hls']['ErrorDetails'], data: ErrorData): boolean {
  const unsupported: string[] = [details.MANIFEST_INCOMPATIBLE_CODECS_ERROR, details.BUFFER_INCOMPATIBLE_CODECS_ERROR]
  return unsupported.includes(data.details)
}

function codeOf({ ErrorTypes, ErrorDetails }: HlsSession['Hls'], data: ErrorData): MediaFailure['code'] {
  if (isUnsupported(ErrorDetails, data) || data.details === ErrorDetails.MANIFEST_PARSING_ERROR) return NOT_SUPPORTED
  if (data.type === ErrorTypes.NETWORK_ERROR) return NETWORK
  if (data.type === ErrorTypes.KEY_SYSTEM_ERROR) return ENCRYPTED
  return DECODE
}

/** hls.js's error data contain whole requests and responses: only their names and the status are passed on. */
function describe(data: ErrorData, media: Pick<SignedMedia, 'describe'>): Error {
  const status = data.response?.code ? ` (status ${data.response.code})` : ''
  // Below the first line it quotes playlists, whose relative links may be signed.
  const message = /.*/.exec(data.error.message)
  return new Error(`hls.js: ${data.details}${status}: ${message}. ${media.describe()}`)
}
