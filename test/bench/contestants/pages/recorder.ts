import type { Playing } from './film.js'

/** Often enough to see a stall of some frames. */
const SAMPLE_MS = 25
/** Less is not counted: frames come late on a busy machine. */
const STALL_MS = 100
/** A refresh that takes so long would be noticed as an interruption by anyone. */
const STILL_MS = 1_000
/** With less than this ahead, a video stalls for lack of data. With more, `waiting` and `stalled` are due to the machine. */
const STARVED_S = 0.5
/** Below this, a position is not yet a first frame. */
const STARTED_S = 0.05

/** What a page may hear of a refresh. */
export const EVENTS = [
  ...[
    'waiting',
    'stalled',
    'pause',
    'seeking',
    'emptied',
    'abort',
    'loadstart',
    'loadedmetadata',
    'error',
    'sourceset',
  ],
]

export interface Recording {
  readonly hasStarted: boolean
  /** Seconds of the film. */
  readonly position: number
  /** Stalls for at least `STALL_MS` since the first frame, with the one that goes on. */
  readonly stalledMs: number
  readonly longestMs: number
  /** Whether the video stands still now. */
  readonly isStill: boolean
  /** How often a page heard each event since the first frame. */
  readonly events: Readonly<Record<string, number>>
  /** What the player said when it failed. */
  readonly said: string | null
}

/** Watches the position of the page's `<video>`, and what a page hears. */
export class Recorder {
  readonly #events: Record<string, number> = {}
  #said: string | null = null
  #furthest = 0
  #movedAt: number | undefined
  #stalledMs = 0
  #longestMs = 0
  #isPaused = false

  constructor() {
    setInterval(() => this.#sample(), SAMPLE_MS)
  }

  listenTo(playing: Playing): void {
    for (const type of EVENTS) playing.listen(type, () => this.#hear(type))
  }

  fail(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    this.#said ??= withoutUrls(text)
  }

  /** Pauses as a viewer does, which is no stall. */
  pause(): void {
    this.#isPaused = true
    this.#video?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#movedAt = performance.now()
    this.#video?.play().catch(() => {})
  }

  see(): Recording {
    const goesOnMs = this.#pauseMs()
    return {
      hasStarted: this.#movedAt !== undefined,
      position: this.#furthest,
      stalledMs: Math.round(this.#stalledMs + goesOnMs),
      longestMs: Math.round(Math.max(this.#longestMs, goesOnMs)),
      isStill: goesOnMs > STILL_MS,
      events: { ...this.#events },
      said: this.#said,
    }
  }

  /** Players may replace their element. */
  get #video(): HTMLVideoElement | null {
    return document.querySelector('video')
  }

  #sample(): void {
    const position = this.#video?.currentTime ?? 0
    const movedBy = position - this.#furthest
    if (movedBy <= 0) return
    // A page that was busy looks late, but its video has played on.
    const stalledMs = this.#pauseMs(1_000 * movedBy)
    this.#stalledMs += stalledMs
    this.#longestMs = Math.max(this.#longestMs, stalledMs)
    this.#furthest = position
    if (position > STARTED_S) this.#movedAt = performance.now()
  }

  /** How long the video has not moved, if that is long enough to count. */
  #pauseMs(playedMs = 0): number {
    if (this.#movedAt === undefined || this.#isPaused) return 0
    const pausedMs = performance.now() - this.#movedAt - playedMs
    return pausedMs < STALL_MS ? 0 : pausedMs
  }

  #hear(type: string): void {
    const video = this.#video
    if (type === 'error' && video?.error) this.fail(video.error.message || `MediaError ${video.error.code}`)
    if (this.#movedAt === undefined || this.#isPaused) return
    if ((type === 'waiting' || type === 'stalled') && aheadOf(video) > STARVED_S) return
    this.#events[type] = (this.#events[type] ?? 0) + 1
  }
}

/** Signed URLs differ in each run, and belong in no document. */
function withoutUrls(text: string): string {
  return text.replace(/https?:[^\s"]+/g, 'URL')
}

function aheadOf(video: HTMLVideoElement | null): number {
  if (!video) return 0
  const { buffered, currentTime } = video
  const index = Array.from({ length: buffered.length }, (_, at) => at).find(
    (at) => buffered.start(at) <= currentTime && currentTime < buffered.end(at),
  )
  return index === undefined ? 0 : buffered.end(index) - currentTime
}
