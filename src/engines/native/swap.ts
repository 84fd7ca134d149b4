import { linkedController, settleOnce, wait } from '../../core/wait.js'
import type { VideoJs } from '../../video-js.js'
import { setNativeSrc } from '../media-source.js'
import { ElementMask, realElement } from './element-mask.js'
import { placeInLive } from './ranges.js'
import { showStillFrame } from './still-frame.js'
import { keepTracks } from './tracks.js'

export interface SwapSettings {
  readonly element: HTMLVideoElement
  readonly videojs: VideoJs
  /** Has the player hear an event that the viewer's own doing owes it. */
  emit(type: string): void
  readonly signal: AbortSignal
}

/** `HTMLMediaElement.HAVE_METADATA`, `HAVE_CURRENT_DATA`. */
const HAVE_METADATA = 1
const HAVE_CURRENT_DATA = 2
/** The longest wait for a decoded frame to be painted; a hidden page paints none. */
const PAINT_MS = 250
/** Nearer than this the element has come out where it should. */
const PLACE_S = 0.25

/**
 * One exchange of the element's source that nobody sees. From its making the last frame stands and the element answers as before; `load` brings
 * the first new frame, and `end` lets go. What the viewer does meanwhile comes true on the new source.
 */
export class Swap {
  readonly #settings: SwapSettings
  readonly #mask: ElementMask
  readonly #real: ReturnType<typeof realElement>
  readonly #restoreTracks: () => void
  readonly #isLive: boolean
  /** What could be sought to on the old source. */
  readonly #seekable: TimeRanges
  /** Looks again at what `load` waits for; told the type of each event. */
  readonly #waiting = new Set<(type: string) => void>()
  readonly #life: AbortController
  /** What `play()` answers meanwhile. */
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
        if (this.#isSet) real.position = position
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
    // The old source is not to be heard while its picture stands.
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

  /** Takes note of an event of the element, which nobody else hears. */
  hear(type: string): void {
    for (const look of [...this.#waiting]) look(type)
  }

  /** Resolves as soon as the viewer wants more of the film: it plays, or it seeks. */
  async wanted(): Promise<void> {
    if (!this.#mask.paused || this.#mask.seeking) return
    await this.#until(() => !this.#mask.paused || this.#mask.seeking)
    this.#startedAt = performance.now()
  }

  /** Sets `url`; `onLoaded` is called when the CDN has served it. Resolves true when the first new frame is there, false when the element failed. */
  async load(url: string, onLoaded: () => void): Promise<boolean> {
    const real = this.#real
    setNativeSrc(this.#settings.element, url)
    this.#isSet = true
    real.rate = this.#mask.rate
    // Before there is metadata this names where to begin.
    if (!this.#isLive) real.position = this.#mask.position
    // `pause()` also keeps `autoplay` from starting a film that the viewer had stopped.
    if (this.#mask.paused) real.pause()
    else this.#play()
    if (!(await this.#until(() => real.readyState >= HAVE_METADATA))) return false
    onLoaded()
    this.#restoreTracks()
    const place = this.#place()
    if (!real.isSeeking && Math.abs(real.position - place) > PLACE_S) real.position = place
    if (!(await this.#until(() => real.readyState >= HAVE_CURRENT_DATA && !real.isSeeking))) return false
    if (real.hasPicture) await this.#painted()
    return true
  }

  /** The element shows itself again. Answers how long the picture stood, ms. */
  end(): number {
    this.#life.abort()
    return performance.now() - this.#startedAt
  }

  #play(): void {
    this.#real.play().catch((reason: unknown) => {
      const isForbidden = reason instanceof DOMException && reason.name === 'NotAllowedError'
      if (!isForbidden || this.#life.signal.aborted) return
      // The browser wants a gesture first: the player shows itself paused.
      this.#refusal = reason
      this.#mask.paused = true
      this.#settings.emit('pause')
    })
  }

  #place(): number {
    const { position } = this.#mask
    if (!this.#isLive) return position
    return placeInLive(position, this.#seekable, this.#real.seekable) ?? this.#real.position
  }

  /** Waits for `condition`, looked at whenever something happens; false when the element fails first. */
  #until(condition: () => boolean): Promise<boolean> {
    return settleOnce(this.#life.signal, (resolve) => {
      const look = (type: string) => {
        if (type === 'error') resolve(false)
        else if (condition()) resolve(true)
      }
      this.#waiting.add(look)
      look('')
      return () => this.#waiting.delete(look)
    })
  }

  /** A frame that is decoded is not yet seen. */
  async #painted(): Promise<void> {
    const { element } = this.#settings
    const frame = new Promise<void>((resolve) => element.requestVideoFrameCallback?.(() => resolve()))
    await Promise.race([frame, wait(PAINT_MS, this.#life.signal)])
  }
}
