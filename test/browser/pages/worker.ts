import { openWorkerRoute, type RouteSource } from '../../../src/engines/service-worker/route.js'

/** A bare element to make. */
export interface RoutedFilm {
  readonly name: string
  readonly endpoint: string
  readonly resource?: string
  readonly workerUrl?: string
  readonly crossOrigin?: string
  /** Hosts that the endpoint's URLs name instead of their own, one after the other. */
  readonly hosts?: readonly string[]
}

export interface RoutedSighting {
  /** What the element was given; `direct` is the signed URL itself. */
  readonly via: 'worker' | 'direct'
  readonly src: string
  readonly position: number
  readonly bufferedEnd: number
  readonly errorCode: number | null
  /** What a viewer or another script would notice, from the first frame on, and every error. */
  readonly noticed: readonly string[]
  readonly warnings: readonly string[]
  /** What the source was told, in order: `accepted`, `refused 410`. */
  readonly told: readonly string[]
}

export interface Cinema {
  /** Opens a route and plays; resolves when the element has its `src`. */
  open(film: RoutedFilm): Promise<'worker' | 'direct'>
  see(name: string): RoutedSighting
  seek(name: string, to: number): void
  /** Ends the source, not the element. */
  end(name: string): void
  /** Resolves when a worker controls the page. */
  controlled(): Promise<void>
}

declare global {
  interface Window {
    cinema: Cinema
  }
}

const NOTICEABLE = ['waiting', 'stalled', 'loadstart', 'emptied', 'abort', 'pause', 'seeking', 'seeked']

/** As small as a source can be: signs at the start and when refused. */
class TinySource implements RouteSource {
  readonly told: string[] = []
  readonly #film: RoutedFilm
  #url = ''
  #issues = 0
  #flight: Promise<string> | undefined
  #wasAccepted = false

  constructor(film: RoutedFilm) {
    this.#film = film
  }

  sign(): Promise<string> {
    this.#flight ??= this.#sign().finally(() => {
      this.#flight = undefined
    })
    return this.#flight
  }

  resolve(): string | Promise<string> {
    return this.#flight ?? this.#url
  }

  repair(sentUrl: string, status: number): string | Promise<string> {
    this.told.push(`refused ${status}`)
    return sentUrl === this.#url ? this.sign() : this.resolve()
  }

  isRefusal(status: number): boolean {
    return [401, 403, 410].includes(status) || (status === 0 && this.#wasAccepted)
  }

  accepted(): void {
    this.#wasAccepted = true
    this.told.push('accepted')
  }

  now(): number {
    return Date.now()
  }

  async #sign(): Promise<string> {
    const { endpoint, resource = 'film/film.mp4', hosts = [] } = this.#film
    const response = await fetch(`${endpoint}&resource=${encodeURIComponent(resource)}`)
    const url = new URL(((await response.json()) as { url: string }).url)
    url.host = hosts[this.#issues % hosts.length] ?? url.host
    this.#issues += 1
    this.#url = url.href
    return this.#url
  }
}

interface Show {
  readonly element: HTMLVideoElement
  readonly source: TinySource
  readonly life: AbortController
  readonly noticed: string[]
  readonly warnings: string[]
  via: 'worker' | 'direct'
}

const shows = new Map<string, Show>()

function find(name: string): Show {
  const show = shows.get(name)
  if (!show) throw new Error(`No film is called ${name}.`)
  return show
}

/** Seconds loaded ahead of the position. */
function aheadOf({ buffered, currentTime }: HTMLVideoElement): number {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime && currentTime <= buffered.end(index))
      return buffered.end(index) - currentTime
  }
  return 0
}

/** With seconds loaded ahead it is the machine that is late; a seek waits in any case. */
function isNoticed(element: HTMLVideoElement, type: string): boolean {
  if (element.currentTime === 0) return false
  return (type !== 'waiting' && type !== 'stalled') || (aheadOf(element) < 0.5 && !element.seeking)
}

window.cinema = {
  async open(film) {
    const element = document.createElement('video')
    element.muted = true
    element.controls = true
    element.width = 480
    if (film.crossOrigin !== undefined) element.crossOrigin = film.crossOrigin
    document.body.append(element)
    const show: Show = {
      element,
      source: new TinySource(film),
      life: new AbortController(),
      noticed: [],
      warnings: [],
      via: 'worker',
    }
    shows.set(film.name, show)
    element.addEventListener('error', () => show.noticed.push('error'))
    for (const type of NOTICEABLE)
      element.addEventListener(type, () => isNoticed(element, type) && show.noticed.push(type))
    const url = await show.source.sign()
    const playDirectly = () => {
      show.via = 'direct'
      element.src = url
    }
    const address = await openWorkerRoute({
      workerUrl: new URL(film.workerUrl ?? '/signed-url-worker.js', location.href).href,
      source: show.source,
      url,
      signal: show.life.signal,
      warn: (message) => show.warnings.push(message),
      onUnreadable: () => {
        playDirectly()
        element.play().catch(() => {})
      },
    })
    if (address === undefined) playDirectly()
    else element.src = address
    element.play().catch(() => {})
    return show.via
  },
  see(name) {
    const { element, source, noticed, warnings, via } = find(name)
    const { currentTime, error, src } = element
    return {
      via,
      src,
      position: currentTime,
      bufferedEnd: currentTime + aheadOf(element),
      errorCode: error?.code ?? null,
      noticed: [...noticed],
      warnings: [...warnings],
      told: [...source.told],
    }
  },
  seek(name, to) {
    find(name).element.currentTime = to
  },
  end(name) {
    find(name).life.abort()
  },
  async controlled() {
    if (navigator.serviceWorker.controller) return
    await new Promise((resolve) =>
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    )
  },
}
document.documentElement.dataset.ready = 'true'
