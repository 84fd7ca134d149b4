import type videojs from 'video.js'

/** A player to create. Defaults are those of a site. */
export interface Film {
  readonly name: string
  /** Default `video`. */
  readonly tag?: 'video' | 'audio'
  readonly plugin?: object
  readonly player?: Record<string, unknown>
  readonly source?: object | readonly object[]
  /** Call `play()` in the same turn; default true. */
  readonly play?: boolean
}

/** What has been seen of one player. */
export interface Sighting {
  readonly position: number
  readonly bufferedEnd: number
  readonly paused: boolean
  /** Time without progress after the first frame while the video should have played, ms. */
  readonly stalledMs: number
  /** The part of it with nothing buffered ahead: the fault of a URL, not of a busy machine. */
  readonly starvedMs: number
  /** When the position first moved, ms since the player was created. Undefined before. */
  readonly firstFrameMs: number | undefined
  /** The time since then, minus the video played, ms. Counts every stop, whatever event the player fires for it. */
  readonly lostMs: number
  readonly events: readonly SeenEvent[]
  readonly error: { code: number; message: string; errorType: string | undefined; causeName: string | undefined } | null
  readonly status: string
  readonly stats: Record<string, number>
  readonly currentSource: unknown
  readonly currentSources: unknown
  readonly src: unknown
  readonly currentSrc: unknown
  readonly heights: readonly number[]
}

export interface SeenEvent {
  readonly type: string
  readonly atMs: number
  readonly position: number
  /** Seconds buffered ahead of the position. */
  readonly ahead: number
  /** The distance from the last sampled position, s. */
  readonly jump: number
  /** Properties of the event object that the plugin adds, as JSON. */
  readonly data: Record<string, unknown>
}

const WATCHED = [
  ...[
    'loadstart',
    'emptied',
    'abort',
    'error',
    'waiting',
    'stalled',
    'playing',
    'play',
    'pause',
    'seeking',
    'seeked',
    'ended',
  ],
  ...['loadedmetadata', 'loadeddata', 'canplay', 'canplaythrough', 'suspend', 'resize'],
  ...['durationchange', 'ratechange', 'volumechange', 'sourceset'],
  ...['signedurlrefreshing', 'signedurlrefreshed', 'signedurlfailed'],
]
const SAMPLE_MS = 50
/** Shorter pauses of the position come from the granularity of its clock, and no viewer sees them. */
const SHORTEST_STALL_MS = 250
/** With less than this buffered ahead, the video stalls for lack of data. */
const STARVED_S = 0.5

/** Includes what Video.js adds to a player but leaves out of its types. */
export type Player = ReturnType<typeof videojs> & {
  qualityLevels(): { length: number; [index: number]: { height: number; bitrate: number; enabled: boolean } }
  liveTracker: { isLive(): boolean; atLiveEdge(): boolean; liveCurrentTime(): number }
}

interface Watch {
  readonly player: ReturnType<typeof videojs>
  readonly startedAt: number
  readonly events: SeenEvent[]
  readonly heights: number[]
  stalledMs: number
  starvedMs: number
  firstFrameMs: number | undefined
  /** The position at that moment, s. */
  firstPosition: number
  /** The last sampled position, s. */
  position: number
}

/** Creates players and observes them from outside, as a viewer or another script would. */
export function createLab(library: typeof videojs) {
  const watches = new Map<string, Watch>()
  const frames = new Map<string, number[]>()

  const watchOf = (name: string): Watch => {
    const watch = watches.get(name)
    if (!watch) throw new Error(`No player ${name}`)
    return watch
  }

  return {
    start({ name, tag = 'video', plugin, player: options = {}, source, play = true }: Film): void {
      const element = document.createElement(tag)
      element.className = 'video-js'
      element.muted = true
      if (element instanceof HTMLVideoElement) element.playsInline = true
      document.querySelector('#stage')?.append(element)
      const player = library(element, {
        width: 320,
        height: 180,
        controls: true,
        ...options,
        ...(plugin && { plugins: { signedUrl: plugin } }),
      })
      this.watch(name, player)
      if (source) player.src(source)
      if (play) player.play()?.catch(() => {})
    },

    watch(name: string, player: ReturnType<typeof videojs>): void {
      const watch: Watch = {
        player,
        startedAt: performance.now(),
        events: [],
        heights: [],
        stalledMs: 0,
        starvedMs: 0,
        firstFrameMs: undefined,
        firstPosition: 0,
        position: player.currentTime() ?? 0,
      }
      watches.set(name, watch)
      for (const type of WATCHED) player.on(type, (event: object) => watch.events.push(describe(type, event, watch)))
      const timer = sample(watch)
      player.on('dispose', () => clearInterval(timer))
    },

    /** Records the position, s, at each animation frame from the end of the next swap on, when its still frame is gone. */
    watchFrames(name: string): void {
      const { player } = watchOf(name)
      const video = player.el().querySelector('video')
      const times: number[] = []
      frames.set(name, times)
      let wasCovered = false
      const next = () => {
        const isCovered = video?.nextElementSibling?.tagName === 'CANVAS'
        wasCovered ||= isCovered
        if (wasCovered && !isCovered) times.push(player.currentTime() ?? 0)
        if (times.length < 60) requestAnimationFrame(next)
      }
      next()
    },

    frames: (name: string): readonly number[] => frames.get(name) ?? [],

    player: (name: string): Player => watchOf(name).player as Player,

    /** For debugging a failed row. */
    seeAll(): Record<string, Sighting> {
      const undisposed = [...watches.keys()].filter((name) => !watchOf(name).player.isDisposed())
      return Object.fromEntries(undisposed.map((name) => [name, this.see(name)]))
    },

    see(name: string): Sighting {
      const { player, events, heights, stalledMs, starvedMs, firstFrameMs, firstPosition, startedAt } = watchOf(name)
      const error = player.error() as {
        code: number
        message: string
        metadata?: { errorType?: string }
        cause?: Error
      } | null
      const plugin = player.usingPlugin('signedUrl') ? player.signedUrl() : undefined
      const buffered = player.buffered()
      return {
        position: player.currentTime() ?? 0,
        bufferedEnd: buffered.length === 0 ? 0 : buffered.end(buffered.length - 1),
        paused: player.paused(),
        stalledMs,
        starvedMs,
        firstFrameMs,
        lostMs:
          performance.now() - startedAt - (firstFrameMs ?? 0) - 1000 * ((player.currentTime() ?? 0) - firstPosition),
        events,
        error: error && {
          code: error.code,
          message: error.message,
          errorType: error.metadata?.errorType,
          causeName: error.cause?.name,
        },
        status: plugin?.status ?? '',
        stats: { ...plugin?.stats },
        currentSource: player.currentSource(),
        currentSources: player.currentSources(),
        src: player.src(undefined),
        currentSrc: player.currentSrc(),
        heights,
      }
    },
  }
}

export type Lab = ReturnType<typeof createLab>

function describe(type: string, event: object, { player, startedAt, position: last }: Watch): SeenEvent {
  const { reason, expiresAt, tookMs, seamless, error, willRetry } = event as Record<string, unknown>
  const failure = error instanceof Error && { error: { ...error, message: error.message } }
  const position = player.currentTime() ?? 0
  return {
    type,
    atMs: performance.now() - startedAt,
    position,
    ahead: aheadOf(player),
    jump: position - last,
    data: JSON.parse(JSON.stringify({ reason, expiresAt, tookMs, seamless, willRetry, ...failure })),
  }
}

function aheadOf(player: ReturnType<typeof videojs>): number {
  const buffered = player.buffered()
  const position = player.currentTime() ?? 0
  for (let at = 0; at < buffered.length; at++) {
    if (buffered.start(at) <= position + 0.1 && buffered.end(at) >= position) return buffered.end(at) - position
  }
  return 0
}

/** Samples the position, so that no event has to be trusted. */
function sample(watch: Watch): ReturnType<typeof setInterval> {
  let stillMs = 0
  let sampledAt = performance.now()
  return setInterval(() => {
    const { player } = watch
    const now = performance.now()
    const elapsed = now - sampledAt
    const next = player.currentTime() ?? 0
    const shouldPlay = watch.firstFrameMs !== undefined && !player.paused() && !player.seeking() && !player.ended()
    if (next !== watch.position || !shouldPlay) stillMs = 0
    else {
      const addedMs = stillMs + elapsed >= SHORTEST_STALL_MS ? elapsed + (stillMs < SHORTEST_STALL_MS ? stillMs : 0) : 0
      watch.stalledMs += addedMs
      if (aheadOf(player) < STARVED_S) watch.starvedMs += addedMs
      stillMs += elapsed
    }
    if (watch.firstFrameMs === undefined && next > 0 && next !== watch.position) {
      watch.firstFrameMs = now - watch.startedAt
      watch.firstPosition = next
    }
    const height = player.videoHeight()
    if (height > 0 && watch.heights.at(-1) !== height) watch.heights.push(height)
    watch.position = next
    sampledAt = now
  }, SAMPLE_MS)
}
