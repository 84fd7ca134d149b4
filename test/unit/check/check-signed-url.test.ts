import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type CheckOptions, checkSignedUrl } from '../../../src/check/index.js'

/* `check` against a CDN that is a function. */

const SITE = 'https://club.example'
const TOKEN = '5f4dcc3b5aa765d61d8327deb882cf99'
const NOW = Date.UTC(2026, 0, 7, 10, 30)
const EXPIRES_AT = NOW / 1000 + 60
const FOLDER = 'https://cdn.example/film7/'
const HLS = `${FOLDER}master.m3u8?token=${TOKEN}&expires=${EXPIRES_AT}`
const MP4 = `${FOLDER}film.mp4?token=${TOKEN}&expires=${EXPIRES_AT}`
const PLAYLIST = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.ts\n#EXT-X-ENDLIST\n'

type Server = (url: URL, init: RequestInit) => Response

const headers = (more: Record<string, string> = {}) => ({
  'Access-Control-Allow-Origin': SITE,
  'Access-Control-Expose-Headers': 'Content-Range',
  Date: new Date().toUTCString(),
  ...more,
})
const media = (url: URL) =>
  url.pathname.endsWith('.m3u8')
    ? new Response(PLAYLIST, { headers: headers({ 'Content-Type': 'application/x-mpegURL' }) })
    : new Response('media', { headers: headers({ 'Content-Type': 'video/mp4' }) })
const isSigned = (url: URL) => url.searchParams.get('token') === TOKEN
const isAlive = (url: URL) => Number(url.searchParams.get('expires')) * 1000 + 999 >= Date.now()
const refuse = (status: number) => new Response('', { status, headers: headers() })
const parts = (init: RequestInit) => new Headers(init.headers).get('Range')

/** Checks tokens and expiries as it should. */
const good: Server = (url, init) => {
  if (!isSigned(url)) return refuse(403)
  if (!isAlive(url)) return refuse(410)
  return parts(init) === null
    ? media(url)
    : new Response('ab', { status: 206, headers: headers({ 'Content-Range': 'bytes 0-1/5' }) })
}

/** Checks `url` on `server`. `sent`: where requests were sent. */
function start(url: string, server: Server, options: Partial<CheckOptions> = {}) {
  const sent: URL[] = []
  const fake = async (input: string | URL | Request, init: RequestInit = {}) => {
    const to = new URL(String(input))
    sent.push(to)
    return server(to, init)
  }
  const report = checkSignedUrl({ url, origin: SITE, waitMs: 0, fetch: fake, ...options })
  report.catch(() => {})
  return { sent, report }
}
const hostsOf = (sent: readonly URL[]) => [...new Set(sent.map(({ host }) => host))]
const codesOf = async (report: ReturnType<typeof checkSignedUrl>) => (await report).findings.map(({ code }) => code)

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('what is sent', () => {
  it.each([HLS, MP4])('says for which page, as that page’s browser does', async (url) => {
    const seen: (string | null)[] = []
    const { report } = start(url, (to, init) => {
      const sent = new Headers(init.headers)
      seen.push(sent.get('Origin'), sent.get('Referer'))
      return good(to, init)
    })
    expect(await codesOf(report)).toEqual([])
    expect(new Set(seen)).toEqual(new Set([SITE, `${SITE}/`]))
  })

  it('goes to the host of the URL only, wherever links lead', async () => {
    const { sent, report } = start(HLS, (url, init) =>
      isSigned(url) && url.pathname.endsWith('.m3u8')
        ? new Response(PLAYLIST.replace('0.ts', 'https://other.example/0.ts'), { headers: headers() })
        : good(url, init),
    )
    expect(await codesOf(report)).toEqual(['link-on-other-origin'])
    expect(hostsOf(sent)).toEqual(['cdn.example'])
    expect((await report).notChecked.map(({ topic }) => topic)).toContain('links')
  })

  it('goes to no host that a redirect leads to', async () => {
    const location = `https://edge.example/film7/master.m3u8?token=${TOKEN}&expires=${EXPIRES_AT - 30}`
    const { sent, report } = start(
      HLS,
      () => new Response('', { status: 302, headers: headers({ Location: location }) }),
    )
    expect(await codesOf(report)).toEqual(['redirect-dies-sooner'])
    expect(hostsOf(sent)).toEqual(['cdn.example'])
    expect((await report).notChecked.find(({ topic }) => topic === 'redirects')?.reason).toContain('edge.example')
    expect(JSON.stringify(await report)).not.toContain(TOKEN)
  })

  it('goes by no http where https was named, but the other way round', async () => {
    const redirectTo = (scheme: string) => (url: URL, init: RequestInit) =>
      url.protocol === `${scheme}:`
        ? good(url, init)
        : new Response('', { status: 302, headers: headers({ Location: url.href.replace(/^https?/, scheme) }) })
    const down = start(HLS, redirectTo('http'))
    expect(await codesOf(down.report)).toEqual(['mixed-content'])
    expect(down.sent.filter(({ protocol }) => protocol === 'http:')).toEqual([])
    const up = start(HLS.replace('https:', 'http:'), redirectTo('https'), { origin: undefined })
    expect((await up.report).kind).toBe('hls')
  })

  it('goes to no host that the endpoint names', async () => {
    const { sent, report } = start(
      HLS,
      (url, init) =>
        url.pathname === '/sign'
          ? Response.json({ url: HLS.replace('cdn.', 'other.'), expiresIn: 60 }, { headers: headers() })
          : good(url, init),
      { endpoint: '/sign', resource: 'final-2026' },
    )
    await vi.advanceTimersByTimeAsync(2_000)
    expect((await report).notChecked.map(({ reason }) => reason).join()).toContain('other.example')
    expect(hostsOf(sent)).toEqual(['cdn.example', 'club.example'])
  })

  it('points to the log of an endpoint that fails, and lays no missing expiry on its answer', async () => {
    const unread = (url: URL) => (url.pathname === '/sign' ? new Response('', { status: 500 }) : media(url))
    const { report } = start(`${FOLDER}film.mp4?key=${TOKEN}`, unread, { endpoint: '/sign', resource: 'final-2026' })
    const { findings } = await report
    expect(findings.find(({ code }) => code === 'endpoint-failed')?.problem).toBe(
      "The signing endpoint answered with status 500. Your server's log says why.",
    )
    expect(findings.map(({ code }) => code)).not.toContain('expiry-unread')
  })

  it('carries the fresh credentials of the endpoint’s URL, as the player does', async () => {
    const fresh = HLS.replace(String(EXPIRES_AT), String(EXPIRES_AT + 60))
    const { sent, report } = start(
      HLS,
      (url, init) =>
        url.pathname === '/sign'
          ? Response.json(
              { url: `${fresh}${url.search.includes('refused') ? '&n=2' : ''}`, expiresIn: 120 },
              { headers: headers() },
            )
          : good(url, init),
      { endpoint: '/sign', resource: 'final-2026' },
    )
    expect(await codesOf(report)).toEqual([])
    const segment = sent.find(({ pathname }) => pathname.endsWith('0.ts'))
    expect(segment?.searchParams.get('expires')).toBe(String(EXPIRES_AT + 60))
  })
})

describe('links that the server signs', () => {
  const master = PLAYLIST.replace('#EXTINF:2,\n0.ts', '#EXT-X-STREAM-INF:BANDWIDTH=1\nmedia.m3u8')
  const answer = (text: string) => new Response(text, { headers: headers() })
  const serve =
    (link: () => string): Server =>
    (url, init) => {
      if (url.pathname.endsWith('/0.ts') || !isSigned(url) || !isAlive(url)) return good(url, init)
      return answer(url.pathname.endsWith('master.m3u8') ? master : PLAYLIST.replace('0.ts', link()))
    }

  it('are seen by their own expiry, and are requested as they are', async () => {
    const link = `0.ts?token=${TOKEN.toUpperCase()}&expires=${EXPIRES_AT + 600}`
    const { sent, report } = start(HLS, (url, init) =>
      url.search.includes(TOKEN.toUpperCase()) ? media(url) : serve(() => link)(url, init),
    )
    expect(await codesOf(report)).toEqual([])
    expect((await report).seen.join()).toContain('The playlists sign 1 of 2 links')
    expect(sent.filter(({ pathname }) => pathname.endsWith('0.ts')).map(({ search }) => search)).toEqual([
      link.slice('0.ts'.length),
    ])
  })

  it('are seen by their changing each time', async () => {
    let serial = 0
    const { report } = start(
      HLS,
      serve(() => `0.ts?part=${serial++}`),
    )
    expect(await codesOf(report)).toEqual([])
    expect((await report).seen.join()).toContain('other links into a playlist each time')
  })
})

describe('the answer after the expiry', () => {
  it('is not waited for where that takes too long, and how long is said', async () => {
    const { report } = start(HLS, good, { waitMs: 30_000 })
    expect((await report).notChecked).toEqual([
      { topic: 'the URL after its expiry', reason: expect.stringMatching(/lives 6\d s more.*waits 30 s/) },
    ])
  })

  const afterS = (url: URL) => Date.now() / 1000 - Number(url.searchParams.get('expires'))
  it.each<[string, Server, number, string[]]>([
    ['refused', good, 1, []],
    ['missing', (url, init) => (isAlive(url) ? good(url, init) : refuse(404)), 1, ['unknown-refusal']],
    ['served', (url, init) => (isSigned(url) ? media(url) : good(url, init)), 2, ['served-after-expiry']],
    [
      'served for ten seconds',
      (url, init) => (isSigned(url) && afterS(url) < 10 ? media(url) : good(url, init)),
      2,
      [],
    ],
  ])('is seen where the URL expires in time: %s', async (_title, server, waits, codes) => {
    const onWait = vi.fn()
    const { report } = start(HLS, server, { waitMs: 90_000, onWait })
    await vi.advanceTimersByTimeAsync(90_000)
    expect(await codesOf(report)).toEqual(codes)
    expect(onWait).toHaveBeenCalledTimes(waits)
  })

  it('is not waited for any longer when the check is aborted', async () => {
    const controller = new AbortController()
    const { report } = start(HLS, good, { waitMs: 90_000, signal: controller.signal })
    await vi.advanceTimersByTimeAsync(30_000)
    controller.abort(new Error('enough'))
    await expect(report).rejects.toThrow('enough')
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('what can’t be checked', () => {
  const page = () => new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html; charset=utf-8' } })
  it.each<[string, string, Server]>([
    ['no URL', 'film7/master.m3u8', good],
    ['another scheme', `ftp://cdn.example/master.m3u8?token=${TOKEN}`, good],
    ['a page', HLS, page],
    ['JSON', HLS, () => Response.json({})],
    ['a missing file', HLS, () => refuse(404)],
    ['redirects without an end', HLS, () => new Response('', { status: 302, headers: headers({ Location: HLS }) })],
    ['an overloaded server', HLS, () => refuse(503)],
    ['a URL that has expired', HLS.replace(String(EXPIRES_AT), String(EXPIRES_AT - 120)), good],
    [
      'a dead host',
      HLS,
      () => {
        throw new TypeError('fetch failed', { cause: Object.assign(new Error(HLS), { code: 'ENOTFOUND' }) })
      },
    ],
  ])('is said in one sentence without a token: %s', async (_title, url, server) => {
    const error: unknown = await start(url, server).report.catch((thrown) => thrown)
    expect(error).toMatchObject({ name: 'CouldNotCheckError', message: expect.stringMatching(/^[^\n]+\.$/) })
    expect(String(error)).not.toContain(TOKEN)
  })

  it.each<[string, Partial<CheckOptions>]>([
    ['an endpoint without a resource', { endpoint: 'https://club.example/sign' }],
    ['a relative endpoint without a page', { endpoint: '/sign', origin: undefined, resource: 'film7' }],
    ['an origin with a path', { origin: 'https://club.example/events/' }],
    ['files signed one by one, without an endpoint', { scope: 'file' }],
  ])('is an option that can’t be used, and nothing is sent: %s', async (_title, options) => {
    const { sent, report } = start(HLS, good, options)
    await expect(report).rejects.toMatchObject({ name: 'CouldNotCheckError' })
    expect(sent).toEqual([])
  })
})

describe('in a browser', () => {
  beforeEach(() => {
    vi.stubGlobal('location', new URL(`${SITE}/events/`))
  })
  /** Scripts see no header that isn't exposed, those of CORS included. */
  const asSeen: Server = (url, init) => {
    const response = good(url, init)
    for (const name of ['Access-Control-Allow-Origin', 'Access-Control-Expose-Headers', 'Date'])
      response.headers.delete(name)
    return response
  }
  const blocked = (): never => {
    throw new TypeError('Failed to fetch')
  }

  it('checks for the page itself, and no other', async () => {
    const { report } = start(HLS, asSeen, { origin: undefined })
    expect(await codesOf(report)).toEqual([])
    await expect(start(HLS, good, { origin: 'https://other.example' }).report).rejects.toThrow('In a browser')
  })

  it('can’t know missing CORS headers from a dead host, and says so', async () => {
    await expect(start(HLS, blocked, { origin: undefined }).report).rejects.toThrow(
      'cdn.example gives no answer that the page may read: it is down, or sends no `Access-Control-Allow-Origin`.',
    )
  })

  it('finds refusals that the page can’t read, because the host has answered before', async () => {
    const server: Server = (url, init) => (isSigned(url) ? asSeen(url, init) : blocked())
    expect(await codesOf(start(HLS, server, { origin: undefined }).report)).toEqual(['cors-missing-on-refusal'])
  })

  it('says that a redirect hides', async () => {
    const opaque = () => Object.defineProperty(new Response(''), 'type', { value: 'opaqueredirect' })
    const { report } = start(HLS, opaque, { origin: undefined })
    expect((await report).notChecked.map(({ topic }) => topic)).toContain('redirects')
  })
})
