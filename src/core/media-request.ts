import type { FileKind } from './blame.js'
import type { ServedPlaylist } from './coverage/division.js'
import type { Part } from './coverage/part.js'
import type { Outcome, Refusals, RefusedIssue, Try } from './refusals.js'

/** One request of an engine, through as many tries as it takes: `url()`, send, `answered()`, and the same again while that says so. */
export interface MediaRequest {
  /**
   * Where to send it now: a string where the credentials work, so that it can be sent in the same turn; otherwise a promise that waits for the refresh in flight.
   * After the plugin has given up it keeps waiting: a later refresh (`Signature.recheck`, `refresh`) lets the video go on at its place. Rejects only when the
   * request's signal aborts or the source ends.
   */
  url(): string | Promise<string>
  /** Whether this try carries cookies; known once `url()` has answered. */
  readonly withCredentials: boolean
  /**
   * How the last try ended. Not called for a try that was aborted or timed out, which only concerns the engine. A promise only where another request has to show what a
   * refusal is about; it rejects when the source ends.
   */
  answered(answer: MediaAnswer): Verdict | Promise<Verdict>
}

export interface MediaAnswer {
  /** HTTP status; 0 for an error without one. */
  readonly status: number
  /** Where redirects ended, as the browser writes it; empty when unknown. */
  readonly url?: string
  /** From sending to the first byte, ms. */
  readonly tookMs?: number | undefined
  /** The body, where it is a playlist or a manifest. */
  readonly text?: string | undefined
  /** Bytes of the body have reached the engine: the request can't be sent again. */
  readonly delivered?: boolean
}

/** `again`: send the same request to `url()` once more. Otherwise the engine gets the answer, with `url` and `text` in place of its own. */
export type Verdict =
  | { readonly again: true }
  | {
      readonly again: false
      /**
       * What relative links in the answer are resolved against: the URL that the engine asked for, so that it stays the same through all refreshes, or the URL
       * where redirects ended.
       */
      readonly url: string
      readonly status: number
      /** What to read instead of the body. */
      readonly text: string | undefined
    }

/** Calls `then` with the verdict, in the same turn where it is there already; not at all where the source ends first. */
export function onVerdict(verdict: Verdict | Promise<Verdict>, then: (verdict: Verdict) => void): void {
  if (verdict instanceof Promise) verdict.then(then, () => {})
  else then(verdict)
}

/** What all requests for one media have in common. */
export interface RequestContext {
  readonly refusals: Refusals
  /** The part of the media that a file belongs to, as long as that covers its URL; undefined for a file without a signature. */
  partOf(url: string): Part | undefined
  /** It was refused. Returns true where something else than its part's issue has to be renewed first. `isAgain`: another fresh issue was refused before. */
  refused?(url: string, part: Part, isAgain: boolean): boolean
  /** The status that the engine gets in place of `status`. */
  statusFor?(url: string, status: number): number
  /** The engine gets an answer to a request for `url`: served, or with a status that is none. */
  ended?(url: string, kind: FileKind, status: number, isCovered: boolean): void
  now(): number
  readPlaylist?(playlist: ServedPlaylist): string | undefined
}

/** Low-latency HLS: the server waits until it has what is requested, so the time that it takes says nothing about the network (rfc8216bis section 6.2.5.2). */
const BLOCKING_RELOAD = /[?&]_HLS_msn=/

/** The status of a refusal that has none: hidden by the browser, or recognized by a playlist that stands still. */
const NO_STATUS = 0

export class SignedRequest implements MediaRequest {
  readonly #context: RequestContext
  /** The file as the engine names it. */
  readonly #askedUrl: string
  readonly #kind: FileKind
  readonly #signal: AbortSignal | undefined
  #triedUrl: string | undefined
  #triedAt = 0
  /** The part that the last try belonged to. */
  #part: Part | undefined
  /** The status of the last try, where that was a refusal. */
  #refusedWith: number | undefined
  /** What it was last refused with. */
  #refused: RefusedIssue | undefined
  #refusals = 0

  constructor(context: RequestContext, askedUrl: string, kind: FileKind, signal: AbortSignal | undefined) {
    this.#context = context
    this.#askedUrl = askedUrl
    this.#kind = kind
    this.#signal = signal
  }

  url(): string | Promise<string> {
    const askedUrl = this.#askedUrl
    const part = this.#context.partOf(askedUrl)
    // The engine may ask with credentials that are forgotten by the time of a retry; those of the last try are not.
    const url = part === this.#part ? (this.#triedUrl ?? askedUrl) : askedUrl
    if (!part?.coverage.covers(url)) return this.#noteTry(url, undefined)
    const { signature, coverage } = part
    const wait = signature.ready({
      refusedWith: this.#refusedWith,
      isLast: coverage.isUsedOnce?.(url),
      signal: this.#signal,
    })
    if (!wait) return this.#noteTry(coverage.carry(url), part)
    // What was waited for may have shown that the file belongs to another part.
    return wait.then(() =>
      this.#context.partOf(askedUrl) === part ? this.#noteTry(coverage.carry(url), part) : this.url(),
    )
  }

  get withCredentials(): boolean {
    return this.#part?.coverage.withCredentials ?? false
  }

  answered(answer: MediaAnswer): Verdict | Promise<Verdict> {
    const part = this.#part
    if (!part) return this.#forEngine(answer, undefined)
    const sent = this.#lastTry(part)
    this.#refusedWith = this.#refusalIn(answer, sent)
    if (this.#refusedWith === undefined) {
      if (isServed(answer)) this.#noteServed(sent, answer.tookMs)
      return this.#forEngine(answer, part)
    }
    this.#refusals += 1
    if (this.#context.refused?.(this.#askedUrl, part, this.#refusals > 1)) return { again: true }
    const outcome = this.#context.refusals.note(this.#refusedWith, sent)
    const settle = (settled: Outcome): Verdict => {
      if (!settled.again) return this.#forEngine(answer, part)
      this.#refused = settled.refused
      return { again: true }
    }
    return outcome instanceof Promise ? outcome.then(settle) : settle(outcome)
  }

  /** The status of a refusal; undefined for any other answer. */
  #refusalIn(answer: MediaAnswer, sent: Try): number | undefined {
    const { status, text, delivered } = answer
    if (isServed(answer)) return this.#isDeadPlaylist(sent, text) ? NO_STATUS : undefined
    return !delivered && this.#context.refusals.isRefusal(status, sent) ? status : undefined
  }

  #forEngine(answer: MediaAnswer, part: Part | undefined): Verdict {
    const askedUrl = this.#askedUrl
    const sentUrl = this.#triedUrl ?? askedUrl
    const { status, url: responseUrl = '', text } = answer
    const wasRedirected = isRedirect(sentUrl, responseUrl)
    if (wasRedirected) part?.coverage.redirected?.(sentUrl, responseUrl)
    const url = wasRedirected ? responseUrl : askedUrl
    const isPlaylist = isServed(answer) && text !== undefined
    this.#context.ended?.(askedUrl, this.#kind, status, part !== undefined)
    return {
      again: false,
      url,
      status: this.#context.statusFor?.(askedUrl, status) ?? status,
      text: isPlaylist ? this.#context.readPlaylist?.({ text, askedUrl, sentUrl, baseUrl: url }) : undefined,
    }
  }

  #noteTry(url: string, part: Part | undefined): string {
    this.#triedUrl = url
    this.#part = part
    this.#triedAt = this.#context.now()
    this.#refusedWith = undefined
    return url
  }

  #lastTry(part: Part): Try {
    const { coverage, signature } = part
    const at = this.#triedAt
    const url = this.#triedUrl ?? this.#askedUrl
    const isCurrent = coverage.carry(url) === url && at >= (signature.issue?.issuedAt ?? 0)
    return { askedUrl: this.#askedUrl, url, kind: this.#kind, part, at, isCurrent, refused: this.#refused }
  }

  #noteServed(sent: Try, tookMs: number | undefined): void {
    const { signature } = sent.part
    if (tookMs !== undefined && !BLOCKING_RELOAD.test(sent.url)) signature.noteSendTime(tookMs)
    this.#context.refusals.noteServed(sent)
    if (sent.isCurrent) signature.accept(sent.at)
  }

  /** Whether a live playlist shows by standing still that the URL has died, as some CDNs answer a dead one. `LivePlaylists` records every version first. */
  #isDeadPlaylist({ part, isCurrent }: Try, text: string | undefined): boolean {
    const { signature, livePlaylists } = part
    const { issue } = signature
    if (text === undefined || !issue || !isCurrent) return false
    return (
      livePlaylists.standsStill(this.#askedUrl, text, this.#context.now(), issue.issuedAt) && signature.isNearExpiry
    )
  }
}

function isServed({ status }: MediaAnswer): boolean {
  return status >= 200 && status < 300
}

/** Whether an answer came from elsewhere than the request went to. `responseUrl` is serialized by the browser, and has no fragment. */
function isRedirect(sentUrl: string, responseUrl: string): boolean {
  return responseUrl !== '' && responseUrl !== sentUrl && responseUrl !== new URL(sentUrl).href.replace(/#.*$/, '')
}
