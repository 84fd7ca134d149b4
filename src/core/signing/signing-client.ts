import type { Clock } from '../clock.js'
import { SECOND_MS } from '../clock.js'
import { SignedUrlError, type SignedUrlErrorCode } from '../errors.js'
import { redactError, redactText } from '../redact.js'
import { parseUrl } from '../split-url.js'
import { inTime } from '../wait.js'
import { type Answer, type AnswerRules, invalid, readAnswer, type SignedUrlAnswer, type SignReason } from './answer.js'
import { readDenial } from './denial.js'
import { endpointFailure, retryAfterMs } from './retry.js'

/** What a signing request is about; passed to the options `sign` and `request`. */
export interface SignContext {
  /** What the site calls the video. */
  readonly resource: string
  /** Several at once (`scope: 'file'`); `resource` is the first of them. */
  readonly resources?: readonly string[]
  readonly reason: SignReason
  /** Counts from 1; grows while attempts fail or fresh URLs are refused. */
  readonly attempt: number
  /** The signed URL that is to be replaced. */
  readonly previousUrl?: string | undefined
  /** The CDN's status, when `reason` is `refused`. */
  readonly status?: number | undefined
  /** Aborts when the answer is no longer needed, or at the time-out. */
  readonly signal: AbortSignal
}

export type RequestOption = RequestInit | ((context: SignContext) => RequestInit | Promise<RequestInit>)
/** A list for a context with `resources`, in their order, with null for a denied one. */
type SignAnswer = SignedUrlAnswer | readonly (SignedUrlAnswer | null)[]
export type SignOption = (context: SignContext) => SignAnswer | Promise<SignAnswer>

export interface SigningClientSettings {
  readonly endpoint: string | undefined
  readonly request?: RequestOption | undefined
  readonly sign?: SignOption | undefined
  readonly timeoutMs: number
  readonly rules: AnswerRules
  readonly fetch: typeof fetch
}

export type SigningRequest = Omit<SignContext, 'signal'>

/** An answer, and when it was requested and received: device's clock, epoch ms. */
export interface Signing {
  readonly answer: Answer
  readonly sentAt: number
  readonly receivedAt: number
  /** The server signed it into the page, some time before. */
  readonly isAdopted?: boolean
}

/** Gets signed URLs: the endpoint's client, or what takes its place where a media has several signatures. */
export interface Signer {
  request(request: SigningRequest, signal: AbortSignal): Promise<Signing>
}

/** The client as the signatures of one source see it. */
export type SourceClient = Pick<SigningClient, 'request' | 'ask'>

/** Speaks the endpoint's protocol, one request at a time; the caller retries. What an answer says about the server's clock goes to `clock`. */
export class SigningClient implements Signer {
  readonly #settings: SigningClientSettings
  readonly #clock: Clock
  #hasExplained = false
  #redirectsWithoutCors = false

  constructor(settings: SigningClientSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  /**
   * Makes one signing request.
   *
   * Throws `SignedUrlError`: `signed-url-denied`, `signed-url-unavailable` (network, time-out, 408, 425, 429, 5xx) or `signed-url-invalid`.
   * Rejects with the signal's reason when `signal` aborts.
   */
  request(request: SigningRequest, signal: AbortSignal): Promise<Signing> {
    return this.ask(request, signal, (raw, readOne) => readOne(raw))
  }

  /** The same for a body that `read` interprets; `readOne` reads a single answer in it. */
  async ask<T>(
    request: SigningRequest,
    signal: AbortSignal,
    read: (raw: unknown, readOne: (raw: unknown) => Signing) => T,
  ): Promise<T> {
    const { sign, timeoutMs, rules } = this.#settings
    const sentAt = this.#clock.now()
    const late = () => {
      throw new SignedUrlError('signed-url-unavailable', `The signing endpoint took over ${timeoutMs} ms.`)
    }
    try {
      // A page's `sign` may ignore the signal: its answer after the time-out or an abort is dropped.
      const body = await inTime<unknown>({ timeoutMs, signal, late }, (limit) =>
        Promise.resolve<SignContext>({ ...request, signal: limit }).then(sign ?? ((one) => this.#fetch(one, sentAt))),
      )
      const receivedAt = this.#clock.now()
      return read(body, (raw) => {
        const answer = readAnswer(raw, rules)
        if (answer.serverTime !== undefined) {
          const grainMs = answer.serverTime % SECOND_MS === 0 ? SECOND_MS : 0
          this.#clock.serverSaid(answer.serverTime, grainMs, sentAt, receivedAt)
        }
        return { answer, sentAt, receivedAt }
      })
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      throw asSignedUrlError(thrown, request.attempt)
    }
  }

  async #fetch(context: SignContext, sentAt: number): Promise<unknown> {
    const { endpoint = '', request } = this.#settings
    const init = await (typeof request === 'function' ? request(context) : request)
    const sent = fetchArguments(endpoint, init ?? {}, context)
    const response = await this.#settings.fetch(...sent).catch((error) => this.#explain(error, ...sent))
    this.#readDate(response, sentAt)
    const code = endpointFailure(response.status)
    if (code) throw await this.#statusError(response, code, context.signal, sentAt)
    return response.redirected ? readRedirected(response) : readBody(contentTypeOf(response), await response.text())
  }

  /**
   * Throws why a request failed. An endpoint may redirect to a signed URL whose server doesn't allow the page's origin, which looks like a network error: a request
   * that doesn't follow redirects tells the two apart. Made once, because an endpoint that is down must not get more requests.
   */
  async #explain(error: unknown, url: string, init: RequestInit): Promise<never> {
    if (!this.#hasExplained && init.method === 'GET' && !init.signal?.aborted) {
      this.#hasExplained = true
      const { type } = await this.#settings.fetch(url, { ...init, redirect: 'manual' })
      this.#redirectsWithoutCors = type === 'opaqueredirect'
    }
    if (!this.#redirectsWithoutCors) throw error
    throw new SignedUrlError(
      'signed-url-invalid',
      'The signing endpoint redirects to a server that does not allow this page: it needs `Access-Control-Allow-Origin` (`null` or `*` where the endpoint is on another origin).',
    )
  }

  async #statusError(
    response: Response,
    code: SignedUrlErrorCode,
    signal: AbortSignal,
    sentAt: number,
  ): Promise<SignedUrlError> {
    const { endpoint = '', timeoutMs } = this.#settings
    const { status, headers, redirected, url } = response
    const now = this.#clock.now()
    // Another server answered, to which the endpoint redirected. What that refuses, the endpoint has not denied.
    const isElsewhere = redirected && parseUrl(url)?.origin !== parseUrl(endpoint)?.origin
    const isDenied = code === 'signed-url-denied'
    // Half of the time left: a body that never ends must not turn a denial into a time-out, which is retried.
    const denial = isDenied && !isElsewhere ? await readDenial(response, (timeoutMs + sentAt - now) / 2, signal) : {}
    return new SignedUrlError(
      isDenied && isElsewhere ? 'signed-url-invalid' : code,
      `The signing endpoint ${isElsewhere ? 'redirects to a URL that ' : ''}answered with status ${status}.`,
      { ...denial, status, retryAfterMs: retryAfterMs(headers.get('retry-after'), this.#serverNow(response)) },
    )
  }

  /** When the server answered, by its own clock, as well as that is known. */
  #serverNow({ headers }: Response): number {
    return dateOf(headers) || this.#clock.now() + this.#clock.skew
  }

  #readDate({ headers }: Response, sentAt: number): void {
    const date = dateOf(headers)
    // The date of a cached answer is when it was made, not what time it is.
    if (!Number.isNaN(date) && !headers.get('age')) this.#clock.serverSaid(date, SECOND_MS, sentAt, this.#clock.now())
  }
}

/** `endpoint` with `{resource}` filled in, whether it is written plainly or as a URL object encodes it. */
export function fillIn(endpoint: string, resource: string): string {
  return endpoint.replace(/\{resource\}|%7Bresource%7D/gi, () => resource)
}

/** URL and init of a signing request: `GET endpoint?resource=…`, or a `POST` with a JSON body. Batches are always a `POST`. */
export function fetchArguments(endpoint: string, init: RequestInit, context: SignContext): [string, RequestInit] {
  const { resource, resources, reason, signal } = context
  const method = resources ? 'POST' : (init.method ?? 'GET').toUpperCase()
  const headers = new Headers(init.headers)
  if (!headers.has('accept')) headers.set('accept', 'application/json')
  const named = fillIn(endpoint, encodeURIComponent(resource))
  const full: RequestInit = { credentials: 'same-origin', cache: 'no-store', ...init, method, headers, signal }
  if (method === 'POST') {
    if (!resources && init.body !== undefined) return [named, full]
    if (resources || !headers.has('content-type')) headers.set('content-type', 'application/json')
    return [named, { ...full, body: JSON.stringify({ ...(resources ? { resources } : { resource }), reason }) }]
  }
  // A server that shares one signature among viewers must not hand the dead one out again.
  const reasonPair = reason === 'refused' ? ['reason=refused'] : []
  const pairs = named === endpoint ? [`resource=${encodeURIComponent(resource)}`, ...reasonPair] : reasonPair
  if (pairs.length === 0) return [named, full]
  const url = new URL(named)
  url.search = [url.search.replace(/&$/, ''), ...pairs].join('&').replace(/^&/, '')
  return [url.href, full]
}

/** Other types, such as `application/octet-stream`, say nothing. */
const MEDIA_TYPE = /^(?:video|audio)\/|mpegurl|dash\+xml/i

/**
 * The answer where the endpoint redirected: media (neither JSON nor HTML) is what the signed URL leads to, and is not read. Text may be either.
 * Throws `SignedUrlError` `signed-url-invalid`.
 */
async function readRedirected(response: Response): Promise<unknown> {
  const contentType = contentTypeOf(response)
  if (/html/i.test(contentType)) {
    cancelBody(response)
    throw invalid('is a page that the endpoint redirects to (a log-in page?)')
  }
  if (contentType !== '' && !/json|text\/plain/i.test(contentType)) {
    cancelBody(response)
    return { url: response.url, type: MEDIA_TYPE.test(contentType) ? contentType : undefined }
  }
  const text = await response.text()
  const type = mediaTypeOf(text)
  return type === undefined ? readBody(contentType, text) : { url: response.url, type }
}

/** `Date`, epoch ms; NaN where it is missing or can't be read. */
function dateOf(headers: Headers): number {
  return Date.parse(headers.get('date') ?? '')
}

function contentTypeOf({ headers }: Response): string {
  return headers.get('content-type') ?? ''
}

function cancelBody({ body }: Response): void {
  body?.cancel().catch(() => {})
}

/** The media type of a playlist or an MPD; undefined for any other text. */
function mediaTypeOf(text: string): string | undefined {
  if (text.startsWith('#EXTM3U')) return 'application/x-mpegURL'
  return /^\s*(?:<\?xml[^>]*>\s*)?<MPD/.test(text) ? 'application/dash+xml' : undefined
}

/** The body as an answer: JSON where its type or its first character says so, else a bare URL; never HTML (a login page, an error page). */
export function readBody(contentType: string, body: string): unknown {
  const text = body.trim()
  if (text === '') throw invalid('is empty')
  if (/html/i.test(contentType) || text.startsWith('<')) throw invalid('is a page')
  if (!/json/i.test(contentType) && !/^[{["]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message would quote the text, and a token with it.
    throw invalid('is unreadable JSON')
  }
}

function asSignedUrlError(thrown: unknown, attempt: number): SignedUrlError {
  if (thrown instanceof SignedUrlError) {
    const cause = thrown.cause && redactError(thrown.cause)
    // A page's `sign` may have put the URL into its message. What it says about a denial is passed on with the other details.
    return new SignedUrlError(thrown.code, redactText(thrown.message), { ...thrown, attempt, cause })
  }
  const cause = redactError(thrown)
  return new SignedUrlError('signed-url-unavailable', 'The signing request failed.', { attempt, cause })
}
