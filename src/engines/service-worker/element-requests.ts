import { faultOf, partOf, versionOf } from './file-version.js'
import {
  type CdnAnswer,
  CHANNEL,
  type ElementRequest,
  FOLDER,
  isOnChannel,
  type PageAnswer,
  type PageCall,
} from './protocol.js'

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
  readonly source: { readonly id: string } | null
  waitUntil(work: Promise<unknown>): void
}

/** Where the worker asks for the URL of a session: the port that the page has opened for it, or the page itself. */
type Line = Pick<WorkerClient, 'postMessage'>

/** The line of a session, and the page that opened it: no other page of the site gets the session's media. */
interface OpenLine {
  readonly line: Line
  readonly clientId: string | undefined
}

/** The status of a failure that the element must not repeat: Chromium sends a request again for half a minute after a network error. */
const FAULT_STATUS = { rangeHidden: 502, fileChanged: 412 } as const

/** A page answers within milliseconds. A frozen or busy page may take longer; only a closed one never answers. */
const PAGE_TIMEOUT_MS = 10_000

/**
 * Answers the requests of `<video>` elements for the stable addresses that their pages set, with data from the page's current signed URL.
 *
 * Asks the page on each request, and again after a refusal. Keeps nothing that it can't do without, because browsers stop workers at any time.
 * Ignores all other requests, also those for such an address by anything but a media element, so a site's own worker can import it ahead of its own
 * listeners.
 */
export function answerElementRequests(scope: WorkerScope): void {
  const { origin } = scope.location
  const lines = new Map<string, OpenLine>()
  scope.addEventListener('fetch', (event) => {
    const session = sessionOf(event.request, origin)
    if (session === undefined) return
    event.stopImmediatePropagation()
    const open = lines.get(session)
    event.respondWith(respond(scope, event, session, open?.clientId === event.clientId ? open.line : undefined))
  })

  scope.addEventListener('message', (event) => {
    const { data, ports, source } = event
    if (!isOnChannel<PageCall>(data)) return
    event.stopImmediatePropagation()
    const { session } = data
    const [line] = ports
    if (line && session !== undefined) {
      line.onmessage = () => {
        lines.delete(session)
        line.close()
      }
      lines.set(session, { line, clientId: source?.id })
      line.postMessage({})
    }
    if (data.call === 'claim') event.waitUntil(scope.clients.claim())
  })
}

async function respond(
  scope: WorkerScope,
  event: FetchEventLike,
  session: string,
  openLine: Line | undefined,
): Promise<Response> {
  const { request, clientId } = event
  const line = openLine ?? (await scope.clients.get(clientId))
  if (!line) return Response.error()
  const send = (range: string | null) =>
    sendByPage(scope, request, range, (port) => line.postMessage({ channel: CHANNEL, session }, [port]))
  const response = await send(request.headers.get('range'))
  if (response.type === 'error') return response
  if (!response.ok || !response.body) return ownResponse(response, null)
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  // Otherwise Firefox stops the worker 30 s after the request, in the middle of the video.
  event.waitUntil(pipeWhole(response, writable, send))
  return ownResponse(response, readable)
}

/** Sends the element's request, with this range, to the URL that the page names, and to others until the page has no better one. `call` hands the page its port. */
async function sendByPage(
  scope: WorkerScope,
  request: Request,
  range: string | null,
  call: (port: MessagePort) => void,
): Promise<Response> {
  const { signal } = request
  const { port1: page, port2 } = new MessageChannel()
  const report = (message: CdnAnswer) => page.postMessage(message)
  let response = Response.error()
  let next = nextUrl(page, signal, PAGE_TIMEOUT_MS)
  call(port2)
  for (let { url, version } = await next; url !== undefined; { url, version } = await next) {
    const sentAt = performance.now()
    response = await scope.fetch(url, forwarded(request, range)).catch(() => Response.error())
    if (signal.aborted) break
    next = nextUrl(page, signal)
    const fault = faultOf(response, version)
    const { status } = response
    report({ status, tookMs: performance.now() - sentAt, version: versionOf(response), ...(fault && { fault }) })
    if (fault) {
      response.body?.cancel().catch(() => {})
      response = new Response(null, { status: FAULT_STATUS[fault] })
    } else if (response.ok) break
  }
  if (signal.aborted) report({})
  page.close()
  return response
}

/**
 * Pipes the whole of `response` into `writable`, with the rest from another request where the connection breaks off: WebKit fails an element whose
 * response does. It breaks off for the element, too, when that rest can't be had, or when a connection has brought nothing. Never rejects.
 */
async function pipeWhole(
  response: Response,
  writable: WritableStream<Uint8Array>,
  send: (range: string) => Promise<Response>,
): Promise<void> {
  const writer = writable.getWriter()
  const part = partOf(response)
  let at = part?.start ?? 0
  let source = response
  try {
    while (source.body) {
      const startedAt = at
      const failure = await pump(source.body, writer, (bytes) => {
        at += bytes
      })
      if (!failure) return await writer.close()
      if (!part || at === startedAt) throw failure.reason
      source = await send(`bytes=${at}-${part.last}`)
      if (source.status !== 206 || partOf(source)?.start !== at) throw failure.reason
    }
  } catch (reason) {
    await writer.abort(reason).catch(() => {})
  }
}

/** Resolves at the end of `body`, or with the reason why it broke off. Rejects when the element has left. */
async function pump(
  body: ReadableStream<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  note: (bytes: number) => void,
): Promise<{ reason: unknown } | undefined> {
  const reader = body.getReader()
  for (;;) {
    const one = await reader.read().catch((reason: unknown) => ({ reason }))
    if ('reason' in one) return one
    if (one.done) return undefined
    try {
      await writer.write(one.value)
    } catch (reason) {
      reader.cancel(reason).catch(() => {})
      throw reason
    }
    note(one.value.byteLength)
  }
}

/** Resolves with the next URL from the page, or without one when the page has no other, doesn't answer, or the element aborts. */
function nextUrl(page: MessagePort, signal: AbortSignal, timeoutMs?: number): Promise<PageAnswer> {
  return new Promise((resolve) => {
    const giveUp = () => resolve({})
    const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs)
    signal.addEventListener('abort', giveUp, { once: true })
    page.onmessage = ({ data }: MessageEvent<PageAnswer>) => {
      clearTimeout(timer)
      if (data.url !== undefined || data.isFinal) resolve(data)
    }
  })
}

/** The element's request, changed so that another origin's response is readable: an opaque one would hide the status. */
function forwarded({ mode, credentials, signal }: Request, range: string | null): RequestInit {
  return {
    ...(range !== null && { headers: { range } }),
    // An element without `crossorigin` uses `include`, for which a CDN would have to name the site's origin.
    credentials: mode === 'cors' ? credentials : 'same-origin',
    signal,
  }
}

/** What an element reads of a response. */
const PASSED_HEADERS = ['Accept-Ranges', 'Cache-Control', 'Content-Length', 'Content-Range', 'ETag', 'Last-Modified']
/** A type that no browser shows as a page or runs as a script. Elements recognize media by its first bytes. */
const PLAIN_TYPE = 'application/octet-stream'

/**
 * A response that the worker creates from the CDN's, which has no URL.
 *
 * With a `Response.url`, Firefox sends the element's later requests straight there, past the worker, and Chromium fails the element when a response
 * comes from a different host than the first. No response outlives its worker. When `body` is the worker's own stream, both browsers then request
 * the rest from the byte that they have reached. With the CDN's stream, Firefox fails the element with `MEDIA_ERR_ABORTED`.
 *
 * On the site's own origin, the CDN's bytes must never be more than media, whoever asks for them: they keep no type but one of media, and run as no page.
 */
function ownResponse({ status, statusText, headers }: Response, body: ReadableStream | null): Response {
  const own = new Headers({ 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': 'sandbox' })
  for (const name of PASSED_HEADERS) {
    const value = headers.get(name)
    if (value !== null) own.set(name, value)
  }
  const type = headers.get('content-type') ?? ''
  own.set('Content-Type', /^(?:audio|video)\/[\w.+-]+\s*(?:;|$)/i.test(type) ? type : PLAIN_TYPE)
  return new Response(body, { status, statusText, headers: own })
}

/** Browsers name the element as the request's destination. A script, an image or a new tab names another one, and gets the site's own answer. */
function sessionOf({ url, destination }: Pick<Request, 'url' | 'destination'>, origin: string): string | undefined {
  const prefix = origin + FOLDER
  if (!url.startsWith(prefix) || (destination !== 'video' && destination !== 'audio')) return undefined
  return /^([\w-]+)\/[^/?#]+$/.exec(url.slice(prefix.length))?.[1]
}
