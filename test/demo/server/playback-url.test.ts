import { request } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { world } from './world.js'

const demo = world()

const expiryOf = (url: string) => Number(/\/(\d{10})\//.exec(url)?.[1])
const post = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })

describe('the signing endpoint', () => {
  it.each([
    ['film', 'master.m3u8'],
    ['videos/film/master.m3u8', 'master.m3u8'],
    ['film/film.mp4', 'film.mp4'],
    ['https://site.example/videos/film/360p/seg-3.m4s?x=1', '360p/seg-3.m4s'],
  ])('signs the resource %s', async (resource, file) => {
    const url = await demo.sign(demo.stage(), resource)
    expect(url).toMatch(new RegExp(`/\\d{10}/${file}$`))
    expect((await fetch(url)).status).toBe(200)
  })

  it.each(['films', 'outside.txt/a', ''])('rejects the unknown resource %o', async (resource) => {
    const response = await demo.endpoint(demo.stage(), `&resource=${resource}`)
    expect(response.status).toBe(resource ? 404 : 400)
  })

  it('signs for the stage demo by default, and answers 404 for an unknown stage', async () => {
    const { url } = demo.servers()
    expect((await (await fetch(`${url}/api/playback-url?resource=film`)).json()).url).toContain('/videos/demo_film/')
    expect((await fetch(`${url}/api/playback-url?resource=film&stage=none`)).status).toBe(404)
  })

  it('rounds the expiry up to a whole second of its clock', async () => {
    const stage = demo.stage({ lifeMs: 1500, clockSkewMs: -60_000 })
    const before = Date.now()
    const expiresAt = expiryOf(await demo.sign(stage)) * 1000
    expect(expiresAt).toBeGreaterThanOrEqual(before - 60_000 + 1500)
    expect(expiresAt).toBeLessThan(Date.now() - 60_000 + 2500)
  })

  it('answers in each format, by its own clock', async () => {
    const stage = demo.stage({ clockSkewMs: 60_000 })
    const ask = () => demo.endpoint(stage, '&resource=film')
    expect(Object.keys(await (await ask()).json())).toEqual(['url'])
    stage.change({ answer: 'text' })
    const text = await ask()
    expect(text.headers.get('Content-Type')).toContain('text/plain')
    expect(await text.text()).toMatch(/^http:/)
    stage.change({ answer: 'expiresIn' })
    const { expiresIn } = await (await ask()).json()
    expect(expiresIn).toBeGreaterThan(9)
    expect(expiresIn).toBeLessThan(15)
    stage.change({ answer: 'expiresAt' })
    const response = await ask()
    const { url, expiresAt, serverTime } = await response.json()
    expect(expiresAt).toBe(expiryOf(url))
    expect(Math.abs(serverTime - Date.now() / 1000 - 60)).toBeLessThan(1)
    expect(Math.abs(Date.parse(response.headers.get('Date') ?? '') / 1000 - serverTime)).toBeLessThan(1.5)
    expect(response.headers.get('Access-Control-Expose-Headers')).toContain('Date')
  })

  it('answers batches, in the format of the stage', async () => {
    const stage = demo.stage({ scheme: 'clubEvent', answer: 'text' })
    const batch = post({ resources: ['film/film.mp4', 'none', 'film'], reason: 'start' })
    const { urls } = await (await demo.endpoint(stage, '', batch)).json()
    expect(urls).toEqual([
      expect.stringContaining('film.mp4?token='),
      null,
      expect.stringContaining('master.m3u8?token='),
    ])
    stage.change({ endpointBatches: false })
    expect((await demo.endpoint(stage, '', batch)).status).toBe(400)
  })

  it('gives each issue a token of its own, except with sameUrlForMs', async () => {
    const stage = demo.stage()
    expect(await demo.sign(stage)).not.toBe(await demo.sign(stage))
    stage.change({ sameUrlForMs: 60_000 })
    const url = await demo.sign(stage)
    expect(await demo.sign(stage)).toBe(url)
    const later = Date.now() + 60_001
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later)
    expect(await demo.sign(stage)).not.toBe(url)
    clock.mockRestore()
    expect(stage.log.map(({ issue }) => issue)).toEqual([1, 2, 3, 3, 4])
  })

  it('signs URLs that have already expired, with issuedDead', async () => {
    const url = await demo.sign(demo.stage({ issuedDead: true }))
    expect((await fetch(url)).status).toBe(410)
  })
})

describe('an endpoint with faults', () => {
  it('fails a number of times, with Retry-After', async () => {
    const stage = demo.stage({ endpointStatus: 503, endpointFailures: 2, endpointRetryAfter: 1 })
    const first = await demo.endpoint(stage, '&resource=film')
    expect([first.status, first.headers.get('Retry-After')]).toEqual([503, '1'])
    expect((await demo.endpoint(stage, '&resource=film')).status).toBe(503)
    expect((await demo.endpoint(stage, '&resource=film')).status).toBe(200)
    stage.change({ endpointFailures: 1 })
    expect((await demo.endpoint(stage, '&resource=film')).status).toBe(503)
    expect(stage.log.map(({ status }) => status)).toEqual([503, 503, 200, 503])
  })

  it('answers with any body', async () => {
    const response = await demo.endpoint(
      demo.stage({ endpointBody: '<p>', endpointContentType: 'text/html' }),
      '&resource=film',
    )
    expect([response.status, response.headers.get('Content-Type'), await response.text()]).toEqual([
      200,
      'text/html',
      '<p>',
    ])
  })

  it('cuts the connection', async () => {
    await expect(demo.endpoint(demo.stage({ endpointDead: true }), '&resource=film')).rejects.toThrow()
  })

  it('redirects', async () => {
    const stage = demo.stage({ endpointRedirect: '/login' })
    const response = await demo.endpoint(stage, '&resource=film', { redirect: 'manual' })
    expect([response.status, response.headers.get('Location')]).toEqual([307, '/login'])
  })

  it('answers after a delay', async () => {
    const started = performance.now()
    await demo.sign(demo.stage({ endpointDelayMs: 60 }))
    expect(performance.now() - started).toBeGreaterThan(55)
  })
})

describe('the log', () => {
  it('records each request and its issue, without a token', async () => {
    const stage = demo.stage()
    await demo.endpoint(stage, '', post({ resource: 'film', reason: 'start' }))
    const url = await demo.sign(stage)
    await (await fetch(url.replace('master.m3u8', '360p/seg-3.m4s'))).arrayBuffer()
    expect(stage.log).toEqual([
      expect.objectContaining({ kind: 'sign', method: 'POST', status: 200, path: 'film', reason: 'start', issue: 1 }),
      expect.objectContaining({ kind: 'sign', method: 'GET', reason: undefined, issue: 2 }),
      {
        at: expect.any(Number),
        kind: 'media',
        method: 'GET',
        status: 200,
        path: '360p/seg-3.m4s',
        range: null,
        bytes: 1000,
        issue: 2,
        reason: undefined,
        url: `/videos/${stage.id}_film/-/-/360p/seg-3.m4s`,
        host: '127.0.0.1',
      },
    ])
  })

  it('records unsigned requests for videos, to the origin and to the site', async () => {
    const stage = demo.stage()
    const { url, originUrl } = demo.servers()
    expect((await fetch(`${originUrl}/videos/${stage.id}_film/master.m3u8`)).status).toBe(403)
    await fetch(`${url}/videos/film/master.m3u8`, { headers: { Referer: `${url}/?stage=${stage.id}` } })
    await fetch(`${url}/src/index.ts`)
    expect(stage.log.map(({ kind, path }) => [kind, path])).toEqual([
      ['stray', `/videos/${stage.id}_film/master.m3u8`],
      ['stray', '/videos/film/master.m3u8'],
    ])
  })
})

describe('stage control', () => {
  const put = (id: string, body: object) =>
    fetch(`${demo.servers().url}/__stages/${id}`, { method: 'PUT', body: JSON.stringify(body) })

  it('creates, changes, shows and deletes a stage', async () => {
    const { url, originUrl } = demo.servers()
    await put('mine', { lifeMs: 2000 })
    expect((await put('mine', { refuse: 'all' })).status).toBe(200)
    await fetch(`${url}/api/playback-url?stage=mine&resource=film`)
    const shown = await (await fetch(`${url}/__stages/mine`)).json()
    expect(shown).toMatchObject({
      settings: { lifeMs: 2000, refuse: 'all', answer: 'json' },
      log: [{ kind: 'sign', status: 200 }],
      now: expect.any(Number),
      originUrl,
    })
    expect((await fetch(`${url}/__stages/mine`, { method: 'DELETE' })).status).toBe(200)
    expect((await fetch(`${url}/__stages/mine`)).status).toBe(404)
  })

  it.each([
    ['mine', { lifeMS: 1 }, 'there is no setting lifeMS'],
    ['mine', { lifeMs: '1' }, 'setting lifeMs can\'t be \\"1\\"'],
    ['mine', { answer: 'xml' }, 'setting answer'],
    ['my_stage', {}, 'a stage id is'],
  ])('rejects %s %o', async (id, settings, message) => {
    const response = await put(id, settings)
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(message)])
  })
})

describe('a page on another device, or behind a tunnel', () => {
  const { servers, stage } = world()

  it('gets the URL of a video at its own address, which the site serves', async () => {
    const { id } = stage()
    const { port } = new URL(servers().url)
    const asked = `/api/playback-url?stage=${id}&resource=film`
    const { url } = JSON.parse(await get(port, asked, { host: `phone.example:${port}` }))
    expect(url).toMatch(new RegExp(`^http://phone\\.example:${port}/videos/${id}_film/`))
    const tunnel = { host: 'demo.example', 'x-forwarded-proto': 'https' }
    const { url: secure } = JSON.parse(await get(port, asked, tunnel))
    expect(secure).toMatch(/^https:\/\/demo\.example\/videos\//)
    expect(await get(port, new URL(secure).pathname, tunnel)).toBe('#EXTM3U\n')
  })
})

/** `fetch` sets the header `Host` itself. */
function get(port: string, path: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, async (answer) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of answer) chunks.push(chunk)
      resolve(Buffer.concat(chunks).toString())
    })
      .on('error', reject)
      .end()
  })
}
