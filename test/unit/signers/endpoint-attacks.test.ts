import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SigningEndpointOptions, signingEndpoint } from '../../../src/signers/index.js'

/* What attackers send to a signing endpoint, and what a crowd does to one. */

const URL_OF_ENDPOINT = 'https://site.example/api/playback-url'
const KIB = 'a'.repeat(1_000)

function endpoint(options: { [Name in keyof SigningEndpointOptions]?: unknown } = {}) {
  const sign = vi.fn((resource: string): unknown => `https://cdn.example/${encodeURIComponent(resource)}?token=1`)
  const authorize = vi.fn((_request: Request, _resource: string) => true)
  const handle = signingEndpoint({ sign, authorize, ...options } as SigningEndpointOptions)
  return { sign, authorize, handle }
}
const get = (resource: string, more = '') =>
  new Request(`${URL_OF_ENDPOINT}?resource=${encodeURIComponent(resource)}${more}`)
const post = (body: string | object, query = '') =>
  new Request(`${URL_OF_ENDPOINT}${query}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a resource that authorize never sees', () => {
  const REJECTED: [string, string][] = [
    ['climbs out of its folder', 'films/../paid/film.mp4'],
    ['climbs out at its start', '../paid'],
    ['climbs out at its end', 'films/..'],
    ['climbs out, encoded', 'films/%2e%2e/paid'],
    ['climbs out, half encoded', 'films/.%2E/paid'],
    ['climbs out, encoded with its slashes', 'films%2f..%2fpaid'],
    ['climbs out, encoded twice', 'films/%252e%252e/paid'],
    ['climbs out behind a query', 'film?/../paid'],
    ['is encoded again and again', 'films/%25252525252e%25252525252e/paid'],
    ['has a backslash', 'films\\paid'],
    ['has an encoded backslash', 'films%5c..%5cpaid'],
    ['has a null', 'film\0.mp4'],
    ['has an encoded null', 'film%00.mp4'],
    ['has a line break', 'film\r\nSet-Cookie: a=b'],
    ['has a tab, which URLs lose', 'https:/\t/evil.example/film'],
    ['names a host', 'https://evil.example/film'],
    ['names a host without a scheme', '//evil.example/film'],
    ['names a host with one slash', 'http:/evil.example/film'],
    ['names a host behind a space', ' https://evil.example/film'],
    ['names a host, encoded', 'https%3a%2f%2fevil.example/film'],
    ['names a host in capitals', 'HTTPS://EVIL.EXAMPLE/film'],
    ['names another port of the host', 'https://cdn.example:8443/film'],
    ['names the host as a user', 'https://cdn.example@evil.example/film'],
    ['names a user of the host', 'https://evil@cdn.example/film'],
    ['names a host that begins alike', 'https://cdn.example.evil.example/film'],
    ['names a file', 'file:///etc/passwd'],
    ['names a host that is none', 'https://'],
    ['is over 2 kB', `${KIB}${KIB}a`],
    ['is over 2 kB in bytes', 'é'.repeat(1_001)],
  ]

  it.each(REJECTED)('%s', async (_, resource) => {
    const { authorize, sign, handle } = endpoint({ allowedHosts: ['cdn.example'] })
    for (const request of [get(resource), post({ resource }), post({ resources: ['film', resource] })]) {
      const response = await handle(request)
      expect(response.status).toBe(400)
      expect(response.headers.get('Cache-Control')).toBe('no-store')
      expect(await response.json()).toEqual({ error: expect.stringMatching(/^The resource .+\.$/) })
    }
    expect(authorize).not.toHaveBeenCalled()
    expect(sign).not.toHaveBeenCalled()
  })

  it.each(REJECTED.filter(([, resource]) => resource.length <= 1_000))(
    'unless `anyResource` lets it through: %s',
    async (_, resource) => {
      const { authorize, handle } = endpoint({ anyResource: true })
      expect((await handle(post({ resource }))).status).toBe(200)
      expect(authorize).toHaveBeenCalledWith(expect.any(Request), resource)
    },
  )

  it.each([
    'final-2026',
    'films/final 2026.mp4',
    '/films/final.m3u8?part=1#t=2',
    'film:7',
    'urn:isbn:0451450523',
    'a..b/c...d',
    '100% film',
    '50%25',
    'Fußball/Übertragung',
    'https://cdn.example/film/000.ts',
    '//cdn.example/film/000.ts',
    `${KIB}${KIB}`,
  ])('lets through %j', async (resource) => {
    const { authorize, handle } = endpoint({ allowedHosts: ['cdn.example'] })
    expect((await handle(get(resource))).status).toBe(200)
    expect(authorize).toHaveBeenCalledWith(expect.any(Request), resource)
  })

  it('names a host, with `allowedHosts` left out', async () => {
    const response = await endpoint().handle(get('https://cdn.example/film'))
    expect([response.status, (await response.json()).error]).toEqual([
      400,
      'The resource names a host that is not in `allowedHosts`.',
    ])
  })
})

describe('a request', () => {
  it.each([
    ['two resources in the query', get('free', '&resource=paid')],
    ['one in the query and one in the body', post({ resource: 'paid' }, '?resource=free')],
    ['one resource and a batch', post({ resource: 'free', resources: ['paid'] })],
    ['an array in place of a name', post({ resource: ['paid'] })],
    ['an object in place of a name', post({ resource: { toString: 'paid' } })],
    ['an object in place of a batch', post({ resources: { 0: 'paid', length: 1 } })],
    ['a batch in a batch', post({ resources: [['paid']] })],
    ['a name by way of the prototype', post('{"__proto__":{"resource":"paid"}}')],
    ['a list as its body', post('["paid"]')],
    ['nothing but null', post('null')],
    ['JSON that is cut off', post('{"resource":"paid"')],
    ['brackets without end', post('['.repeat(100_000))],
  ])('with %s is answered with 400, and authorize is not asked', async (_, request) => {
    const { authorize, handle } = endpoint()
    expect((await handle(request)).status).toBe(400)
    expect(authorize).not.toHaveBeenCalled()
  })

  it('with a reason that is no text has none', async () => {
    expect((await endpoint().handle(post('{"resource":"a","reason":{"toString":1}}'))).status).toBe(200)
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'for %s gets what is signed for that name, from the cache too',
    async (resource) => {
      const { sign, handle } = endpoint({ cacheForMs: 20_000 })
      for (let viewer = 0; viewer < 2; viewer += 1) {
        expect(await (await handle(get(resource))).json()).toMatchObject({
          url: `https://cdn.example/${resource}?token=1`,
        })
      }
      expect(sign).toHaveBeenCalledTimes(1)
    },
  )

  it('with a body over 1 MB is answered with 413, and not read to its end', async () => {
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1
        controller.enqueue(new Uint8Array(100_000).fill(32))
      },
    })
    const request = new Request(URL_OF_ENDPOINT, { method: 'POST', body, duplex: 'half' } as RequestInit)
    const response = await endpoint().handle(request)
    expect([response.status, await response.json()]).toEqual([413, { error: 'The body is over 1 MB.' }])
    expect(sent).toBeLessThan(20)
    const named = new Request(URL_OF_ENDPOINT, { method: 'POST', headers: { 'content-length': '1000001' }, body: '{}' })
    expect((await endpoint().handle(named)).status).toBe(413)
  })

  it('of a viewer without rights never gets what the cache has for others', async () => {
    const { handle } = endpoint({
      cacheForMs: 20_000,
      authorize: (request: Request) => request.headers.get('cookie') === 'ticket=1',
    })
    const asViewer = (cookie: string, reason = '') =>
      handle(new Request(`${URL_OF_ENDPOINT}?resource=a${reason}`, { headers: { cookie } }))
    expect((await asViewer('ticket=1')).status).toBe(200)
    for (const reason of ['', '&reason=refused', '&reason=expired']) {
      const response = await asViewer('none=1', reason)
      expect([response.status, await response.text()]).toEqual([403, expect.not.stringContaining('token')])
    }
    const both = await Promise.all([asViewer('none=1'), asViewer('ticket=1')])
    expect(both.map(({ status }) => status)).toEqual([403, 200])
  })
})

describe('a thousand requests at once, with cacheForMs', () => {
  const crowd = (handle: (request: Request) => Promise<Response>, more = '') =>
    Promise.all(Array.from({ length: 1_000 }, async () => (await handle(get('a', more))).status))
  const later = (outcome: () => unknown) => new Promise((resolve) => setTimeout(resolve, 10)).then(outcome)

  it.each([
    ['a URL', () => '/a', 200],
    ['null', () => null, 404],
    ['a URL that has expired', () => ({ url: '/a', expiresAt: 1 }), 200],
    [
      'an error',
      () => {
        throw new Error('key store down')
      },
      500,
    ],
  ])('call sign once, and share its outcome: %s', async (_, outcome, status) => {
    const sign = vi.fn(() => later(outcome))
    const { handle } = endpoint({ cacheForMs: 20_000, sign })
    const statuses = crowd(handle)
    await vi.advanceTimersByTimeAsync(10)
    expect(new Set(await statuses)).toEqual(new Set([status]))
    expect(sign).toHaveBeenCalledTimes(1)
  })

  it.each(['expired', 'refused'])('call sign once when all say that the last URL was %s', async (reason) => {
    const sign = vi.fn(() => later(() => '/a'))
    const { handle } = endpoint({ cacheForMs: 20_000, sign })
    for (let round = 1; round <= 2; round += 1) {
      const statuses = crowd(handle, `&reason=${reason}`)
      await vi.advanceTimersByTimeAsync(10)
      expect(new Set(await statuses)).toEqual(new Set([200]))
      expect(sign).toHaveBeenCalledTimes(round)
      vi.advanceTimersByTime(1_000)
    }
  })
})

it('authorizes a batch for many at once, but no more than 20', async () => {
  let underWay = 0
  let most = 0
  const authorize = async () => {
    underWay += 1
    most = Math.max(most, underWay)
    await new Promise((resolve) => setTimeout(resolve, 10))
    underWay -= 1
    return true
  }
  const resources = Array.from({ length: 1_000 }, (_, index) => `segment-${index}`)
  const answered = endpoint({ authorize }).handle(post({ resources }))
  await vi.advanceTimersByTimeAsync(500)
  const { urls } = await (await answered).json()
  expect(urls.map(({ url }: { url: string }) => url)).toEqual(
    resources.map((resource) => `https://cdn.example/${resource}?token=1`),
  )
  expect(most).toBe(20)
})

describe('corsOrigins', () => {
  const SHOP = 'https://shop.example'
  const from = (origin: string, init: RequestInit = {}) =>
    new Request(`${URL_OF_ENDPOINT}?resource=a`, { ...init, headers: { origin, ...init.headers } })
  const preflight = (origin: string) =>
    from(origin, {
      method: 'OPTIONS',
      headers: {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
  const corsOf = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'))

  it('lets the pages of a list call the endpoint, with cookies', async () => {
    const { handle } = endpoint({ corsOrigins: [SHOP] })
    expect(corsOf(await handle(from(SHOP)))).toEqual({
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Age, Date, Retry-After',
      vary: 'Origin',
    })
    const asked = await handle(preflight(SHOP))
    expect([asked.status, corsOf(asked)]).toEqual([
      204,
      expect.objectContaining({
        'access-control-allow-origin': SHOP,
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'authorization,content-type',
      }),
    ])
  })

  it.each(['https://evil.example', 'null', 'https://shop.example.evil.example', 'http://shop.example'])(
    'says nothing to %s, and answers its preflight request with 403',
    async (origin) => {
      const { handle } = endpoint({ corsOrigins: [SHOP] })
      expect(corsOf(await handle(from(origin)))).toEqual({ vary: 'Origin' })
      const asked = await handle(preflight(origin))
      expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([403, null])
    },
  )

  it('lets any page call it without cookies, with "*"', async () => {
    const { handle } = endpoint({ corsOrigins: '*' })
    expect(corsOf(await handle(from('https://any.example')))).toEqual({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Age, Date, Retry-After',
    })
    expect((await handle(preflight('https://any.example'))).status).toBe(204)
  })

  it('lets the page read denials and errors too', async () => {
    const denied = endpoint({ corsOrigins: [SHOP], authorize: () => Response.redirect('https://site.example/log-in') })
    expect((await denied.handle(from(SHOP))).headers.get('access-control-allow-origin')).toBe(SHOP)
    const failed = endpoint({ corsOrigins: [SHOP], sign: () => Promise.reject(new Error('key store down')) })
    expect((await failed.handle(from(SHOP))).headers.get('access-control-allow-origin')).toBe(SHOP)
  })

  it('is off by default: no header, and OPTIONS is another method', async () => {
    const { handle } = endpoint()
    expect(corsOf(await handle(from(SHOP)))).toEqual({})
    expect((await handle(preflight(SHOP))).status).toBe(405)
  })

  it.each([[['https://shop.example/']], [['shop.example']], [['https://*.example']], [[7]]])(
    'throws for %j',
    (corsOrigins) => {
      expect(() => endpoint({ corsOrigins })).toThrow(/^corsOrigins must be/)
    },
  )
})
