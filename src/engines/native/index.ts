import type { MediaRequest } from '../../core/media-request.js'
import type { SignedMedia } from '../../core/signed-media.js'
import { type Engine, type EngineContext, isHls } from '../engine.js'
import { setNativeSrc } from '../media-source.js'
import { onPlayedElsewhere } from '../service-worker/remote-playback.js'
import { putOver, realElement } from './element-mask.js'
import { gateMediaEvents } from './event-gate.js'
import { OwedEvents } from './owed-events.js'
import { probe } from './probe.js'
import { ProgressWatch } from './progress-watch.js'
import { isBuffered, isLoadedToEnd } from './ranges.js'
import { Settling } from './settling.js'
import { Swap } from './swap.js'

/** How often a video that plays or seeks is checked: Safari fires no event when a dead URL blocks it. */
const CHECK_INTERVAL_MS = 250
/** When less than this is loaded ahead, the engine requests the next URL, so that it is ready when the buffer runs out. */
const PREPARE_S = 2
/** When less than this is loaded ahead, a swap loses nothing. */
const LAST_MOMENT_S = 0.4
/** The last fraction of a playlist's life, in which the swap no longer waits for a quiet moment. */
const TAIL_OF_LIFE = 0.1

/** The extra events that a second load at the very start fires. */
const RESTART_EVENTS = ['loadstart', 'emptied', 'abort', 'suspend', 'stalled', 'timeupdate']

/**
 * Plays a source with the element itself, whose requests a page can neither see nor rewrite.
 *
 * When the URL is dead and can deliver nothing more, the engine swaps `src` on the same element, as late as it can. An open download continues
 * after its URL expires, so expiry alone is no reason to swap. Native HLS requests each segment separately, so there the swap comes before expiry.
 */
export default class NativeEngine implements Engine {
  readonly #context: EngineContext
  readonly #media: SignedMedia
  readonly #element: HTMLVideoElement
  readonly #emit: (type: string) => void
  readonly #isHls: boolean
  /** The request that produced the element's URL; undefined before the first one. */
  #request: MediaRequest | undefined
  /** The element's URL, and when it was set (device's clock). */
  #url = ''
  #setAt = 0
  /** When that URL expires (device's clock); undefined when unknown. */
  #endsAt: number | undefined
  /** The element has loaded metadata. */
  #isOpen = false
  #isReopening = false
  /** The service worker answers the element's address; the URL behind it changes unseen. */
  #isRouted = false
  #isVerifying = false
  #isPreparing = false
  #swap: Swap | undefined
  readonly #owed = new OwedEvents()
  readonly #settling = new Settling()
  readonly #watch = new ProgressWatch()

  constructor(context: EngineContext) {
    const { player, tech, signal, type } = context
    const element = tech.el()
    this.#context = context
    this.#element = element
    this.#isHls = isHls(type)
    this.#media = context.openMedia({ isOneFile: true })
    const emit = gateMediaEvents(player.el(), element, (event) => this.#admits(event), signal)
    this.#emit = (event) => {
      this.#heard(event)
      emit(event)
    }
    const unguard = this.#guard()
    const timer = setInterval(() => this.#check(), CHECK_INTERVAL_MS)
    signal.addEventListener('abort', () => {
      this.#swap?.end()
      unguard()
      clearInterval(timer)
    })
    // Rejects only when the source ends.
    this.#start().catch(() => {})
  }

  get isSeamless(): boolean {
    return this.#isRouted || (this.#hasCookie && !this.#swap)
  }

  /** During a swap the picture is frozen, and only a new URL can bring more. */
  isStarved(): boolean {
    return this.#swap !== undefined
  }

  async #start(): Promise<void> {
    const { signal } = this.#context
    const started = await this.#media.start()
    this.#request = this.#media.request(started, { signal })
    const url = await this.#request.url()
    const address = await this.#route(url)
    signal.throwIfAborted()
    this.#isRouted = address !== undefined
    this.#open(url, address)
    if (this.#isRouted) onPlayedElsewhere(this.#element, signal, () => this.#leaveRoute(url))
  }

  /** The endpoint refreshes a cookie. A cookie refreshed in time reaches the element's requests without a swap. */
  get #hasCookie(): boolean {
    return this.#request?.withCredentials ?? false
  }

  /**
   * Returns an address on the site's own origin that the service worker answers, or undefined to use the signed URL itself.
   * Native HLS would request its segments relative to that address, and a video behind a cookie needs no other address.
   */
  async #route(url: string): Promise<string | undefined> {
    const { serviceWorker: workerUrl, signal, warn } = this.#context
    if (workerUrl === undefined || this.#isHls || this.#hasCookie) return undefined
    const { openWorkerRoute } = await import('../service-worker/route.js')
    const onUnreadable = () => this.#leaveRoute(url)
    return openWorkerRoute({ workerUrl, media: this.#media, url, signal, warn, onUnreadable })
  }

  /** Sets a signed URL in place of the worker's address, where the video is. `firstUrl`: the one that the source started with. */
  #leaveRoute(firstUrl: string): void {
    if (!this.#isRouted) return
    if (this.#isOpen) this.#replace(true)
    else {
      this.#isRouted = false
      this.#isReopening = true
      this.#open(firstUrl)
    }
  }

  #open(url: string, address = url): void {
    const wasPlaying = !this.#element.paused
    this.#take(url)
    setNativeSrc(this.#element, address)
    // With `preload="none"` the element waits for `play()` again, and a second load at the start cancels the first load's `play()`.
    if (wasPlaying) this.#element.play().catch(() => {})
  }

  #take(url: string): void {
    const now = this.#media.now()
    this.#url = url
    this.#setAt = now
    this.#endsAt = this.#media.current?.endsAt
    this.#watch.expectMove(now)
    this.#watch.noteArrival(now)
  }

  /**
   * Begins a seek or a resume on a dead URL with a swap, so that the CDN never sees the dead URL. Those that bypass these properties
   * (loops, the browser's own controls) show up as `seeking` and `play` events.
   */
  #guard(): () => void {
    const element = this.#element
    const real = realElement(element)
    return putOver(element, {
      currentTime: {
        get: () => real.position,
        set: (position: number) => {
          if (!this.#isStale() || isBuffered(element, position)) {
            real.position = position
            return
          }
          this.#replace()
          element.currentTime = position
        },
      },
      play: {
        value: () => {
          if (!this.#needsMore()) return real.play()
          this.#replace()
          return element.play()
        },
      },
    })
  }

  /** Whether an event of the element reaches Video.js and the page. Also acts on events that reveal a dead URL. */
  #admits(type: string): boolean {
    if (type === 'progress') this.#watch.noteArrival(this.#media.now())
    if (this.#swap) {
      this.#swap.hear(type)
      return false
    }
    if (type === 'error') {
      if (this.#isOpen) this.#replace()
      else this.#reopen()
      return false
    }
    if (!this.#isOpen && type === 'loadedmetadata') {
      this.#isOpen = true
      if (!this.#isRouted) this.#noteServed()
    }
    if (!this.#isOpen && this.#isReopening && RESTART_EVENTS.includes(type)) return false
    if (type === 'waiting' && this.#needsMore() && !this.#isFlowing()) {
      this.#replace()
      return false
    }
    // The download of a dead URL has ended, which no listener needs to know.
    if ((type === 'suspend' || type === 'stalled') && this.#isStale()) return false
    if (this.#settling.holds(type, this.#element.currentTime)) return false
    this.#heard(type)
    if (type === 'seeking' && this.#isStale() && !isBuffered(this.#element, this.#element.currentTime)) this.#replace()
    if (type === 'play' && this.#needsMore()) this.#replace()
    return true
  }

  #heard(type: string): void {
    this.#owed.heard(type)
    if (type === 'play' || type === 'seeking') this.#watch.expectMove(this.#media.now())
  }

  /** The element's URL is dead, or a newer one has replaced it. */
  #isStale(): boolean {
    const { current } = this.#media
    return (
      this.#isOpen && !this.#isRouted && !this.#swap && (current?.url !== this.#url || current.validity === 'expired')
    )
  }

  /** What is loaded, together with what the element's URL can still deliver, isn't enough to play to the end. */
  #needsMore(): boolean {
    return this.#isStale() && !isLoadedToEnd(this.#element)
  }

  #isFlowing(): boolean {
    return this.#watch.isFlowing(this.#media.now())
  }

  /** Checks the position and the buffer, which no event reports. Requests nothing unless the video plays or seeks. */
  #check(): void {
    const element = this.#element
    if (this.#swap || !this.#isOpen || this.#isRouted || element.ended || (element.paused && !element.seeking)) return
    const now = this.#media.now()
    this.#watch.look(element, now)
    const isStuck = this.#watch.isStuck(now)
    if (this.#settling.look(element.currentTime, isStuck)) this.#emit('waiting')
    if (isLoadedToEnd(element)) return
    const { current } = this.#media
    const { ahead } = this.#watch
    const isReady = current?.url !== this.#url
    const isStale = this.#isStale()
    const isAtLastMoment = ahead < LAST_MOMENT_S
    const isAhead = this.#isHls || this.#hasCookie
    if (!isReady && (isAhead ? current.validity !== 'fresh' : isStale && ahead < PREPARE_S)) this.#prepare()
    if (isReady && (this.#isHls ? this.#isTimeForPlaylist(now) : isAtLastMoment && !this.#isFlowing())) this.#replace()
    // With data loaded ahead, a slow network is not the cause: WebKit stalls when it seeks by itself and the CDN refuses the request.
    else if (isStuck && isStale && !(isAtLastMoment && this.#isFlowing())) this.#replace()
    else if (isStuck && !this.#isFlowing()) this.#verify()
  }

  /** For native HLS: a moment when the viewer won't notice a swap, or the last moment before the URL dies. */
  #isTimeForPlaylist(now: number): boolean {
    const endsAt = this.#endsAt ?? 0
    return document.hidden || this.#element.seeking || now >= endsAt - TAIL_OF_LIFE * (endsAt - this.#setAt)
  }

  /** Gets the next URL, or refreshes the cookie, while the video still plays. */
  #prepare(): void {
    if (this.#isPreparing) return
    const ready = this.#media.request(this.#url, this.#context).url()
    if (typeof ready === 'string') return
    this.#isPreparing = true
    const end = () => {
      this.#isPreparing = false
    }
    ready.then(end, end)
  }

  /** The video is stuck although its URL looks valid: checks whether the CDN still serves that URL. */
  async #verify(): Promise<void> {
    if (this.#isVerifying) return
    this.#isVerifying = true
    try {
      if ((await this.#nextUrl()) !== undefined) this.#replace()
    } catch {
      // The source has ended.
    } finally {
      this.#isVerifying = false
      this.#watch.expectMove(this.#media.now())
    }
  }

  /** The URL to continue with, or undefined when the CDN still serves the element's URL: then the video itself is at fault. */
  async #nextUrl(): Promise<string | undefined> {
    const { signal } = this.#context
    const { current } = this.#media
    // If the worker couldn't prevent the failure, the next load bypasses it. A refreshed cookie is worth a load of the same URL.
    const isExplained = this.#isRouted || current?.url !== this.#url || current.validity === 'expired'
    this.#isRouted = false
    const request = this.#media.request(this.#url, { signal })
    this.#request = request
    const url = await request.url()
    if (isExplained) return url
    const status = await probe(url, this.#element, signal, request.withCredentials)
    return (await request.answered({ status })).again ? request.url() : undefined
  }

  /** The element has loaded its URL. */
  #noteServed(): void {
    // Nothing has to be found out about what was served.
    this.#request?.answered({ status: 200 })
  }

  /** The very first load failed. */
  async #reopen(): Promise<void> {
    this.#isReopening = true
    try {
      const url = await this.#nextUrl()
      if (url === undefined) this.#context.tech.trigger('error')
      else this.#open(url)
    } catch {
      // The source has ended.
    }
  }

  /** `isWanted`: at once, also while the video is paused. */
  #replace(isWanted = false): void {
    if (this.#swap) return
    const { videojs, signal } = this.#context
    this.#swap = new Swap({ element: this.#element, videojs, emit: this.#emit, signal })
    // Rejects only when the source ends.
    this.#run(this.#swap, isWanted).catch(() => {})
  }

  async #run(swap: Swap, isWanted: boolean): Promise<void> {
    if (!isWanted) await swap.wanted()
    let isShown = false
    for (let url = await this.#nextUrl(); url !== undefined; url = isShown ? undefined : await this.#nextUrl()) {
      this.#take(url)
      isShown = await swap.load(url, () => this.#noteServed())
    }
    const gapMs = swap.end()
    this.#swap = undefined
    if (!isShown) {
      this.#context.tech.trigger('error')
      return
    }
    this.#context.noteSwap(gapMs)
    this.#settling.begin(this.#element.currentTime)
    if (this.#owed.has('seeked')) this.#emit('seeked')
    if (this.#owed.has('playing') && !this.#element.paused) this.#emit('playing')
  }
}
