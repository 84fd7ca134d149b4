import type { MediaRequest } from '../../core/media-request.js'
import type { SignedMedia } from '../../core/signed-media.js'
import { wait } from '../../core/wait.js'
import type { Decision, Situation } from './decision.js'
import { probe } from './probe.js'

/** The last fraction of a playlist's life, in which the swap no longer waits for a quiet moment. */
const TAIL_OF_LIFE = 0.1

/** For how long the CDN is asked again where it fails by itself (5xx), or the device is offline, and the first pause. Each is twice as long as the one before. */
const PATIENCE_MS = 15_000
const FIRST_PAUSE_MS = 1_000

/** How an element goes on: with this URL. Without one, an element that hasn't failed by itself is left to wait, unless that `isFailed` too. */
export interface Continuation {
  readonly url?: string
  readonly isFailed?: boolean
}

type Media = Pick<SignedMedia, 'start' | 'current' | 'now' | 'request'>

/** The URL that an element has, which may be older than the newest, and the way to the next one. */
export class ElementUrl {
  readonly #media: Media
  readonly #element: Pick<HTMLVideoElement, 'crossOrigin'>
  readonly #signal: AbortSignal
  /** The request that brought it; undefined before the first. */
  #request: MediaRequest | undefined
  #url = ''
  /** When it was set, and when it expires (device's clock); undefined when unknown. */
  #setAt = 0
  #endsAt: number | undefined
  #isPreparing = false
  #status: number | undefined

  constructor(media: Media, element: Pick<HTMLVideoElement, 'crossOrigin'>, signal: AbortSignal) {
    this.#media = media
    this.#element = element
    this.#signal = signal
  }

  /** The first one. Rejects only when the source ends. */
  async start(): Promise<string> {
    const started = await this.#media.start()
    this.#request = this.#media.request(started, { signal: this.#signal })
    return this.#request.url()
  }

  /** The element gets `url`. */
  take(url: string): void {
    this.#url = url
    this.#setAt = this.#media.now()
    this.#endsAt = this.#media.current?.endsAt
  }

  /** The element has loaded it. */
  noteServed(): void {
    // Nothing has to be found out about what was served.
    this.#request?.answered({ status: 200 })
  }

  /** The endpoint refreshes a cookie. A cookie refreshed in time reaches the element's requests without a swap. */
  get hasCookie(): boolean {
    return this.#request?.withCredentials ?? false
  }

  get validity(): Situation['url'] {
    const { current } = this.#media
    if (current?.url === this.#url) return current.validity
    return this.#media.now() < (this.#endsAt ?? 0) ? 'fresh' : 'expired'
  }

  get hasNewer(): boolean {
    return this.#media.current?.url !== this.#url
  }

  /** What the CDN last answered when it was asked about it, in a sentence; empty where it was not. */
  get verdict(): string {
    const status = this.#status
    if (status === undefined) return ''
    if (status === 0) return 'Scripts can’t read what the CDN answers to it.'
    return status < 300 ? 'The CDN serves it.' : `The CDN answers ${status} to it.`
  }

  /** It is about to expire. */
  get isEnding(): boolean {
    const endsAt = this.#endsAt ?? 0
    return this.#media.now() >= endsAt - TAIL_OF_LIFE * (endsAt - this.#setAt)
  }

  /** Gets the next one, or refreshes the cookie, while the video still plays. */
  prepare(): void {
    if (this.#isPreparing) return
    const ready = this.#media.request(this.#url, { signal: this.#signal }).url()
    if (typeof ready === 'string') return
    this.#isPreparing = true
    const end = () => {
      this.#isPreparing = false
    }
    ready.then(end, end)
  }

  /**
   * How to go on. Unless it is to `swap`, the CDN is asked first, and `decide` says what its answer means. `isFirst`: nothing has been tried for this cause. What fails again is the same request for the core.
   */
  async next(
    decision: Decision,
    isFirst: boolean,
    decide: (answer: Situation['answer']) => Decision,
  ): Promise<Continuation> {
    if (!this.#request || isFirst) this.#request = this.#media.request(this.#url, { signal: this.#signal })
    const request = this.#request
    const url = await request.url()
    if (decision === 'swap') return { url }
    const status = await this.#ask(url, request.withCredentials)
    const isRefused = (await request.answered({ status })).again
    // What the browser hides may have been served.
    const next = decide(isRefused ? 'refused' : status < 300 ? 'served' : 'failed')
    if (next === 'repeat') return { url }
    // For the core, the element's error is one without a status.
    const isRenewed = next === 'renew' && (await request.answered({ status: 0 })).again
    return next === 'swap' || isRenewed ? { url: await request.url() } : { isFailed: next === 'fail' }
  }

  /** What the CDN answers to a request for one byte. An element gives up at the first 503, or when the network is gone for a moment; hls.js and VHS don't. */
  async #ask(url: string, hasCookie: boolean): Promise<number> {
    const end = this.#media.now() + PATIENCE_MS
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      const status = await probe(url, this.#element, this.#signal, hasCookie)
      this.#status = status
      const passes = status >= 500 || (status === 0 && !navigator.onLine)
      if (!passes || this.#media.now() + pauseMs > end) return status
      // Viewers whose connections broke at the same time don't come back in step.
      await wait(pauseMs * (0.5 + Math.random()), this.#signal)
    }
  }
}
