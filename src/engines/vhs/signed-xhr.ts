import type { MediaRequests } from '../../core/media-requests.js'
import { redact } from '../../core/redact.js'
import type { SignedRequests } from '../../core/signed-requests.js'
import { wait } from '../../core/wait.js'
import { FailingFiles } from './failing-files.js'

/** What VHS asks its `xhr` for. */
export interface XhrOptions {
  readonly uri?: unknown
  readonly requestType?: string
  readonly beforeSend?: (request: XhrRequest) => void
  readonly [more: string]: unknown
}

/** What VHS gets: an XMLHttpRequest with fields of VHS's own, of which these matter here. */
export interface XhrRequest {
  readonly status: number
  readonly responseURL: string
  readonly responseText: string
  readonly timedout?: boolean
  readonly aborted?: boolean
  readonly requestTime?: number
  abort(): void
  addEventListener(type: string, listener: XhrListener): void
}

interface XhrEvent {
  readonly type: string
  readonly target: unknown
  stopImmediatePropagation(): void
}

type XhrListener = (event: XhrEvent) => void
export type XhrCallback = (error: unknown, request: XhrRequest) => unknown

/** The `xhr` of one source of VHS. The page's hooks are properties of it. */
export type VhsXhr = (options: XhrOptions, callback: XhrCallback) => XhrRequest

/** What the façade asks of a film. */
export interface XhrRequests extends Pick<MediaRequests, 'readPlaylist' | 'sendsCookies'> {
  of(url: string): FileRequests
}

/** For one file of it. */
export type FileRequests = Pick<
  SignedRequests,
  'resolve' | 'repair' | 'isRefusal' | 'isDeadPlaylist' | 'baseOf' | 'accepted' | 'now'
>

/**
 * A façade over a source's `xhr` that sends each request to the current signed URL, and the same request again after a refusal, with `xhr` doing the loading.
 *
 * VHS learns neither of the wait nor of the refusal: its time-outs and its bandwidth are those of the try that was answered.
 * Hooks that the page adds to the façade, or added to `xhr` before, run on the URL that is really sent, for each try.
 */
export function signedXhr<Xhr extends VhsXhr>(xhr: Xhr, film: XhrRequests): Xhr {
  const failing = new FailingFiles()
  let manifest: SignedXhr | undefined
  return new Proxy(xhr, {
    apply(_xhr, _this, [options, callback]: Parameters<VhsXhr>) {
      const { uri, requestType } = options
      if (typeof uri !== 'string') return xhr(options, callback)
      const signed = new SignedXhr({ xhr, film, failing }, uri, options, callback)
      if (requestType === 'dash-manifest') {
        // VHS asks for a live MPD at its intervals whatever became of the last request: those that wait for a URL would all be sent at once.
        manifest?.supersede()
        manifest = signed
      }
      return signed.request
    },
  })
}

interface Shared {
  readonly xhr: VhsXhr
  readonly film: XhrRequests
  readonly failing: FailingFiles
}

/** One request of VHS through its waits and tries. What VHS holds of it is `request`. */
class SignedXhr implements XhrRequest {
  /** The try that is under way or answered, with what is the same for all tries; during a wait a request that has not been sent. */
  readonly request: XhrRequest
  /** VHS compares it with a playlist's, to see whether that is asked for already. */
  readonly url: string
  readonly requestType: string | undefined
  readonly #shared: Shared
  readonly #requests: FileRequests
  readonly #options: XhrOptions
  readonly #callback: XhrCallback
  readonly #end = new AbortController()
  readonly #listeners: [type: string, listener: XhrListener][] = []
  #sent: XhrRequest | undefined
  #sentUrl = ''
  /** What VHS is to read instead of the answer. */
  #told: string | undefined

  constructor(shared: Shared, url: string, options: XhrOptions, callback: XhrCallback) {
    this.url = url
    this.requestType = options.requestType
    this.#shared = shared
    this.#options = options
    this.#callback = callback
    this.request = new Proxy<XhrRequest>(this, {
      get: (_target, name) => {
        const holder = name in this ? this : (this.#sent ?? this)
        const value: unknown = Reflect.get(holder, name)
        return typeof value === 'function' ? value.bind(holder) : value
      },
      set: (_target, name, value) => !this.#sent || Reflect.set(this.#sent, name, value),
    })
    const { signal } = this.#end
    const pauseMs = shared.failing.pauseMs(url)
    this.#requests = shared.film.of(url)
    const resolve = () => this.#requests.resolve(url, signal)
    this.#send(pauseMs > 0 ? wait(pauseMs, signal).then(resolve) : resolve())
  }

  /** VHS writes it into messages and events. */
  get uri(): string {
    return redact(this.url)
  }

  get status(): number {
    return this.#sent?.status ?? 0
  }

  get aborted(): boolean {
    return this.#end.signal.aborted
  }

  /** While the request waits, no time has passed to anyone who subtracts this from now. */
  get requestTime(): number {
    return this.#sent?.requestTime ?? Date.now()
  }

  get responseText(): string {
    return this.#told ?? this.#sent?.responseText ?? ''
  }

  get responseURL(): string {
    return this.#requests.baseOf(this.#sent?.responseURL ?? '', this.#sentUrl, this.url)
  }

  addEventListener(type: string, listener: XhrListener): void {
    this.#listeners.push([type, listener])
    this.#sent?.addEventListener(type, listener)
  }

  abort(): void {
    const isWaiting = !this.#sent && !this.aborted
    this.#end.abort()
    this.#sent?.abort()
    if (!isWaiting) return
    // VHS counts its aborted requests by this event.
    const event = { type: 'loadend', target: this.request, stopImmediatePropagation: () => {} }
    for (const [type, listener] of this.#listeners) if (type === event.type) listener(event)
  }

  /** A newer request takes the place of this one, unless it is on its way. */
  supersede(): void {
    if (!this.#sent) this.#end.abort()
  }

  #send(url: string | Promise<string>): void {
    if (typeof url === 'string') {
      this.#sendTo(url)
      return
    }
    url.then(
      (resolved) => this.aborted || this.#sendTo(resolved),
      // Only an end of the source or of this request rejects: VHS has asked for it, or is gone.
      () => {},
    )
  }

  #sendTo(sentUrl: string): void {
    const { xhr, film, failing } = this.#shared
    const requests = this.#requests
    const { beforeSend } = this.#options
    const sentAt = requests.now()
    let answeredMs: number | undefined
    const watch = (sent: XhrRequest) => {
      sent.addEventListener('readystatechange', () => {
        answeredMs ??= requests.now() - sentAt
      })
      // The bytes of a refusal are no progress, and to VHS no segment index either.
      sent.addEventListener('progress', (event) => {
        if (requests.isRefusal(sent.status, sentUrl)) event.stopImmediatePropagation()
      })
      beforeSend?.(sent)
    }
    const cookies = film.sendsCookies?.(sentUrl) && { withCredentials: true }
    const sent = xhr({ ...this.#options, ...cookies, uri: sentUrl, beforeSend: watch }, (error, answered) => {
      const isFault = error && !answered.timedout && !answered.aborted
      const isRefused = isFault && requests.isRefusal(answered.status, sentUrl)
      if (isRefused || (!error && this.#isDeadPlaylist(answered, sentUrl))) {
        this.#sent = undefined
        this.#send(requests.repair(sentUrl, isRefused ? answered.status : 0, sentAt, this.#end.signal))
        return
      }
      if (error) failing.add(this.url)
      else {
        failing.remove(this.url)
        requests.accepted(sentUrl, sentAt, answeredMs)
        if (this.#isText()) {
          this.#told = film.readPlaylist?.(answered.responseText, this.responseURL, this.url, sentUrl)
        }
      }
      return this.#callback(error, this.request)
    })
    this.#sent = sent
    this.#sentUrl = sentUrl
    for (const [type, listener] of this.#listeners) sent.addEventListener(type, listener)
  }

  #isDeadPlaylist(answered: XhrRequest, sentUrl: string): boolean {
    return this.#isPlaylist() && this.#requests.isDeadPlaylist(answered.responseText, this.url, sentUrl)
  }

  #isPlaylist(): boolean {
    return this.requestType === 'hls-playlist'
  }

  /** Of any other answer the text can't be read. */
  #isText(): boolean {
    return this.#isPlaylist() || this.requestType === 'dash-manifest'
  }
}
