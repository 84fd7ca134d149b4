import { describe, expect } from 'vitest'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { describeRun } from '../support/judge.js'
import {
  ABOVE,
  akamai,
  filmFile,
  md5,
  openAkamai,
  type Shape,
  ShapedOrigin,
  type SigningTime,
  tokenFor,
  Words,
  withLinks,
} from '../support/shaped-origin.js'
import { DASH, disturbances, fetchedTwice, HLS, refused, SMALL_BUFFER, signings, until } from '../support/site.js'
import { issuesUsed, type Video } from '../support/video.js'

/* Shapes of signing that real sites have. Nothing tells the plugin which one it meets. */

const it = inBrowser('chromium')
const LIFE_S = process.env.SOAK ? 5 : 3
/** Lives of the URL that a row plays through. */
const LIVES = 3
/** A live player has settled by then. */
const SETTLED_S = 3
const HLS_SOURCE = { src: 'lake', type: HLS }
const DASH_SOURCE = { src: 'lake', type: DASH }

let uid = 0
const nextUid = () => {
  uid += 1
  return uid
}

/** The endpoint's token opens the first playlist; that exchanges it for another one, made anew at each fetch. */
const EXCHANGE: Shape = {
  sign: ({ origin, expiresAt }) => ({ url: `${origin}/live/master.m3u8?hdnea=${akamai('/*', expiresAt, 'hdnea')}` }),
  open({ pathname, searchParams }) {
    const key = pathname.endsWith('master.m3u8') ? 'hdnea' : 'hdntl'
    return filmFile(pathname, '/live/', openAkamai(searchParams.get(key), pathname, key))
  },
  write: (text, { expiresAt }) =>
    withLinks(text, (link) => `${link}?hdntl=${akamai('/*', expiresAt, 'hdntl')}&uid=${nextUid()}`),
}

/** What the endpoint's URLs share is the end of their path; `head` writes the beginning. */
function opaque(head: (time: SigningTime) => string, query = (_time: SigningTime) => ''): Shape {
  const accepted = new Map<string, number>()
  return {
    sign(time) {
      const beginning = head(time)
      const end = query(time)
      accepted.set(`${beginning} ${end}`, time.expiresAt)
      return {
        url: `${time.origin}${beginning}/films/lake/master.m3u8${end}`,
        expiresIn: time.expiresAt - Date.now() / 1000,
      }
    },
    open({ pathname, search }) {
      const [beginning = '', file] = pathname.split('/films/lake/')
      const expiresAt = accepted.get(`${beginning} ${search}`)
      return file === undefined || expiresAt === undefined ? undefined : { file: `film/${file}`, expiresAt }
    },
  }
}

const words = new Words<true>()
const OPAQUE: Readonly<Record<string, Shape>> = {
  'a word of 24 letters': opaque(() => `/s/${words.make(true)}`),
  "a server's number": opaque(
    ({ serial }) => `/edge${serial}`,
    ({ serial }) => `?t=${md5(`t${serial}`)}`,
  ),
  'two segments': opaque(() => `/${words.make(true)}/v1/${words.make(true)}`),
  'a time of issue in hex': opaque(({ expiresAt }) => `/dl/${tokenFor(`${expiresAt}`)}/${expiresAt.toString(16)}`),
  'a session folder, with the token in the query': opaque(
    () => `/session-${words.make(true)}`,
    ({ serial }) => `?t=${md5(`s${serial}`)}`,
  ),
}

/** The answer says `expiresIn: 5`, and the signer has cut the expiry to a whole second. */
function rounded(): Shape {
  const shape = opaque(() => `/s/${words.make(true)}`)
  return {
    ...shape,
    sign: (time) => ({ ...(shape.sign(time) as { url: string }), expiresIn: 5 }),
  }
}

/** Each link of an MPD is signed, anew at each fetch. `hasLocation`: the MPD names a newer URL of its own. */
function signedMpd({ isLive, hasLocation }: { isLive: boolean; hasLocation: boolean }): Shape {
  const openedAt = Date.now()
  return {
    sign: ({ origin, expiresAt }) => ({ url: `${origin}/dash/manifest.mpd?hdnts=${akamai('/*', expiresAt)}` }),
    open: ({ pathname, searchParams }) => filmFile(pathname, '/dash/', openAkamai(searchParams.get('hdnts'), pathname)),
    write(text, { expiresAt, origin }) {
      const query = `hdnts=${akamai('/dash/*', expiresAt)}`
      const signed = text.replace(/(?<=(?:initialization|media)=")[^"]+/g, (link) => `${link}?${query}`)
      const location = hasLocation ? `<Location>${origin}/dash/manifest.mpd?${query}</Location>` : ''
      return (isLive ? broadcast(signed, openedAt) : signed).replace('<Period', `${location}<Period`)
    },
  }
}

/** What a viewer who comes late has missed of a broadcast, s. */
const MISSED_S = 20

/** The MPD of a film as that of a broadcast: it shows what has been sent so far. Viewers stay 8 s behind it: nearer, VHS runs out of video for moments, whatever the URL. */
function broadcast(mpd: string, openedAt: number): string {
  const sentS = MISSED_S + (Date.now() - openedAt) / 1000
  const start = new Date(openedAt - MISSED_S * 1000).toISOString()
  const dynamic = `type="dynamic" availabilityStartTime="${start}" minimumUpdatePeriod="PT2S" suggestedPresentationDelay="PT8S"`
  return mpd
    .replace('type="static"', dynamic)
    .replace(/ mediaPresentationDuration="[^"]*"/, '')
    .replace(
      /(timescale="(\d+)"[^>]*>\s*<SegmentTimeline>)([\s\S]*?)(?=<\/SegmentTimeline>)/g,
      (_all, head: string, timescale: string, timeline: string) => {
        let left = sentS * Number(timescale)
        const durations = [...timeline.matchAll(/<S d="(\d+)"(?: r="(\d+)")?/g)].flatMap(([, d, r = '0']) =>
          Array.from({ length: Number(r) + 1 }, () => Number(d)),
        )
        const sent = durations.filter((duration) => {
          left -= duration
          return left >= 0
        })
        return head + sent.map((duration, index) => `<S ${index === 0 ? 't="0" ' : ''}d="${duration}"/>`).join('')
      },
    )
}

/** `EXT-X-DEFINE:QUERYPARAM`: the engine puts the token under another key, and in one case on another host. */
function define(isElsewhere: boolean): Shape {
  const token = (expiresAt: number) => `${expiresAt}/${md5(`d${expiresAt}`)}=`
  return {
    sign: ({ origin, expiresAt }) => ({
      url: `${origin}/define/master.m3u8?token=${encodeURIComponent(token(expiresAt))}`,
      expiresAt,
    }),
    open({ pathname, searchParams }) {
      const value = searchParams.get(/\.(?:m4s|mp4|vtt)$/.test(pathname) ? 'auth' : 'token') ?? ''
      const expiresAt = Number(value.split('/')[0])
      return filmFile(pathname, '/define/', value === token(expiresAt) ? expiresAt : undefined)
    },
    write(text, { file, otherOrigin }) {
      const [key, host] = file.endsWith('master.m3u8') ? ['token', ''] : ['auth', isElsewhere ? otherOrigin : '']
      const folder = file.replace(/^film\//, '').replace(/[^/]*$/, '')
      const place = host ? `${host}/define/${folder}` : ''
      return withLinks(text, (link) => `${place}${link}?${key}={$token}`)
        .replace('#EXTM3U', '#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="token"')
        .replace(/#EXT-X-VERSION:\d+/, '#EXT-X-VERSION:11')
    },
  }
}

/** The URL has no extension, and the CDN's `Content-Type` is all that tells what it is. */
const UNTYPED: Shape = {
  sign: ({ origin, expiresAt }) => ({ url: `${origin}/untyped/lake?hdnts=${akamai('/*', expiresAt)}` }),
  open: ({ pathname, searchParams }) =>
    filmFile(pathname.replace(/lake$/, 'master.m3u8'), '/untyped/', openAkamai(searchParams.get('hdnts'), pathname)),
}

/** The endpoint is an address that redirects to the signed URL. */
const REDIRECTING: Shape = {
  sign: ({ origin, expiresAt }) => redirectTo(`${origin}/film/master.m3u8?hdnts=${akamai('/*', expiresAt)}`),
  open: ({ pathname, searchParams }) => filmFile(pathname, '/film/', openAkamai(searchParams.get('hdnts'), pathname)),
}

function redirectTo(url: string): Response {
  return new Response(null, { status: 302, headers: { Location: url } })
}

interface Row {
  readonly title: string
  /** Made anew for each row. */
  readonly shape: () => Shape
  readonly source?: object
  /** Requests that may be refused, once: where the expiry can't be read. */
  readonly refusals?: number
  readonly lifeS?: number
  readonly hls?: object
  readonly only?: 'hls.js' | 'VHS'
  readonly isLive?: boolean
  readonly isQuick?: boolean
}

const ROWS: readonly Row[] = [
  { title: 'an exchanged token', shape: () => EXCHANGE, isQuick: true },
  {
    title: 'a source of which only the CDN tells the type',
    shape: () => UNTYPED,
    source: { src: 'lake' },
  },
  { title: 'what an endpoint redirects to', shape: () => REDIRECTING, source: { src: 'lake' } },
  ...Object.entries(ABOVE).map(([name, shape]) => ({
    title: `links above the playlist's folder, by ${name}`,
    shape: () => shape,
    isQuick: name.includes('CloudFront'),
  })),
  ...Object.entries(OPAQUE).map(([name, shape]) => ({
    title: `a path that no reader knows: ${name}`,
    shape: () => shape,
  })),
  {
    title: 'a life in whole seconds, of which a part is over when the answer comes',
    shape: () => rounded(),
    lifeS: 5,
  },
  {
    title: 'an exchanged token, with CMCD in the query',
    shape: () => withCmcd(EXCHANGE),
    only: 'hls.js',
    hls: { cmcd: { sessionId: 'f6a1b0f0-0000-4000-8000-000000000000', useHeaders: false } },
  },
  // VHS has no QUERYPARAM.
  { title: 'a token under another key', shape: () => define(false), only: 'hls.js' },
  { title: 'a token under another key on another host', shape: () => define(true), only: 'hls.js' },
  ...[
    { title: 'an MPD that signs its links', isLive: false, hasLocation: false, isQuick: true },
    { title: 'a live MPD that signs its links', isLive: true, hasLocation: false },
    { title: 'a live MPD that signs its links and its Location', isLive: true, hasLocation: true },
  ].map(({ title, isQuick, ...how }) => ({
    title,
    shape: () => signedMpd(how),
    isLive: how.isLive,
    source: DASH_SOURCE,
    only: 'VHS' as const,
    isQuick: isQuick === true,
  })),
]

/** What the engine adds to a URL for its site arrives: a request without it is refused. */
const withCmcd = (shape: Shape): Shape => ({
  ...shape,
  open: (url, origin) => (/CMCD=/.test(url.search) || /m3u8$/.test(url.pathname) ? shape.open(url, origin) : undefined),
})

const ENGINES = [
  ['hls.js', 'auto'],
  ['VHS', 'vhs'],
] as const

describe.each(ENGINES)('%s', (engineName, engine) => {
  for (const {
    title,
    shape,
    source = HLS_SOURCE,
    refusals = 0,
    only = engineName,
    isQuick,
    isLive = false,
    lifeS = LIFE_S,
    hls,
  } of ROWS) {
    if (only !== engineName) continue
    const isInQuick = isQuick && (engineName === 'hls.js' || only === 'VHS')
    it(`plays ${title} through ${LIVES} lives`, isInQuick ? {} : FULL, async ({ play }) => {
      const origin = await ShapedOrigin.open(shape(), lifeS)
      try {
        const plugin = { engine, endpoint: origin.endpoint, ...(hls && { hls: { ...SMALL_BUFFER, ...hls } }) }
        const video = await play({}, { source, plugin })
        // What a live player does before it has settled does not count.
        const start = await video.until(({ firstFrameMs }) => firstFrameMs !== undefined, 'the first frame')
        const settled = isLive ? await video.reaches(start.position + SETTLED_S) : { starvedMs: 0, events: [] }
        await outlives(video, origin)
        const seen = await video.see()
        const { log } = origin
        console.info(describeRun(`${engineName}, ${title}`, { log, seen }))
        expect(seen.error).toBeNull()
        expect(seen.starvedMs - settled.starvedMs).toBe(0)
        expect(disturbances({ ...seen, events: seen.events.slice(settled.events.length) })).toEqual([])
        expect(fetchedTwice(log)).toEqual([])
        expect(
          refused(log)
            .slice(refusals)
            .map(({ url }) => url),
          'refused',
        ).toEqual([])
        // One at the start, and one for each life and a part of one.
        const playedS = seen.position + 8
        expect(signings(log).length).toBeLessThanOrEqual(2 + Math.ceil(playedS / (lifeS / 2)))
      } finally {
        await origin.close()
      }
    })
  }
})

async function outlives(video: Video, { log }: ShapedOrigin): Promise<void> {
  await until(async () => {
    const { error } = await video.see()
    if (error)
      throw new Error(
        JSON.stringify({
          error,
          refused: refused(log)
            .slice(-3)
            .map(({ path }) => path),
        }),
      )
    return issuesUsed(log) > LIVES
  }, `${LIVES} lives of its URL`)
}

describe('an error that names its cause', () => {
  const causeOf = async (play: InBrowser['play'], shape: Shape) => {
    const origin = await ShapedOrigin.open(shape, LIFE_S)
    try {
      const retry = { maxAttempts: 2, baseDelayMs: 10 }
      const video = await play({}, { source: { src: 'lake' }, plugin: { endpoint: origin.endpoint, retry } })
      const { error } = await video.fails()
      return { code: error?.code, cause: await video.do<string>('player.error().cause.message') }
    } finally {
      await origin.close()
    }
  }

  it('is shown for a source of which nothing tells the type', async ({ play }) => {
    const { code, cause } = await causeOf(play, { ...UNTYPED, contentType: () => 'application/octet-stream' })
    expect(code).toBe(4)
    expect(cause).toMatch(/set `type` on the source/)
  })

  it('is shown for an endpoint that redirects to a log-in page', FULL, async ({ play }) => {
    const { cause } = await causeOf(play, { ...REDIRECTING, sign: ({ origin }) => redirectTo(`${origin}/log-in`) })
    expect(cause).toMatch(/log-in page/)
  })

  it('is shown for an endpoint that redirects to a server without CORS', FULL, async ({ play }) => {
    const { cause } = await causeOf(play, {
      ...REDIRECTING,
      sign: ({ otherOrigin }) => redirectTo(`${otherOrigin}/without-cors`),
    })
    expect(cause).toMatch(/Access-Control-Allow-Origin/)
  })
})

describe('an MP4', () => {
  it('plays from an endpoint that redirects to it', FULL, async ({ play }) => {
    const sign: Shape['sign'] = ({ origin, expiresAt }) =>
      redirectTo(`${origin}/film/film.mp4?hdnts=${akamai('/*', expiresAt)}`)
    const origin = await ShapedOrigin.open({ ...REDIRECTING, sign }, LIFE_S)
    try {
      const video = await play({}, { source: { src: 'lake' }, plugin: { endpoint: origin.endpoint } })
      expect((await video.reaches(1)).error).toBeNull()
      expect(refused(origin.log)).toEqual([])
    } finally {
      await origin.close()
    }
  })
})
