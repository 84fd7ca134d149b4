import type { MediaRequests } from '../../core/media-requests.js'
import { SignedRequests } from '../../core/signed-requests.js'
import { type Engine, type EngineContext, isHls } from '../engine.js'
import { setNativeSrc } from '../media-source.js'
import { putOver, realElement } from './element-mask.js'
import { gateMediaEvents } from './event-gate.js'
import { OwedEvents } from './owed-events.js'
import { probe } from './probe.js'
import { ProgressWatch } from './progress-watch.js'
import { isBuffered, isLoadedToEnd } from './ranges.js'
import { Settling } from './settling.js'
import { Swap } from './swap.js'
import { WholeUrl } from './whole-url.js'

/** How often a film that plays or seeks is looked at: Safari says nothing when a dead URL blocks it. */
const LOOK_MS = 250
/** With less than this ahead the next URL is asked for, so that it is there when the buffer runs out. */
const PREPARE_S = 2
/** With less than this ahead nothing is lost by a swap any more. */
const LAST_MOMENT_S = 0.4
/** The part of a playlist's life at its end in which no quiet moment is waited for. */
const TAIL_OF_LIFE = 0.1

/** What a second load at the very start adds to the first. */
const RESTART_EVENTS = ['loadstart', 'emptied', 'abort', 'suspend', 'stalled', 'timeupdate']

/**
 * Plays a source with the element itself. Nobody can rewrite or see the element's requests: when its URL is dead and can give no more, the engine swaps
 * `src` on the same element, as late as it can. A download that is open goes on after its URL has expired, so expiry alone is no reason;
 * native HLS asks for each segment, so there the swap comes before expiry.
 */
export default class NativeEngine implements Engine {
  readonly #context: EngineContext
  readonly #requests: SignedRequests
  /** The endpoint renews a cookie, which reaches the element's requests without a swap as long as it is renewed in time. */
  readonly #hasCookie: boolean
  readonly #element: HTMLVideoElement
  readonly #emit: (type: string) => void
  readonly #isHls: boolean
  /** The URL that the element has, and since when (device's clock). */
  #url = ''
  #setAt = 0
  /** Device's clock when that URL ends; undefined when unknown. */
  #endsAt: number | undefined
  /** The element has had metadata. */
  #isOpen = false
  #isReopening = false
  /** The element has an address that the service worker answers; the URL behind it changes unseen. */
  #isRouted = false
  #isAsking = false
  #isPreparing = false
  #swap: Swap | undefined
  readonly #owed = new OwedEvents()
  readonly #settling = new Settling()
  readonly #watch = new ProgressWatch()

  constructor(context: EngineContext) {
    const { source, player, tech, signal, type, openScope } = context
    const element = tech.el()
    this.#context = context
    this.#element = element
    this.#isHls = isHls(type)
    const requests: MediaRequests = openScope?.(true) ?? new SignedRequests(source, new WholeUrl(source.resource))
    this.#requests = requests.of(source.resource)
    this.#hasCookie = requests.sendsCookies !== undefined
    const emit = gateMediaEvents(player.el(), element, (event) => this.#admits(event), signal)
    this.#emit = (event) => {
      this.#heard(event)
      emit(event)
    }
    const unguard = this.#guard()
    const timer = setInterval(() => this.#look(), LOOK_MS)
    signal.addEventListener('abort', () => {
      this.#swap?.end()
      unguard()
      clearInterval(timer)
    })
    // Only the end of the source rejects.
    this.#start().catch(() => {})
  }

  get isSeamless(): boolean {
    return this.#isRouted || (this.#hasCookie && !this.#swap)
  }

  /** While the picture stands, only a URL can bring more. */
  isStarved(): boolean {
    return this.#swap !== undefined
  }

  async #start(): Promise<void> {
    const { source, signal } = this.#context
    const url = await source.start()
    const address = await this.#route(url)
    signal.throwIfAborted()
    this.#isRouted = address !== undefined
    this.#open(url, address)
  }

  /**
   * An address of the site's own, where its service worker can answer for it. Native HLS would ask for its segments beside that address,
   * and a film behind a cookie needs no other address.
   */
  async #route(url: string): Promise<string | undefined> {
    const { serviceWorker: workerUrl, signal, warn } = this.#context
    if (workerUrl === undefined || this.#isHls || this.#hasCookie) return undefined
    const { openWorkerRoute } = await import('../service-worker/route.js')
    const onUnreadable = () => {
      this.#isRouted = false
      this.#isReopening = true
      this.#open(url)
    }
    return openWorkerRoute({ workerUrl, source: this.#requests, url, signal, warn, onUnreadable })
  }

  #open(url: string, address = url): void {
    const wasPlaying = !this.#element.paused
    this.#take(url)
    setNativeSrc(this.#element, address)
    // With `preload="none"` a film waits for `play()` again, and a second load at the start takes back the first one's.
    if (wasPlaying) this.#element.play().catch(() => {})
  }

  #take(url: string): void {
    const { source } = this.#context
    const now = this.#requests.now()
    this.#url = url
    this.#setAt = now
    this.#endsAt = source.issue && source.endsAt(source.issue)
    this.#watch.expectMove(now)
    this.#watch.noteArrival(now)
  }

  /** Seeks and resumes on a dead URL begin with a swap, so that the CDN never sees them. Others (loops, a browser's own controls) are heard of by `seeking` and `play`. */
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

  /** Whether Video.js and the page hear of an event of the element. Acts on those that tell of a dead URL. */
  #admits(type: string): boolean {
    if (type === 'progress') this.#watch.noteArrival(this.#requests.now())
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
      if (!this.#isRouted) this.#requests.accepted(this.#url, this.#setAt)
    }
    if (!this.#isOpen && this.#isReopening && RESTART_EVENTS.includes(type)) return false
    if (type === 'waiting' && this.#needsMore() && !this.#isFlowing()) {
      this.#replace()
      return false
    }
    // A dead URL's download ends, which is nobody's business.
    if ((type === 'suspend' || type === 'stalled') && this.#isStale()) return false
    if (this.#settling.holds(type, this.#element.currentTime)) return false
    this.#heard(type)
    if (type === 'seeking' && this.#isStale() && !isBuffered(this.#element, this.#element.currentTime)) this.#replace()
    if (type === 'play' && this.#needsMore()) this.#replace()
    return true
  }

  #heard(type: string): void {
    this.#owed.heard(type)
    if (type === 'play' || type === 'seeking') this.#watch.expectMove(this.#requests.now())
  }

  /** The element's URL is dead, or a newer one has taken its place. */
  #isStale(): boolean {
    const { source } = this.#context
    return (
      this.#isOpen && !this.#isRouted && !this.#swap && (source.url !== this.#url || source.validity() === 'expired')
    )
  }

  /** The film can't go on to its end by what is loaded and what the element's URL can give. */
  #needsMore(): boolean {
    return this.#isStale() && !isLoadedToEnd(this.#element)
  }

  #isFlowing(): boolean {
    return this.#watch.isFlowing(this.#requests.now())
  }

  /** Looks at the position and the buffer: what a browser doesn't tell. While nobody plays or seeks, nothing is asked for. */
  #look(): void {
    const element = this.#element
    if (this.#swap || !this.#isOpen || this.#isRouted || element.ended || (element.paused && !element.seeking)) return
    const now = this.#requests.now()
    this.#watch.look(element, now)
    const isStuck = this.#watch.isStuck(now)
    if (this.#settling.look(element.currentTime, isStuck)) this.#emit('waiting')
    if (isLoadedToEnd(element)) return
    const { source } = this.#context
    const { ahead } = this.#watch
    const isReady = source.url !== this.#url
    const isStale = this.#isStale()
    const isAtLastMoment = ahead < LAST_MOMENT_S
    const isAhead = this.#isHls || this.#hasCookie
    if (!isReady && (isAhead ? source.validity() !== 'fresh' : isStale && ahead < PREPARE_S)) this.#prepare()
    if (isReady && (this.#isHls ? this.#isTimeForPlaylist(now) : isAtLastMoment && !this.#isFlowing())) this.#replace()
    // With data ahead it is no slow network that holds the film up: WebKit stands when it has sought by itself and was refused.
    else if (isStuck && isStale && !(isAtLastMoment && this.#isFlowing())) this.#replace()
    else if (isStuck && !this.#isFlowing()) this.#ask()
  }

  /** Native HLS: a moment at which nobody looks, else the last one before the URL dies. */
  #isTimeForPlaylist(now: number): boolean {
    const endsAt = this.#endsAt ?? 0
    return document.hidden || this.#element.seeking || now >= endsAt - TAIL_OF_LIFE * (endsAt - this.#setAt)
  }

  /** Has the next URL ready, or the cookie renewed, while the film still plays. */
  #prepare(): void {
    if (this.#isPreparing) return
    const ready = this.#requests.resolve(this.#url, this.#context.signal)
    if (typeof ready === 'string') return
    this.#isPreparing = true
    const end = () => {
      this.#isPreparing = false
    }
    ready.then(end, end)
  }

  /** The film stands though its URL looks valid. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      if ((await this.#nextUrl()) !== undefined) this.#replace()
    } catch {
      // The source has ended.
    } finally {
      this.#isAsking = false
      this.#watch.expectMove(this.#requests.now())
    }
  }

  /** The URL to go on with, or undefined when the CDN serves the one that the element has: then the failure is the film's own. */
  async #nextUrl(): Promise<string | undefined> {
    const { source, signal } = this.#context
    const url = this.#url
    const isRouted = this.#isRouted
    // What the worker couldn't save is tried without it.
    this.#isRouted = false
    if (isRouted || source.url !== url || source.validity() === 'expired') return this.#requests.resolve(url, signal)
    const sentAt = this.#requests.now()
    const status = await probe(url, this.#element, signal, this.#hasCookie)
    return this.#requests.isRefusal(status, url) ? this.#requests.repair(url, status, sentAt, signal) : undefined
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

  #replace(): void {
    if (this.#swap) return
    const { videojs, signal } = this.#context
    this.#swap = new Swap({ element: this.#element, videojs, emit: this.#emit, signal })
    // Only the end of the source rejects.
    this.#run(this.#swap).catch(() => {})
  }

  async #run(swap: Swap): Promise<void> {
    await swap.wanted()
    let isShown = false
    for (let url = await this.#nextUrl(); url !== undefined; url = isShown ? undefined : await this.#nextUrl()) {
      this.#take(url)
      isShown = await swap.load(url, () => this.#requests.accepted(this.#url, this.#setAt))
    }
    const gapMs = swap.end()
    this.#swap = undefined
    if (!isShown) {
      this.#context.tech.trigger('error')
      return
    }
    const { stats } = this.#context.source
    stats.swaps += 1
    stats.lastGapMs = gapMs
    stats.longestGapMs = Math.max(stats.longestGapMs, gapMs)
    this.#settling.begin(this.#element.currentTime)
    if (this.#owed.has('seeked')) this.#emit('seeked')
    if (this.#owed.has('playing') && !this.#element.paused) this.#emit('playing')
  }
}
