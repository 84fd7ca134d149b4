/*
 * What page and worker say to each other. A page may meet an older or a newer worker than its own: what changes the meaning of these messages needs a
 * new `CHANNEL`, so that the two don't hear each other and the page does without.
 */

export const CHANNEL = 'videojs-signed-url/1'

/** The first folder of the addresses that the worker answers, on the site's own origin. */
export const FOLDER = '/__signed-url__/'

/** Page to worker. `hello` is answered on its port, if it has one; `claim` only goes to a registration of our own. */
export interface PageCall {
  readonly channel: typeof CHANNEL
  readonly call: 'hello' | 'claim'
}

export const HELLO: PageCall = { channel: CHANNEL, call: 'hello' }

/** Worker to page, with a port: the element asks for the film of this session. */
export interface FilmRequest {
  readonly channel: typeof CHANNEL
  readonly session: string
}

/**
 * Page to worker, on the request's port: `{}` at once, so that the worker knows that somebody sees to it; then where to send the request, as often as it
 * fails; or `isFinal`, and the element gets what the worker has.
 */
export interface PageAnswer {
  readonly url?: string
  readonly isFinal?: true
}

/** Worker to page, on the request's port: how the CDN answered (0: not at all, or unreadably); empty when nobody wants the answer any more. */
export interface CdnAnswer {
  readonly status?: number
  /** From sending to the answer's headers. */
  readonly tookMs?: number
}
