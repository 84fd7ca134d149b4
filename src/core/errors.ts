/** Why the plugin could not give the player a URL; the values of `MediaError.metadata.errorType`. */
export type SignedUrlErrorCode =
  /** The signing endpoint denies the video (401, 402, 403, 404, 410, 451). */
  | 'signed-url-denied'
  /** The signing endpoint can't be reached, or keeps failing. */
  | 'signed-url-unavailable'
  /** The endpoint's answer is unusable, or its URL is dead on arrival. */
  | 'signed-url-invalid'
  /** The CDN refuses fresh URLs too. */
  | 'signed-url-refused'

/** What viewers read, through `player.localize`. */
export const VIEWER_SENTENCES: Readonly<Record<SignedUrlErrorCode, string>> = {
  'signed-url-denied': 'You do not have access to this video.',
  'signed-url-unavailable': 'The video cannot be reached at the moment. Please try again later.',
  'signed-url-invalid': 'This video cannot be played because of a fault on this site.',
  'signed-url-refused': 'This video could not be unlocked. Please reload the page.',
}

export interface SignedUrlErrorDetails {
  /** The HTTP status that caused it: the endpoint's, or the CDN's for `signed-url-refused`. */
  status?: number | undefined
  /** Which signing request failed, counted from 1. */
  attempt?: number | undefined
  /** How long the endpoint asked not to be called (`Retry-After`), in ms. */
  retryAfterMs?: number | undefined
  cause?: unknown
}

/**
 * The one error of this plugin: rejections of `refresh()` and `sign()`, `signedurlfailed`, and the `cause` of `player.error()`.
 *
 * `message` is for developers and holds no token; `cause`, where there is one, is a redacted copy.
 * A page's own `sign` may throw one with `signed-url-denied` to deny a video; anything else that it throws is retried.
 */
export class SignedUrlError extends Error {
  override readonly name = 'SignedUrlError'
  readonly code: SignedUrlErrorCode
  readonly status: number | undefined
  readonly attempt: number | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: SignedUrlErrorCode, message: string, details: SignedUrlErrorDetails = {}) {
    super(message, details)
    this.code = code
    this.status = details.status
    this.attempt = details.attempt
    this.retryAfterMs = details.retryAfterMs
  }
}

/** A denial is an answer, which another request would not change. Every other failure may pass. */
export function isRetryable(error: SignedUrlError): boolean {
  return error.code !== 'signed-url-denied'
}

/** Fresh URLs are refused. `isDoubtful`: they also look expired. */
export function deadUrlError(
  message: string,
  isDoubtful: boolean | undefined,
  status: number | undefined,
): SignedUrlError {
  if (!isDoubtful) return new SignedUrlError('signed-url-refused', message, { status })
  return new SignedUrlError('signed-url-invalid', 'The signing endpoint issues expired URLs.', { status })
}
