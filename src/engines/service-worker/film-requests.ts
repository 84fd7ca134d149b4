import { type CdnAnswer, CHANNEL, type FilmRequest, FOLDER, type PageAnswer, type PageCall } from './protocol.js'

/** What is used of `ServiceWorkerGlobalScope`, whose own types can't stand beside a page's in one program. */
export interface WorkerScope {
  readonly location: { readonly origin: string }
  readonly clients: { get(id: string): Promise<WorkerClient | undefined>; claim(): Promise<void> }
  fetch(url: string, init: RequestInit): Promise<Response>
  addEventListener(type: 'fetch', listener: (event: FetchEventLike) => void): void
  addEventListener(type: 'message', listener: (event: MessageEventLike) => void): void
}

export interface WorkerClient {
  postMessage(message: FilmRequest, transfer: Transferable[]): void
}

export interface FetchEventLike extends Pick<Event, 'stopImmediatePropagation'> {
  readonly request: Request
  readonly clientId: string
  respondWith(response: Promise<Response>): void
  waitUntil(work: Promise<unknown>): void
}

export interface MessageEventLike extends Pick<MessageEvent, 'data' | 'ports' | 'stopImmediatePropagation'> {
  waitUntil(work: Promise<unknown>): void
}

const CONTENT_RANGE = 'content-range'

/** A page that is there says so within milliseconds; one that is frozen or busy may need longer, and only a page that has gone never does. */
const SIGN_OF_LIFE_MS = 10_000

/**
 * Answers the requests of `<video>` elements for the stable addresses that their pages gave them, with what the page's signed URL of the moment brings.
 *
 * Keeps nothing between two requests, because browsers end workers at will: the page is asked each time, and once more after a refusal. Everything else
 * passes by, and a site's own worker may import this before its own listeners.
 */
export function answerFilmRequests(scope: WorkerScope): void {
  const { origin } = scope.location
  scope.addEventListener('fetch', (event) => {
    const session = sessionOf(event.request.url, origin)
    if (session === undefined) return
    event.stopImmediatePropagation()
    event.respondWith(answer(scope, event, session))
  })

  scope.addEventListener('message', (event) => {
    const { data, ports } = event
    if (!isPageCall(data)) return
    event.stopImmediatePropagation()
    if (data.call === 'hello') ports[0]?.postMessage({})
    if (data.call === 'claim') event.waitUntil(scope.clients.claim())
  })
}

async function answer(scope: WorkerScope, event: FetchEventLike, session: string): Promise<Response> {
  const { request, clientId } = event
  const { signal } = request
  const client = await scope.clients.get(clientId)
  if (!client) return Response.error()
  const { port1: page, port2 } = new MessageChannel()
  const tell = (message: CdnAnswer) => page.postMessage(message)
  let response = Response.error()
  let next = nextUrl(page, signal, SIGN_OF_LIFE_MS)
  client.postMessage({ channel: CHANNEL, session }, [port2])
  for (let url = await next; url !== undefined; url = await next) {
    const sentAt = performance.now()
    response = await scope.fetch(url, forwarded(request)).catch(() => Response.error())
    if (signal.aborted) break
    next = nextUrl(page, signal)
    tell({ status: response.status, tookMs: performance.now() - sentAt })
    if (response.ok) break
  }
  if (signal.aborted) tell({})
  page.close()
  const { body, ok } = response
  if (!ok || !body) return response
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  // Else Firefox ends the worker 30 s after the request, film or no film.
  event.waitUntil(body.pipeTo(writable).catch(() => {}))
  return ownResponse(response, readable, request)
}

/** The next URL that the page names; undefined when it has no other, shows no sign of life, or the element has lost interest. */
function nextUrl(page: MessagePort, signal: AbortSignal, patienceMs?: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const giveUp = () => resolve(undefined)
    const timer = patienceMs === undefined ? undefined : setTimeout(giveUp, patienceMs)
    signal.addEventListener('abort', giveUp, { once: true })
    page.onmessage = ({ data }: MessageEvent<PageAnswer>) => {
      clearTimeout(timer)
      if (data.url !== undefined || data.isFinal) resolve(data.url)
    }
  })
}

/** The element's request as one that may go to another origin: an opaque answer would hide the status. */
function forwarded({ headers, mode, credentials, signal }: Request): RequestInit {
  const range = headers.get('range')
  return {
    ...(range !== null && { headers: { range } }),
    // What an element without `crossorigin` sends says `include`, which a CDN would have to allow by name.
    credentials: mode === 'cors' ? credentials : 'same-origin',
    signal,
  }
}

/**
 * The CDN's answer as one that names no URL, and sent by the worker itself.
 *
 * With `Response.url` in it Firefox sends the element's later requests there, past the worker, and Chromium fails the film when an answer comes from another
 * host than the first. No response outlives its worker, whoever sends it. When `body` is a stream of the worker's own, both browsers then ask anew from the
 * byte that they have; for the CDN's, Firefox fails the element with `MEDIA_ERR_ABORTED`.
 */
function ownResponse({ status, statusText, headers }: Response, body: ReadableStream, request: Request): Response {
  const own = new Headers(headers)
  // Few CDNs let scripts read it, and without it browsers can't seek.
  if (status === 206 && !own.has(CONTENT_RANGE)) own.set(CONTENT_RANGE, contentRange(request, own))
  return new Response(body, { status, statusText, headers: own })
}

/** A range without an end reaches to the end of the file, so that its length tells the whole's. */
function contentRange(request: Request, answered: Headers): string {
  const [, start = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? []
  const end = Number(start) + Number(answered.get('content-length'))
  return `bytes ${start}-${end - 1}/${last === '' ? end : '*'}`
}

function sessionOf(url: string, origin: string): string | undefined {
  const prefix = origin + FOLDER
  return url.startsWith(prefix) ? /^([\w-]+)\/[^/?#]+$/.exec(url.slice(prefix.length))?.[1] : undefined
}

function isPageCall(data: unknown): data is PageCall {
  return typeof data === 'object' && data !== null && 'channel' in data && data.channel === CHANNEL
}
