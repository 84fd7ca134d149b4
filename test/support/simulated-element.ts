import { timeRanges } from './time-ranges.js'

/** How a browser gets at a file, as seen in the three of `test/browser`. */
export interface BrowserHabits {
  /** It reads from the file's start to get to a position, as Firefox does within a megabyte. */
  readonly readsFromStart: boolean
  /** It doesn't say that a request was refused, as Safari doesn't. */
  readonly isSilent: boolean
  /** Data ahead with which it begins to play, s. WebKitGTK wants several seconds, and shows a frame long before. */
  readonly startS: number
  /** With an error it goes back to 0, as WebKit does. */
  readonly losesPlace: boolean
}

/** A CDN that refuses requests with expired URLs. */
export interface SimulatedCdn {
  /** Whether it serves a request `ageMs` after the element has loaded the URL: later ones may go to where that was redirected then. */
  serves(url: string, ageMs: number): boolean
  /** Whether it ends a download whose URL expires, instead of letting it go on. */
  readonly cutsWhenExpired: boolean
  /** Seconds of video that a download brings in a second. */
  speed: number
}

/** Data ahead with which a seek is done, s. */
const FRAME_S = 0.1
/** With less data ahead it stops, s. */
const STOP_S = 0.1

/**
 * A media element that plays one file, of one second of video after the other, in steps that a test makes. It stands in for the properties of `HTMLMediaElement`, and
 * fires the events of the standard at the end of each step.
 */
export class SimulatedElement {
  readonly element: HTMLVideoElement
  readonly duration = 40
  currentTime = 0
  paused = true
  seeking = false
  readyState = 0
  error: { code: number; message: string } | null = null
  /** How often `src` has been set. */
  loads = 0
  /** How often an open download has broken. */
  breaks = 0
  readonly #cdn: SimulatedCdn
  readonly #habits: BrowserHabits
  #url = ''
  #loadedAt = 0
  #isOpen = false
  #from = 0
  #to = 0
  #events: string[] = []

  constructor(element: HTMLVideoElement, cdn: SimulatedCdn, habits: BrowserHabits) {
    this.element = element
    this.#cdn = cdn
    this.#habits = habits
  }

  get ended(): boolean {
    return this.currentTime >= this.duration
  }

  get buffered(): TimeRanges {
    return timeRanges(this.readyState > 0 ? [[this.#from, this.#to]] : [])
  }

  load(url: string): void {
    this.loads += 1
    this.#url = url
    this.#loadedAt = Date.now()
    Object.assign(this, { currentTime: 0, readyState: 0, seeking: false, error: null })
    this.#events.push('emptied', 'loadstart')
    this.#request(0)
  }

  seek(position: number): void {
    this.currentTime = position
    if (this.readyState === 0) return
    this.seeking = true
    this.#events.push('seeking')
    const isOnTheWay = this.#habits.readsFromStart && this.#isOpen && position > this.#to
    if (!this.#isLoaded(position) && !isOnTheWay) this.#request(position)
  }

  play(): void {
    if (this.paused) this.#events.push('play')
    this.paused = false
  }

  pause(): void {
    if (!this.paused) this.#events.push('pause')
    this.paused = true
  }

  /** The connection breaks. */
  cut(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.breaks += 1
    // A silent browser notices when it has nothing left to play.
    if (!this.#habits.isSilent) this.#reopen()
  }

  step(seconds: number): void {
    if (this.#cdn.cutsWhenExpired && !this.#serves()) this.cut()
    if (this.#isOpen) this.#read(seconds)
    if (this.seeking && this.#isLoaded(this.currentTime)) {
      this.seeking = false
      this.#events.push('seeked')
    }
    this.#settle()
    if (!this.paused && !this.seeking && this.readyState > 2) {
      this.currentTime = Math.min(this.currentTime + seconds, this.#to)
    }
    this.#settle()
    for (const type of this.#events.splice(0)) this.element.dispatchEvent(new Event(type))
  }

  #read(seconds: number): void {
    const { speed } = this.#cdn
    this.#to = Math.min(this.duration, this.#to + speed * seconds)
    if (speed > 0) this.#events.push('progress')
    if (this.#to === this.duration) this.#isOpen = false
    if (this.readyState > 0 || speed === 0) return
    this.readyState = 1
    this.#events.push('loadedmetadata')
    // The position at which a script has had it start.
    if (this.currentTime > 0) this.seek(this.currentTime)
  }

  #settle(): void {
    if (this.readyState === 0) return
    const before = this.readyState
    const isAtEnd = this.#to === this.duration
    const enoughS = before > 2 ? STOP_S : this.#habits.startS
    this.readyState = this.seeking ? 1 : this.#to - this.currentTime > enoughS || isAtEnd ? 4 : 2
    if (this.readyState > 2 === before > 2) return
    this.#events.push(this.readyState > 2 ? 'playing' : 'waiting')
    if (this.readyState < 3 && !this.#isOpen) this.#reopen()
  }

  #isLoaded(position: number): boolean {
    return this.#from <= position && (position + FRAME_S < this.#to || this.#to === this.duration)
  }

  #request(position: number): void {
    this.#from = position
    this.#to = position
    this.#isOpen = false
    this.#reopen()
  }

  #serves(): boolean {
    return this.#cdn.serves(this.#url, Date.now() - this.#loadedAt)
  }

  #reopen(): void {
    if (this.#to === this.duration) return
    this.#isOpen = this.#serves()
    if (this.#isOpen || this.#habits.isSilent || this.error) return
    this.error = { code: 2, message: 'refused' }
    if (this.#habits.losesPlace) this.currentTime = 0
    this.#events.push('error')
  }
}

/** Has all media elements of the document behave as the simulated one. Returns a function that restores them. */
export function simulate(simulated: SimulatedElement): () => void {
  const { prototype } = HTMLMediaElement
  const read = (name: keyof SimulatedElement): PropertyDescriptor => ({ get: () => simulated[name] })
  const properties: Record<string, PropertyDescriptor> = {
    ...Object.fromEntries(
      (['duration', 'paused', 'seeking', 'readyState', 'error', 'ended', 'buffered'] as const).map((name) => [
        name,
        read(name),
      ]),
    ),
    currentTime: { get: () => simulated.currentTime, set: (position: number) => simulated.seek(position) },
    seekable: { get: () => timeRanges([[0, simulated.duration]]) },
    src: { get: () => '', set: (url: string) => simulated.load(url) },
    play: {
      value: () => {
        simulated.play()
        return Promise.resolve()
      },
    },
    pause: { value: () => simulated.pause() },
  }
  const before = Object.getOwnPropertyDescriptors(prototype)
  for (const [name, property] of Object.entries(properties)) {
    Object.defineProperty(prototype, name, { configurable: true, ...property })
  }
  return () => {
    Object.defineProperties(prototype, before)
  }
}
