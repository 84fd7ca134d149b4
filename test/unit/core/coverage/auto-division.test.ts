import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AutoDivision } from '../../../../src/core/coverage/auto-division.js'
import { DASH } from '../../../../src/core/coverage/dash-format.js'
import { HLS } from '../../../../src/core/coverage/hls-format.js'
import type { SignedMedia } from '../../../../src/core/signed-media.js'
import { FakeTime } from '../../../support/fake-time.js'
import { openDivided } from '../../../support/open-media.js'
import { signatureOf } from './signed-playlists.js'

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => {
  time.restore()
  vi.unstubAllGlobals()
})

const LIFE_S = 5
const nowS = () => Math.floor(Date.now() / 1000)

/** What a server does: `sign` writes the endpoint's URL, `accepts` checks a request's token, and `files` are its playlists by the end of their path. */
interface Server {
  readonly sign: (expiresAt: number) => string | object
  readonly accepts: (url: URL) => boolean
  readonly files: Readonly<Record<string, (url: URL) => string>>
}

/** A video on a server, with the requests of an engine. */
class Video {
  readonly media: SignedMedia
  readonly signed: unknown[]
  readonly errors: readonly Error[]
  readonly requests: string[] = []
  readonly urls: string[] = []
  readonly stats
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
    const made = signatureOf(time, () => Response.json(server.sign(nowS() + LIFE_S)))
    this.signed = made.endpoint.requests
    this.errors = made.errors
    this.stats = made.signature.settings.stats
    this.media = openDivided(
      made.signature,
      (refusals) => new AutoDivision({ ...made, refusals, formats: [HLS, DASH] }),
    )
    vi.stubGlobal('fetch', async (url: string, { signal }: RequestInit) => {
      await Promise.resolve()
      signal?.throwIfAborted()
      const { status, text } = this.#serve(url)
      return Object.defineProperty(new Response(text, { status }), 'url', { value: url })
    })
  }

  #serve(href: string): { status: number; text: string } {
    const url = new URL(href)
    const [, file] = Object.entries(this.#server.files).find(([end]) => url.pathname.endsWith(end)) ?? []
    const status = this.#server.accepts(url) ? 200 : 403
    this.requests.push(`${url.pathname.split('/').at(-1)} ${status}`)
    this.urls.push(href)
    return { status, text: status === 200 ? (file?.(url) ?? '') : '' }
  }

  /** Makes one request as an engine does. Returns what it reads. */
  async load(url: string): Promise<{ status: number; text: string; link: (end: string) => string }> {
    const request = this.media.request(url)
    for (;;) {
      const sentUrl = await this.#passing(request.url())
      const { status, text } = this.#serve(sentUrl)
      const playlist = /^(#EXTM3U|<)/.test(text) ? text : undefined
      const verdict = await request.answered({ status, text: playlist, url: new URL(sentUrl).href })
      if (verdict.again) continue
      const read = verdict.text ?? text
      const link = (end: string) => {
        const line = read.split(/[\n"]/).find((part) => part.includes(end))
        if (!line) throw new Error(`There is no link to ${end} in ${read}`)
        return new URL(line, verdict.url).href
      }
      return { status: verdict.status, text: read, link }
    }
  }

  /** Lets time pass until a request may be sent. */
  async #passing(url: string | Promise<string>): Promise<string> {
    let isReady = false
    const ready = Promise.resolve(url).finally(() => {
      isReady = true
    })
    for (let ms = 0; ms < 20_000; ms += 50) {
      await time.settle()
      if (isReady) return ready
      await time.pass(50)
    }
    throw new Error(`Nothing to send after 20 s: ${this.requests.join(', ')}`)
  }

  /** Loads master and media playlist, then a segment every second for more than three lives. Returns the statuses of all requests that were refused. */
  async play({ master = true, seconds = 18 } = {}): Promise<string[]> {
    const top = await this.load(await this.media.start())
    const playlist = master ? await this.load(top.link('index.m3u8')) : top
    for (let second = 0; second < seconds; second += 1) {
      const { status } = await this.load(playlist.link(`seg-${second}.`))
      if (status !== 200)
        throw new Error(
          `${status} for ${this.urls.slice(-4).join('  ')} after ${this.requests.join(', ')} ${this.errors.join()}`,
        )
      await time.pass(1_000)
    }
    return this.requests.filter((request) => !request.endsWith('200'))
  }
}

const MEDIA = (link: (file: string) => string, count = 20) =>
  [
    '#EXTM3U',
    '#EXT-X-TARGETDURATION:2',
    ...Array.from({ length: count }, (_, n) => `#EXTINF:2,\n${link(`seg-${n}.ts`)}`),
  ].join('\n')
const MASTER = (link: string) => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${link}\n`

let serial = 0
const next = () => {
  serial += 1
  return serial
}
const token = (name: string, expiresAt: number) => `${name}${`${expiresAt}`.padStart(22, 'x')}Q`
const akamai = (key: string, expiresAt: number, acl = '/*') =>
  `${key}=exp=${expiresAt}~acl=${acl}~hmac=${token(key, expiresAt)}`
const isAlive = (url: URL, key: string) => {
  const [, expiresAt, name] = /exp=(\d+)~acl=[^~]*~hmac=([a-w]+)x/.exec(url.searchParams.get(key) ?? '') ?? []
  return name === key && Number(expiresAt) >= nowS()
}

describe('an exchanged token: another one for what the first playlist links to', () => {
  const uid = () => `uid=${next()}`
  const server = (secondsAhead = 0): Server => ({
    sign: (expiresAt) => `https://cdn.example/live/master.m3u8?${akamai('hdnea', expiresAt)}`,
    accepts: (url) => isAlive(url, url.pathname.endsWith('master.m3u8') ? 'hdnea' : 'hdntl'),
    files: {
      'master.m3u8': () => MASTER(`hi/index.m3u8?${akamai('hdntl', nowS() + LIFE_S + secondsAhead)}&${uid()}`),
      'index.m3u8': () => MEDIA((file) => `${file}?${akamai('hdntl', nowS() + LIFE_S + secondsAhead)}&${uid()}`),
    },
  })

  it.each([0, 1, 7])('is refreshed by its playlists, %i s longer than the first', async (secondsAhead) => {
    const video = new Video(server(secondsAhead))
    expect(await video.play()).toEqual([])
    expect(video.errors).toEqual([])
    expect(video.signed.length).toBeLessThanOrEqual(6)
  })

  it('is found in a query that the player has encoded anew and added to, as hls.js does for CMCD', async () => {
    const video = new Video(server())
    const top = await video.load(await video.media.start())
    const playlist = await video.load(top.link('index.m3u8'))
    for (let n = 0; n < 18; n += 1) {
      const url = new URL(playlist.link(`seg-${n}.`))
      url.searchParams.set('CMCD', `bl=6000,nor="seg-${n + 1}.ts?${akamai('hdntl', nowS())}"`)
      expect((await video.load(url.href)).status).toBe(200)
      expect(video.urls.at(-1)).toContain('CMCD=')
      await time.pass(1_000)
    }
    expect(video.requests.filter((request) => !request.endsWith('200'))).toEqual([])
  })

  it('gets no credentials of the endpoint’s URL', async () => {
    const video = new Video(server())
    await video.play()
    expect(video.urls.filter((url) => url.includes('hdntl') && url.includes('hdnea'))).toEqual([])
  })
})

describe('links above the folder of the first playlist', () => {
  const policy = (expiresAt: number) =>
    btoa(
      `{"Statement":[{"Resource":"https://cdn.example/film7/*","Condition":{"DateLessThan":{"AWS:EpochTime":${expiresAt}}}}]}`,
    )
      .replace(/\+/g, '-')
      .replace(/=/g, '_')
      .replace(/\//g, '~')
  const QUERIES: Readonly<Record<string, (expiresAt: number) => string>> = {
    'CloudFront, custom policy': (at) => `Policy=${policy(at)}&Signature=${token('s', at)}&Key-Pair-Id=K2JCJMDEHXQW5F`,
    'Akamai, plain': (at) => akamai('hdnts', at, '/film7/*'),
    'Akamai, encoded': (at) => akamai('hdnts', at, '%2ffilm7%2f*'),
    'Bunny, in the query': (at) => `token=HS256-${token('b', at)}&token_path=%2Ffilm7%2F&expires=${at}`,
    'Google Cloud CDN': (at) =>
      `URLPrefix=${btoa('https://cdn.example/film7/')}&Expires=${at}&KeyName=k&Signature=${token('g', at)}`,
    'Google Media CDN': (at) => `edge-cache-token=Expires=${at}~PathGlobs=/film7/*,/x/*~hmac=${token('m', at)}`,
    'Azure container': (at) => `sv=2022-11-02&se=${new Date(at * 1000).toISOString()}&sr=c&sp=r&sig=${token('a', at)}`,
    'an answer that says covers': (at) => `md5=${token('c', at)}&expires=${at}`,
  }

  it.each(Object.entries(QUERIES))('get the credentials that open them: %s', async (name, query) => {
    const accepted = new Set<string>()
    const video = new Video({
      sign: (at) => {
        for (let ahead = 0; ahead < 1; ahead += 1) accepted.add(query(at))
        const url = `https://cdn.example/film7/hls/master.m3u8?${query(at)}`
        return name.includes('covers') ? { url, covers: '/film7/' } : { url }
      },
      accepts: ({ search }) => [...accepted].slice(-2).includes(search.slice(1)),
      files: { 'master.m3u8': () => MASTER('../hi/index.m3u8'), 'index.m3u8': () => MEDIA((file) => file) },
    })
    expect(await video.play()).toEqual([])
    expect(video.errors).toEqual([])
  })
})

describe('a token that no reader knows', () => {
  it.each<[string, (n: number, at: number) => string]>([
    ['one segment', (n) => `/s/${`${n}`.padStart(24, 'A')}/films/lake/master.m3u8`],
    ['a server’s number', (n) => `/edge${n}/films/lake/master.m3u8`],
    ['two segments', (n) => `/s/${`${n}`.padStart(24, 'A')}/x${n}/films/lake/master.m3u8`],
    ['a time of issue', (_n, at) => `/s/${'0f'.repeat(16)}/${at.toString(16)}/films/lake/master.m3u8`],
  ])('is exchanged: %s', async (_name, path) => {
    let issues = 0
    let head = ''
    const video = new Video({
      sign: (at) => {
        issues += 1
        const url = `https://cdn.example${path(issues, at)}`
        head = url.replace(/films.*/, '')
        return { url, expiresIn: LIFE_S }
      },
      accepts: (url) => url.href.startsWith(head),
      files: { 'master.m3u8': () => MASTER('hi/index.m3u8'), 'index.m3u8': () => MEDIA((file) => file) },
    })
    expect(await video.play()).toEqual([])
    expect(issues).toBeLessThanOrEqual(6)
  })
})

describe('a token that the playlist puts under another key', () => {
  it.each(['https://cdn.example', 'https://segments.example'])('is exchanged on %s', async (host) => {
    const video = new Video({
      sign: (at) => ({
        url: `https://cdn.example/film/master.m3u8?token=${encodeURIComponent(`/=${at}/=${token('d', at)}`)}`,
        expiresIn: LIFE_S,
      }),
      accepts: (url) => {
        const key = url.pathname.includes('seg-') ? 'auth' : 'token'
        return Number(/^\/=(\d+)/.exec(url.searchParams.get(key) ?? '')?.[1]) >= nowS()
      },
      files: {
        // As hls.js and VHS fill in `EXT-X-DEFINE:QUERYPARAM`: decoded.
        'master.m3u8': (url) => MASTER(`hi/index.m3u8?token=${url.searchParams.get('token')}`),
        'index.m3u8': (url) => MEDIA((file) => `${host}/film/hi/${file}?auth=${url.searchParams.get('token')}`),
      },
    })
    expect(await video.play()).toEqual([])
  })
})

describe('links that a playlist signs without an expiry that can be read', () => {
  const opaque = new Map<string, number>()
  const signOpaque = (path: string) => {
    const name = `k${next()}${'Z'.repeat(20)}`
    opaque.set(name, nowS() + LIFE_S)
    return `${path}?x=${name}`
  }
  const isOpaqueAlive = (url: URL) => (opaque.get(url.searchParams.get('x') ?? '') ?? 0) >= nowS()
  const server: Server = {
    sign: (at) => `https://cdn.example/film/master.m3u8?${akamai('hdnts', at + 600)}`,
    accepts: (url) => (url.pathname.endsWith('master.m3u8') ? isAlive(url, 'hdnts') : isOpaqueAlive(url)),
    files: {
      'master.m3u8': () => MASTER(signOpaque('hi/index.m3u8')),
      'index.m3u8': () => MEDIA((file) => signOpaque(file)),
    },
  }

  it('are found by a refusal, and the playlists above them too', async () => {
    const video = new Video(server)
    const refused = await video.play()
    expect(refused.length).toBeLessThanOrEqual(6)
    expect(video.signed).toHaveLength(1)
    expect(video.errors).toEqual([])
  })

  it('are left alone where the playlist says the same again: then it is the issue', async () => {
    let accepted = 1
    const video = new Video({
      sign: (at) => `https://cdn.example/film/master.m3u8?n=${video.signed.length}&${akamai('hdnts', at + 600)}`,
      // Segments need a fresh issue in the middle, without a word of it in the URL.
      accepts: (url) => !url.pathname.includes('seg-') || Number(url.searchParams.get('n')) >= accepted,
      files: {
        'master.m3u8': () => MASTER('hi/index.m3u8'),
        'index.m3u8': () => MEDIA((file) => `${file}?part=4`),
      },
    })
    const top = await video.load(await video.media.start())
    const playlist = await video.load(top.link('index.m3u8'))
    for (const second of [0, 1, 2, 3]) {
      if (second === 2) accepted = 2
      expect((await video.load(playlist.link(`seg-${second}.`))).status).toBe(200)
      await time.pass(1_000)
    }
    expect(video.signed).toHaveLength(2)
    expect(video.requests.filter((request) => request.startsWith('index')).length).toBeLessThanOrEqual(2)
  })
})

describe('a URL that the CDN no longer accepts, long before its expiry', () => {
  /** `broken`: the playlist can't be fetched a second time. */
  const play = async (link: (file: string) => string, isBroken: boolean) => {
    let accepted = 1
    let loads = 0
    const video = new Video({
      sign: (at) => `https://cdn.example/film/master.m3u8?n=${video.signed.length}&${akamai('hdnts', at + 600)}`,
      accepts: (url) => {
        if (url.pathname.endsWith('index.m3u8')) loads += 1
        if (isBroken && loads > 1 && url.pathname.endsWith('index.m3u8')) return false
        return Number(url.searchParams.get('n')) >= accepted
      },
      files: { 'master.m3u8': () => MASTER('hi/index.m3u8'), 'index.m3u8': () => MEDIA(link) },
    })
    const top = await video.load(await video.media.start())
    const playlist = await video.load(top.link('index.m3u8'))
    expect((await video.load(playlist.link('seg-0.'))).status).toBe(200)
    accepted = 2
    expect((await video.load(playlist.link('seg-1.'))).status).toBe(200)
    expect(video.errors).toEqual([])
    return { video, loads }
  }

  it('is replaced, and no playlist fetched, where links have nothing of their own', async () => {
    const { video, loads } = await play((file) => file, false)
    expect(loads).toBe(1)
    expect(video.signed).toHaveLength(2)
    expect(video.requests.slice(-2)).toEqual(['seg-1.ts 403', 'seg-1.ts 200'])
  })

  it.each([false, true])(
    'is replaced where links have a query of their own, and the playlist is broken: %s',
    async (isBroken) => {
      const { video } = await play((file) => `${file}?part=4`, isBroken)
      expect(video.signed.length).toBeLessThanOrEqual(isBroken ? 6 : 2)
    },
  )
})

describe('a live playlist that signs its links', () => {
  const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n'
  let window: [from: number, to: number, extra?: string] = [0, 5]
  const make = () =>
    new Video({
      sign: (at) => `https://cdn.example/live/index.m3u8?${akamai('hdnea', at + 600)}`,
      accepts: (url) => isAlive(url, url.pathname.endsWith('.m3u8') ? 'hdnea' : 'hdntl'),
      files: {
        'index.m3u8': () => {
          const [from, to, extra = ''] = window
          const segments = Array.from({ length: to - from + 1 }, (_, n) => {
            const name = `w${next()}-${from + n}.ts?${akamai('hdntl', nowS() + LIFE_S)}`
            return `#EXTINF:${from + n === 3 && extra.includes('ad') ? 1.5 : 2},\n${name}`
          })
          return `${HEAD}#EXT-X-MEDIA-SEQUENCE:${from}\n${extra.includes('gap') ? '#EXT-X-DISCONTINUITY-SEQUENCE:1\n' : ''}${segments.join('\n')}`
        },
      },
    })
  const open = async () => {
    window = [0, 5]
    const video = make()
    return { video, playlist: await video.load(await video.media.start()) }
  }

  it('answers a dead link by the one of its media sequence number, whatever that is called', async () => {
    const { video, playlist } = await open()
    window = [2, 7]
    await time.pass(7_000)
    expect((await video.load(playlist.link('-3.ts'))).status).toBe(200)
    expect(video.urls.at(-1)).toMatch(/-3\.ts/)
    expect(video.signed).toHaveLength(1)
  })

  it.each([
    ['has left the window', [40, 45], '-3.ts'],
    ['has another duration, because the server stitched in other ads', [2, 7, 'ad'], '-3.ts'],
    ['has another discontinuity sequence number', [2, 7, 'gap'], '-4.ts'],
  ] as const)(
    'leaves a dead link to the engine, and signs nothing for it, where its segment %s',
    async (_title, moved, end) => {
      const { video, playlist } = await open()
      window = [...moved] as typeof window
      await time.pass(7_000)
      // As CDNs answer for what has left a live window.
      expect((await video.load(playlist.link(end))).status).toBe(404)
      expect(video.requests.at(-1)).toContain('403')
      expect(video.signed).toHaveLength(1)
      expect(video.errors).toEqual([])
    },
  )

  it('gives the engine the links that it knows, and new ones for what is new', async () => {
    const { video, playlist } = await open()
    window = [2, 7]
    const later = await video.load(await video.media.start())
    for (const n of [2, 3, 4, 5]) expect(later.link(`-${n}.ts`)).toBe(playlist.link(`-${n}.ts`))
    expect((await video.load(later.link('-7.ts'))).status).toBe(200)
  })
})

describe('a playlist that signs its links for another origin', () => {
  it('is used as it is, and never given the video’s credentials', async () => {
    const video = new Video({
      sign: (at) => `https://cdn.example/film/master.m3u8?${akamai('hdnts', at)}`,
      accepts: (url) => (url.host === 'cdn.example' ? isAlive(url, 'hdnts') : isAlive(url, 'other')),
      files: {
        'master.m3u8': () => MASTER('hi/index.m3u8'),
        'index.m3u8': () => MEDIA((file) => `https://other.example/${file}?${akamai('other', nowS() + LIFE_S)}`),
      },
    })
    expect(await video.play()).toEqual([])
    expect(video.urls.filter((url) => url.startsWith('https://other.example/') && url.includes('hdnts'))).toEqual([])
  })
})
