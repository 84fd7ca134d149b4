import type { VideoJs } from '../../video-js.js'

const PROPERTIES = [
  ...(['currentTime', 'duration', 'paused', 'ended', 'seeking', 'playbackRate', 'error'] as const),
  ...(['buffered', 'played', 'seekable', 'readyState', 'networkState', 'videoWidth', 'videoHeight'] as const),
]
type Property = (typeof PROPERTIES)[number]

/** What a viewer or a script does while the mask is on, told after the mask has taken it in. */
export interface MaskListener {
  onSeek(position: number): void
  onPlay(): Promise<void>
  onPause(): void
  onRate(): void
}

/**
 * Makes the element answer as it did at this moment, while another source takes the place of the old one behind it.
 *
 * Video.js and the page read the element's properties; the mask is a set of own properties that stand before those of the prototype. What is written
 * (a seek, play, pause, a rate) changes the answers at once and is told to the listener, which sees to it that it comes true.
 */
export class ElementMask {
  readonly #answers: Record<Property, unknown>
  readonly #takeOff: () => void

  constructor(element: HTMLVideoElement, videojs: Pick<VideoJs, 'time'>, listener: MaskListener) {
    const copy = (ranges: TimeRanges) => {
      const pairs = Array.from({ length: ranges.length }, (_, index) => [ranges.start(index), ranges.end(index)])
      return videojs.time?.createTimeRanges(pairs) ?? ranges
    }
    const answers: Record<Property, unknown> = {
      currentTime: element.currentTime,
      duration: element.duration,
      paused: element.paused,
      ended: element.ended,
      seeking: element.seeking,
      playbackRate: element.playbackRate,
      // A failure is what the swap is there to repair.
      error: null,
      buffered: copy(element.buffered),
      played: copy(element.played),
      seekable: copy(element.seekable),
      readyState: element.readyState,
      networkState: element.networkState,
      videoWidth: element.videoWidth,
      videoHeight: element.videoHeight,
    }
    this.#answers = answers
    const answer = (name: Property): PropertyDescriptor => ({ get: () => answers[name] })
    this.#takeOff = putOver(element, {
      ...Object.fromEntries(PROPERTIES.map((name) => [name, answer(name)])),
      currentTime: {
        get: () => answers.currentTime,
        set: (position: unknown) => {
          const inside = Math.max(0, Math.min(finite(position), element.duration || Number.POSITIVE_INFINITY))
          Object.assign(answers, { currentTime: inside, seeking: true, ended: false })
          listener.onSeek(this.position)
        },
      },
      playbackRate: {
        get: () => answers.playbackRate,
        set: (rate: unknown) => {
          // The element refuses some.
          realElement(element).rate = finite(rate)
          answers.playbackRate = Number(rate)
          listener.onRate()
        },
      },
      play: {
        value: () => {
          answers.paused = false
          return listener.onPlay()
        },
      },
      pause: {
        value: () => {
          answers.paused = true
          listener.onPause()
        },
      },
    })
  }

  get position(): number {
    return Number(this.#answers.currentTime)
  }

  get rate(): number {
    return Number(this.#answers.playbackRate)
  }

  get paused(): boolean {
    return this.#answers.paused === true
  }

  set paused(paused: boolean) {
    this.#answers.paused = paused
  }

  get seeking(): boolean {
    return this.#answers.seeking === true
  }

  /** The element answers for itself again. */
  remove(): void {
    this.#takeOff()
  }
}

/** Puts own properties before those of the element's prototype; answers with what brings back the ones that were there. */
export function putOver(element: HTMLVideoElement, properties: Record<string, PropertyDescriptor>): () => void {
  const before = Object.keys(properties).map((name) => [name, Object.getOwnPropertyDescriptor(element, name)] as const)
  for (const [name, property] of Object.entries(properties)) {
    Object.defineProperty(element, name, { configurable: true, ...property })
  }
  return () => {
    for (const [name, property] of before) {
      if (property) Object.defineProperty(element, name, property)
      else Reflect.deleteProperty(element, name)
    }
  }
}

/** As the element itself does. */
function finite(value: unknown): number {
  const number = Number(value)
  if (!Number.isFinite(number)) throw new TypeError('The value given is not a finite number.')
  return number
}

/** The element as it is behind what was put over it. */
export function realElement(element: HTMLVideoElement) {
  const { prototype } = HTMLVideoElement
  const get = (name: Property): unknown => Reflect.get(prototype, name, element)
  return {
    get position() {
      return Number(get('currentTime'))
    },
    set position(position: number) {
      Reflect.set(prototype, 'currentTime', position, element)
    },
    set rate(rate: number) {
      Reflect.set(prototype, 'playbackRate', rate, element)
    },
    get isSeeking() {
      return get('seeking') === true
    },
    get readyState() {
      return Number(get('readyState'))
    },
    get seekable() {
      return get('seekable') as TimeRanges
    },
    get hasPicture() {
      return Number(get('videoWidth')) > 0
    },
    play: (): Promise<void> => prototype.play.call(element),
    pause: (): void => prototype.pause.call(element),
  }
}
