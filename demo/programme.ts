import type { StageSettings } from './stage.js'

/** What the visitor chose to see. The address of the page holds it, so that a choice can be passed on and outlives a reload. */
export interface Programme {
  readonly reel: 'hls' | 'mp4'
  readonly tokens: 'gcore' | 'pushr' | 'clubEvent' | 'bitsOnTheRun'
  /** Whether an MP4 is to come through the service worker; HLS has no use for it. */
  readonly worker: boolean
}

/** How the film gets past an expiry: `hls` request by request, else by `swap` or through the `worker`. */
export type Way = 'hls' | 'swap' | 'worker'

type Schemes = Partial<Record<Programme['reel'], StageSettings['scheme']>>

/** What each signs with. ClubEvent and Bits on the Run sign one file, which no playlist gets along with. */
const SCHEMES: Record<Programme['tokens'], Schemes> = {
  gcore: { hls: 'gcore', mp4: 'gcore' },
  pushr: { hls: 'pushrTitle', mp4: 'pushrFile' },
  clubEvent: { mp4: 'clubEvent' },
  bitsOnTheRun: { mp4: 'bitsOnTheRun' },
}

const SOURCES = {
  hls: { src: 'film', type: 'application/x-mpegURL' },
  mp4: { src: 'film/film.mp4', type: 'video/mp4' },
}

const FULL_SPEED = { bytesPerSecond: 0, limitAfterBytes: 0, cutAfterBytes: 0, edgeCache: false }

/** In which Chromium keeps what it gets; of less, the decoder sees nothing. */
const BLOCK = 32_768
/**
 * The file is small, and a browser that gets it at once, or in one long download, never meets an expiry. This way it comes in parts of six
 * seconds each, twice as fast as it plays. The beginning of each part, and what the edge has, comes at once, as from servers that mean to slow
 * downloads and not films.
 */
const IN_PARTS = { bytesPerSecond: 12_000, limitAfterBytes: 5 * BLOCK, cutAfterBytes: 7 * BLOCK, edgeCache: true }

export function canSign(tokens: Programme['tokens'], reel: Programme['reel']): boolean {
  return SCHEMES[tokens][reel] !== undefined
}

/** What the query says, and for what it doesn't say or what can't be: HLS, Gcore, no worker. */
export function readProgramme(query: string): Programme {
  const given = new URLSearchParams(query)
  const reel = given.get('film') === 'mp4' ? 'mp4' : 'hls'
  const tokens = given.get('tokens') ?? ''
  const isThere = isTokens(tokens) && canSign(tokens, reel)
  return { reel, tokens: isThere ? tokens : 'gcore', worker: given.get('worker') === 'on' }
}

export function toQuery({ reel, tokens, worker }: Programme): string {
  return `?${new URLSearchParams({ film: reel, tokens, ...(worker && { worker: 'on' }) })}`
}

export function sourceOf({ reel }: Programme): { src: string; type: string } {
  return SOURCES[reel]
}

/** What the demo's server has to do for it. */
export function settingsOf({ reel, tokens }: Programme): Partial<StageSettings> {
  const scheme = SCHEMES[tokens][reel]
  return { ...(scheme && { scheme }), ...(reel === 'mp4' ? IN_PARTS : FULL_SPEED) }
}

export function wayOf({ reel, worker }: Programme): Way {
  if (reel === 'hls') return 'hls'
  return worker ? 'worker' : 'swap'
}

export function isTokens(text: string): text is Programme['tokens'] {
  return Object.hasOwn(SCHEMES, text)
}
