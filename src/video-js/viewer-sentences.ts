import type { SignedUrlError, SignedUrlErrorCode } from '../core/errors.js'

/** What viewers read when the endpoint gives no message of its own: the keys of `src/lang`, for `player.localize`. */
export const VIEWER_SENTENCES: Readonly<Record<SignedUrlErrorCode, string>> = {
  'signed-url-denied': 'You do not have access to this video.',
  'signed-url-unavailable': 'The video can’t be reached at the moment. It will be retried automatically.',
  'signed-url-invalid': 'This video can’t be played because of a fault on this site.',
  'signed-url-refused': 'This video can’t be played at the moment because its server refuses it.',
}

/** What viewers read when the endpoint answers 401. */
export const SESSION_ENDED = 'Your session has ended. Please log in again.'

/** The plugin's own sentence about `error`, in English. */
export function sentenceFor({ code, status }: SignedUrlError): string {
  return code === 'signed-url-denied' && status === 401 ? SESSION_ENDED : VIEWER_SENTENCES[code]
}
