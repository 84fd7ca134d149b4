import type {
  FetchEventLike,
  MessageEventLike,
  WorkerClient,
  WorkerScope,
} from '../../src/engines/service-worker/film-requests.js'

/** A service worker's global, its one page, and what listeners did with the events. */
export class FakeWorkerScope implements WorkerScope {
  readonly location = { origin: 'https://club.example' }
  readonly calls: string[] = []
  readonly fetched: { url: string; init: RequestInit }[] = []
  page: WorkerClient | undefined
  /** What the CDN answers. */
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

  /** What the worker answers the element with; undefined when it lets the request pass. */
  request(url: string, init: RequestInit = {}, clientId = 'page'): Promise<Response> | undefined {
    let response: Promise<Response> | undefined
    this.#fire('fetch', {
      request: new Request(url, init),
      clientId,
      respondWith: (promise: Promise<Response>) => {
        response = promise
      },
    })
    return response
  }

  message(data: unknown, ...ports: MessagePort[]): void {
    this.#fire('message', { data, ports })
  }

  #fire(type: 'fetch' | 'message', event: Partial<FetchEventLike & MessageEventLike>): void {
    const given = { stopImmediatePropagation: () => this.calls.push('stopped'), waitUntil: () => {}, ...event }
    this.#listeners[type]?.(given as FetchEventLike & MessageEventLike)
  }
}
