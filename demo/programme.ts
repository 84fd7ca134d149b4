import type { FaultId } from './faults.js'
import { FULL_SPEED, IN_PARTS } from './speeds.js'
import type { StageSettings } from './stage.js'

export const FILMS = ['hls', 'live', 'low-latency', 'dash', 'mp4'] as const
export const TOKENS = ['gcore', 'pushr', 'clubEvent', 'bitsOnTheRun', 'query', 'links', 'cookie', 'opaque'] as const
export const ENGINES = ['hls.js', 'vhs', 'native', 'worker'] as const
/** How long a URL may live, ms. */
export const LIVES = [5_000, 10_000, 30_000, 60_000, 300_000] as const

export type Film = (typeof FILMS)[number]
export type Tokens = (typeof TOKENS)[number]
export type Engine = (typeof ENGINES)[number]

/** What the visitor has chosen to see. The page's URL holds it, so that a choice can be shared and survives a reload. */
export interface Programme {
  readonly film: Film
  readonly tokens: Tokens
  readonly engine: Engine
  readonly lifeMs: number
  readonly faults: readonly FaultId[]
  /** When the faults begin: at once, or eight seconds into the film. */
  readonly from: 'start' | 'middle'
}

export const OPENING_PROGRAMME: Programme = {
  film: 'hls',
  tokens: 'gcore',
  engine: 'hls.js',
  lifeMs: 10_000,
  faults: [],
  from: 'start',
}

/** How the film gets past an expiry: request by request, by swaps, or through the service worker. */
export type Way = 'requests' | 'swap' | 'worker'

type Signing = Pick<StageSettings, 'scheme' | 'answer' | 'links'>

const IN_PATH: Signing = { scheme: 'gcore', answer: 'json', links: 'relative' }
const IN_QUERY: Signing = { scheme: 'akamai', answer: 'expiresAt', links: 'relative' }
const TITLE: Signing = { ...IN_PATH, scheme: 'pushrTitle' }
const FILE: Signing = { ...IN_PATH, scheme: 'pushrFile' }
const CLUB_EVENT: Signing = { ...IN_PATH, scheme: 'clubEvent' }
const BITS: Signing = { ...IN_PATH, scheme: 'bitsOnTheRun' }
const SIGNED_LINKS: Signing = { ...CLUB_EVENT, links: 'signed' }
const COOKIE: Signing = { scheme: 'cookie', answer: 'expiresAt', links: 'relative' }
const OPAQUE: Signing = { scheme: 'opaque', answer: 'expiresIn', links: 'relative' }

/** How the server signs, for each choice that goes together. A signature for one file doesn't suit a live stream, whose files are not known. */
const SIGNINGS: Record<Tokens, Partial<Record<Film, Signing>>> = {
  gcore: { hls: IN_PATH, live: IN_PATH, 'low-latency': IN_PATH, dash: IN_PATH, mp4: IN_PATH },
  pushr: { hls: TITLE, live: TITLE, 'low-latency': TITLE, dash: TITLE, mp4: FILE },
  clubEvent: { hls: CLUB_EVENT, mp4: CLUB_EVENT },
  bitsOnTheRun: { hls: BITS, mp4: BITS },
  query: { hls: IN_QUERY, live: IN_QUERY, 'low-latency': IN_QUERY, dash: IN_QUERY, mp4: IN_QUERY },
  links: { hls: SIGNED_LINKS, live: SIGNED_LINKS, 'low-latency': SIGNED_LINKS },
  cookie: { hls: COOKIE, live: COOKIE },
  opaque: { hls: OPAQUE, dash: OPAQUE, mp4: OPAQUE },
}

/** The default comes first. The service worker serves MP4 only. */
const ENGINES_OF: Record<Film, readonly [Engine, ...Engine[]]> = {
  hls: ['hls.js', 'vhs', 'native'],
  live: ['hls.js', 'vhs', 'native'],
  'low-latency': ['hls.js', 'vhs'],
  dash: ['vhs'],
  mp4: ['native', 'worker'],
}

const HLS = 'application/x-mpegURL'
const SOURCES: Record<Film, Source> = {
  hls: { src: 'film', type: HLS },
  live: { src: 'live-hls', type: HLS },
  'low-latency': { src: 'low-latency', type: HLS },
  dash: { src: 'film/manifest.mpd', type: 'application/dash+xml' },
  mp4: { src: 'film/film.mp4', type: 'video/mp4' },
}

export interface Source {
  readonly src: string
  readonly type: string
}

export function canSign(tokens: Tokens, film: Film): boolean {
  return SIGNINGS[tokens][film] !== undefined
}

export function canPlay(engine: Engine, film: Film): boolean {
  return ENGINES_OF[film].includes(engine)
}

/** Returns the engine that plays a film where another one was asked for that can't. */
export function engineFor(film: Film): Engine {
  return ENGINES_OF[film][0]
}

/** Whether each file has its own signature, so that the player plays unsigned URLs. */
export function isFileByFile({ film, tokens }: Programme): boolean {
  return film === 'hls' && (tokens === 'clubEvent' || tokens === 'bitsOnTheRun')
}

/** The resource that the endpoint signs first, as the origin's log names it. */
export function sourceOf({ film }: Programme): Source {
  return SOURCES[film]
}

/** The settings of the demo's server for a programme, without its faults. */
export function settingsOf({ film, tokens, lifeMs }: Programme): Partial<StageSettings> {
  return { ...SIGNINGS[tokens][film], ...(film === 'mp4' ? IN_PARTS : FULL_SPEED), lifeMs }
}

export function wayOf({ engine }: Programme): Way {
  if (engine === 'worker') return 'worker'
  return engine === 'native' ? 'swap' : 'requests'
}

/** The options of the plugin that depend on the programme. They can't change during a player's life. */
export function optionsOf(programme: Programme): { engine: Exclude<Engine, 'worker'> | 'auto'; scope: string } {
  const { film, tokens, engine } = programme
  const scope = isFileByFile(programme) ? 'file' : tokens === 'cookie' ? 'cookie' : 'auto'
  return { engine: engine === 'worker' || film === 'mp4' ? 'auto' : engine, scope }
}

/** Whether `next` needs another player than `last`: other options, or a broadcast, which begins with its page. */
export function needsNewPlayer(last: Programme, next: Programme): boolean {
  const key = (one: Programme) => JSON.stringify([optionsOf(one), one.engine === 'worker'])
  return (
    key(last) !== key(next) ||
    (last.film !== next.film && isBroadcast(next)) ||
    isFileByFile(next) !== isFileByFile(last)
  )
}

export function isBroadcast({ film }: Programme): boolean {
  return film === 'live' || film === 'low-latency'
}
