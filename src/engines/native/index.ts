import type { SignedMedia } from '../../core/signed-media.js'
import type { Html5Tech, SignedPlayer, VideoJs } from '../../video-js/types.js'
import { type Engine, type EngineContext, isHls } from '../engine.js'
import { NETWORK } from '../media-error-codes.js'
import { setNativeSrc } from '../media-source.js'
import { onPlayedElsewhere } from '../service-worker/remote-playback.js'
import { type Decision, decide, MOST_LOADS, type Situation } from './decision.js'
import { guardMoves, realElement } from './element-mask.js'
import { type Continuation, ElementUrl } from './element-url.js'
import { gateMediaEvents } from './event-gate.js'
import { ObservedElement } from './observed-element.js'
import { OwedEvents } from './owed-events.js'
import { isAtEnd } from './ranges.js'
import { Settling } from './settling.js'
import { Swap } from './swap.js'

/** How often a video that plays or seeks is looked at: Safari fires no event when a dead URL blocks it. */
const LOOK_INTERVAL_MS = 250

/** The extra events that a second load at the very start fires. */
const RESTART_EVENTS = ['loadstart', 'emptied', 'abort', 'suspend', 'stalled', 'timeupdate']

/** What of an engine's context this one needs. */
type Context = Pick<
  EngineContext,
  'type' | 'serviceWorker' | 'signal' | 'openMedia' | 'warn' | 'noteSwap' | 'fail' | 'recover'
> & {
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
  readonly #observed: ObservedElement
  #isReopening = false
  #isAsking = false
  /** The player has an error. What the viewer does next is a new attempt. */
  #hasFailed = false
  /** It played, or was to, when it failed. */
  #hasStopped = false
  #swap: Swap | undefined
  readonly #owed: OwedEvents
  readonly #settling = new Settling()

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
    this.#observed = new ObservedElement(this.#real, this.#url, this.#media, this.#isHls)
    const emit = gateMediaEvents(player.el(), element, (event) => this.#admits(event), signal)
    this.#emit = (event) => {
      this.#heard(event)
      emit(event)
    }
    // The CDN never sees an expired URL after a seek or a resume.
    const unguard = guardMoves(
      element,
      () => this.#observed.place,
      (move, position) => this.#swaps(move, position),
    )
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
    return this.#observed.isRouted || (this.#url.hasCookie && !this.#swap)
  }

  /** During a swap the picture is frozen, and only a new URL can bring more. */
  isStarved(): boolean {
    return this.#swap !== undefined
  }

  retry(): void {
    if (!this.#hasFailed) return
    this.#observed.watch.startOver()
    if (this.#observed.isOpen) this.#replace('look', { isWanted: true })
    else this.#reopen()
    if (this.#hasStopped) this.#element.play().catch(() => {})
  }

  async #start(): Promise<void> {
    const { signal } = this.#context
    const url = await this.#url.start()
    const address = await this.#route(url)
    signal.throwIfAborted()
    this.#observed.isRouted = address !== undefined
    this.#open(url, address)
    if (this.#observed.isRouted) onPlayedElsewhere(this.#element, signal, () => this.#leaveRoute(url))
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
    if (!this.#observed.isRouted) return
    if (this.#observed.isOpen) this.#replace('look', { isWanted: true })
    else {
      this.#observed.isRouted = false
      this.#isReopening = true
      this.#open(firstUrl)
    }
  }

  #open(url: string, address = url): void {
    const wasPlaying = !this.#element.paused
    this.#url.take(url)
    this.#observed.watch.noteArrival(this.#media.now())
    setNativeSrc(this.#element, address)
    // With `preload="none"` the element waits for `play()` again, and a second load at the start cancels the first load's `play()`.
    if (wasPlaying) this.#element.play().catch(() => {})
  }

  /** Whether an event of the element reaches Video.js and the page. Also acts on events that reveal a dead URL. */
  #admits(type: string): boolean {
    if (type === 'progress') this.#observed.watch.noteArrival(this.#media.now())
    if (this.#swap) {
      this.#swap.hear(type)
      return false
    }
    this.#observed.notePlace()
    if (type === 'error') {
      if (this.#observed.isOpen) this.#replace('error')
      else this.#reopen()
      return false
    }
    if (!this.#observed.isOpen && type === 'loadedmetadata') {
      this.#observed.isOpen = true
      this.#context.recover()
      if (!this.#observed.isRouted) this.#url.noteServed()
    }
    if (!this.#observed.isOpen && this.#isReopening && RESTART_EVENTS.includes(type)) return false
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
    if (type === 'play' || type === 'seeking') this.#observed.watch.expectMove(this.#media.now())
  }

  #decide(event: Situation['event'], position = this.#element.currentTime, answer?: Situation['answer']): Decision {
    return decide(this.#observed.situation(event, position, answer))
  }

  /** Begins a swap if it is time for one. */
  #swaps(event: 'seek' | 'play' | 'waiting', position?: number): boolean {
    this.#observed.notePlace(position)
    if (this.#swap || !this.#observed.isOpen || this.#decide(event, position) !== 'swap') return false
    this.#replace(event)
    return true
  }

  /** Looks at the position and the buffer, which no event reports. Requests nothing unless the video plays or seeks. */
  #look(): void {
    const real = this.#real
    const swap = this.#swap
    const isIdle = swap ? !swap.isSet : this.#element.ended || (real.paused && !real.seeking)
    const now = this.#media.now()
    if (isIdle || this.#hasFailed || !this.#observed.isOpen || this.#observed.isRouted) {
      this.#observed.watch.expectMove(now)
      return
    }
    this.#observed.watch.look(real, now)
    if (!swap && this.#settling.look(real.currentTime, this.#observed.watch.isStill(now))) this.#emit('waiting')
    const decision = this.#decide('look')
    if (swap) {
      // Its load is as good as failed.
      if (decision === 'swap' || decision === 'ask') swap.hear('error')
    } else if (decision === 'prepare') this.#url.prepare()
    else if (decision === 'swap') this.#replace('look')
    else if (decision === 'ask') this.#ask()
  }

  /** The video is stuck although its URL looks valid, or in spite of fresh ones. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      const { url, isFailed } = await this.#next('look', 'ask')
      // Bytes that have come meanwhile make that unnecessary.
      if (this.#observed.watch.isFlowing(this.#media.now())) return
      if (url !== undefined) this.#replace('look', { url })
      else if (isFailed) this.#fail()
    } catch {
      // The source has ended.
    } finally {
      this.#isAsking = false
      this.#observed.watch.expectMove(this.#media.now())
    }
  }

  #next(event: Situation['event'], decision: Decision): Promise<Continuation> {
    // The next load bypasses the worker.
    this.#observed.isRouted = false
    const place = this.#element.currentTime
    const isFirst = this.#observed.watch.loadsAt(place) === 0
    return this.#url.next(decision, isFirst, (answer) => this.#decide(event, place, answer))
  }

  /** The very first load failed. */
  async #reopen(): Promise<void> {
    this.#isReopening = true
    this.#hasFailed = false
    try {
      const { url } = await this.#next('error', this.#decide('error'))
      if (url === undefined) return this.#fail()
      this.#observed.watch.noteLoad(this.#real.currentTime, this.#media.now())
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
    this.#hasFailed = false
    this.#swap = new Swap({ element: this.#element, videojs, emit: this.#emit, signal })
    // The element's own event is on its way, and the swap hides it.
    if (isPaused !== this.#owed.isPaused) this.#emit(isPaused ? 'pause' : 'play')
    // A loop goes on at the start, but WebKitGTK may get no further than the end.
    if (this.#real.loop && isAtEnd(this.#real, this.#element.currentTime)) this.#element.currentTime = 0
    // Rejects only when the source ends.
    this.#run(this.#swap, event, how).catch(() => {})
  }

  async #run(swap: Swap, event: Situation['event'], how: { url?: string; isWanted?: boolean }): Promise<void> {
    if (!how.isWanted) await swap.wanted()
    const watch = this.#observed.watch
    let isShown = false
    let { url } =
      how.url === undefined ? await this.#next(event, event === 'error' ? this.#decide(event) : 'swap') : how
    while (url !== undefined && !isShown) {
      this.#url.take(url)
      watch.noteLoad(this.#element.currentTime, this.#media.now())
      isShown = await swap.load(url, () => this.#url.noteServed())
      if (!isShown) ({ url } = await this.#next('error', this.#decide('error')))
    }
    this.#observed.notePlace(this.#element.currentTime)
    this.#hasStopped = !isShown && !this.#element.paused
    const gapMs = swap.end()
    this.#swap = undefined
    if (!isShown) return this.#fail()
    this.#context.recover()
    this.#context.noteSwap(gapMs)
    watch.expectMove(this.#media.now())
    this.#settling.begin(this.#element.currentTime)
    if (this.#owed.has('seeked')) this.#emit('seeked')
    if (this.#owed.has('playing') && !this.#element.paused) this.#emit('playing')
  }

  /** The player gets the element's error, with what is known about the URL. */
  #fail(): void {
    this.#hasFailed = true
    const { error, currentTime } = this.#element
    const loads = this.#observed.watch.loadsAt(currentTime)
    const what = [
      error?.message,
      loads < MOST_LOADS ? '' : tooShort(loads, currentTime),
      this.#media.describe(),
      this.#url.verdict,
    ]
    this.#context.fail({ code: error?.code ?? NETWORK, cause: new Error(what.filter(Boolean).join(' ')) })
  }
}

function tooShort(loads: number, position: number): string {
  return `Setting a fresh URL ${loads} times has not moved the video past ${position.toFixed(1)} s: a URL has to live for as long as the browser takes to load its way back there.`
}
