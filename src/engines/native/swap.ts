import { linkedController, settleOnce, wait } from '../../core/wait.js'
import type { VideoJs } from '../../video-js/types.js'
import { setNativeSrc } from '../media-source.js'
import { ElementMask, realElement } from './element-mask.js'
import { placeInLive } from './ranges.js'
import { showStillFrame } from './still-frame.js'
import { keepTracks } from './tracks.js'

export interface SwapSettings {
  readonly element: HTMLVideoElement
  readonly videojs: Pick<VideoJs, 'time'>
  /** Fires an event on the player that results from the viewer's action. */
  emit(type: string): void
  readonly signal: AbortSignal
}

/** `HTMLMediaElement.HAVE_METADATA`, `HAVE_CURRENT_DATA`. */
const HAVE_METADATA = 1
const HAVE_CURRENT_DATA = 2
/** The longest wait for a decoded frame to be painted; a hidden page paints none. */
const PAINT_MS = 250
/** A position this close to the target needs no further seek. */
const POSITION_TOLERANCE_S = 0.25

/**
 * Replaces the element's source once, without the viewer noticing.
 *
 * Construction freezes the last frame and masks the element's state. `load` brings the first new frame, and `end` reveals it.
 * Whatever the viewer does in between is applied to the new source.
 */
export class Swap {
  readonly #settings: SwapSettings
  readonly #mask: ElementMask
  readonly #real: HTMLVideoElement
  readonly #restoreTracks: () => void
  readonly #isLive: boolean
  /** The seekable ranges of the old source. */
  readonly #seekable: TimeRanges
  /** Callbacks that recheck what `load` waits for; each gets the type of every event. */
  readonly #waiting = new Set<(type: string) => void>()
  readonly #life: AbortController
  /** What `play()` returns during the swap. */
  readonly #played: Promise<void>
  #isSet = false
  #refusal: unknown
  #startedAt = performance.now()

  constructor(settings: SwapSettings) {
    const { element, videojs, emit, signal } = settings
    this.#settings = settings
    const real = realElement(element)
    this.#real = real
    this.#isLive = element.duration === Number.POSITIVE_INFINITY
    this.#seekable = element.seekable
    this.#restoreTracks = keepTracks(element)
    const removeStill = showStillFrame(element)
    this.#mask = new ElementMask(element, videojs, {
      onSeek: (position) => {
        emit('seeking')
        if (this.#isSet) real.currentTime = position
        this.hear('seeking')
      },
      onPlay: () => {
        emit('play')
        if (this.#isSet) this.#play()
        this.hear('play')
        return this.#played
      },
      onPause: () => {
        emit('pause')
        if (this.#isSet) real.pause()
      },
      onRate: () => emit('ratechange'),
    })
    // The old source must be silent while its picture is frozen.
    real.pause()

    const { controller, release } = linkedController(signal)
    this.#life = controller
    this.#played = new Promise((resolve, reject) => {
      controller.signal.addEventListener('abort', () => {
        release()
        const { paused } = this.#mask
        this.#mask.remove()
        removeStill()
        if (!paused && !signal.aborted) return resolve()
        reject(this.#refusal ?? new DOMException('The play() request was interrupted.', 'AbortError'))
      })
    })
    this.#played.catch(() => {})
  }

  /** The element has a new URL. */
  get isSet(): boolean {
    return this.#isSet
  }

  /** Takes an event of the element that is hidden from all listeners. An `error` ends `load`. */
  hear(type: string): void {
    for (const check of [...this.#waiting]) check(type)
  }

  /** Resolves once the video plays or seeks, and so needs more data. */
  async wanted(): Promise<void> {
    if (!this.#mask.paused || this.#mask.seeking) return
    await this.#until(() => !this.#mask.paused || this.#mask.seeking)
    this.#startedAt = performance.now()
  }

  /**
   * Sets `url`, and calls `onLoaded` once the CDN has served it.
   * Resolves with true when the first new frame is available, with false when the element fails.
   */
  async load(url: string, onLoaded: () => void): Promise<boolean> {
    const real = this.#real
    setNativeSrc(this.#settings.element, url)
    this.#isSet = true
    real.playbackRate = this.#mask.rate
    // Before the metadata arrives, this sets the start position.
    if (!this.#isLive) real.currentTime = this.#mask.position
    // `pause()` also keeps `autoplay` from starting a video that the viewer had paused.
    if (this.#mask.paused) real.pause()
    else this.#play()
    if (!(await this.#until(() => real.readyState >= HAVE_METADATA))) return false
    onLoaded()
    this.#restoreTracks()
    const target = this.#targetPosition()
    if (!real.seeking && Math.abs(real.currentTime - target) > POSITION_TOLERANCE_S) real.currentTime = target
    // WebKitGTK may play on before its state says that it can.
    const hasFrame = () => real.readyState >= HAVE_CURRENT_DATA || real.currentTime > target + POSITION_TOLERANCE_S
    if (!(await this.#until(() => !real.seeking && hasFrame()))) return false
    if (this.#settings.element.videoWidth > 0) await this.#painted()
    return true
  }

  /** Reveals the element again. Returns how long the picture was frozen, in ms. */
  end(): number {
    this.#life.abort()
    return performance.now() - this.#startedAt
  }

  #play(): void {
    this.#real.play().catch((reason: unknown) => {
      const isForbidden = reason instanceof DOMException && reason.name === 'NotAllowedError'
      if (!isForbidden || this.#life.signal.aborted) return
      // The browser requires a user gesture first, so the player shows as paused.
      this.#refusal = reason
      this.#mask.paused = true
      this.#settings.emit('pause')
    })
  }

  #targetPosition(): number {
    const { position } = this.#mask
    if (!this.#isLive) return position
    return placeInLive(position, this.#seekable, this.#real.seekable) ?? this.#real.currentTime
  }

  /** Waits for `condition`, which it checks on every event. Resolves with false when the element fails first. */
  #until(condition: () => boolean): Promise<boolean> {
    return settleOnce(this.#life.signal, (resolve) => {
      const check = (type: string) => {
        if (type === 'error') resolve(false)
        else if (condition()) resolve(true)
      }
      this.#waiting.add(check)
      check('')
      return () => this.#waiting.delete(check)
    })
  }

  /** Waits until the new frame is painted: a decoded frame is not on screen yet. */
  async #painted(): Promise<void> {
    const { element } = this.#settings
    const frame = new Promise<void>((resolve) => element.requestVideoFrameCallback?.(() => resolve()))
    await Promise.race([frame, wait(PAINT_MS, this.#life.signal)])
  }
}
