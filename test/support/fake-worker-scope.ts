import type {
  FetchEventLike,
  MessageEventLike,
  WorkerClient,
  WorkerScope,
} from '../../src/engines/service-worker/element-requests.js'

/** The global scope of a service worker with one page, and what its listeners did with events. */
export class FakeWorkerScope implements WorkerScope {
  readonly location = { origin: 'https://club.example' }
  readonly calls: string[] = []
  readonly fetched: { url: string; init: RequestInit }[] = []
  page: WorkerClient | undefined
  /** The answer of the CDN. */
  answer: (url: string) => Response | Promise<Response> = () => new Response('film')
  readonly #listeners: Record<string, (event: FetchEventLike & MessageEventLike) => void> = {}

  readonly clients = {
    get: async (id: string) => (id === 'page' ? this.page : undefined),
    claim: async () => void this.calls.push('claim'),
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    this.fetched.push({ url, init })
    return this.answer(url)
  }

  addEventListener(type: string, listener: (event: FetchEventLike & MessageEventLike) => void): void {
    this.#listeners[type] = listener
  }

  /** Returns the worker's answer to the element, or undefined when it does not handle the request. `destination` is what sends the request. */
  request(
    url: string,
    init: RequestInit = {},
    { clientId = 'page', destination = 'video' }: { clientId?: string; destination?: string } = {},
  ): Promise<Response> | undefined {
    let response: Promise<Response> | undefined
    this.#fire('fetch', {
      request: Object.defineProperty(new Request(url, init), 'destination', { value: destination }),
      clientId,
      respondWith: (promise: Promise<Response>) => {
        response = promise
      },
    })
    return response
  }

  /** A message of the page whose client is `page`. */
  message(data: unknown, ...ports: MessagePort[]): void {
    this.#fire('message', { data, ports, source: { id: 'page' } })
  }

  #fire(type: 'fetch' | 'message', event: Partial<FetchEventLike & MessageEventLike>): void {
    const given = { stopImmediatePropagation: () => this.calls.push('stopped'), waitUntil: () => {}, ...event }
    this.#listeners[type]?.(given as FetchEventLike & MessageEventLike)
  }
}
