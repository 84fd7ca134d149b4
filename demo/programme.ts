import { FULL_SPEED, IN_PARTS } from './speeds.js'
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
