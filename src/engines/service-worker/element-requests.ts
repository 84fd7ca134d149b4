import { type CdnAnswer, CHANNEL, type ElementRequest, FOLDER, type PageAnswer, type PageCall } from './protocol.js'

/** The parts of `ServiceWorkerGlobalScope` in use. Its own types conflict with those of a page in the same program. */
export interface WorkerScope {
  readonly location: { readonly origin: string }
  readonly clients: { get(id: string): Promise<WorkerClient | undefined>; claim(): Promise<void> }
  fetch(url: string, init: RequestInit): Promise<Response>
  addEventListener(type: 'fetch', listener: (event: FetchEventLike) => void): void
  addEventListener(type: 'message', listener: (event: MessageEventLike) => void): void
}

export interface WorkerClient {
  postMessage(message: ElementRequest, transfer: Transferable[]): void
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

/** A page answers within milliseconds. A frozen or busy page may take longer; only a closed one never answers. */
const PAGE_TIMEOUT_MS = 10_000

/**
 * Answers the requests of `<video>` elements for the stable addresses that their pages set, with data from the page's current signed URL.
 *
 * Keeps no state between requests, because browsers stop workers at any time: it asks the page on each request, and again after a refusal.
 * Ignores all other requests, so a site's own worker can import it ahead of its own listeners.
 */
export function answerElementRequests(scope: WorkerScope): void {
  const { origin } = scope.location
  scope.addEventListener('fetch', (event) => {
    const session = sessionOf(event.request.url, origin)
    if (session === undefined) return
    event.stopImmediatePropagation()
    event.respondWith(respond(scope, event, session))
  })

  scope.addEventListener('message', (event) => {
    const { data, ports } = event
    if (!isPageCall(data)) return
    event.stopImmediatePropagation()
    if (data.call === 'hello') ports[0]?.postMessage({})
    if (data.call === 'claim') event.waitUntil(scope.clients.claim())
  })
}

async function respond(scope: WorkerScope, event: FetchEventLike, session: string): Promise<Response> {
  const { request, clientId } = event
  const { signal } = request
  const client = await scope.clients.get(clientId)
  if (!client) return Response.error()
  const { port1: page, port2 } = new MessageChannel()
  const report = (message: CdnAnswer) => page.postMessage(message)
  let response = Response.error()
  let next = nextUrl(page, signal, PAGE_TIMEOUT_MS)
  client.postMessage({ channel: CHANNEL, session }, [port2])
  for (let url = await next; url !== undefined; url = await next) {
    const sentAt = performance.now()
    response = await scope.fetch(url, forwarded(request)).catch(() => Response.error())
    if (signal.aborted) break
    next = nextUrl(page, signal)
    report({ status: response.status, tookMs: performance.now() - sentAt })
    if (response.ok) break
  }
  if (signal.aborted) report({})
  page.close()
  const { body, ok } = response
  if (!ok || !body) return response
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  // Otherwise Firefox stops the worker 30 s after the request, in the middle of the video.
  event.waitUntil(body.pipeTo(writable).catch(() => {}))
  return ownResponse(response, readable, request)
}

/** Resolves with the next URL from the page, or with undefined when the page has no other, doesn't answer, or the element aborts. */
function nextUrl(page: MessagePort, signal: AbortSignal, timeoutMs?: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const giveUp = () => resolve(undefined)
    const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs)
    signal.addEventListener('abort', giveUp, { once: true })
    page.onmessage = ({ data }: MessageEvent<PageAnswer>) => {
      clearTimeout(timer)
      if (data.url !== undefined || data.isFinal) resolve(data.url)
    }
  })
}

/** The element's request, changed so that another origin's response is readable: an opaque one would hide the status. */
function forwarded({ headers, mode, credentials, signal }: Request): RequestInit {
  const range = headers.get('range')
  return {
    ...(range !== null && { headers: { range } }),
    // An element without `crossorigin` uses `include`, for which a CDN would have to name the site's origin.
    credentials: mode === 'cors' ? credentials : 'same-origin',
    signal,
  }
}

/**
 * Copies the CDN's response into one that the worker creates, which has no URL.
 *
 * With a `Response.url`, Firefox sends the element's later requests straight there, past the worker, and Chromium fails the element when a response
 * comes from a different host than the first. No response outlives its worker. When `body` is the worker's own stream, both browsers then request
 * the rest from the byte that they have reached. With the CDN's stream, Firefox fails the element with `MEDIA_ERR_ABORTED`.
 */
function ownResponse({ status, statusText, headers }: Response, body: ReadableStream, request: Request): Response {
  const own = new Headers(headers)
  // Few CDNs let scripts read this header, and without it browsers can't seek.
  if (status === 206 && !own.has(CONTENT_RANGE)) own.set(CONTENT_RANGE, contentRange(request, own))
  return new Response(body, { status, statusText, headers: own })
}

/** A range without an end reaches the end of the file, so its length gives the size of the file. */
function contentRange(request: Request, responseHeaders: Headers): string {
  const [, start = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? []
  const end = Number(start) + Number(responseHeaders.get('content-length'))
  return `bytes ${start}-${end - 1}/${last === '' ? end : '*'}`
}

function sessionOf(url: string, origin: string): string | undefined {
  const prefix = origin + FOLDER
  return url.startsWith(prefix) ? /^([\w-]+)\/[^/?#]+$/.exec(url.slice(prefix.length))?.[1] : undefined
}

function isPageCall(data: unknown): data is PageCall {
  return typeof data === 'object' && data !== null && 'channel' in data && data.channel === CHANNEL
}
