import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { SchemeName } from '../../../demo/server/schemes.js'
import { readRange } from '../../../demo/server/send-file.js'
import { until } from '../../support/until.js'
import { SEGMENT, world } from './world.js'

const demo = world()

const withFile = (url: string, file: string) => url.replace('master.m3u8', file)
const damageToken = (url: string) =>
  url.replace(/(?<=[/=])[\w-]{22}(?=[/&])|(?<=sig=|hmac=)\w+/, (token) =>
    token.replace(/^./, (c) => (c === 'x' ? 'y' : 'x')),
  )

describe('the token check', () => {
  it('accepts a Gcore URL for the whole folder', async () => {
    const url = await demo.sign(demo.stage())
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/videos\/test-\d+_film\/[\w-]{22}\/\d{10}\/master\.m3u8$/)
    expect((await fetch(url)).status).toBe(200)
    expect((await fetch(withFile(url, '360p/seg-3.m4s'))).status).toBe(200)
  })

  it('refuses another stage, another expiry and a damaged token with 403', async () => {
    const url = await demo.sign(demo.stage())
    const other = demo.stage()
    expect((await fetch(url.replace(/test-\d+/, other.id))).status).toBe(403)
    expect((await fetch(url.replace(/\/(\d{10})\//, '/9999999999/'))).status).toBe(403)
    expect((await fetch(damageToken(url))).status).toBe(403)
  })

  it.each<[SchemeName, number]>([
    ['gcore', 410],
    ['clubEvent', 410],
    ['bitsOnTheRun', 403],
    ['pushrFile', 403],
    ['pushrTitle', 403],
    ['akamai', 403],
  ])('checks the tokens of %s: 200 valid, 403 damaged, %i expired', async (scheme, expired) => {
    const stage = demo.stage({ scheme })
    const url = await demo.sign(stage)
    expect((await fetch(url)).status).toBe(200)
    expect((await fetch(damageToken(url))).status).toBe(403)
    stage.change({ clockSkewMs: 12_000 })
    expect((await fetch(url)).status).toBe(expired)
    expect((await fetch(damageToken(url))).status).toBe(403)
  })

  it.each<[SchemeName, number]>([
    ['clubEvent', 403],
    ['bitsOnTheRun', 403],
    ['pushrFile', 403],
    ['pushrTitle', 200],
    ['akamai', 200],
  ])('answers the neighbor of a file signed by %s with %i', async (scheme, status) => {
    const url = await demo.sign(demo.stage({ scheme }))
    expect((await fetch(withFile(url, '360p/seg-3.m4s'))).status).toBe(status)
  })

  it('accepts a title token for relative links, which have no ?pushr=', async () => {
    const url = await demo.sign(demo.stage({ scheme: 'pushrTitle' }))
    expect((await fetch(new URL('360p/seg-3.m4s', url))).status).toBe(200)
  })

  it('requires the exact bytes of a folder token in the query, but allows other parameters', async () => {
    const url = await demo.sign(demo.stage({ scheme: 'akamai' }))
    expect((await fetch(`${url}&_HLS_msn=7`)).status).toBe(200)
    const reencoded = new URL(url)
    reencoded.searchParams.set('_HLS_msn', '7')
    expect((await fetch(reencoded)).status).toBe(403)
  })

  it('binds PUSHR URLs to the viewer’s address', async () => {
    const stage = demo.stage({ scheme: 'pushrTitle' })
    const url = await demo.sign(stage)
    stage.change({ viewerAddress: '203.0.113.7' })
    expect((await fetch(url)).status).toBe(403)
    expect((await fetch(await demo.sign(stage))).status).toBe(200)
  })

  it('accepts a URL that was signed for an unsigned URL of the origin', async () => {
    const stage = demo.stage({ scheme: 'clubEvent' })
    const unsigned = `${demo.servers().originUrl}/media_files/${stage.id}/film/360p/seg-3.m4s`
    const url = await demo.sign(stage, unsigned)
    expect(url.split('?')[0]).toBe(unsigned)
    expect((await fetch(url)).status).toBe(200)
    expect((await fetch(unsigned)).status).toBe(403)
    expect(stage.log.at(-1)).toMatchObject({ kind: 'stray', status: 403 })
  })
})

describe('files', () => {
  it.each([
    ['master.m3u8', 'application/vnd.apple.mpegurl'],
    ['360p/seg-3.m4s', 'video/iso.segment'],
    ['film.mp4', 'video/mp4'],
    ['360p/key.key', 'application/octet-stream'],
  ])('serves %s as %s, readable across origins and not cached', async (file, type) => {
    const response = await fetch(withFile(await demo.sign(demo.stage()), file))
    expect(response.headers.get('Content-Type')).toBe(type)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(response.headers.get('Access-Control-Expose-Headers')).toBe('Date, ETag, Content-Range, Content-Length')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
  })

  it.each(['none.m3u8', '..%2foutside.txt', '%2e%2e%2foutside.txt', '360p', '%00', '%'])(
    'answers %s with 404',
    async (file) => {
      const url = new URL(await demo.sign(demo.stage()))
      const path = withFile(url.pathname, file)
      const status = await new Promise((resolve) => {
        request({ host: url.hostname, port: url.port, path }, (res) => resolve(res.resume().statusCode)).end()
      })
      expect(status).toBe(404)
    },
  )

  it.each<SchemeName>(['gcore', 'clubEvent', 'bitsOnTheRun', 'pushrFile', 'pushrTitle'])(
    'serves ranges of an MP4 signed by %s, and answers 404 when the signed file does not exist',
    async (scheme) => {
      const stage = demo.stage({ scheme })
      const part = await fetch(await demo.sign(stage, 'film/film.mp4'), { headers: { Range: 'bytes=900-' } })
      expect([part.status, part.headers.get('Content-Range')]).toEqual([206, 'bytes 900-999/1000'])
      expect((await fetch(await demo.sign(stage, 'film/none.mp4'))).status).toBe(404)
    },
  )

  it('answers HEAD without a body, and answers preflights', async () => {
    const url = await demo.sign(demo.stage())
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('Content-Length'), await head.text()]).toEqual([200, '8', ''])
    const preflight = await fetch(url, { method: 'OPTIONS' })
    expect([preflight.status, preflight.headers.get('Access-Control-Allow-Headers')]).toEqual([204, '*, Range'])
  })

  it('serves a range', async () => {
    const stage = demo.stage()
    const url = withFile(await demo.sign(stage), 'film.mp4')
    const response = await fetch(url, { headers: { Range: 'bytes=100-199' } })
    expect(response.status).toBe(206)
    expect(response.headers.get('Content-Range')).toBe('bytes 100-199/1000')
    expect(Buffer.from(await response.arrayBuffer())).toEqual(SEGMENT.subarray(100, 200))
    expect(stage.log.at(-1)).toMatchObject({ status: 206, range: 'bytes=100-199', bytes: 100 })
  })

  it('answers a range beyond the end with 416', async () => {
    const url = withFile(await demo.sign(demo.stage()), 'film.mp4')
    const response = await fetch(url, { headers: { Range: 'bytes=1000-' } })
    expect([response.status, response.headers.get('Content-Range')]).toEqual([416, 'bytes */1000'])
  })

  it.each([
    [undefined, 'whole'],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=999-', { start: 999, end: 999 }],
    ['bytes=0-5000', { start: 0, end: 999 }],
    ['bytes=-1', { start: 999, end: 999 }],
    ['bytes=-5000', { start: 0, end: 999 }],
    ['bytes=-0', 'outside'],
    ['bytes=1000-', 'outside'],
    ['bytes=5-4', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['lines=0-1', 'whole'],
  ])('reads the range %s of 1000 bytes', (header, expected) => {
    expect(readRange(header, 1000)).toEqual(expected)
  })
})

// Most of these wait, each on a stage of its own, so they run concurrently.
describe.concurrent('an origin with faults', () => {
  it('refuses all requests, without CORS headers', async () => {
    const stage = demo.stage()
    const url = await demo.sign(stage)
    stage.change({ refuse: 'all', refusalCors: false })
    const refused = await fetch(url)
    expect([refused.status, refused.headers.get('Access-Control-Allow-Origin')]).toEqual([403, null])
    stage.change({ refuse: 'none' })
    expect((await fetch(url)).headers.get('Access-Control-Allow-Origin')).toBe('*')
  })

  it('refuses only the first issues', async () => {
    const stage = demo.stage({ refuseIssues: 2 })
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push((await fetch(await demo.sign(stage))).status)
    expect(statuses).toEqual([403, 403, 200])
  })

  it('refuses one file, with a valid URL too', async () => {
    const stage = demo.stage({ refusedFile: 'film.mp4' })
    const url = await demo.sign(stage)
    expect((await fetch(withFile(url, 'film.mp4'))).status).toBe(403)
    expect((await fetch(url)).status).toBe(200)
  })

  it('follows its own clock, in the Date header too', async () => {
    const stage = demo.stage({ clockSkewMs: 3_600_000 })
    const response = await fetch(await demo.sign(stage))
    expect(response.status).toBe(200)
    expect(Date.parse(response.headers.get('Date') ?? '') - Date.now()).toBeGreaterThan(3_590_000)
  })

  it('sends slowly', async () => {
    const stage = demo.stage({ bytesPerSecond: 10_000 })
    const started = performance.now()
    const body = await (await fetch(withFile(await demo.sign(stage), 'film.mp4'))).arrayBuffer()
    expect(Buffer.from(body)).toEqual(SEGMENT)
    expect(performance.now() - started).toBeGreaterThan(90)
  })

  it('sends the first bytes at full speed with limitAfterBytes', async () => {
    const stage = demo.stage({ bytesPerSecond: 2000, limitAfterBytes: 900 })
    const url = withFile(await demo.sign(stage), 'film.mp4')
    const started = performance.now()
    const { body } = await fetch(url)
    const parts: Uint8Array[] = []
    for await (const part of body ?? []) parts.push(part)
    expect(parts[0]?.length).toBeGreaterThanOrEqual(900)
    expect(performance.now() - started).toBeGreaterThan(40)
    expect(Buffer.concat(parts)).toEqual(SEGMENT)
  })

  it('sends bytes again at full speed with edgeCache, until that is set again', async () => {
    const stage = demo.stage({ bytesPerSecond: 4000, edgeCache: true })
    const url = withFile(await demo.sign(stage), 'film.mp4')
    const load = async () => {
      const started = performance.now()
      expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(SEGMENT)
      return performance.now() - started
    }
    const [first, second] = [await load(), await load()]
    stage.change({ edgeCache: true })
    const third = await load()
    // At 4000 bytes per second, 1000 bytes take a quarter of a second.
    expect(first).toBeGreaterThan(240)
    expect(second).toBeLessThan(first)
    expect(third).toBeGreaterThan(240)
  })

  it('answers late, but judges a request by its time of arrival', async () => {
    const stage = demo.stage({ ttfbMs: 60 })
    const url = await demo.sign(stage)
    const started = performance.now()
    const answer = fetch(url)
    await until(() => expect(stage.log.some(({ kind }) => kind === 'media')).toBe(true))
    stage.change({ refuse: 'all' })
    expect((await answer).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThan(55)
  })

  it('sends the whole of a file without ranges, and pieces of it where those are capped', async () => {
    const stage = demo.stage({ ranges: false })
    const url = withFile(await demo.sign(stage), 'film.mp4')
    const from = (range: string) => fetch(url, { headers: { Range: range } })
    const whole = await from('bytes=100-')
    expect([whole.status, whole.headers.get('Accept-Ranges'), whole.headers.get('Content-Range')]).toEqual([
      200,
      'none',
      null,
    ])
    expect((await whole.arrayBuffer()).byteLength).toBe(1000)
    stage.change({ ranges: true, rangeCapBytes: 50 })
    expect((await from('bytes=100-')).headers.get('Content-Range')).toBe('bytes 100-149/1000')
    expect((await from('bytes=100-299')).headers.get('Content-Range')).toBe('bytes 100-299/1000')
  })

  it('names the version of a file, and hides that and other headers, or all of it, from scripts', async () => {
    const stage = demo.stage({ etag: '"first"' })
    const url = withFile(await demo.sign(stage), 'film.mp4')
    const corsOf = async () => {
      const { headers } = await fetch(url)
      return [headers.get('Access-Control-Allow-Origin'), headers.has('Access-Control-Expose-Headers')]
    }
    expect((await fetch(url)).headers.get('ETag')).toBe('"first"')
    expect(await corsOf()).toEqual(['*', true])
    stage.change({ cors: 'hidden' })
    expect(await corsOf()).toEqual(['*', false])
    stage.change({ cors: 'none' })
    expect(await corsOf()).toEqual([null, false])
  })

  it('logs preflights', async () => {
    const stage = demo.stage({})
    await fetch(await demo.sign(stage), { method: 'OPTIONS' })
    expect(stage.log.at(-1)).toMatchObject({ kind: 'preflight', status: 204 })
  })

  it('cuts the connection in the middle of a body', async () => {
    const stage = demo.stage({ cutAfterBytes: 300 })
    const response = await fetch(withFile(await demo.sign(stage), 'film.mp4'))
    expect(response.headers.get('Content-Length')).toBe('1000')
    await expect(response.arrayBuffer()).rejects.toThrow()
    expect(stage.log.at(-1)).toMatchObject({ status: 200, bytes: 300 })
  })

  it('cuts all responses in flight when `cuts` changes, and none that comes later', async () => {
    const stage = demo.stage({ bytesPerSecond: 2000 })
    const url = withFile(await demo.sign(stage), 'film.mp4')
    const response = await fetch(url)
    stage.change({ cuts: 1 })
    await expect(response.arrayBuffer()).rejects.toThrow()
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(1000)
  })

  it('answers every valid URL with a page, and refuses invalid ones', async () => {
    const stage = demo.stage({ mediaBody: '<!doctype html><title>Log in</title>' })
    const url = await demo.sign(stage)
    const response = await fetch(withFile(url, '360p/seg-3.m4s'), { headers: { Range: 'bytes=0-9' } })
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('text/html')
    expect(await response.text()).toBe('<!doctype html><title>Log in</title>')
    expect((await fetch(damageToken(url))).status).toBe(403)
  })

  it.each([
    ['has expired', { clockSkewMs: 60_000 }],
    ['is refused', { refuseIssues: 1 }],
  ])('cuts a response in flight once its URL %s, but only with cutWhenExpired', async (_title, death) => {
    const stage = demo.stage({ bytesPerSecond: 2000 })
    const url = withFile(await demo.sign(stage), 'film.mp4')
    const patient = await fetch(url)
    stage.change(death)
    expect((await patient.arrayBuffer()).byteLength).toBe(1000)
    stage.change({ clockSkewMs: 0, refuseIssues: 0 })
    const strict = await fetch(url)
    stage.change({ ...death, cutWhenExpired: true })
    await expect(strict.arrayBuffer()).rejects.toThrow()
    expect(stage.log.at(-1)?.bytes).toBeLessThan(1000)
  })

  it('stops sending when the viewer leaves', async () => {
    const stage = demo.stage({ bytesPerSecond: 2000 })
    const url = withFile(await demo.sign(stage), 'film.mp4')
    const viewer = new AbortController()
    const response = await fetch(url, { signal: viewer.signal })
    expect(response.status).toBe(200)
    viewer.abort()
    // The whole file would take half a second.
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(stage.log.at(-1)?.bytes).toBeLessThan(1000)
  })
})
