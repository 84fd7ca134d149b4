import { AnswerNotes } from './answer-notes.js'
import type { FileKind } from './blame.js'
import type { Division } from './coverage/division.js'
import type { Validity } from './issue.js'
import { Lacks } from './lacks.js'
import { type MediaRequest, type RequestContext, SignedRequest } from './media-request.js'
import type { Refusals } from './refusals.js'
import type { Signature } from './signature.js'
import { parseUrl } from './split-url.js'

/** What an engine asks of the media behind one resource. Nothing else of the core is visible to engines. */
export interface SignedMedia {
  /** The URL to begin with, once there is one. Rejects only when the source ends. */
  start(): Promise<string>
  /** The issue in use; undefined before the first. Reading it requests nothing. It is for elements, whose requests can't be rewritten. */
  readonly current: CurrentIssue | undefined
  /** The device's clock that `current.endsAt` is on, epoch ms: it counts sleep and is never set back. */
  now(): number
  /** One request for the file that the engine calls `url`. `signal` ends its waits; `kind` helps to find out whom a refusal is about. */
  request(url: string, options?: { readonly signal?: AbortSignal; readonly kind?: FileKind }): MediaRequest
  /** What the engine requests in vain. */
  readonly lacks: Pick<Lacks, 'watch' | 'longest'>
  /**
   * The URL of a file that the page requests by itself: `url`, which may be relative to the media's URL, with the present credentials, renewed first where they are dead.
   * A URL that no signature covers comes back as it is. Rejects with `SignedUrlError` where the renewal fails, and with the source's end.
   */
  resolve(url: string): Promise<string>
  /** What is known of the URL and of the last playlist, for the `cause` of an engine's own error. Holds no token. */
  describe(): string
}

export interface CurrentIssue {
  readonly url: string
  /** Epoch ms on the clock of `now()`; undefined when unknown. */
  readonly endsAt: number | undefined
  readonly validity: Validity
}

/** What CDNs answer for a segment that has left a live window. A dead link to it may be refused instead. */
const NOT_FOUND = 404

/** `signature`: the one of the URL that the endpoint signs. `division` says which signature each file belongs to: that one, or another; `refusals`, what a refusal means. */
export function openSignedMedia(signature: Signature, division: Division, refusals: Refusals): SignedMedia {
  const notes = new AnswerNotes(signature)
  const { clock, refusedStatuses } = signature.settings
  const lacks = new Lacks(() => clock.now())
  const context: RequestContext = {
    refusals,
    partOf: (url) => division.partOf(url),
    refused: (url, part, isAgain) => division.refused?.(url, part, isAgain) ?? false,
    statusFor: (url, status) => (refusedStatuses.includes(status) && division.isGone?.(url) ? NOT_FOUND : status),
    ended: (url, kind, status, isCovered) => lacks.note(kind, url, status, isCovered),
    now: () => clock.now(),
    readPlaylist(playlist) {
      notes.read(playlist)
      return division.readPlaylist?.(playlist)
    },
  }
  return {
    start: () => division.start(),
    get current() {
      const { url, endsAt, validity } = signature
      return url === undefined ? undefined : { url, endsAt, validity }
    },
    now: () => clock.now(),
    request: (askedUrl, { kind = 'file', signal } = {}) => new SignedRequest(context, askedUrl, kind, signal),
    lacks,
    async resolve(url) {
      const mediaUrl = await division.start()
      const fileUrl = parseUrl(url, mediaUrl)?.href ?? url
      const part = division.partOf(fileUrl)
      if (!part?.coverage.covers(fileUrl)) return fileUrl
      if (part.signature.validity === 'expired') await part.signature.refresh('expired')
      return part.coverage.carry(fileUrl)
    },
    describe: () => `${notes.describe()}${refusals.lastOwn}`,
  }
}
