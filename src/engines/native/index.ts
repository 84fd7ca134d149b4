import type { SignedMedia } from '../../core/signed-media.js'
import type { Html5Tech, SignedPlayer, VideoJs } from '../../video-js/types.js'
import { type Engine, type EngineContext, isHls } from '../engine.js'
import { NETWORK } from '../media-error-codes.js'
import { setNativeSrc } from '../media-source.js'
import { onPlayedElsewhere } from '../service-worker/remote-playback.js'
import { type Decision, decide, type Situation } from './decision.js'
import { putOver, realElement } from './element-mask.js'
import { ElementUrl } from './element-url.js'
import { gateMediaEvents } from './event-gate.js'
import { OwedEvents } from './owed-events.js'
import { ProgressWatch } from './progress-watch.js'
import { isBuffered, isLoadedToEnd } from './ranges.js'
import { Settling } from './settling.js'
import { Swap } from './swap.js'

/** How often a video that plays or seeks is looked at: Safari fires no event when a dead URL blocks it. */
const LOOK_INTERVAL_MS = 250
/** `HTMLMediaElement.HAVE_FUTURE_DATA`. */
const HAVE_FUTURE_DATA = 3

/** The extra events that a second load at the very start fires. */
const RESTART_EVENTS = ['loadstart', 'emptied', 'abort', 'suspend', 'stalled', 'timeupdate']

/** What of an engine's context this one needs. */
type Context = Pick<EngineContext, 'type' | 'serviceWorker' | 'signal' | 'openMedia' | 'warn' | 'noteSwap' | 'fail'> & {
  readonly videojs: Pick<VideoJs, 'time'>
  readonly player: Pick<SignedPlayer, 'el'>
  readonly tech: Pick<Html5Tech, 'el'>
}

/**
 * Plays a source with the element itself, whose requests a page can neither see nor rewrite. `decide` says when the element gets another URL; the engine gathers what
 * that depends on, and carries it out.
 */
export default class NativeEngine implements Engine {
  readonly #context: Context
  readonly #media: SignedMedia
  readonly #element: HTMLVideoElement
  /** The element behind the mask that a swap puts on it. */
  readonly #real: HTMLVideoElement
  readonly #emit: (type: string) => void
  readonly #isHls: boolean
  readonly #url: ElementUrl
  /** The element has loaded metadata. */
  #isOpen = false
  #isReopening = false
  /** The service worker answers the element's address; the URL behind it changes unseen. */
  #isRouted = false
  #isAsking = false
  #swap: Swap | undefined
  readonly #owed: OwedEvents
  readonly #settling = new Settling()
  readonly #watch = new ProgressWatch()

  constructor(context: Context) {
    const { player, tech, signal, type } = context
    const element = tech.el()
    this.#context = context
    this.#element = element
    this.#real = realElement(element)
    this.#owed = new OwedEvents(element.paused)
    this.#isHls = isHls(type)
    this.#media = context.openMedia({ isOneFile: true })
    this.#url = new ElementUrl(this.#media, element, signal)
    const emit = gateMediaEvents(player.el(), element, (event) => this.#admits(event), signal)
    this.#emit = (event) => {
      this.#heard(event)
      emit(event)
    }
    const unguard = this.#guard()
    const timer = setInterval(() => this.#look(), LOOK_INTERVAL_MS)
    signal.addEventListener('abort', () => {
      this.#swap?.end()
      unguard()
      clearInterval(timer)
    })
    // Rejects only when the source ends.
    this.#start().catch(() => {})
  }

  get isSeamless(): boolean {
    return this.#isRouted || (this.#url.hasCookie && !this.#swap)
  }

  /** During a swap the picture is frozen, and only a new URL can bring more. */
  isStarved(): boolean {
    return this.#swap !== undefined
  }

  async #start(): Promise<void> {
    const { signal } = this.#context
    const url = await this.#url.start()
    const address = await this.#route(url)
    signal.throwIfAborted()
    this.#isRouted = address !== undefined
    this.#open(url, address)
    if (this.#isRouted) onPlayedElsewhere(this.#element, signal, () => this.#leaveRoute(url))
  }

  /**
   * Returns an address on the site's own origin that the service worker answers, or undefined to use the signed URL itself.
   * Native HLS would request its segments relative to that address, and a video behind a cookie needs no other address.
   */
  async #route(url: string): Promise<string | undefined> {
    const { serviceWorker: workerUrl, signal, warn } = this.#context
    if (workerUrl === undefined || this.#isHls || this.#url.hasCookie) return undefined
    const { openWorkerRoute } = await import('../service-worker/route.js')
    const onUnreadable = () => this.#leaveRoute(url)
    return openWorkerRoute({ workerUrl, media: this.#media, url, signal, warn, onUnreadable })
  }

  /** Sets a signed URL in place of the worker's address, where the video is. `firstUrl`: the one that the source started with. */
  #leaveRoute(firstUrl: string): void {
    if (!this.#isRouted) return
    if (this.#isOpen) this.#replace('look', { isWanted: true })
    else {
      this.#isRouted = false
      this.#isReopening = true
      this.#open(firstUrl)
    }
  }

  #open(url: string, address = url): void {
    const wasPlaying = !this.#element.paused
    this.#url.take(url)
    this.#watch.noteArrival(this.#media.now())
    setNativeSrc(this.#element, address)
    // With `preload="none"` the element waits for `play()` again, and a second load at the start cancels the first load's `play()`.
    if (wasPlaying) this.#element.play().catch(() => {})
  }

  /**
   * Begins a seek or a resume on an expired URL with a swap, so that the CDN never sees that URL. Those that bypass these properties
   * (loops, the browser's own controls) show up as `seeking` and `play` events.
   */
  #guard(): () => void {
    const element = this.#element
    const real = this.#real
    return putOver(element, {
      currentTime: {
        get: () => real.currentTime,
        set: (position: number) => {
          if (this.#swaps('seek', position)) element.currentTime = position
          else real.currentTime = position
        },
      },
      play: { value: () => (this.#swaps('play') ? element.play() : real.play()) },
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
      if (this.#isOpen) this.#replace('error')
      else this.#reopen()
      return false
    }
    if (!this.#isOpen && type === 'loadedmetadata') {
      this.#isOpen = true
      if (!this.#isRouted) this.#url.noteServed()
    }
    if (!this.#isOpen && this.#isReopening && RESTART_EVENTS.includes(type)) return false
    if (type === 'waiting' && this.#swaps('waiting')) return false
    // The download of an expired URL has ended, which no listener needs to know.
    if ((type === 'suspend' || type === 'stalled') && this.#url.validity === 'expired') return false
    if (this.#settling.holds(type, this.#element.currentTime)) return false
    this.#heard(type)
    if (type === 'seeking') this.#swaps('seek')
    if (type === 'play') this.#swaps('play')
    return true
  }

  #heard(type: string): void {
    this.#owed.heard(type)
    if (type === 'play' || type === 'seeking') this.#watch.expectMove(this.#media.now())
  }

  #decide(event: Situation['event'], position = this.#element.currentTime, answer?: Situation['answer']): Decision {
    const real = this.#real
    const watch = this.#watch
    const now = this.#media.now()
    const url = this.#isRouted ? 'fresh' : this.#url.validity
    // A busy machine stalls what has data.
    const lacksData = real.readyState < HAVE_FUTURE_DATA || real.seeking || url === 'expired'
    return decide({
      event,
      kind: this.#isHls ? 'playlist' : this.#url.hasCookie ? 'cookie' : 'file',
      url,
      // Where the worker could not prevent a failure, the signed URL itself is the newer one.
      hasNewer: this.#isRouted ? event === 'error' : this.#url.hasNewer,
      isOpen: this.#isOpen,
      isLoaded: event === 'seek' ? isBuffered(real, position) : isLoadedToEnd(real),
      ahead: watch.ahead,
      isFlowing: watch.isFlowing(now),
      isStuck: event === 'look' && lacksData && watch.isStuck(now, position),
      isTime: document.hidden || real.seeking || this.#url.isEnding,
      loads: watch.loadsAt(position),
      answer,
    })
  }

  /** Begins a swap if it is time for one. */
  #swaps(event: 'seek' | 'play' | 'waiting', position?: number): boolean {
    if (this.#swap || !this.#isOpen || this.#decide(event, position) !== 'swap') return false
    this.#replace(event)
    return true
  }

  /** Looks at the position and the buffer, which no event reports. Requests nothing unless the video plays or seeks. */
  #look(): void {
    const real = this.#real
    const swap = this.#swap
    const isIdle = swap ? !swap.isSet : this.#element.ended || (real.paused && !real.seeking)
    const now = this.#media.now()
    if (isIdle || !this.#isOpen || this.#isRouted) {
      this.#watch.expectMove(now)
      return
    }
    this.#watch.look(real, now)
    if (!swap && this.#settling.look(real.currentTime, this.#watch.isStill(now))) this.#emit('waiting')
    const decision = this.#decide('look')
    if (swap) {
      // Its load is as good as failed.
      if (decision === 'swap' || decision === 'ask') swap.hear('error')
    } else if (decision === 'prepare') this.#url.prepare()
    else if (decision === 'swap') this.#replace('look')
    else if (decision === 'ask') this.#ask()
  }

  /** The video is stuck although its URL looks valid. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      const url = await this.#nextUrl('look', 'ask')
      if (url !== undefined) this.#replace('look', { url })
    } catch {
      // The source has ended.
    } finally {
      this.#isAsking = false
      this.#watch.expectMove(this.#media.now())
    }
  }

  #nextUrl(event: Situation['event'], decision: Decision): Promise<string | undefined> {
    // The next load bypasses the worker.
    this.#isRouted = false
    const place = this.#element.currentTime
    return this.#url.next(decision, this.#watch.loadsAt(place) === 0, (answer) => this.#decide(event, place, answer))
  }

  /** The very first load failed. */
  async #reopen(): Promise<void> {
    this.#isReopening = true
    try {
      const url = await this.#nextUrl('error', this.#decide('error'))
      if (url === undefined) return this.#fail()
      this.#watch.noteLoad(this.#real.currentTime, this.#media.now())
      this.#open(url)
    } catch {
      // The source has ended.
    }
  }

  /** `url`: the next one, where it is known. `isWanted`: at once, also while the video is paused. */
  #replace(event: Situation['event'], how: { url?: string; isWanted?: boolean } = {}): void {
    if (this.#swap) return
    const { videojs, signal } = this.#context
    const isPaused = this.#real.paused
    this.#swap = new Swap({ element: this.#element, videojs, emit: this.#emit, signal })
    // The element's own event is on its way, and the swap hides it.
    if (isPaused !== this.#owed.isPaused) this.#emit(isPaused ? 'pause' : 'play')
    // Rejects only when the source ends.
    this.#run(this.#swap, event, how).catch(() => {})
  }

  async #run(swap: Swap, event: Situation['event'], how: { url?: string; isWanted?: boolean }): Promise<void> {
    if (!how.isWanted) await swap.wanted()
    const watch = this.#watch
    let isShown = false
    let url = how.url ?? (await this.#nextUrl(event, event === 'error' ? this.#decide(event) : 'swap'))
    while (url !== undefined && !isShown) {
      this.#url.take(url)
      watch.noteLoad(this.#element.currentTime, this.#media.now())
      isShown = await swap.load(url, () => this.#url.noteServed())
      if (!isShown) url = await this.#nextUrl('error', this.#decide('error'))
    }
    const gapMs = swap.end()
    this.#swap = undefined
    if (!isShown) return this.#fail()
    this.#context.noteSwap(gapMs)
    watch.expectMove(this.#media.now())
    this.#settling.begin(this.#element.currentTime)
    if (this.#owed.has('seeked')) this.#emit('seeked')
    if (this.#owed.has('playing') && !this.#element.paused) this.#emit('playing')
  }

  /** The player gets the element's error, with what is known about the URL. */
  #fail(): void {
    const { code = NETWORK, message = '' } = this.#element.error ?? {}
    this.#context.fail({ code, cause: new Error(`${message} ${this.#media.describe()}`.trim()) })
  }
}
