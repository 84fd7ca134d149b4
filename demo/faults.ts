import type { Film } from './programme.js'
import type { StageSettings } from './stage.js'

/** Something that the demo's servers do wrong. Rows of docs/faults.md, as far as a stage can cause them. */
export interface DemoFault {
  readonly title: string
  readonly group: 'endpoint' | 'cdn' | 'time'
  readonly settings: Partial<StageSettings>
  /** The films that can meet it. Default: all. */
  readonly films?: readonly Film[]
}

const HOUR_MS = 3_600_000
const PAGE = '<!doctype html>Please log in'

export const FAULTS = {
  'endpoint-500': {
    title: 'fails three times',
    group: 'endpoint',
    settings: { endpointStatus: 500, endpointFailures: 3 },
  },
  'endpoint-down': { title: 'is down', group: 'endpoint', settings: { endpointDead: true } },
  'endpoint-hangs': { title: 'hangs', group: 'endpoint', settings: { endpointDelayMs: 60_000 } },
  'endpoint-429': {
    title: 'answers 429, “Retry-After: 2”, twice',
    group: 'endpoint',
    settings: { endpointStatus: 429, endpointFailures: 2, endpointRetryAfter: 2 },
  },
  'endpoint-401': { title: 'answers 401', group: 'endpoint', settings: { endpointStatus: 401 } },
  'endpoint-html': {
    title: 'answers with HTML',
    group: 'endpoint',
    settings: { endpointBody: PAGE, endpointContentType: 'text/html' },
  },
  'endpoint-log-in': {
    title: 'redirects to a log-in page',
    group: 'endpoint',
    settings: { endpointRedirect: '/log-in' },
  },
  'endpoint-same-url': { title: 'repeats a URL while it lives', group: 'endpoint', settings: { sameUrlForMs: 8_000 } },
  'endpoint-expired-url': { title: 'signs expired URLs', group: 'endpoint', settings: { issuedDead: true } },
  'cdn-refuses-all': { title: 'refuses fresh URLs too', group: 'cdn', settings: { refuse: 'all' } },
  'cdn-one-file': {
    title: 'refuses one segment',
    group: 'cdn',
    settings: { refusedFile: 'english/007.m4s' },
    films: ['hls', 'dash'],
  },
  'cdn-no-cors': { title: 'refuses without CORS headers', group: 'cdn', settings: { refusalCors: false } },
  'cdn-cut': {
    title: 'breaks off in the middle of a file',
    group: 'cdn',
    settings: { cutAfterBytes: 30_000 },
    films: ['hls', 'live', 'low-latency', 'dash'],
  },
  'cdn-cut-expired': { title: 'cuts connections at the expiry', group: 'cdn', settings: { cutWhenExpired: true } },
  'cdn-slow-start': { title: 'is silent for 3 s before each answer', group: 'cdn', settings: { ttfbMs: 3_000 } },
  'cdn-error-page': { title: 'answers 200 with a page', group: 'cdn', settings: { mediaBody: PAGE } },
  'cdn-etag': { title: 'has replaced the file', group: 'cdn', settings: { etag: '"second"' }, films: ['mp4'] },
  'cdn-no-ranges': { title: 'sends no parts of files', group: 'cdn', settings: { ranges: false }, films: ['mp4'] },
  'cdn-edge': { title: 'redirects to an edge server', group: 'cdn', settings: { redirect: 'all' } },
  'cdn-stale': {
    title: 'answers expired URLs with old playlists',
    group: 'cdn',
    settings: { staleWhenExpired: true },
    films: ['live', 'low-latency'],
  },
  'clock-ahead': { title: 'The CDN’s clock is 1 h ahead', group: 'time', settings: { clockSkewMs: HOUR_MS } },
  'clock-behind': { title: 'The CDN’s clock is 1 h behind', group: 'time', settings: { clockSkewMs: -HOUR_MS } },
  'address-changes': {
    title: 'The viewer’s address has changed (PUSHR)',
    group: 'time',
    settings: { viewerAddress: '192.0.2.9' },
  },
} satisfies Record<string, DemoFault>

export type FaultId = keyof typeof FAULTS

export function isFault(text: string): text is FaultId {
  return Object.hasOwn(FAULTS, text)
}

export function faultOf(id: FaultId): DemoFault {
  return FAULTS[id]
}

export const FAULT_IDS: readonly FaultId[] = Object.keys(FAULTS).filter(isFault)

export function canMeet(id: FaultId, film: Film): boolean {
  return faultOf(id).films?.includes(film) ?? true
}

/** Returns the first of `others` that sets a setting which this fault sets too, so that the two can't be caused together. */
export function rivalOf(id: FaultId, others: readonly FaultId[]): FaultId | undefined {
  const names = Object.keys(faultOf(id).settings)
  return others.find(
    (other) => other !== id && Object.keys(faultOf(other).settings).some((name) => names.includes(name)),
  )
}

/** What the settings are without faults. */
export const WELL: Partial<StageSettings> = {
  endpointStatus: null,
  endpointFailures: null,
  endpointRetryAfter: null,
  endpointDead: false,
  endpointDelayMs: 0,
  endpointBody: null,
  endpointContentType: 'application/json',
  endpointRedirect: null,
  sameUrlForMs: 0,
  issuedDead: false,
  refuse: 'none',
  refusedFile: '',
  refusalCors: true,
  cutAfterBytes: 0,
  cutWhenExpired: false,
  ttfbMs: 0,
  mediaBody: null,
  etag: '',
  ranges: true,
  redirect: 'none',
  staleWhenExpired: false,
  clockSkewMs: 0,
  viewerAddress: '127.0.0.1',
}

/** What changes when these faults take the place of those `before`. Touches no other setting. */
export function settingsOfFaults(ids: readonly FaultId[], before: readonly FaultId[] = []): Partial<StageSettings> {
  const ended = Object.keys(Object.assign({}, ...before.map((id) => faultOf(id).settings)))
  const well = Object.fromEntries(Object.entries(WELL).filter(([name]) => ended.includes(name)))
  return Object.assign(well, ...ids.map((id) => faultOf(id).settings))
}
