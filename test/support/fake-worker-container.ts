import {
  type CdnAnswer,
  CHANNEL,
  type ElementRequest,
  type PageAnswer,
  type PageCall,
} from '../../src/engines/service-worker/protocol.js'

type WorkerState = 'installing' | 'installed' | 'activating' | 'activated'

/** A service worker as its pages see it. It answers a hello when it `knowsUs`, that is, when it runs our code. */
export class FakeServiceWorker extends EventTarget {
  readonly calls: PageCall['call'][] = []
  /** The worker's ends of the lines that pages have opened, by session. */
  readonly lines = new Map<string, MessagePort>()
  readonly scriptURL: string
  state: WorkerState
  readonly #knowsUs: boolean

  constructor(
    scriptURL: string,
    { state = 'activated', knowsUs = true }: { state?: WorkerState; knowsUs?: boolean } = {},
  ) {
    super()
    this.scriptURL = scriptURL
    this.state = state
    this.#knowsUs = knowsUs
  }

  postMessage({ call, session }: PageCall, [port]: MessagePort[] = []): void {
    this.calls.push(call)
    if (!this.#knowsUs || !port || session === undefined) return
    this.lines.set(session, port)
    port.postMessage({})
  }

  become(state: WorkerState): void {
    this.state = state
    this.dispatchEvent(new Event('statechange'))
  }
}

/** A registration with its workers. */
export class FakeRegistration {
  installing: FakeServiceWorker | null = null
  waiting: FakeServiceWorker | null = null
  active: FakeServiceWorker | null = null
  scope = 'https://club.example/'
  isUnregistered = false

  constructor(given: Partial<Pick<FakeRegistration, 'installing' | 'waiting' | 'active' | 'scope'>> = {}) {
    Object.assign(this, given)
  }

  async unregister(): Promise<boolean> {
    this.isUnregistered = true
    return true
  }
}

/** `navigator.serviceWorker`. */
export class FakeWorkerContainer extends EventTarget {
  controller: FakeServiceWorker | null = null
  registration: FakeRegistration | undefined
  /** Registrations besides that of the page. */
  others: FakeRegistration[] = []
  /** Scripts and scopes. */
  readonly registered: [string, string | undefined][] = []
  /** The result of `register()`. */
  outcome: FakeRegistration | Error = new Error('no outcome')

  async getRegistrations(): Promise<FakeRegistration[]> {
    return [...(this.registration ? [this.registration] : []), ...this.others]
  }

  async register(url: string, { scope }: { scope?: string } = {}): Promise<FakeRegistration> {
    this.registered.push([url, scope])
    if (this.outcome instanceof Error) throw this.outcome
    return this.outcome
  }

  /** Requests the video of a session, as the worker does, by the session's line or without one. Returns the worker's end of the conversation. */
  request(
    session: string,
    { line }: { line?: MessagePort | undefined } = {},
  ): { said: PageAnswer[]; report(answer: CdnAnswer): void; close(): void } {
    const { port1, port2 } = new MessageChannel()
    const said: PageAnswer[] = []
    port1.onmessage = ({ data }: MessageEvent<PageAnswer>) => void said.push(data)
    const data: ElementRequest = { channel: CHANNEL, session }
    if (line) line.postMessage(data, [port2])
    else this.dispatchEvent(new MessageEvent('message', { data, ports: [port2] }))
    return { said, report: (answer) => port1.postMessage(answer), close: () => port1.close() }
  }
}
