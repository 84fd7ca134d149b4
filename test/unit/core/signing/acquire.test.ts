import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Clock } from '../../../../src/core/clock.js'
import { SignedUrlError } from '../../../../src/core/errors.js'
import { type Acquisition, acquire } from '../../../../src/core/signing/acquire.js'
import { DEFAULT_RETRY } from '../../../../src/core/signing/retry.js'
import { SigningClient } from '../../../../src/core/signing/signing-client.js'
import { Tries } from '../../../../src/core/signing/tries.js'
import { wait } from '../../../../src/core/wait.js'
import { FakeEndpoint, json, networkFault, silence, status, text } from '../../../support/fake-endpoint.js'
import { FakeEnvironment } from '../../../support/fake-environment.js'
import { FakeTime, START_AT } from '../../../support/fake-time.js'
import { SEED_URLS } from '../seed-urls.js'

const { url: SIGNED_URL } = SEED_URLS.gcoreVod

let time: FakeTime
let endpoint: FakeEndpoint
let environment: FakeEnvironment
beforeEach(() => {
  time = new FakeTime()
  endpoint = new FakeEndpoint(json({ url: SIGNED_URL }))
  environment = new FakeEnvironment()
})
afterEach(() => time.restore())

function start(changes: Partial<Acquisition<string>> = {}) {
  const client = new SigningClient(
    {
      endpoint: 'https://club.example/api/playback-url',
      request: undefined,
      sign: undefined,
      timeoutMs: 10_000,
      rules: { baseUrl: 'https://club.example/', allowedOrigins: undefined, isSecurePage: true },
      fetch: endpoint.fetch,
    },
    new Clock(time),
  )
  const failures: [string, boolean][] = []
  const controller = new AbortController()
  const result = acquire<string>({
    signer: client,
    retry: DEFAULT_RETRY,
    environment,
    request: { resource: 'final-2026', reason: 'start' },
    tries: new Tries(new Clock(time)),
    pause: (ms) => wait(ms, controller.signal),
    accept: ({ answer }) => answer.url,
    onFailure: (error, willRetry) => failures.push([error.code, willRetry]),
    signal: controller.signal,
    ...changes,
  })
  const outcome = result.catch((error: unknown) => error)
  return { result, outcome, failures, controller }
}

const sentAfter = () => endpoint.requests.map(({ at }) => at - START_AT)

describe('acquire', () => {
  it('returns the answer of the first request', async () => {
    const { result, failures } = start()
    expect(await result).toBe(SIGNED_URL)
    expect(failures).toEqual([])
    expect(endpoint.requests).toHaveLength(1)
  })

  it.each([
    ['503', status(503)],
    ['429', status(429)],
    ['a network error', networkFault],
    ['an unusable answer', text('<html>', 'text/html')],
  ])('retries after %s', async (_, reply) => {
    endpoint.next(reply)
    const { result, failures } = start()
    await time.pass(500)
    expect(await result).toBe(SIGNED_URL)
    expect(failures).toHaveLength(1)
    expect(failures[0]?.[1]).toBe(true)
  })

  it.each([401, 402, 403, 404, 410, 451])('does not retry after the denial %i', async (code) => {
    endpoint.reply = status(code)
    const { outcome, failures } = start()
    await time.pass(60_000)
    expect(await outcome).toMatchObject({ code: 'signed-url-denied', status: code })
    expect(endpoint.requests).toHaveLength(1)
    expect(failures).toEqual([['signed-url-denied', false]])
  })

  it('gives up with the last error after maxAttempts requests, and reports only that failure as final', async () => {
    endpoint.reply = status(500)
    endpoint.next(status(503), networkFault)
    const { outcome, failures } = start()
    await time.pass(60_000)
    expect(await outcome).toMatchObject({ code: 'signed-url-unavailable', status: 500, attempt: 4 })
    // One of them tells an outage from a redirect that CORS forbids.
    expect(endpoint.requests).toHaveLength(5)
    expect(failures.map(([, willRetry]) => willRetry)).toEqual([true, true, true, false])
  })

  it('sends a single request when maxAttempts is 1', async () => {
    endpoint.reply = status(500)
    const { outcome } = start({ retry: { ...DEFAULT_RETRY, maxAttempts: 1 } })
    await time.pass(60_000)
    expect(await outcome).toBeInstanceOf(SignedUrlError)
    expect(endpoint.requests).toHaveLength(1)
  })

  it.each([
    [0.01, [0, 5, 15, 35]],
    [0.5, [0, 250, 750, 1750]],
    [1, [0, 500, 1500, 3500]],
  ])('waits a random time up to a bound that doubles: chance %d sends at %o ms', async (chance, expected) => {
    environment.chance = chance
    endpoint.reply = status(503)
    start()
    await time.pass(60_000)
    expect(sentAfter()).toEqual(expected)
  })

  it('gives up at once when Retry-After is longer than a viewer would wait', async () => {
    endpoint.reply = status(503, { 'retry-after': '3600' })
    const { outcome, failures } = start()
    await time.pass(1_000)
    expect(await outcome).toMatchObject({ code: 'signed-url-unavailable', retryAfterMs: 3_600_000 })
    expect(endpoint.requests).toHaveLength(1)
    expect(failures).toEqual([['signed-url-unavailable', false]])
  })

  it('never retries before Retry-After has passed', async () => {
    environment.chance = 0
    endpoint.next(status(429, { 'retry-after': '20' }))
    const { result } = start()
    await time.pass(19_999)
    expect(endpoint.requests).toHaveLength(1)
    await time.pass(1)
    expect(await result).toBe(SIGNED_URL)
    expect(sentAfter()).toEqual([0, 20_000])
  })

  it('counts earlier failures', async () => {
    endpoint.reply = status(503)
    const accept = vi.fn(() => SIGNED_URL)
    const tries = new Tries(new Clock(time))
    tries.noteFailed()
    tries.noteFailed()
    start({ tries, accept })
    await time.pass(60_000)
    expect(endpoint.requests).toHaveLength(2)
    expect(accept).not.toHaveBeenCalled()
  })

  it('counts an answer that its caller rejects as a failed attempt', async () => {
    const accept = () => {
      throw new SignedUrlError('signed-url-invalid', 'Another video.')
    }
    const { outcome, failures } = start({ accept })
    await time.pass(60_000)
    expect(await outcome).toMatchObject({ code: 'signed-url-invalid' })
    expect(failures).toHaveLength(4)
  })

  it('rethrows an error of its caller at once, unchanged', async () => {
    const { outcome } = start({
      accept: () => {
        throw new RangeError('bug')
      },
    })
    expect(await outcome).toBeInstanceOf(RangeError)
    expect(endpoint.requests).toHaveLength(1)
  })

  it('passes the attempt number to each signing request', async () => {
    const attempts: number[] = []
    const client = {
      request: vi.fn(async (request: { attempt: number }) => {
        attempts.push(request.attempt)
        throw new SignedUrlError('signed-url-unavailable', 'x')
      }),
    }
    start({ signer: client as never })
    await time.pass(60_000)
    expect(attempts).toEqual([1, 2, 3, 4])
  })

  it('waits while the page is offline instead of using up attempts', async () => {
    environment.online = false
    const { result } = start()
    await time.pass(600_000)
    expect(endpoint.requests).toHaveLength(0)
    environment.online = true
    expect(await result).toBe(SIGNED_URL)
  })

  it('delays a retry while the page is hidden and paused, but not the first request', async () => {
    environment.unseen = true
    endpoint.next(status(503))
    const { result } = start()
    await time.pass(600_000)
    expect(endpoint.requests).toHaveLength(1)
    environment.unseen = false
    expect(await result).toBe(SIGNED_URL)
  })

  it.each([
    ['the answer', silence, true],
    ['the next attempt', status(503, { 'retry-after': '20' }), true],
    ['the network', silence, false],
  ])(
    'rejects at once with the reason of an abort while it waits for %s, and leaves nothing behind',
    async (_, reply, online) => {
      endpoint.reply = reply
      environment.online = online
      const { outcome, controller, failures } = start()
      await time.pass(100)
      const failedBefore = failures.length
      controller.abort(new Error('over'))
      expect(await outcome).toMatchObject({ message: 'over' })
      await time.settle()
      expect(time.timers).toBe(0)
      expect(environment.waiting).toBe(0)
      expect(failures).toHaveLength(failedBefore)
    },
  )
})
