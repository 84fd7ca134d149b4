import type { StageSettings } from './stage.js'

/** What the visitor has chosen to see. The page's URL holds it, so that a choice can be shared and survives a reload. */
export interface Programme {
  readonly reel: 'hls' | 'mp4'
  readonly tokens: 'gcore' | 'pushr' | 'clubEvent' | 'bitsOnTheRun'
  /** Whether the service worker serves MP4. HLS does not need it. */
  readonly worker: boolean
}

/** How the film gets past an expiry: HLS request by request, MP4 by swaps or through the service worker. */
export type Way = 'hls' | 'swap' | 'worker'

type Schemes = Partial<Record<Programme['reel'], StageSettings['scheme']>>

/** The scheme for each choice. ClubEvent and Bits on the Run sign single files, which does not suit playlists. */
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

/** Chromium buffers in blocks of this size. The decoder gets nothing of an incomplete one. */
const BLOCK = 32_768
/**
 * The file is small, and a browser that gets it at once, or in one long download, never meets an expiry. These settings send it in parts of
 * six seconds, at twice its bitrate. The start of each part, and what the edge has cached, comes at full speed, as from servers that throttle
 * downloads but not playback.
 */
const IN_PARTS = { bytesPerSecond: 12_000, limitAfterBytes: 5 * BLOCK, cutAfterBytes: 7 * BLOCK, edgeCache: true }

export function canSign(tokens: Programme['tokens'], reel: Programme['reel']): boolean {
  return SCHEMES[tokens][reel] !== undefined
}

/** Reads a programme from a query. Defaults to HLS, Gcore and no worker where the query has no valid choice. */
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

/** The settings of the demo's server for a programme. */
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
