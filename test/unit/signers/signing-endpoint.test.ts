import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gcore, type SigningEndpointOptions, signingEndpoint } from '../../../src/signers/index.js'

const NOW = 1_700_000_000
const secret = 'ReallySecretString'
const get = (query: string) => new Request(`https://site.example/api/playback-url${query}`)
const post = (body: unknown) =>
  new Request('https://site.example/api/playback-url', {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

/** Signs for 60 s. Every video exists but `unknown`, and every video may be watched but `paid`. */
function endpoint(options: Partial<SigningEndpointOptions> = {}) {
  const sign = vi.fn((videoId: string) => {
    if (videoId === 'unknown') return null
    const expiresAt = Math.floor(Date.now() / 1000) + 60
    return { url: gcore({ baseUrl: 'https://cdn.example', clientId: 7, videoId, secret, expiresAt }), expiresAt }
  })
  const authorize = vi.fn((_: Request, resource: string) => resource !== 'paid')
  return { sign, authorize, handle: signingEndpoint({ sign, authorize, ...options }) }
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW * 1000 })
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('signingEndpoint', () => {
  it('answers a GET with URL, expiry and its own time', async () => {
    const response = await endpoint().handle(get('?resource=final-2026'))
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(await response.json()).toEqual({
      url: expect.stringMatching(/^https:\/\/cdn\.example\/videos\/7_final-2026\/[\w-]{22}\/1700000060\/master\.m3u8$/),
      expiresAt: NOW + 60,
      expiresIn: 60,
      serverTime: NOW,
    })
  })

  it('answers a POST', async () => {
    const { sign, handle } = endpoint()
    const response = await handle(post({ resource: 'videos/a b?.m3u8', reason: 'expiring' }))
    expect(response.status).toBe(200)
    expect(sign).toHaveBeenCalledWith('videos/a b?.m3u8', expect.any(Request))
  })

  it('omits the expiry when sign returns none, and passes type and covers on', async () => {
    const bare = endpoint({ sign: () => '/media/film.mp4?exp=1' })
    expect(await (await bare.handle(get('?resource=a'))).json()).toEqual({
      url: '/media/film.mp4?exp=1',
      serverTime: NOW,
    })
    const typed = endpoint({
      sign: async () => ({ url: 'https://cdn.example/a', expiresAt: NOW + 1, type: 'video/mp4', covers: '/' }),
    })
    expect(await (await typed.handle(get('?resource=a'))).json()).toMatchObject({
      type: 'video/mp4',
      covers: '/',
      expiresIn: 1,
    })
  })

  it.each([
    ['a GET without a resource', get(''), 400],
    ['an empty resource', get('?resource='), 400],
    ['a POST that is not JSON', post('resource=a'), 400],
    ['a POST without a resource', post({ reason: 'start' }), 400],
    ['a resource that is not a string', post({ resource: 7 }), 400],
    ['an empty batch', post({ resources: [] }), 400],
    ['a batch with a null', post({ resources: ['a', null] }), 400],
    ['a batch of more than 1000', post({ resources: Array.from({ length: 1001 }, () => 'a') }), 400],
    ['a video that the viewer may not watch', get('?resource=paid'), 403],
    ['a video that does not exist', get('?resource=unknown'), 404],
    ['another method', new Request('https://site.example/api?resource=a', { method: 'PUT' }), 405],
  ])('answers %s with a JSON error', async (_, request, status) => {
    const response = await endpoint().handle(request)
    expect(response.status).toBe(status)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(await response.json()).toEqual({ error: expect.any(String) })
  })

  it('sends the Response of authorize unchanged, but never lets it be cached', async () => {
    const { sign, handle } = endpoint({
      authorize: async () => new Response('pay first', { status: 402, headers: { 'X-Price': '5' } }),
    })
    const response = await handle(get('?resource=a'))
    expect([response.status, response.headers.get('X-Price'), await response.text()]).toEqual([402, '5', 'pay first'])
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(sign).not.toHaveBeenCalled()
  })

  it('accepts only true as authorization', async () => {
    const user = JSON.parse('{"user":"none"}')
    expect((await endpoint({ authorize: () => user }).handle(get('?resource=a'))).status).toBe(403)
  })

  it('answers a batch in order, with null for each denied resource', async () => {
    const { sign, handle } = endpoint()
    const response = await handle(post({ resources: ['a', 'paid', 'unknown', 'b'], reason: 'start' }))
    expect(await response.json()).toEqual({
      urls: [
        expect.objectContaining({ url: expect.stringContaining('/7_a/'), expiresAt: NOW + 60, serverTime: NOW }),
        null,
        null,
        expect.objectContaining({ url: expect.stringContaining('/7_b/') }),
      ],
    })
    expect(sign).not.toHaveBeenCalledWith('paid', expect.anything())
  })

  it.each(['sign', 'authorize'] as const)(
    'logs an error that %s throws, and answers 500 without its message',
    async (name) => {
      const error = new Error(`bad key ${secret}`)
      const fail = () => {
        throw error
      }
      for (const request of [get('?resource=a'), post({ resources: ['a'] })]) {
        const response = await endpoint({ [name]: fail }).handle(request)
        expect(response.status).toBe(500)
        expect(await response.text()).not.toContain(secret)
        expect(console.error).toHaveBeenLastCalledWith('The signing endpoint failed:', error)
      }
      expect(console.error).toHaveBeenCalledTimes(2)
    },
  )

  it('answers 500 for an expiry in milliseconds', async () => {
    const { handle } = endpoint({ sign: () => ({ url: 'https://cdn.example/a', expiresAt: NOW * 1000 }) })
    expect((await handle(get('?resource=a'))).status).toBe(500)
  })

  it('throws when it is created without authorize', () => {
    const options: SigningEndpointOptions = JSON.parse('{}')
    expect(() => signingEndpoint({ ...options, sign: () => null })).toThrow('authorize must be a function')
  })
})

describe('signingEndpoint with cacheForMs', () => {
  const ask = async (handle: (request: Request) => Promise<Response>, request = get('?resource=a')) =>
    (await handle(request)).json()

  it('returns the same URL until the time is up, with its remaining life', async () => {
    const { sign, handle } = endpoint({ cacheForMs: 20_000 })
    const first = await ask(handle)
    vi.advanceTimersByTime(19_999)
    const second = await ask(handle)
    expect(second).toMatchObject({ url: first.url, expiresAt: first.expiresAt, expiresIn: 40.001 })
    vi.advanceTimersByTime(1)
    expect((await ask(handle)).url).not.toBe(first.url)
    expect(sign).toHaveBeenCalledTimes(2)
  })

  it('shares no URL past half of its life, however long the time is', async () => {
    const { sign, handle } = endpoint({ cacheForMs: 600_000 })
    const first = await ask(handle)
    vi.advanceTimersByTime(29_999)
    expect((await ask(handle)).url).toBe(first.url)
    vi.advanceTimersByTime(1)
    const renewed = await Promise.all(Array.from({ length: 100 }, () => ask(handle)))
    expect(renewed.every(({ url, expiresIn }) => url === renewed[0].url && expiresIn === 60)).toBe(true)
    expect(sign).toHaveBeenCalledTimes(2)
  })

  it('signs once for concurrent requests', async () => {
    const { sign, handle } = endpoint({ cacheForMs: 20_000 })
    await Promise.all([ask(handle), ask(handle), ask(handle)])
    expect(sign).toHaveBeenCalledTimes(1)
  })

  it('calls authorize for every request', async () => {
    const authorize = vi.fn().mockReturnValueOnce(true).mockReturnValueOnce(false)
    const { handle } = endpoint({ cacheForMs: 20_000, authorize })
    expect((await handle(get('?resource=a'))).status).toBe(200)
    expect((await handle(get('?resource=a'))).status).toBe(403)
  })

  it('caches each video separately, and no URL that has expired', async () => {
    const { sign, handle } = endpoint({ cacheForMs: 600_000 })
    expect((await ask(handle)).url).not.toBe((await ask(handle, get('?resource=b'))).url)
    vi.advanceTimersByTime(60_000)
    await ask(handle)
    expect(sign).toHaveBeenCalledTimes(3)
  })

  it.each([
    ['POST', 'refused', () => post({ resource: 'a', reason: 'refused' })],
    ['POST', 'expired', () => post({ resource: 'a', reason: 'expired' })],
    ['GET', 'refused', () => get('?resource=a&reason=refused')],
  ])('signs again when a %s says that the URL was %s, at most once a second', async (_method, _reason, request) => {
    const { sign, handle } = endpoint({ cacheForMs: 20_000 })
    const { url } = await ask(handle)
    vi.advanceTimersByTime(1_000)
    const renewed = await ask(handle, request())
    expect(renewed.url).not.toBe(url)
    for (let viewer = 0; viewer < 100; viewer += 1) expect((await ask(handle, request())).url).toBe(renewed.url)
    expect(await ask(handle)).toMatchObject({ url: renewed.url })
    expect(sign).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(1_000)
    await ask(handle, request())
    expect(sign).toHaveBeenCalledTimes(3)
  })

  it('caches neither failures nor denials', async () => {
    const sign = vi
      .fn()
      .mockRejectedValueOnce(new Error('key store down'))
      .mockResolvedValueOnce(null)
      .mockResolvedValue('/a')
    const { handle } = endpoint({ cacheForMs: 20_000, sign })
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push((await handle(get('?resource=a'))).status)
    expect(statuses).toEqual([500, 404, 200])
  })

  it('caches a bounded number of URLs', async () => {
    const { sign, handle } = endpoint({ cacheForMs: 20_000 })
    for (let n = 0; n <= 1000; n++) await handle(get(`?resource=film-${n}`))
    await handle(get('?resource=film-1000'))
    await handle(get('?resource=film-0'))
    expect(sign).toHaveBeenCalledTimes(1002)
  })
})

describe('signingEndpoint with sharedCache', () => {
  const shared = (options: Partial<SigningEndpointOptions> = {}) =>
    endpoint({ cacheForMs: 20_000, sharedCache: true, ...options })
  const cacheControl = async (handle: (request: Request) => Promise<Response>, request = get('?resource=a')) =>
    (await handle(request)).headers.get('Cache-Control')

  it('lets shared caches, and no browser, keep an answer for the rest of the time that viewers share it, in whole seconds', async () => {
    const { handle } = shared()
    expect(await cacheControl(handle)).toBe('public, max-age=0, s-maxage=20')
    vi.advanceTimersByTime(1)
    expect(await cacheControl(handle)).toBe('public, max-age=0, s-maxage=19')
    vi.advanceTimersByTime(18_999)
    expect(await cacheControl(handle)).toBe('public, max-age=0, s-maxage=1')
    vi.advanceTimersByTime(1)
    expect(await cacheControl(handle)).toBe('no-store')
  })

  it('leaves the time out of such an answer, and counts `expiresIn` from its last moment in the cache', async () => {
    const { handle } = shared()
    vi.advanceTimersByTime(500)
    const kept = await (await handle(get('?resource=a'))).json()
    expect(kept).toEqual({ url: expect.any(String), expiresAt: NOW + 60, expiresIn: 39.5 })
    vi.advanceTimersByTime(19_500)
    const own = await (await handle(get('?resource=a'))).json()
    expect(own).toEqual({ url: kept.url, expiresAt: NOW + 60, expiresIn: 40, serverTime: NOW + 20 })
  })

  it('leaves the last viewer half of the URL’s life', async () => {
    const { handle } = shared({ cacheForMs: 600_000 })
    expect(await cacheControl(handle)).toBe('public, max-age=0, s-maxage=30')
    vi.advanceTimersByTime(28_500)
    expect(await cacheControl(handle)).toBe('public, max-age=0, s-maxage=1')
    vi.advanceTimersByTime(600)
    expect(await cacheControl(handle)).toBe('no-store')
  })

  it('lets a URL without an expiry be kept too', async () => {
    const response = await shared({ sign: () => '/media/film.mp4' }).handle(get('?resource=a'))
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=0, s-maxage=20')
    expect(await response.json()).toEqual({ url: '/media/film.mp4' })
  })

  it.each([
    ['the answer after a refusal', get('?resource=a&reason=refused'), {}],
    ['the answer to a POST', post({ resource: 'a', reason: 'start' }), {}],
    ['a batch', post({ resources: ['a'] }), {}],
    ['a denial', get('?resource=paid'), {}],
    ['a denial that authorize words', get('?resource=a'), { authorize: () => new Response(null, { status: 402 }) }],
    ['a video that does not exist', get('?resource=unknown'), {}],
    ['a request without a resource', get(''), {}],
    ['an error', get('?resource=a'), { sign: () => Promise.reject(new Error('key store down')) }],
    ['a URL that has expired', get('?resource=a'), { sign: () => ({ url: '/a', expiresAt: NOW }) }],
    ['an answer without the option', get('?resource=a'), { sharedCache: false }],
  ])('lets nobody keep %s', async (_, request, options) => {
    expect(await cacheControl(shared(options).handle, request)).toBe('no-store')
  })

  it('needs cacheForMs', () => {
    expect(() => shared({ cacheForMs: 0 })).toThrow('sharedCache needs cacheForMs')
  })
})
