import type { FileKind } from '../../core/blame.js'
import { type MediaRequest, onVerdict } from '../../core/media-request.js'
import { redact } from '../../core/redact.js'
import type { SignedMedia } from '../../core/signed-media.js'
import { wait } from '../../core/wait.js'
import { FailingFiles } from './failing-files.js'

/** What VHS calls its `xhr` with. */
export interface XhrOptions {
  readonly uri?: unknown
  readonly requestType?: string
  readonly beforeSend?: (request: XhrRequest) => void
  readonly [more: string]: unknown
}

/** What VHS gets: an XMLHttpRequest with VHS's own fields. These are the ones that matter here. */
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

/**
 * A façade over a source's `xhr` that sends each request to the current signed URL, and again after a refusal. `xhr` does the loading.
 *
 * VHS sees neither the wait nor the refusal: its time-outs and its bandwidth are those of the try that was answered.
 * Hooks that the page adds to the façade, or added to `xhr` before, run on the URL that is really sent, for each try.
 */
export function signedXhr<Xhr extends VhsXhr>(xhr: Xhr, media: Pick<SignedMedia, 'request'>): Xhr {
  const failing = new FailingFiles()
  let manifest: SignedXhr | undefined
  return new Proxy(xhr, {
    apply(_xhr, _this, [options, callback]: Parameters<VhsXhr>) {
      const { uri, requestType } = options
      if (typeof uri !== 'string') return xhr(options, callback)
      const signed = new SignedXhr({ xhr, media, failing }, uri, options, callback)
      if (requestType === 'dash-manifest') {
        // VHS requests a live MPD at its intervals even while the last request waits for a URL: without this, all of them would be sent at once.
        manifest?.supersede()
        manifest = signed
      }
      return signed.request
    },
  })
}

interface Shared {
  readonly xhr: VhsXhr
  readonly media: Pick<SignedMedia, 'request'>
  readonly failing: FailingFiles
}

/** One request of VHS through its waits and tries. What VHS holds of it is `request`. */
class SignedXhr implements XhrRequest {
  /** The try that is under way or answered, together with what is the same for all tries. During a wait it is a request that has not been sent. */
  readonly request: XhrRequest
  /** VHS compares it with a playlist's URL, to see whether that is being requested already. */
  readonly url: string
  readonly requestType: string | undefined
  readonly #shared: Shared
  readonly #media: MediaRequest
  readonly #options: XhrOptions
  readonly #callback: XhrCallback
  readonly #end = new AbortController()
  readonly #listeners: [type: string, listener: XhrListener][] = []
  #sent: XhrRequest | undefined
  #responseUrl: string
  /** What VHS reads instead of the answer. */
  #text: string | undefined
  #status: number | undefined

  constructor(shared: Shared, url: string, options: XhrOptions, callback: XhrCallback) {
    this.url = url
    this.#responseUrl = url
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
    this.#media = shared.media.request(url, { signal, kind: kindOf(options.requestType) })
    this.#send(pauseMs > 0 ? wait(pauseMs, signal).then(() => this.#media.url()) : this.#media.url())
  }

  /** VHS writes it into messages and events. */
  get uri(): string {
    return redact(this.url)
  }

  get status(): number {
    return this.#status ?? this.#sent?.status ?? 0
  }

  get aborted(): boolean {
    return this.#end.signal.aborted
  }

  /** While the request waits, whoever subtracts this from now sees no time pass. */
  get requestTime(): number {
    return this.#sent?.requestTime ?? Date.now()
  }

  get responseText(): string {
    return this.#text ?? this.#sent?.responseText ?? ''
  }

  get responseURL(): string {
    return this.#responseUrl
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

  /** A newer request replaces this one, unless it has been sent. */
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
      // Rejects only when the source or this request ends: VHS has asked for that, or is gone.
      () => {},
    )
  }

  #sendTo(sentUrl: string): void {
    const { xhr, failing } = this.#shared
    const { beforeSend } = this.#options
    const sentAt = performance.now()
    let tookMs: number | undefined
    const watch = (sent: XhrRequest) => {
      sent.addEventListener('readystatechange', () => {
        tookMs ??= performance.now() - sentAt
      })
      // The bytes of an error page are no progress, and not the segment index that VHS looks for.
      sent.addEventListener('progress', (event) => {
        if (sent.status >= 400) event.stopImmediatePropagation()
      })
      beforeSend?.(sent)
    }
    const cookies = this.#media.withCredentials && { withCredentials: true }
    const sent = xhr({ ...this.#options, ...cookies, uri: sentUrl, beforeSend: watch }, (error, answered) => {
      const deliver = () => {
        if (error) failing.add(this.url)
        else failing.remove(this.url)
        return this.#callback(error, this.request)
      }
      if (answered.timedout || answered.aborted) return deliver()
      const verdict = this.#media.answered({
        status: answered.status,
        url: answered.responseURL,
        tookMs,
        // The text of any other answer can't be read.
        text: !error && this.#isPlaylist() ? answered.responseText : undefined,
      })
      // Until it is there, the request waits.
      if (verdict instanceof Promise) this.#sent = undefined
      onVerdict(verdict, (settled) => {
        if (this.aborted) return
        if (settled.again) {
          this.#sent = undefined
          this.#send(this.#media.url())
          return
        }
        this.#sent = answered
        this.#responseUrl = settled.url
        this.#text = settled.text
        this.#status = settled.status
        deliver()
      })
    })
    this.#sent = sent
    for (const [type, listener] of this.#listeners) sent.addEventListener(type, listener)
  }

  #isPlaylist(): boolean {
    return this.requestType === 'hls-playlist' || this.requestType === 'dash-manifest'
  }
}

function kindOf(requestType: string | undefined): FileKind {
  if (requestType === 'segment-key') return 'key'
  if (requestType?.startsWith('segment')) return 'segment'
  return requestType === 'hls-playlist' || requestType === 'dash-manifest' ? 'playlist' : 'file'
}
