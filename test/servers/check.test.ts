import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import {
  type CheckOptions,
  type CheckReport,
  checkSignedUrl,
  FINDING_CODES,
  type FindingCode,
} from '../../src/check/index.js'
import { nodeHandler, signingEndpoint } from '../../src/signers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import {
  endpoint,
  forEachFile,
  inPath,
  inQuery,
  inSeconds,
  type Origins,
  pathFor,
  queryFor,
  SITE,
  signFile,
  startOrigins,
} from './start-origins.js'
import { isInstalled } from './start-server.js'

/* `check` against real servers: each has one fault in its configuration, which is found by name; others have none. */

const FILM = fileURLToPath(new URL('../../demo/media/film', import.meta.url))
/** Far enough away for any machine, and too far for the check to wait for it. */
const EXPIRES_AT = inSeconds(3600)
const HLS = pathFor('film/master.m3u8', EXPIRES_AT)
const MP4 = pathFor('film/film.mp4', EXPIRES_AT)
const LATER = pathFor('film/master.m3u8', EXPIRES_AT + 1)
const DEAD = pathFor('film/master.m3u8', inSeconds(-60))
const WORD = '5f4dcc3b5aa765d61d8327deb882cf99'

const answer = (url: string, expiresIn: number | undefined = 3600) => JSON.stringify({ url, expiresIn })
const ALLOWED = `add_header Access-Control-Allow-Origin ${SITE};`
const signing = (cors?: string) => endpoint(answer(HLS), answer(LATER), cors)
const media = (links: string, end = '#EXT-X-ENDLIST\n') => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n${links}${end}`
const segment = (uri: string) => `#EXTINF:2,\n${uri}\n`
const SIGNED_LINK = `000.m4s?token=dGhpcyBpcyBhIHRva2Vu-A&expires=`

/** What is written beside the film. */
const texts = {
  'keyed/hls/media.m3u8': media(`#EXT-X-KEY:METHOD=AES-128,URI="../keys/1.key"\n${segment('000.m4s')}`),
  'keyed/hls/000.m4s': 'a segment',
  'keyed/keys/1.key': '0123456789abcdef',
  'elsewhere/media.m3u8': media(segment('https://media.example/film7/000.m4s')),
  'by-http/media.m3u8': media(segment('http://media.example/film7/000.m4s')),
  'dead-links/media.m3u8': media(segment(`${SIGNED_LINK}1700000000`)),
  'dead-links/000.m4s': 'a segment',
  'signed-links/media.m3u8': media(segment(`${SIGNED_LINK}${inSeconds(1800)}`)),
  'signed-links/000.m4s': 'a segment',
  'live/media.m3u8': media(segment('000.m4s'), ''),
  'live/000.m4s': 'a segment',
  'page/master.m3u8': '<!doctype html><title>Log in</title>',
}

const PER_FILE = 'a signature for each file, with its endpoint'

interface Row {
  /** What is wrong with the configuration. */
  readonly title: string
  readonly codes: readonly FindingCode[]
  /** The locations of the server. */
  readonly locations: string
  /** Path and query of the signed URL. */
  readonly path?: string
  readonly resource?: string
  readonly options?: Partial<CheckOptions>
}

const withEndpoint = { endpoint: '/sign', resource: 'final-2026' }

const FAULTS: readonly Row[] = [
  { title: 'no CORS headers', codes: ['cors-missing', 'cors-missing-on-refusal'], locations: inPath({ cors: '' }) },
  {
    title: 'CORS headers without `always`',
    codes: ['cors-missing-on-refusal'],
    locations: inPath({ cors: ALLOWED }),
  },
  {
    title: 'CORS for another page',
    codes: ['cors-other-origin', 'cors-missing-on-refusal'],
    locations: inPath({ cors: 'add_header Access-Control-Allow-Origin https://www.club.example always;' }),
  },
  {
    title: 'CORS headers twice',
    codes: ['cors-repeated', 'cors-missing-on-refusal'],
    locations: inPath({ cors: `add_header Access-Control-Allow-Origin * always; ${ALLOWED.replace(';', ' always;')}` }),
  },
  { title: 'no ranges', codes: ['range-ignored'], locations: inPath({ more: 'max_ranges 0;' }), path: MP4 },
  {
    title: 'a hidden Content-Range',
    codes: ['content-range-hidden'],
    locations: inPath({ cors: ALLOWED.replace(';', ' always;') }),
    path: MP4,
  },
  {
    title: 'a token without an expiry',
    codes: ['expiry-unread'],
    locations: `location / { ${ALLOWED.replace(';', ' always;')} if ($arg_key != ${WORD}) { return 403; } root {media}; }`,
    path: `/film/master.m3u8?key=${WORD}`,
  },
  { title: 'no check of the token', codes: ['not-protected'], locations: inPath({ check: '' }) },
  {
    title: 'no check of the expiry',
    codes: ['served-after-expiry'],
    locations: `${inPath({ check: 'if ($secure_link = "") { return 403; }' })} ${signing()}`,
    path: DEAD,
    options: withEndpoint,
  },
  {
    title: 'refusals with 404',
    codes: ['unknown-refusal'],
    locations: inPath({ check: 'if ($secure_link != "1") { return 404; }' }),
  },
  {
    title: 'refusals that lead to a log-in page',
    codes: ['unknown-refusal'],
    locations: inPath({ check: `if ($secure_link != "1") { return 302 ${SITE}/login; }` }),
  },
  {
    title: 'refusals that ask for a password',
    codes: ['www-authenticate'],
    locations: inPath({
      check: 'if ($secure_link != "1") { return 401; }',
      more: `add_header WWW-Authenticate 'Basic realm="films"' always;`,
    }),
  },
  {
    title: 'tokens of another secret',
    codes: ['url-refused'],
    locations: inPath(),
    path: pathFor('film/master.m3u8', EXPIRES_AT, 'Another'),
  },
  {
    title: 'tokens for a single use',
    codes: ['single-use'],
    locations: inPath({ more: 'limit_req zone=once; limit_req_status 403;' }),
  },
  {
    title: 'a signature for each file, of which the plugin knows nothing',
    codes: ['link-refused'],
    locations: forEachFile(),
    path: signFile('/film/master.m3u8', EXPIRES_AT),
  },
  {
    title: 'a key outside of the folder that the URL shows',
    codes: ['link-not-covered'],
    locations: inQuery(),
    path: queryFor('keyed/hls/media.m3u8', EXPIRES_AT),
  },
  {
    title: 'links to another host',
    codes: ['link-on-other-origin'],
    locations: inPath(),
    path: pathFor('elsewhere/media.m3u8', EXPIRES_AT),
  },
  {
    title: 'links by http',
    codes: ['link-on-other-origin', 'mixed-content'],
    locations: inPath(),
    path: pathFor('by-http/media.m3u8', EXPIRES_AT),
  },
  {
    title: 'links that were signed once for all',
    codes: ['signed-link-expired'],
    locations: inPath(),
    path: pathFor('dead-links/media.m3u8', EXPIRES_AT),
  },
  {
    title: 'a playlist that is cached for longer than its links live',
    codes: ['playlist-cached'],
    locations: inPath({ more: 'add_header Cache-Control max-age=86400;' }),
    path: pathFor('signed-links/media.m3u8', EXPIRES_AT),
  },
  {
    title: 'a live playlist that is cached for a minute',
    codes: ['playlist-cached'],
    locations: inPath({ more: 'add_header Cache-Control max-age=60;' }),
    path: pathFor('live/media.m3u8', EXPIRES_AT),
  },
  {
    title: 'a redirect to a URL that lives for ten minutes only',
    codes: ['redirect-dies-sooner'],
    locations: `${inPath({ serve: `return 302 /edge${pathFor('film/x', inSeconds(600)).slice('/play'.length, -'film/x'.length)}$folder$file;` })}
    location /edge/ { rewrite ^/edge/[^/]+/[^/]+/+(.*) /$1 break; ${ALLOWED} root {media}; }`,
  },
  {
    title: 'URLs that live no longer than a segment',
    codes: ['life-too-short'],
    locations: `${inPath()} ${endpoint(answer(HLS, 2), answer(LATER, 2))}`,
    options: withEndpoint,
  },
  {
    title: 'an endpoint that repeats the refused URL',
    codes: ['endpoint-repeats-url'],
    locations: `${inPath()} ${endpoint(answer(HLS), answer(HLS))}`,
    options: withEndpoint,
  },
  {
    title: 'an endpoint whose answers are cached',
    codes: ['answer-cached'],
    locations: `${inPath()} ${signing(`${ALLOWED} add_header Cache-Control "public, max-age=300";`)}`,
    options: withEndpoint,
  },
  {
    title: 'an endpoint without CORS headers',
    codes: ['endpoint-cors-missing'],
    locations: `${inPath()} ${signing('')}`,
    options: withEndpoint,
  },
  {
    title: 'an endpoint whose time is hidden',
    codes: ['date-hidden'],
    locations: `${inPath()} ${endpoint(JSON.stringify({ url: HLS }), JSON.stringify({ url: LATER }), ALLOWED)}`,
    options: withEndpoint,
  },
  {
    title: 'an endpoint that signs another file',
    codes: ['another-video'],
    locations: `${inPath()} ${endpoint(answer(MP4), answer(LATER))}`,
    options: withEndpoint,
  },
  {
    title: 'an endpoint that denies the video',
    codes: ['endpoint-denied'],
    locations: `${inPath()} location = /sign { return 403; }`,
    options: withEndpoint,
  },
  {
    title: 'an endpoint that answers with a page',
    codes: ['endpoint-failed'],
    locations: `${inPath()} location = /sign { default_type text/html; return 200 "<h1>Log in</h1>"; }`,
    options: withEndpoint,
  },
]

const covering = (expiresAt: number) =>
  JSON.stringify({ url: queryFor('keyed/hls/media.m3u8', expiresAt), expiresIn: 3600, covers: '/keyed/' })

const GOOD: readonly Row[] = [
  { title: 'HLS behind a token in the path', codes: [], locations: inPath() },
  {
    title: 'HLS behind a token in the query',
    codes: [],
    locations: inQuery(),
    path: queryFor('film/master.m3u8', EXPIRES_AT),
  },
  { title: 'DASH', codes: [], locations: inPath(), path: pathFor('film/manifest.mpd', EXPIRES_AT) },
  { title: 'an MP4', codes: [], locations: inPath(), path: MP4 },
  { title: 'HLS with an endpoint', codes: [], locations: `${inPath()} ${signing()}`, options: withEndpoint },
  {
    title: 'HLS after its expiry, with an endpoint',
    codes: [],
    locations: `${inPath()} ${signing()}`,
    path: DEAD,
    options: withEndpoint,
  },
  {
    title: 'an endpoint that redirects to the signed URL',
    codes: [],
    locations: `${inPath()} location = /sign { ${ALLOWED} add_header Access-Control-Expose-Headers Date;
      if ($arg_reason) { return 302 ${LATER}; } return 302 ${HLS}; }`,
    options: withEndpoint,
  },
  {
    title: 'a key outside of the folder, where the endpoint says what its URL covers',
    codes: [],
    locations: `${inQuery()} ${endpoint(covering(EXPIRES_AT), covering(EXPIRES_AT + 1))}`,
    path: queryFor('keyed/hls/media.m3u8', EXPIRES_AT),
    options: withEndpoint,
  },
  {
    title: 'refusals with 404, which the plugin was told of',
    codes: [],
    locations: inPath({ check: 'if ($secure_link != "1") { return 404; }' }),
    options: { refusedStatuses: [404] },
  },
  { title: PER_FILE, codes: [], locations: forEachFile(), path: signFile('/film/master.m3u8', EXPIRES_AT) },
  {
    title: 'playlists that are cached, without signed links',
    codes: [],
    locations: inPath({ more: 'add_header Cache-Control max-age=86400;' }),
  },
]

describe.skipIf(!isInstalled('nginx'))('check, against nginx', () => {
  let started: Origins
  beforeAll(async () => {
    const servers = new Map([...FAULTS, ...GOOD].map(({ title, locations }) => [title, locations]))
    started = await startOrigins(servers, { film: FILM }, texts)
  })
  afterAll(() => started?.stop())

  /** Signs any file of the origin with `PER_FILE`. */
  let perFile: Server | undefined
  async function startPerFile(): Promise<string> {
    const sign = (resource: string) => signFile(resource, EXPIRES_AT + serial++)
    let serial = 0
    const handler = nodeHandler(signingEndpoint({ sign, authorize: () => true, anyResource: true }))
    perFile = createServer((request, response) => {
      response.setHeader('Access-Control-Allow-Origin', SITE)
      handler(request, response)
    })
    return listen(perFile)
  }
  afterAll(() => perFile?.close())

  const check = async ({ title, path = HLS, options }: Row) => {
    const origin = started.origins.get(title) ?? ''
    const { endpoint, ...rest } = options ?? {}
    if (title === PER_FILE) {
      const resource = `${origin}/film/master.m3u8`
      return checkSignedUrl({
        url: origin + path,
        origin: SITE,
        scope: 'file',
        resource,
        endpoint: await startPerFile(),
      })
    }
    return checkSignedUrl({
      url: origin + path,
      origin: SITE,
      ...rest,
      ...(endpoint !== undefined && { endpoint: origin + endpoint }),
    })
  }
  const tokens = [HLS, MP4, LATER, DEAD].map((path) => path.split('/')[2] ?? '')

  it.each(FAULTS)('finds $title', async (row) => {
    const report = await check(row)
    expect(report.findings.map(({ code }) => code).sort()).toEqual([...row.codes].sort())
    for (const token of [...tokens, WORD]) expect(JSON.stringify(report)).not.toContain(token)
  })

  it.each(GOOD)('finds nothing wrong with $title', async (row) => {
    const report = await check(row)
    expect(report.findings).toEqual([])
    expect(report.seen).not.toEqual([])
  })

  it('finds no video in a page', async () => {
    const page = { ...(GOOD[0] as Row), path: pathFor('page/master.m3u8', EXPIRES_AT) }
    await expect(check(page)).rejects.toThrow(/^http:\/\/127\.0\.0\.1:\d+\/…\/master\.m3u8 is no playlist and no video/)
  })
})

const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

/** Serves an MP4 of ten bytes to the pages of `site`, well but for what `spoil` does. */
async function serve(spoil: RequestListener, site = SITE): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', site)
    response.setHeader('Access-Control-Expose-Headers', 'Content-Range')
    response.setHeader('Content-Type', 'video/mp4')
    if (!request.url?.includes(WORD)) response.statusCode = 403
    else if (request.headers.range) {
      response.statusCode = 206
      response.setHeader('Content-Range', 'bytes 0-1/10')
    }
    spoil(request, response)
    response.end('0123456789'.slice(0, response.statusCode === 206 ? 2 : 10))
  })
  servers.push(server)
  return `${await listen(server)}/film.mp4?token=${WORD}&expires=${EXPIRES_AT}`
}

describe('check, against servers that nginx can’t be made into', () => {
  const codesOf = async (spoil: RequestListener) =>
    (await checkSignedUrl({ url: await serve(spoil), origin: SITE })).findings.map(({ code }) => code)

  it('finds nothing wrong with a good one', async () => {
    expect(await codesOf(() => {})).toEqual([])
  })

  it('finds a wrong Content-Range', async () => {
    expect(
      await codesOf(
        (_request, response) =>
          response.hasHeader('Content-Range') && response.setHeader('Content-Range', 'bytes 0-9/10'),
      ),
    ).toEqual(['range-wrong'])
  })

  it('finds a clock that is half an hour ahead', async () => {
    const ahead = () => new Date(Date.now() + 1_800_000).toUTCString()
    expect(await codesOf((_request, response) => void response.setHeader('Date', ahead()))).toContain('clock-differs')
  })
})

describe('check, in Chromium', () => {
  const it = inBrowser('chromium')

  it('sees what a script of the page may see', FULL, async ({ openWindow }) => {
    const site = inject('siteUrl')
    const page = await openWindow()
    const check = (url: string) =>
      page.evaluate<CheckReport>(
        `import('/src/check/index.ts').then(({ checkSignedUrl }) => checkSignedUrl({ url: ${JSON.stringify(url)} }))`,
      )
    const good = await check(await serve(() => {}, site))
    expect(good.findings).toEqual([])
    const isRefused = (response: { statusCode: number }) => response.statusCode === 403
    const hides: RequestListener = (_request, response) =>
      response.removeHeader(isRefused(response) ? 'Access-Control-Allow-Origin' : 'Access-Control-Expose-Headers')
    const faulty = await check(await serve(hides, site))
    expect(faulty.findings.map(({ code }) => code)).toEqual(['content-range-hidden', 'cors-missing-on-refusal'])
  })
})

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('has an origin for every fault that check can find', () => {
  const found = new Set<FindingCode>([...FAULTS.flatMap(({ codes }) => codes), 'range-wrong', 'clock-differs'])
  expect([...found].sort()).toEqual([...FINDING_CODES].sort())
})
