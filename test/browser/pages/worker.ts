import type { MediaAnswer, MediaRequest, Verdict } from '../../../src/core/media-request.js'
import { openWorkerRoute } from '../../../src/engines/service-worker/route.js'

/** A bare element to create. */
export interface RoutedVideo {
  readonly name: string
  readonly endpoint: string
  readonly resource?: string
  readonly workerUrl?: string
  readonly crossOrigin?: string
  /** Host names that replace the one in the endpoint's URLs, in turn. */
  readonly hostNames?: readonly string[]
  /** Where to start, in seconds; set before the metadata. */
  readonly startAt?: number
}

export interface RoutedSighting {
  /** What the element loads: `direct` is the signed URL itself. */
  readonly via: 'worker' | 'direct'
  readonly src: string
  readonly position: number
  readonly bufferedEnd: number
  /** In whole seconds; null while unknown. */
  readonly duration: number | null
  readonly errorCode: number | null
  /** Events that a viewer or another script would notice from the first frame on, and every error. */
  readonly noticed: readonly string[]
  readonly warnings: readonly string[]
  /** Results reported to the media, in order: `accepted`, `refused 410`. */
  readonly reports: readonly string[]
}

export interface WorkerLab {
  /** Opens a route and plays. Resolves when the element has its `src`. */
  open(video: RoutedVideo): Promise<'worker' | 'direct'>
  see(name: string): RoutedSighting
  /** Null before the video is opened. */
  find(name: string): RoutedSighting | null
  seek(name: string, to: number): void
  /** Ends the source, not the element. */
  end(name: string): void
}

declare global {
  interface Window {
    workerLab: WorkerLab
  }
}

const NOTICEABLE = ['waiting', 'stalled', 'loadstart', 'emptied', 'abort', 'pause', 'seeking', 'seeked']

/** The smallest possible media: it signs at the start and after a refusal. */
class MinimalMedia {
  readonly reports: string[] = []
  readonly #video: RoutedVideo
  #url = ''
  #issues = 0
  #flight: Promise<string> | undefined
  #wasAccepted = false

  constructor(video: RoutedVideo) {
    this.#video = video
  }

  sign(): Promise<string> {
    this.#flight ??= this.#sign().finally(() => {
      this.#flight = undefined
    })
    return this.#flight
  }

  request(requestUrl: string): MediaRequest {
    let sentUrl = requestUrl
    const url = async () => {
      sentUrl = await (this.#flight ?? this.#url)
      return sentUrl
    }
    return { url, withCredentials: false, answered: ({ status }) => this.#judge(status, sentUrl) }
  }

  #judge(status: MediaAnswer['status'], sentUrl: string): Verdict {
    if ([401, 403, 410].includes(status) || (status === 0 && this.#wasAccepted)) {
      this.reports.push(`refused ${status}`)
      if (sentUrl === this.#url) this.sign().catch(() => {})
      return { again: true }
    }
    if (status >= 200 && status < 300) {
      this.#wasAccepted = true
      this.reports.push('accepted')
    }
    return { again: false, url: sentUrl, status, text: undefined }
  }

  async #sign(): Promise<string> {
    const { endpoint, resource = 'film/film.mp4', hostNames = [] } = this.#video
    const response = await fetch(`${endpoint}&resource=${encodeURIComponent(resource)}`)
    const url = new URL(((await response.json()) as { url: string }).url)
    url.hostname = hostNames[this.#issues % hostNames.length] ?? url.hostname
    this.#issues += 1
    this.#url = url.href
    return this.#url
  }
}

interface Playback {
  readonly element: HTMLVideoElement
  readonly media: MinimalMedia
  readonly life: AbortController
  readonly noticed: string[]
  readonly warnings: string[]
  via: 'worker' | 'direct'
}

const playbacks = new Map<string, Playback>()

function find(name: string): Playback {
  const playback = playbacks.get(name)
  if (!playback) throw new Error(`No video is called ${name}.`)
  return playback
}

/** Seconds buffered ahead of the position. */
function aheadOf({ buffered, currentTime }: HTMLVideoElement): number {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime && currentTime <= buffered.end(index))
      return buffered.end(index) - currentTime
  }
  return 0
}

/** A wait with seconds buffered ahead is the machine's fault, and every seek waits. */
function isNoticed(element: HTMLVideoElement, type: string): boolean {
  if (element.currentTime === 0) return false
  return (type !== 'waiting' && type !== 'stalled') || (aheadOf(element) < 0.5 && !element.seeking)
}

window.workerLab = {
  async open(video) {
    const element = document.createElement('video')
    element.muted = true
    element.controls = true
    element.width = 480
    if (video.crossOrigin !== undefined) element.crossOrigin = video.crossOrigin
    document.body.append(element)
    const playback: Playback = {
      element,
      media: new MinimalMedia(video),
      life: new AbortController(),
      noticed: [],
      warnings: [],
      via: 'worker',
    }
    playbacks.set(video.name, playback)
    element.addEventListener('error', () => playback.noticed.push('error'))
    for (const type of NOTICEABLE)
      element.addEventListener(type, () => isNoticed(element, type) && playback.noticed.push(type))
    const url = await playback.media.sign()
    const playDirectly = () => {
      playback.via = 'direct'
      element.src = url
    }
    const address = await openWorkerRoute({
      workerUrl: new URL(video.workerUrl ?? '/signed-url-worker.js', location.href).href,
      media: playback.media,
      url,
      signal: playback.life.signal,
      warn: (message) => playback.warnings.push(message),
      onUnreadable: () => {
        playDirectly()
        element.play().catch(() => {})
      },
    })
    if (address === undefined) playDirectly()
    else element.src = address
    if (video.startAt !== undefined) element.currentTime = video.startAt
    element.play().catch(() => {})
    return playback.via
  },
  see(name) {
    const { element, media, noticed, warnings, via } = find(name)
    const { currentTime, duration, error, src } = element
    return {
      via,
      src,
      position: currentTime,
      bufferedEnd: currentTime + aheadOf(element),
      duration: Number.isFinite(duration) ? Math.round(duration) : null,
      errorCode: error?.code ?? null,
      noticed: [...noticed],
      warnings: [...warnings],
      reports: [...media.reports],
    }
  },
  find: (name) => (playbacks.has(name) ? window.workerLab.see(name) : null),
  seek(name, to) {
    find(name).element.currentTime = to
  },
  end(name) {
    find(name).life.abort()
  },
}
document.documentElement.dataset.ready = 'true'
