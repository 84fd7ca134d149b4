/*
 * The messages between page and worker. A page may meet a worker of an older or a newer version. A change in what these messages mean needs a
 * new `CHANNEL`, so that the two ignore each other and the page does without the worker.
 */

export const CHANNEL = 'videojs-signed-url/1'

/** The addresses that the worker answers begin with this folder, on the site's own origin. */
export const FOLDER = '/__signed-url__/'

/** Page to worker. The worker answers `hello` on the port that comes with it, if any. The page sends `claim` only to our own registration. */
export interface PageCall {
  readonly channel: typeof CHANNEL
  readonly call: 'hello' | 'claim'
}

export const HELLO: PageCall = { channel: CHANNEL, call: 'hello' }

/** Worker to page, with a port: the element requests the media of this session. */
export interface ElementRequest {
  readonly channel: typeof CHANNEL
  readonly session: string
}

/**
 * Page to worker, on the request's port. First `{}`, at once, so that the worker knows that the page is there. Then a `url` to send the request to,
 * and another after each failure. With `isFinal`, the element gets what the worker has.
 */
export interface PageAnswer {
  readonly url?: string
  readonly isFinal?: true
}

/** Worker to page, on the request's port: the CDN's status, 0 for no answer or an unreadable one. Empty when the element no longer needs the response. */
export interface CdnAnswer {
  readonly status?: number
  /** From sending the request to receiving the response headers. */
  readonly tookMs?: number
}
