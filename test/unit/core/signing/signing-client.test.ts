import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Clock } from '../../../../src/core/clock.js'
import { SignedUrlError } from '../../../../src/core/errors.js'
import {
  SigningClient,
  type SigningClientSettings,
  type SigningRequest,
} from '../../../../src/core/signing/signing-client.js'
import { FakeEndpoint, json, networkFault, type Reply, silence, status, text } from '../../../support/fake-endpoint.js'
import { FakeTime, START_AT } from '../../../support/fake-time.js'
import { SEED_URLS } from '../seed-urls.js'

const RESOURCE = 'videos/final 2026/é&master.m3u8?x=1#t'
const ENCODED = 'videos%2Ffinal%202026%2F%C3%A9%26master.m3u8%3Fx%3D1%23t'
const { url: SIGNED_URL } = SEED_URLS.gcoreVod
const TOKEN = 'bbP3uBs-rBM_HY1VfWS5-Q'
const HOUR_MS = 3_600_000

let time: FakeTime
let clock: Clock
let endpoint: FakeEndpoint
beforeEach(() => {
  time = new FakeTime()
  clock = new Clock(time)
  endpoint = new FakeEndpoint(json({ url: SIGNED_URL }))
})
afterEach(() => time.restore())

function client(changes: Partial<SigningClientSettings> = {}): SigningClient {
  const settings: SigningClientSettings = {
    endpoint: 'https://club.example/api/playback-url',
    request: undefined,
    sign: undefined,
    timeoutMs: 10_000,
    rules: { baseUrl: 'https://club.example/api/playback-url', allowedOrigins: undefined, isSecurePage: true },
    fetch: endpoint.fetch,
    ...changes,
  }
  return new SigningClient(settings, clock)
}

const request = (changes: Partial<SigningRequest> = {}): SigningRequest => ({
  resource: RESOURCE,
  reason: 'start',
  attempt: 1,
  ...changes,
})

const neverAborted = () => new AbortController().signal

/** Makes one request and lets time pass until it has settled. */
async function ask(settings: Partial<SigningClientSettings> = {}, changes: Partial<SigningRequest> = {}) {
  const pending = client(settings).request(request(changes), neverAborted())
  pending.catch(() => {})
  await time.pass(20_000)
  return pending
}

async function failure(settings: Partial<SigningClientSettings> = {}): Promise<SignedUrlError> {
  const error: unknown = await ask(settings).then(
    () => new Error('The request succeeded.'),
    (thrown) => thrown,
  )
  if (error instanceof SignedUrlError) return error
  throw error
}

async function sentTo(settings: Partial<SigningClientSettings> = {}) {
  await ask(settings)
  const [sent] = endpoint.requests
  if (!sent) throw new Error('Nothing was sent.')
  return sent
}

describe('the request', () => {
  it('is GET endpoint?resource=…, accepts JSON, sends same-origin cookies only and bypasses caches', async () => {
    const sent = await sentTo()
    expect(sent.method).toBe('GET')
    expect(sent.url).toBe(`https://club.example/api/playback-url?resource=${ENCODED}`)
    expect(sent.headers.get('accept')).toBe('application/json')
    expect(sent.credentials).toBe('same-origin')
    expect(sent.cache).toBe('no-store')
    expect(sent.body).toBeUndefined()
  })

  it.each([
    ['https://club.example/sign?site=7', `https://club.example/sign?site=7&resource=${ENCODED}`],
    ['https://club.example/sign?', `https://club.example/sign?resource=${ENCODED}`],
    ['https://club.example/sign?site=7&', `https://club.example/sign?site=7&resource=${ENCODED}`],
    ['https://club.example/sign#main', `https://club.example/sign?resource=${ENCODED}#main`],
    ['https://club.example/films/{resource}/url', `https://club.example/films/${ENCODED}/url`],
    ['https://club.example/films/%7Bresource%7D/url', `https://club.example/films/${ENCODED}/url`],
    ['https://club.example/sign?film={resource}&v=2', `https://club.example/sign?film=${ENCODED}&v=2`],
  ])('for the endpoint %s goes to %s', async (address, expected) => {
    expect((await sentTo({ endpoint: address })).url).toBe(expected)
  })

  it('inserts the resource byte for byte, even one that String.replace would read as a pattern', async () => {
    await client({ endpoint: 'https://club.example/{resource}' }).request(
      request({ resource: "$&$'$1" }),
      neverAborted(),
    )
    expect(endpoint.requests[0]?.url).toBe(`https://club.example/${encodeURIComponent("$&$'$1")}`)
  })

  it('by POST sends resource and reason as JSON and leaves the URL unchanged', async () => {
    await ask({ request: { method: 'post' } }, { reason: 'expiring' })
    const [sent] = endpoint.requests
    expect(sent?.method).toBe('POST')
    expect(sent?.url).toBe('https://club.example/api/playback-url')
    expect(sent?.headers.get('content-type')).toBe('application/json')
    expect(JSON.parse(String(sent?.body))).toEqual({ resource: RESOURCE, reason: 'expiring' })
  })

  it('by POST replaces {resource} too', async () => {
    const sent = await sentTo({ endpoint: 'https://club.example/films/{resource}', request: { method: 'POST' } })
    expect(sent.url).toBe(`https://club.example/films/${ENCODED}`)
    expect(JSON.parse(String(sent.body))).toMatchObject({ resource: RESOURCE })
  })

  it("uses the page's own headers, credentials, cache mode and body", async () => {
    const body = new URLSearchParams({ film: 'final-2026' })
    const sent = await sentTo({
      request: {
        method: 'POST',
        headers: { 'X-CSRF': 'a1', Accept: 'text/plain' },
        credentials: 'include',
        cache: 'default',
        body,
      },
    })
    expect(sent.headers.get('x-csrf')).toBe('a1')
    expect(sent.headers.get('accept')).toBe('text/plain')
    expect(sent.headers.get('content-type')).toBeNull()
    expect(sent.credentials).toBe('include')
    expect(sent.cache).toBe('default')
    expect(sent.body).toBe(body)
  })

  it.each([
    ['an array of headers', [['Authorization', 'Bearer a1']] as [string, string][]],
    ['a Headers object', new Headers({ authorization: 'Bearer a1' })],
  ])('accepts %s', async (_, headers) => {
    expect((await sentTo({ request: { headers } })).headers.get('authorization')).toBe('Bearer a1')
  })

  it('can be built by a function, which is called with the context of each request', async () => {
    const made = vi.fn(async () => ({ headers: { Authorization: 'Bearer now' } }))
    await ask({ request: made }, { reason: 'refused', attempt: 3, previousUrl: SIGNED_URL, status: 410 })
    expect(made).toHaveBeenCalledWith({
      resource: RESOURCE,
      reason: 'refused',
      attempt: 3,
      previousUrl: SIGNED_URL,
      status: 410,
      signal: expect.any(AbortSignal),
    })
    expect(endpoint.requests[0]?.headers.get('authorization')).toBe('Bearer now')
  })

  it('fails as signed-url-unavailable when that function rejects', async () => {
    const error = await failure({ request: () => Promise.reject(new Error('no session')) })
    expect(error.code).toBe('signed-url-unavailable')
    expect(endpoint.requests).toHaveLength(0)
  })
})

describe('the answer', () => {
  it.each<[string, Reply]>([
    ['JSON with url', json({ url: SIGNED_URL })],
    ['JSON that is a string', json(SIGNED_URL)],
    ['text', text(`${SIGNED_URL}\n`)],
    ['text with a charset', text(SIGNED_URL, 'text/plain; charset=utf-8')],
    ['JSON served as text', text(JSON.stringify({ url: SIGNED_URL }), 'text/plain')],
    ['JSON with a vendor media type', text(JSON.stringify({ url: SIGNED_URL }), 'application/vnd.club+json')],
    ['text without a media type', text(SIGNED_URL, '')],
  ])('is read from %s', async (_, reply) => {
    endpoint.reply = reply
    expect((await ask()).answer.url).toBe(SIGNED_URL)
  })

  it('has the times of its request and its arrival', async () => {
    endpoint.latencyMs = 350
    const { sentAt, receivedAt } = await ask()
    expect([sentAt, receivedAt]).toEqual([START_AT, START_AT + 350])
  })

  it('resolves a relative URL against the endpoint', async () => {
    endpoint.reply = json({ url: '../media/film.mp4?token=a' })
    expect((await ask()).answer.url).toBe('https://club.example/media/film.mp4?token=a')
  })

  it.each<[string, Reply]>([
    ['empty', text('')],
    ['whitespace', text(' \n')],
    ['an HTML login page', text('<!doctype html><title>Log in</title>', 'text/html')],
    ['a URL served as HTML', text(SIGNED_URL, 'text/html; charset=utf-8')],
    ['HTML served as text', text('  <html><body>Error</body></html>')],
    ['XML', text('<?xml version="1.0"?><Error/>', 'application/xml')],
    ['JSON without url', json({ link: SIGNED_URL })],
    ['JSON that is null', json(null)],
    ['JSON that is an array', json([SIGNED_URL])],
    ['truncated JSON', text(`{"url":"${SIGNED_URL}`, 'application/json')],
    ['a javascript: URL', json({ url: 'javascript:alert(1)' })],
    ['an ftp: URL', json({ url: 'ftp://cdn.example/film.mp4' })],
    ['an http: URL on an https: page', json({ url: SEED_URLS.bitsOnTheRun.url })],
    ['expiresAt in milliseconds', json({ url: SIGNED_URL, expiresAt: START_AT })],
    ['a sentence', text('Access denied')],
  ])('is reported as signed-url-invalid when it is %s', async (_, reply) => {
    endpoint.reply = reply
    expect((await failure()).code).toBe('signed-url-invalid')
  })

  it('is reported as signed-url-invalid when its origin is not allowed', async () => {
    const rules = { baseUrl: 'https://club.example/', allowedOrigins: ['https://cdn.example'], isSecurePage: true }
    expect(await failure({ rules })).toMatchObject({ code: 'signed-url-invalid' })
  })
})

describe('an endpoint that redirects', () => {
  const MP4_URL = 'https://cdn.example/film/film.mp4?token=abcdefgh'
  /** The answer of another server, after a redirect. */
  const redirected =
    (body: string | ReadableStream | null, type: string | null, code = 200, url: string = SIGNED_URL): Reply =>
    () => {
      const response = new Response(body, { status: code })
      response.headers.delete('content-type')
      if (type !== null) response.headers.set('content-type', type)
      Object.defineProperties(response, { redirected: { value: true }, url: { value: url } })
      return response
    }

  it.each([
    ['video/mp4', 'video/mp4'],
    ['application/vnd.apple.mpegurl', 'application/vnd.apple.mpegurl'],
    ['application/dash+xml', 'application/dash+xml'],
    ['application/octet-stream', undefined],
  ])('to media of the type %s gives that address, and leaves the body unread', async (contentType, type) => {
    let isCancelled = false
    const body = new ReadableStream({
      cancel() {
        isCancelled = true
      },
    })
    endpoint.reply = redirected(body, contentType, 200, MP4_URL)
    expect((await ask()).answer).toMatchObject({ url: MP4_URL, type })
    expect(isCancelled).toBe(true)
  })

  it.each([
    ['#EXTM3U\n', 'text/plain', 'application/x-mpegURL'],
    ['#EXTM3U\n', null, 'application/x-mpegURL'],
    ['<?xml version="1.0"?>\n<MPD/>', 'text/plain', 'application/dash+xml'],
  ])('to a playlist that is sent as text gives that address: %o as %s', async (body, contentType, type) => {
    endpoint.reply = redirected(body, contentType)
    expect((await ask()).answer).toMatchObject({ url: SIGNED_URL, type })
  })

  it.each([
    ['JSON', JSON.stringify({ url: MP4_URL }), 'application/json'],
    ['text', MP4_URL, 'text/plain'],
  ])('to another endpoint gives the answer of that: %s', async (_title, body, contentType) => {
    endpoint.reply = redirected(body, contentType, 200, 'https://club.example/api/v2')
    expect((await ask()).answer.url).toBe(MP4_URL)
  })

  it('to a page is an error that names a log-in page', async () => {
    endpoint.reply = redirected('<!doctype html>', 'text/html; charset=utf-8', 200, 'https://login.example/?t=secret')
    const { code, message } = await failure()
    expect(code).toBe('signed-url-invalid')
    expect(message).toMatch(/log-in page/)
    expect(message).not.toContain('secret')
  })

  it.each([
    [403, 'https://cdn.example/film.mp4', 'signed-url-invalid', /redirects to a URL that answered with status 403/],
    [503, 'https://cdn.example/film.mp4', 'signed-url-unavailable', /redirects/],
    [403, 'https://club.example/api/v2', 'signed-url-denied', /endpoint answered with status 403/],
  ])('to an answer with status %i is a denial only on its own origin: %s', async (code, url, error, message) => {
    endpoint.reply = redirected('', 'text/plain', code, url)
    expect(await failure()).toMatchObject({ code: error, message: expect.stringMatching(message) })
  })

  it('to a server without CORS is an error that says so, found out by one request', async () => {
    const modes: (string | undefined)[] = []
    const fetchWithoutCors: typeof fetch = async (_url, init) => {
      modes.push(init?.redirect)
      if (init?.redirect !== 'manual') throw new TypeError('Failed to fetch')
      return Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' })
    }
    const signing = client({ fetch: fetchWithoutCors })
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const error = await signing.request(request({ attempt }), neverAborted()).catch((thrown) => thrown)
      expect(error).toMatchObject({
        code: 'signed-url-invalid',
        message: expect.stringMatching(/Access-Control-Allow-Origin/),
      })
    }
    expect(modes).toEqual([undefined, 'manual', undefined, undefined])
  })

  it('and one that is down are told apart', async () => {
    endpoint.reply = networkFault
    expect((await failure()).code).toBe('signed-url-unavailable')
    expect(endpoint.requests).toHaveLength(2)
  })
})

describe('the status', () => {
  it.each([401, 402, 403, 404, 410, 451])('%i is a denial', async (code) => {
    endpoint.reply = status(code)
    expect(await failure()).toMatchObject({ code: 'signed-url-denied', status: code })
  })

  it.each([408, 425, 429, 500, 502, 503, 504])('%i is retryable', async (code) => {
    endpoint.reply = status(code)
    expect(await failure()).toMatchObject({ code: 'signed-url-unavailable', status: code })
  })

  it.each([400, 405, 418, 422])('%i is an unusable answer', async (code) => {
    endpoint.reply = status(code)
    expect(await failure()).toMatchObject({ code: 'signed-url-invalid', status: code })
  })

  it.each([
    ['7', 7000],
    ['Wed, 07 Jan 2026 10:31:07 GMT', 60_000],
  ])('comes with Retry-After: %s', async (header, retryAfterMs) => {
    endpoint.reply = status(503, { 'retry-after': header })
    expect((await failure()).retryAfterMs).toBe(retryAfterMs)
  })

  it('is missing from a network error, which is reported as signed-url-unavailable', async () => {
    endpoint.reply = networkFault
    const error = await failure()
    expect(error).toMatchObject({ code: 'signed-url-unavailable', attempt: 1 })
    expect(error.cause).toBeInstanceOf(Error)
  })
})

describe('a denial', () => {
  const denial = (body: BodyInit, code = 403) => {
    endpoint.reply = () => new Response(body, { status: code })
  }
  /** A body that `chunks` makes up, and that goes on for ever unless `ends`. Counts the bytes that were asked for. */
  const stream = (chunks: readonly string[], ends: boolean) => {
    const encoder = new TextEncoder()
    const rest = [...chunks]
    const seen = { chunks: 0 }
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = rest.shift()
        if (chunk !== undefined) {
          seen.chunks += 1
          controller.enqueue(encoder.encode(chunk))
        } else if (ends) controller.close()
        else return new Promise(() => {})
        return undefined
      },
    })
    return { body, seen }
  }

  it.each([401, 402, 403, 404, 410, 451])('with status %i says why', async (code) => {
    denial('{"reason": "rental-ended", "message": "Your rental ended on Sunday."}', code)
    expect(await failure()).toMatchObject({
      code: 'signed-url-denied',
      status: code,
      reason: 'rental-ended',
      viewerMessage: 'Your rental ended on Sunday.',
    })
  })

  it.each([
    ['an empty body', ''],
    ['a page', '<!doctype html><title>Log in</title>'],
    ['text', 'Your rental ended.'],
    ['JSON that is cut off', '{"reason": "rental-ended", "message": "Your'],
    ['null', 'null'],
    ['an array', '["rental-ended"]'],
    ['other fields', '{"error": "rental-ended"}'],
    ['numbers', '{"reason": 7, "message": 7}'],
    ['objects', '{"reason": {"toString": 1}, "message": ["Your rental ended."]}'],
    ['blanks', '{"reason": "", "message": " \\n\\u0000 "}'],
  ])('stands without a reason when its body is %s', async (_, body) => {
    denial(body)
    const error = await failure()
    expect(error).toMatchObject({ code: 'signed-url-denied', status: 403 })
    expect([error.reason, error.viewerMessage]).toEqual([undefined, undefined])
  })

  it('takes one of the two as well', async () => {
    denial('{"reason": "geo-blocked"}')
    expect(await failure()).toMatchObject({ reason: 'geo-blocked', viewerMessage: undefined })
  })

  it('comes in one line, without control characters, and cut', async () => {
    denial(JSON.stringify({ message: ` Your\u0000 rental\n\n\tended\u007f. ${'a'.repeat(600)}` }))
    const { viewerMessage } = await failure()
    expect(viewerMessage).toMatch(/^Your rental ended \. a+$/)
    expect(viewerMessage).toHaveLength(500)
  })

  it('keeps markup as it is, because it is shown as text', async () => {
    denial('{"message": "<b>Ended</b> & gone"}')
    expect((await failure()).viewerMessage).toBe('<b>Ended</b> & gone')
  })

  it('shows no token', async () => {
    denial(JSON.stringify({ reason: `no ${SIGNED_URL}`, message: `No access to ${SIGNED_URL}.` }))
    const { reason, viewerMessage } = await failure()
    expect(viewerMessage).toMatch(/^No access to https:.*…/)
    expect(`${reason} ${viewerMessage}`).not.toContain(TOKEN)
  })

  it('may come in pieces, even within a character', async () => {
    const bytes = new TextEncoder().encode('{"message": "Vidéo louée"}')
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    denial(body)
    expect((await failure()).viewerMessage).toBe('Vidéo louée')
  })

  it('of megabytes is not read to its end', async () => {
    const megabytes = Array.from({ length: 2_000 }, () => ' '.repeat(1_000))
    const { body, seen } = stream(['{"message": "Ended.",', ...megabytes, '"reason": "x"}'], true)
    denial(body)
    expect(await failure()).toMatchObject({ code: 'signed-url-denied', viewerMessage: undefined })
    expect(seen.chunks).toBeLessThan(30)
  })

  it('whose body never ends is a denial all the same, in half of the time', async () => {
    denial(stream(['{"message": "Ended."'], false).body)
    const pending = client({ timeoutMs: 10_000 }).request(request(), neverAborted())
    const outcome = pending.catch((error: SignedUrlError) => [error.code, error.viewerMessage, Date.now() - START_AT])
    await time.pass(10_000)
    expect(await outcome).toEqual(['signed-url-denied', undefined, 5_000])
    expect(time.timers).toBe(0)
  })

  it('ends with the request when its body never does', async () => {
    denial(stream([], false).body)
    const controller = new AbortController()
    const pending = client().request(request(), controller.signal)
    pending.catch(() => {})
    await time.settle()
    controller.abort(new Error('another source'))
    await expect(pending).rejects.toThrow('another source')
    expect(time.timers).toBe(0)
  })

  it('of a server that the endpoint redirects to is not read', async () => {
    endpoint.reply = () => {
      const answer = Response.json({ message: 'Expired' }, { status: 403 })
      return Object.defineProperties(answer, { redirected: { value: true }, url: { value: 'https://cdn.example/a' } })
    }
    expect(await failure()).toMatchObject({ code: 'signed-url-invalid', viewerMessage: undefined })
  })

  it.each([500, 400])('is no other failure: %i', async (code) => {
    denial('{"message": "Ended."}', code)
    expect((await failure()).viewerMessage).toBeUndefined()
  })
})

describe('the timeout', () => {
  it('aborts a request that is never answered', async () => {
    endpoint.reply = silence
    const pending = client({ timeoutMs: 3000 }).request(request(), neverAborted())
    const outcome = pending.catch((error: unknown) => error)
    await time.pass(2999)
    expect(endpoint.requests[0]?.signal.aborted).toBe(false)
    await time.pass(1)
    expect(await outcome).toMatchObject({ code: 'signed-url-unavailable' })
    expect(endpoint.requests[0]?.signal.aborted).toBe(true)
    expect(time.timers).toBe(0)
  })

  it('covers the body as well as the headers', async () => {
    endpoint.reply = () =>
      new Response(new ReadableStream({ start() {} }), { headers: { 'content-type': 'application/json' } })
    expect((await failure({ timeoutMs: 3000 })).code).toBe('signed-url-unavailable')
  })

  it("covers the page's own sign and request functions", async () => {
    expect((await failure({ sign: () => new Promise(() => {}) })).code).toBe('signed-url-unavailable')
    expect((await failure({ request: () => new Promise(() => {}) })).code).toBe('signed-url-unavailable')
  })

  it('leaves no timer after the answer', async () => {
    await client().request(request(), neverAborted())
    expect(time.timers).toBe(0)
  })
})

describe('an abort', () => {
  it.each<[string, Reply]>([
    ['before the answer', silence],
    ['in the middle of the body', () => new Response(new ReadableStream({ start() {} }))],
  ])('%s rejects with its own reason, cancels the request and leaves no timer', async (_, reply) => {
    endpoint.reply = reply
    const controller = new AbortController()
    const removed = vi.spyOn(controller.signal, 'removeEventListener')
    const added = vi.spyOn(controller.signal, 'addEventListener')
    const pending = client().request(request(), controller.signal)
    pending.catch(() => {})
    await time.pass(100)
    controller.abort(new DOMException('The source was replaced.', 'AbortError'))
    await expect(pending).rejects.toThrow('The source was replaced.')
    expect(endpoint.requests[0]?.signal.aborted).toBe(true)
    expect(time.timers).toBe(0)
    expect(removed.mock.calls.length).toBe(added.mock.calls.length)
  })

  it("discards what the page's sign function returns afterward", async () => {
    const controller = new AbortController()
    const pending = client({
      sign: () => new Promise((resolve) => setTimeout(() => resolve(SIGNED_URL), 500)),
    }).request(request(), controller.signal)
    const outcome = pending.catch((error: unknown) => error)
    controller.abort(new Error('over'))
    await time.pass(1000)
    expect(await outcome).toMatchObject({ message: 'over' })
  })
})

describe('the clock', () => {
  it('learns from serverTime', async () => {
    endpoint.reply = json({ url: SIGNED_URL, serverTime: (START_AT + HOUR_MS) / 1000 })
    await ask()
    expect(Math.abs(clock.skew - HOUR_MS)).toBeLessThanOrEqual(1000)
  })

  it('learns from a readable Date header', async () => {
    endpoint.reply = json({ url: SIGNED_URL }, { headers: { date: 'Wed, 07 Jan 2026 11:30:07 GMT' } })
    await ask()
    expect(Math.abs(clock.skew - HOUR_MS)).toBeLessThanOrEqual(1000)
  })

  it('learns nothing from a Date header within one second plus the round trip', async () => {
    endpoint.latencyMs = 400
    endpoint.reply = json({ url: SIGNED_URL }, { headers: { date: new Date(START_AT).toUTCString() } })
    await ask()
    expect(clock.skew).toBe(0)
  })

  it('learns nothing from the Date header of a cached answer', async () => {
    endpoint.reply = json({ url: SIGNED_URL }, { headers: { date: 'Wed, 07 Jan 2026 09:30:07 GMT', age: '3600' } })
    await ask()
    expect(clock.skew).toBe(0)
  })

  it('trusts serverTime over a Date header', async () => {
    endpoint.reply = json(
      { url: SIGNED_URL, serverTime: START_AT / 1000 },
      { headers: { date: 'Wed, 07 Jan 2026 11:30:07 GMT' } },
    )
    await ask()
    expect(Math.abs(clock.skew)).toBeLessThanOrEqual(1000)
  })
})

describe('sign', () => {
  it('replaces the endpoint and gets the same context', async () => {
    const sign = vi.fn(() => ({ url: SIGNED_URL, expiresIn: 60 }))
    const { answer } = await ask({ sign, endpoint: undefined }, { reason: 'expired', attempt: 2 })
    expect(answer).toMatchObject({ url: SIGNED_URL, expiresInMs: 60_000 })
    expect(sign).toHaveBeenCalledWith({
      resource: RESOURCE,
      reason: 'expired',
      attempt: 2,
      signal: expect.any(AbortSignal),
    })
    expect(endpoint.requests).toHaveLength(0)
  })

  it('may be asynchronous and return a bare URL', async () => {
    expect((await ask({ sign: async () => SIGNED_URL })).answer.url).toBe(SIGNED_URL)
  })

  it('has its answer checked like any other answer', async () => {
    expect((await failure({ sign: () => 'javascript:alert(1)' })).code).toBe('signed-url-invalid')
    expect((await failure({ sign: () => undefined as never })).code).toBe('signed-url-invalid')
  })

  it('denies by throwing a SignedUrlError with signed-url-denied', async () => {
    const no = new SignedUrlError('signed-url-denied', 'No ticket.')
    expect((await failure({ sign: () => Promise.reject(no) })).code).toBe('signed-url-denied')
  })

  it('says why by the error’s details', async () => {
    const details = { status: 402, reason: 'rental-ended', viewerMessage: 'Your rental ended.' }
    const no = new SignedUrlError('signed-url-denied', 'No ticket.', details)
    expect(await failure({ sign: () => Promise.reject(no) })).toMatchObject(details)
  })

  it.each([
    [
      'throws any other error',
      () => {
        throw new Error('no session')
      },
    ],
    ['rejects with any other error', () => Promise.reject(new Error('no session'))],
    ['rejects with a non-Error', () => Promise.reject('no session')],
  ])('is reported as signed-url-unavailable when it %s', async (_, sign) => {
    expect((await failure({ sign })).code).toBe('signed-url-unavailable')
  })
})

describe('the errors of SigningClient', () => {
  const leaks: [string, () => Partial<SigningClientSettings>][] = [
    [
      'a network error that quotes the URL',
      () => ({ fetch: () => Promise.reject(new TypeError(`Failed to fetch ${SIGNED_URL}`)) }),
    ],
    [
      'JSON that does not parse',
      () => {
        endpoint.reply = text(`{"url": "${SIGNED_URL}" oops`, 'application/json')
        return {}
      },
    ],
    [
      'an answer without url',
      () => {
        endpoint.reply = json({ link: SIGNED_URL })
        return {}
      },
    ],
    [
      'expiresAt in milliseconds',
      () => {
        endpoint.reply = json({ url: SIGNED_URL, expiresAt: 1767782407000 })
        return {}
      },
    ],
    [
      'a denial with a body',
      () => {
        const body = { old: SIGNED_URL, reason: SIGNED_URL, message: SIGNED_URL }
        endpoint.reply = () => Response.json(body, { status: 403, statusText: SIGNED_URL })
        return {}
      },
    ],
    [
      'a sign function that rejects',
      () => ({ sign: () => Promise.reject(new Error(`no ${SIGNED_URL}`, { cause: new Error(SIGNED_URL) })) }),
    ],
    [
      'a sign function that rejects with a SignedUrlError with the URL in its message',
      () => ({ sign: () => Promise.reject(new SignedUrlError('signed-url-denied', `no ${SIGNED_URL}`)) }),
    ],
    [
      'a sign function that rejects with a SignedUrlError with a cause',
      () => ({
        sign: () => Promise.reject(new SignedUrlError('signed-url-unavailable', 'x', { cause: new Error(SIGNED_URL) })),
      }),
    ],
  ]

  it.each(leaks)('contain no token: %s', async (_, settings) => {
    const error = await failure(settings())
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(TOKEN)
    expect(error.message).not.toContain(TOKEN)
    expect(error.stack ?? '').not.toContain(TOKEN)
  })
})
