import type { VideoJs } from '../../video-js/types.js'

const RANGES = ['buffered', 'played', 'seekable'] as const
const PROPERTIES = [
  ...(['currentTime', 'duration', 'paused', 'ended', 'seeking', 'playbackRate'] as const),
  ...(['readyState', 'networkState', 'videoWidth', 'videoHeight'] as const),
]
type Property = (typeof PROPERTIES)[number] | (typeof RANGES)[number] | 'error'

/** Receives what a viewer or a script does while the mask is on. Called once the mask already shows the change. */
export interface MaskListener {
  onSeek(position: number): void
  onPlay(): Promise<void>
  onPause(): void
  onRate(): void
}

/**
 * Keeps the element's state looking as it does now, while a new source replaces the old one behind it.
 *
 * Video.js and the page read the element's properties, so the mask hides those of the prototype behind own properties.
 * A write (a seek, play, pause, a rate) shows at once. The listener then applies it to the new source.
 */
export class ElementMask {
  readonly #values: Record<Property, unknown>
  readonly #restore: () => void

  constructor(element: HTMLVideoElement, videojs: Pick<VideoJs, 'time'>, listener: MaskListener) {
    const copy = (ranges: TimeRanges) => {
      const pairs = Array.from({ length: ranges.length }, (_, index) => [ranges.start(index), ranges.end(index)])
      return videojs.time?.createTimeRanges(pairs) ?? ranges
    }
    const values = {
      ...Object.fromEntries(PROPERTIES.map((name) => [name, element[name]])),
      ...Object.fromEntries(RANGES.map((name) => [name, copy(element[name])])),
      // The swap repairs the failure.
      error: null,
    } as Record<Property, unknown>
    this.#values = values
    this.#restore = putOver(element, {
      ...Object.fromEntries(Object.keys(values).map((name) => [name, { get: () => values[name as Property] }])),
      currentTime: {
        get: () => values.currentTime,
        set: (position: unknown) => {
          const inside = Math.max(0, Math.min(finite(position), element.duration || Number.POSITIVE_INFINITY))
          Object.assign(values, { currentTime: inside, seeking: true, ended: false })
          listener.onSeek(this.position)
        },
      },
      playbackRate: {
        get: () => values.playbackRate,
        set: (rate: unknown) => {
          // The element throws for a rate that it does not support.
          realElement(element).playbackRate = finite(rate)
          values.playbackRate = Number(rate)
          listener.onRate()
        },
      },
      play: {
        value: () => {
          values.paused = false
          return listener.onPlay()
        },
      },
      pause: {
        value: () => {
          values.paused = true
          listener.onPause()
        },
      },
    })
  }

  get position(): number {
    return Number(this.#values.currentTime)
  }

  get rate(): number {
    return Number(this.#values.playbackRate)
  }

  get paused(): boolean {
    return this.#values.paused === true
  }

  set paused(paused: boolean) {
    this.#values.paused = paused
  }

  get seeking(): boolean {
    return this.#values.seeking === true
  }

  /** Shows the element's own state again. */
  remove(): void {
    this.#restore()
  }
}

/** Hides properties of the element's prototype behind own ones. Returns a function that restores the previous ones. */
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

/**
 * Calls `begin` before a seek by `currentTime` and before `play()`; after it, the element's mask may take what they do. `currentTime` reads as `placeOf()`.
 * Returns a function that removes the guard.
 * Loops and the browser's own controls bypass these properties: they show up as `seeking` and `play` events.
 */
export function guardMoves(
  element: HTMLVideoElement,
  placeOf: () => number,
  begin: (move: 'seek' | 'play', position?: number) => boolean,
): () => void {
  const real = realElement(element)
  return putOver(element, {
    currentTime: {
      get: placeOf,
      set: (position: number) => {
        if (begin('seek', position)) element.currentTime = position
        else real.currentTime = position
      },
    },
    play: { value: () => (begin('play') ? element.play() : real.play()) },
  })
}

/** Throws as the element itself does. */
function finite(value: unknown): number {
  const number = Number(value)
  if (!Number.isFinite(number)) throw new TypeError('The value given is not a finite number.')
  return number
}

/** The element as it is, behind the own properties that hide it. */
export function realElement(element: HTMLVideoElement): HTMLVideoElement {
  const { prototype } = HTMLVideoElement
  return new Proxy(element, {
    get(_element, name) {
      const value: unknown = Reflect.get(prototype, name, element)
      return typeof value === 'function' ? value.bind(element) : value
    },
    set: (_element, name, value) => Reflect.set(prototype, name, value, element),
  })
}
