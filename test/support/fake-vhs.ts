import type { VhsXhr, XhrCallback, XhrOptions, XhrRequest } from '../../src/engines/vhs/signed-xhr.js'

type Listener = Parameters<XhrRequest['addEventListener']>[1]
type Hook = (options: XhrOptions) => XhrOptions

/** Stands in for an XMLHttpRequest with the fields that the `xhr` of VHS adds. The test plays the server. */
export class FakeXhr implements XhrRequest {
  status = 0
  readyState = 1
  responseURL = ''
  responseText = ''
  response: unknown
  timedout?: boolean
  aborted?: boolean
  bandwidth?: number
  onreadystatechange: unknown = () => {}
  readonly requestTime = Date.now()
  readonly #listeners: [string, Listener][] = []

  constructor(
    readonly options: XhrOptions,
    readonly url: string,
    readonly callback: XhrCallback,
  ) {
    options.beforeSend?.(this)
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.push([type, listener])
  }

  abort(): void {
    this.aborted = true
    if (this.readyState < 4) this.#emit('loadend')
  }

  getResponseHeader(name: string): string {
    return `${name} of ${this.url}`
  }

  /** The headers arrive. */
  firstByte(status = 200): void {
    this.status = status
    this.#emit('readystatechange')
  }

  progress(): void {
    this.#emit('progress')
  }

  /** The whole answer arrives; `responseUrl` is where redirects ended. */
  succeed(response: unknown = 'data', responseUrl = this.url): void {
    this.#end(200, null, { response, responseURL: responseUrl, bandwidth: 1_000_000 })
  }

  fail(status: number): void {
    this.#end(status, new Error(`XHR Failed with a response of: ${status}`), { responseURL: status ? this.url : '' })
  }

  timeOut(): void {
    this.#end(0, new Error('XMLHttpRequest timeout'), { timedout: true })
  }

  #end(status: number, error: Error | null, fields: object): void {
    Object.assign(this, { status, readyState: 4, ...fields })
    this.#emit('loadend')
    this.callback(error, this)
  }

  #emit(type: string): void {
    let isStopped = false
    const event = { type, target: this, stopImmediatePropagation: () => (isStopped = true) }
    for (const [listened, listener] of this.#listeners) if (listened === type && !isStopped) listener(event)
  }
}

interface HookedXhr extends VhsXhr {
  hooks?: Set<Hook>
  onRequest?: (hook: Hook) => void
}

/** The `xhr` that VHS creates for a source. It stores hooks on itself and runs them on the options of each request. */
export class FakeVhs {
  readonly sent: FakeXhr[] = []
  xhr: HookedXhr

  constructor() {
    const xhr: HookedXhr = (given, callback) => {
      let options: XhrOptions = { timeout: 45_000, ...given }
      for (const hook of xhr.hooks ?? []) options = hook(options)
      const request = new FakeXhr(options, String(options.uri), callback)
      this.sent.push(request)
      return request
    }
    this.xhr = xhr
    // As in VHS, the hook goes to the function that is in its place at the time of the call.
    xhr.onRequest = (hook) => {
      this.xhr.hooks ??= new Set()
      this.xhr.hooks.add(hook)
    }
  }
}
