/*
 * The messages between page and worker. A page may meet a worker of an older or a newer version. A change in what these messages mean needs a
 * new `CHANNEL`, so that the two ignore each other and the page does without the worker.
 */

export const CHANNEL = 'videojs-signed-url/2'

/** The addresses that the worker answers begin with this folder, on the site's own origin. */
export const FOLDER = '/__signed-url__/'

/** Page to worker. The page sends `claim` only to a registration that runs our file. */
export interface PageCall {
  readonly channel: typeof CHANNEL
  readonly call: 'hello' | 'claim'
  /**
   * With a port, which becomes the session's line: the worker answers `hello` on it with `{}` and sends it the session's requests. Any later message
   * of the page on the line ends the session. A `hello` without a session only keeps the worker awake.
   */
  readonly session?: string
}

export const HELLO: PageCall = { channel: CHANNEL, call: 'hello' }

/**
 * Worker to page, with a port: the element requests the media of this session. It comes by the session's line, which a worker that has been ended
 * and started again no longer has. Then it comes by `navigator.serviceWorker`, whose messages wait for `DOMContentLoaded`.
 */
export interface ElementRequest {
  readonly channel: typeof CHANNEL
  readonly session: string
}

/** What tells one version of a file from another, as far as the CDN lets scripts read it. */
export interface FileVersion {
  /** The length of the whole file, in bytes. */
  readonly length?: string
  readonly etag?: string
  readonly modified?: string
}

/**
 * Page to worker, on the request's port. First `{}`, at once, so that the worker knows that the page is there. Then a `url` to send the request to,
 * with the version of the file that the element already has a part of, and another after each failure. With `isFinal`, the element gets what the
 * worker has.
 */
export interface PageAnswer {
  readonly url?: string
  readonly version?: FileVersion
  readonly isFinal?: true
}

/** Worker to page, on the request's port: the CDN's status, 0 for no answer or an unreadable one. Empty when the element no longer needs the response. */
export interface CdnAnswer {
  readonly status?: number
  /** From sending the request to receiving the response headers. */
  readonly tookMs?: number
  readonly version?: FileVersion
  /** Why the element doesn't get a response that the CDN served. */
  readonly fault?: Fault
}

/** Whether a message is one of these: sites send their own. */
export function isOnChannel<Message extends { readonly channel: typeof CHANNEL }>(data: unknown): data is Message {
  return typeof data === 'object' && data !== null && 'channel' in data && data.channel === CHANNEL
}

/** `rangeHidden`: no script may read which part of the file the response holds. `fileChanged`: it is another version of the file. */
export type Fault = 'rangeHidden' | 'fileChanged'
