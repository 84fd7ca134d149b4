export interface EndpointRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: unknown
  readonly credentials: RequestCredentials | undefined
  readonly cache: RequestCache | undefined
  readonly signal: AbortSignal
  readonly at: number
}

/** Creates the response to a request, or throws as `fetch` does. */
export type Reply = (request: EndpointRequest) => Response | Promise<Response>

/** A signing endpoint with its own `fetch`, which returns real `Response` objects without a network. */
export class FakeEndpoint {
  readonly requests: EndpointRequest[] = []
  /** Answers every request for which `next` has queued no reply. */
  reply: Reply
  /** How long an answer takes, ms. */
  latencyMs = 0
  readonly #next: Reply[] = []

  constructor(reply: Reply = () => Response.json({ error: 'no reply was set' }, { status: 500 })) {
    this.reply = reply
  }

  /** Answers the next requests, in order, before `reply` answers the rest. */
  next(...replies: Reply[]): this {
    this.#next.push(...replies)
    return this
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const signal = init.signal ?? new AbortController().signal
    const request: EndpointRequest = {
      url: String(input),
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      body: init.body,
      credentials: init.credentials,
      cache: init.cache,
      signal,
      at: Date.now(),
    }
    this.requests.push(request)
    const reply = this.#next.shift() ?? this.reply
    if (this.latencyMs > 0) await unlessAborted(signal, (resolve) => setTimeout(resolve, this.latencyMs))
    return unlessAborted(signal, (resolve, reject) => {
      Promise.resolve(request).then(reply).then(resolve, reject)
    })
  }
}

/** Answers with JSON. */
export const json =
  (body: unknown, init: ResponseInit = {}): Reply =>
  () =>
    Response.json(body, init)

/** Answers with a status and an empty body. */
export const status =
  (code: number, headers: Record<string, string> = {}): Reply =>
  () =>
    new Response('', { status: code, headers })

/** Answers with text of some media type. */
export const text =
  (body: string, type = 'text/plain'): Reply =>
  () =>
    new Response(body, { headers: { 'content-type': type } })

/** Throws as `fetch` does when the network fails. */
export const networkFault: Reply = () => {
  throw new TypeError('Failed to fetch')
}

/** Never answers. */
export const silence: Reply = () => new Promise<never>(() => {})

function unlessAborted<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = () => {
      clearTimeout(timer as ReturnType<typeof setTimeout> | undefined)
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const end = () => signal.removeEventListener('abort', onAbort)
    const timer = start(
      (value) => {
        end()
        resolve(value)
      },
      (reason) => {
        end()
        reject(reason)
      },
    )
  })
}
