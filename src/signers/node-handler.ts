import { LONGEST_BODY } from './endpoint-request.js'

/** A request as Node's `http` has it; Express adds the rest. */
export interface NodeRequest extends AsyncIterable<Uint8Array | string> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The URL before Express took the path of a router off it. */
  readonly originalUrl?: string
  /** What a body parser has made of the body. */
  readonly body?: unknown
}

/** A response of Node's `http`. */
export interface NodeResponse {
  statusCode: number
  setHeader(name: string, value: string | readonly string[]): unknown
  end(body: Uint8Array): unknown
}

/**
 * Runs a Web-standard handler, such as that of `signingEndpoint`, under Node's `http`, Express 4 and 5, and Connect. A body parser may have read the body. Several
 * `Set-Cookie` headers stay several. What the handler throws goes to `next`, where there is one; otherwise the answer is 500. A body over 1 MB is answered with 413.
 */
export function nodeHandler(
  handle: (request: Request) => Promise<Response>,
): (req: NodeRequest, res: NodeResponse, next?: (error: unknown) => void) => Promise<void> {
  return async (req, res, next) => {
    try {
      const request = await toRequest(req)
      await send(request ? await handle(request) : new Response(null, { status: 413 }), res)
    } catch (error) {
      if (next) return next(error)
      await send(new Response(null, { status: 500 }), res)
    }
  }
}

/** Undefined where the body is too long. */
async function toRequest(req: NodeRequest): Promise<Request | undefined> {
  const { method = 'GET', headers } = req
  const sent = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value ?? []].flat()) if (/^[\w-]+$/.test(name)) sent.append(name, one)
  }
  const url = new URL(req.originalUrl ?? req.url ?? '/', 'http://localhost')
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers: sent })
  const body = await bodyOf(req)
  return body === undefined ? undefined : new Request(url, { method, headers: sent, body })
}

async function bodyOf(req: NodeRequest): Promise<string | undefined> {
  const { body } = req
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  if (typeof body === 'string') return body
  // Express 4 makes an empty object of the body that it was not to read.
  const isParsed = typeof body === 'object' && body !== null && Object.keys(body).length > 0
  if (isParsed) return JSON.stringify(body)
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of req) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    if (text.length > LONGEST_BODY) return undefined
  }
  return text + decoder.decode()
}

async function send(response: Response, res: NodeResponse): Promise<void> {
  res.statusCode = response.status
  for (const [name, value] of response.headers) if (name !== 'set-cookie') res.setHeader(name, value)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) res.setHeader('set-cookie', cookies)
  res.end(new Uint8Array(await response.arrayBuffer()))
}
