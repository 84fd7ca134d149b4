import { isFile } from './engines.js'
import type { Fault } from './fault.js'
import type { Conditions, FaultyOrigin, Reply } from './faulty-origin.js'
import { SOUND_FAILS_FIRST } from './known.js'

/** The CDN refuses all URLs that were signed before. */
function revoked({ tokens }: FaultyOrigin, reply: Reply): Partial<Conditions> {
  const last = tokens.size
  return { cdn: ({ token }) => (token.serial <= last ? reply : undefined) }
}

/** URLs that were signed before are refused in this way. */
const refusal = (id: string, title: string, reply: Reply, more: Partial<Fault> = {}): Fault => ({
  id,
  title,
  group: 'cdn',
  hasControl: true,
  cause: ({ origin }) => revoked(origin, reply),
  cuts: true,
  ends: 'recovers',
  isUnseen: true,
  signings: 4,
  ...more,
})

const FIREFOX_ASKS =
  'Firefox stands still with half a second loaded and reports nothing, as without the plugin, and the plugin takes what it shows for a busy machine. Don’t send `WWW-Authenticate`.'
const VHS_BROKEN =
  'VHS fails with a TypeError of its own (`lastExcludeReason_`), as without the plugin, and no error is shown.'

const LOADED_ONCE = 'HLS loads each file once.'

const onlyPlaylists = 'An MP4 has no playlist.'
const ERROR_PAGE = { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<!doctype html>Not now' }

export const CDN_FAULTS: readonly Fault[] = [
  refusal('cdn-410', 'It answers 410', { status: 410 }),
  refusal('cdn-403', 'It answers 403', { status: 403 }),
  refusal('cdn-401', 'It answers 401', { status: 401 }),
  refusal(
    'cdn-403-without-cors',
    'It answers 403 without CORS headers',
    { status: 403, withoutCors: true },
    {
      everywhere: true,
      // A script sees no status, so only a URL that is near its expiry counts as refused. hls.js and VHS may have a newer one by then.
      given: { lifeS: 5 },
      unmetIn: ['hls.js', 'VHS'],
      signings: 8,
    },
  ),
  refusal(
    'cdn-401-authenticate',
    'It answers 401 with `WWW-Authenticate`',
    { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="films"' } },
    { everywhere: true, todo: { 'swap in firefox': FIREFOX_ASKS } },
  ),
  {
    id: 'cdn-503',
    title: 'It answers 503 for 5 s',
    group: 'cdn',
    hasControl: true,
    cause: () => ({ cdn: () => ({ status: 503 }) }),
    cuts: true,
    lastsMs: 5_000,
    ends: 'recovers',
    signings: 2,
    todo: { VHS: SOUND_FAILS_FIRST },
  },
  {
    id: 'cdn-refuses-fresh-urls',
    title: 'It refuses fresh URLs too',
    group: 'cdn',
    hasControl: true,
    cause: () => ({ cdn: () => ({ status: 403 }) }),
    cuts: true,
    ends: 'signed-url-refused',
    signings: 8,
  },
  {
    id: 'cdn-one-file-refused',
    title: 'It refuses one segment forever',
    group: 'cdn',
    hasControl: true,
    cause: () => ({ cdn: ({ file }) => (/\/007\.m4s$/.test(file) ? { status: 403 } : undefined) }),
    ends: 'media-error',
    endsIn: { VHS: 'signed-url-refused' },
    notes: { 'hls.js': 'The error is that of hls.js, as without the plugin. It takes another `src()`.' },
    signings: 4,
    playS: 18,
    notIn: (engine) => (isFile(engine) ? 'An MP4 is one file.' : undefined),
  },
  {
    id: 'cdn-cut',
    title: 'Connections break in the middle of a segment, four times',
    group: 'cdn',
    hasControl: true,
    cause: () => ({ cutsLeft: 4 }),
    cuts: true,
    ends: 'recovers',
    signings: 2,
    everywhere: true,
  },
  {
    id: 'cdn-silence-20-s',
    title: 'It is silent for 20 s',
    group: 'cdn',
    hasControl: true,
    cause: () => ({ isSilent: true }),
    lastsMs: 20_000,
    ends: 'recovers',
    signings: 6,
    everywhere: true,
  },
  {
    id: 'cdn-slow-start-15-s',
    title: 'It is silent for the first 15 s',
    group: 'cdn',
    hasControl: true,
    fromStart: { isSilent: true },
    lastsMs: 15_000,
    ends: 'recovers',
    signings: 6,
    playS: 3,
  },
  {
    id: 'cdn-file-replaced',
    title: 'The file is replaced in the middle (`ETag`)',
    group: 'cdn',
    hasControl: true,
    cause: () => ({ etag: '"second"' }),
    cuts: true,
    ends: 'recovers',
    signings: 4,
  },
  {
    id: 'cdn-single-use-token',
    title: 'A token opens each file once',
    group: 'cdn',
    hasControl: true,
    given: { cdn: ({ uses }) => (uses > 0 ? { status: 403 } : undefined) },
    cause: () => ({}),
    cuts: true,
    ends: 'recovers',
    unmetIn: ['hls.js', 'VHS'],
    notes: { 'hls.js': LOADED_ONCE, VHS: LOADED_ONCE },
    signings: 12,
  },
  {
    id: 'cdn-playlist-error-page',
    title: 'The playlists of all renditions are an error page with 200',
    group: 'cdn',
    hasControl: true,
    fromStart: { cdn: ({ file }) => (/\dp\/playlist\.m3u8$/.test(file) ? ERROR_PAGE : undefined) },
    ends: 'media-error',
    signings: 4,
    todo: { VHS: VHS_BROKEN },
    notIn: (engine) => (isFile(engine) ? onlyPlaylists : undefined),
  },
]
