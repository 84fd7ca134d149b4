import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SchemeName } from '../../../demo/server/schemes.js'
import { world } from './world.js'

const PAGE = 'http://127.0.0.1:5410'
const PLAYLIST = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-KEY:METHOD=AES-128,URI="key.key",IV=0x00
#EXT-X-MAP:URI="init.mp4",BYTERANGE="8@0"
#EXTINF:2.000000,
seg-3.m4s
#EXTINF:2.000000,
https://other.example/seg-4.m4s
#EXT-X-ENDLIST
`

const demo = world((root) => {
  mkdirSync(join(root, 'keyed/360p'), { recursive: true })
  writeFileSync(join(root, 'keyed/master.m3u8'), '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n360p/playlist.m3u8\n')
  writeFileSync(join(root, 'keyed/360p/playlist.m3u8'), PLAYLIST)
  writeFileSync(join(root, 'keyed/360p/seg-3.m4s'), 'the third')
  writeFileSync(join(root, 'keyed/360p/key.key'), '0123456789abcdef')
})

const linksIn = (text: string) => text.match(/http[^"\s]+/g) ?? []
const textOf = async (url: string) => (await fetch(url)).text()

describe('playlists with signed links', () => {
  it.each<SchemeName>(['clubEvent', 'bitsOnTheRun', 'pushrFile'])(
    'link each file by a URL that %s signs for that file only, and keep links to other hosts',
    async (scheme) => {
      const stage = demo.stage({ scheme, links: 'signed' })
      const [playlist = ''] = linksIn(await textOf(await demo.sign(stage, 'keyed')))
      const text = await textOf(playlist)
      const [key = '', init = '', segment = '', other = ''] = linksIn(text)
      expect(text.replaceAll(/http:[^"\s]+\/([^"\s?]+)[^"\s]*/g, '$1')).toBe(PLAYLIST)
      expect(await textOf(segment)).toBe('the third')
      expect((await fetch(key)).status).toBe(200)
      expect((await fetch(init)).status).toBe(404)
      expect((await fetch(segment.replace('seg-3', 'seg-4'))).status).toBe(403)
      expect(other).toBe('https://other.example/seg-4.m4s')
    },
  )

  it('are signed again at each fetch, and the log records the issue of each file request', async () => {
    const stage = demo.stage({ scheme: 'clubEvent', links: 'signed' })
    const [playlist = ''] = linksIn(await textOf(await demo.sign(stage, 'keyed/live.m3u8')))
    const versions = [linksIn(await textOf(playlist)), linksIn(await textOf(playlist))]
    for (const [key = '', , segment = ''] of versions) for (const url of [key, segment]) await fetch(url)
    expect(stage.log.map(({ path, issue }) => `${path} ${issue}`)).toEqual([
      'keyed/live.m3u8 1',
      'live.m3u8 1',
      '360p/live.m3u8 2',
      '360p/live.m3u8 2',
      '360p/key.key 3',
      '360p/seg-3.m4s 3',
      '360p/key.key 4',
      '360p/seg-3.m4s 4',
    ])
    stage.change({ clockSkewMs: 12_000 })
    expect((await fetch(versions[0]?.[0] ?? '')).status).toBe(410)
  })
})

describe('a video behind a cookie', () => {
  const open = async (stage: ReturnType<typeof demo.stage>) => {
    const response = await demo.endpoint(stage, '&resource=film')
    const { url } = await response.json()
    const [cookie = '', ...attributes] = response.headers.get('Set-Cookie')?.split('; ') ?? []
    const ask = (headers: HeadersInit) => fetch(url, { headers })
    return { url, cookie, attributes, ask }
  }

  it('has a URL without a token, and accepts only its own cookie', async () => {
    const stage = demo.stage({ scheme: 'cookie' })
    const { url, cookie, attributes, ask } = await open(stage)
    expect(url).toBe(`${demo.servers().originUrl}/cookie/${stage.id}/film/master.m3u8`)
    expect(attributes).toEqual([`Path=/cookie/${stage.id}/film/`, 'HttpOnly', 'SameSite=Lax'])
    expect((await ask({ cookie: `other=1; ${cookie}` })).status).toBe(200)
    expect((await ask({})).status).toBe(403)
    expect((await ask({ cookie: cookie.replace(/exp=\d+/, 'exp=9999999999') })).status).toBe(403)
    expect((await fetch(url.replace('/film/', '/keyed/'), { headers: { cookie } })).status).toBe(403)
    stage.change({ clockSkewMs: 12_000 })
    expect((await ask({ cookie })).status).toBe(403)
    expect(stage.log.filter(({ kind }) => kind === 'media').map(({ issue, status }) => [issue, status])).toEqual([
      [1, 200],
      [1, 403],
      [1, 403],
      [1, 403],
    ])
  })

  it('allows the page to send cookies, in refusals and preflights too', async () => {
    const { url, cookie, ask } = await open(demo.stage({ scheme: 'cookie' }))
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: PAGE } })
    for (const { headers } of [await ask({ origin: PAGE, cookie }), await ask({ origin: PAGE }), preflight]) {
      expect(headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
      expect(headers.get('Access-Control-Allow-Credentials')).toBe('true')
    }
  })

  it('gets another cookie at each signing', async () => {
    const stage = demo.stage({ scheme: 'cookie' })
    expect((await open(stage)).cookie).not.toBe((await open(stage)).cookie)
  })
})

describe('an origin that redirects viewers', () => {
  const ask = (url: string) => fetch(url, { redirect: 'manual' })

  it.each([
    ['first', 302, 200],
    ['all', 302, 302],
  ] as const)(
    'with redirect %s answers the master playlist with %i and segments with %i',
    async (redirect, first, segment) => {
      const stage = demo.stage({ redirect })
      const url = await demo.sign(stage)
      const redirected = await ask(url)
      expect(redirected.status).toBe(first)
      expect(redirected.headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(redirected.headers.get('Location')).toBe(url.replace('127.0.0.1', 'localhost'))
      expect((await ask(url.replace('master.m3u8', '360p/seg-3.m4s'))).status).toBe(segment)
      expect((await fetch(url)).status).toBe(200)
      expect(stage.log.slice(-2)).toMatchObject([
        { host: '127.0.0.1', status: 302 },
        { host: 'localhost', status: 200 },
      ])
    },
  )

  it('checks the token before it redirects, and the edge checks it again', async () => {
    const stage = demo.stage({ redirect: 'all' })
    const url = await demo.sign(stage)
    stage.change({ clockSkewMs: 12_000 })
    expect((await ask(url)).status).toBe(410)
    expect((await ask(url.replace('127.0.0.1', 'localhost'))).status).toBe(410)
  })

  it('redirects to public URLs without a token, with redirectToken dropped', async () => {
    const stage = demo.stage({ redirect: 'all', redirectToken: 'dropped' })
    const redirected = await fetch((await demo.sign(stage)).replace('master.m3u8', '360p/seg-3.m4s'))
    expect(new URL(redirected.url)).toMatchObject({
      hostname: 'localhost',
      pathname: `/edge/${stage.id}/film/360p/seg-3.m4s`,
    })
    expect(redirected.status).toBe(200)
    expect(stage.log.at(-1)).toMatchObject({ issue: undefined, url: new URL(redirected.url).pathname })
  })

  it('redirects to URLs that live for `edgeLifeMs`, each time to a new one', async () => {
    const stage = demo.stage({ redirect: 'first', redirectToken: 'dropped', edgeLifeMs: 3_000, lifeMs: 60_000 })
    const url = await demo.sign(stage)
    const redirected = await fetch(url)
    expect(redirected.status).toBe(200)
    stage.change({ clockSkewMs: 5_000 })
    expect((await fetch(redirected.url)).status).toBe(403)
    expect((await fetch(url)).status).toBe(200)
  })
})
