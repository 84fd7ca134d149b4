import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAnswer } from '../../../src/core/answer.js'
import { Clock } from '../../../src/core/clock.js'
import { Credentials } from '../../../src/core/credentials.js'
import type { SignedUrlError } from '../../../src/core/errors.js'
import { DEFAULT_RETRY } from '../../../src/core/retry.js'
import { SignedRequests } from '../../../src/core/signed-requests.js'
import { SignedSource, type SignedSourceSettings } from '../../../src/core/signed-source.js'
import { SigningClient } from '../../../src/core/signing-client.js'
import { FakeCdn } from '../../support/fake-cdn.js'
import { json, networkFault, type Reply, silence, status } from '../../support/fake-endpoint.js'
import { FakeEnvironment } from '../../support/fake-environment.js'
import { FakeTime, START_AT } from '../../support/fake-time.js'
import { SIGN } from './seed-urls.js'

const HOUR_MS = 3_600_000
const GUARD_MS = 250
const RULES = { baseUrl: 'https://club.example/', allowedOrigins: undefined, isSecurePage: true }

let time: FakeTime
let unhandled: unknown[]
const onUnhandled = (reason: unknown) => unhandled.push(reason)
beforeEach(() => {
  time = new FakeTime()
  unhandled = []
  process.on('unhandledRejection', onUnhandled)
})
afterEach(() => {
  time.restore()
  process.off('unhandledRejection', onUnhandled)
})

/** One film that is signed for 60 s at a time, with a CDN, an endpoint and a listener that takes notes. */
function film(changes: Partial<SignedSourceSettings> = {}, sign: (expiresAt: number) => string = SIGN.gcore) {
  const cdn = new FakeCdn(sign)
  const environment = new FakeEnvironment()
  const clock = new Clock(time)
  const client = new SigningClient(
    {
      endpoint: 'https://club.example/api/playback-url',
      request: { method: 'POST' },
      sign: undefined,
      timeoutMs: 10_000,
      rules: RULES,
      fetch: cdn.endpoint.fetch,
    },
    clock,
  )
  const events: string[] = []
  const errors: SignedUrlError[] = []
  const source = new SignedSource({
    resource: 'final-2026',
    client,
    clock,
    environment,
    retry: DEFAULT_RETRY,
    leadTimeMs: undefined,
    refusedStatuses: [401, 403, 410],
    listener: {
      onRefreshing: (reason) => events.push(`refreshing ${reason}`),
      onIssue: ({ reason }) => events.push(`issue ${reason}`),
      onFailure: (error, willRetry) => {
        errors.push(error)
        events.push(`failure ${error.code}${willRetry ? '' : ', final'}`)
      },
      onSettled: () => events.push('settled'),
    },
    ...changes,
  })
  const scope = new Credentials('final-2026')
  const requests = new SignedRequests(source, scope)
  let first = ''

  /** What an engine does with one request: resolve, send, report, and send again where a refusal was repaired. */
  async function load(href: string, signal?: AbortSignal): Promise<number> {
    const link = new URL(href, first || undefined).href
    let url = await requests.resolve(link, signal)
    for (;;) {
      const sentAt = requests.now()
      const answered = cdn.serve(url)
      if (answered === 200) requests.accepted(url, sentAt, 20)
      if (answered === 200 || !requests.isRefusal(answered, url)) return answered
      url = await requests.repair(url, answered, sentAt, signal)
    }
  }

  return {
    cdn,
    clock,
    environment,
    errors,
    events,
    source,
    requests,
    scope,
    load,
    /** Signs the first URL. */
    async start() {
      const starting = source.start()
      await time.pass(cdn.endpoint.latencyMs)
      first = await starting
      return first
    },
    link: (href: string) => new URL(href, first).href,
    /** Loads a segment every `everyMs`, for `forMs`. */
    async play(forMs: number, everyMs = 2000) {
      for (let at = 0; at < forMs; at += everyMs) {
        const loading = load(`seg-${at / everyMs}.ts`)
        loading.catch(() => {})
        await time.pass(everyMs)
      }
    },
    get signings() {
      return cdn.endpoint.requests.length
    },
    get reasons() {
      return cdn.endpoint.requests.map(({ body }) => JSON.parse(String(body)).reason)
    },
  }
}

/** Notes how a promise ends, without waiting for it. */
function watch<T>(promise: T | Promise<T>) {
  const seen: { value: T | undefined; error: unknown; isSettled: boolean } = {
    value: undefined,
    error: undefined,
    isSettled: false,
  }
  Promise.resolve(promise).then(
    (value) => Object.assign(seen, { value, isSettled: true }),
    (error) => Object.assign(seen, { error, isSettled: true }),
  )
  return seen
}

describe('start', () => {
  it('signs once and answers the URL', async () => {
    const { source, start, cdn } = film()
    expect(source.status).toBe('idle')
    expect(await start()).toBe(SIGN.gcore(START_AT / 1000 + 60))
    expect(cdn.endpoint.requests).toHaveLength(1)
    expect(source).toMatchObject({ status: 'fresh', expiresAt: START_AT + 60_000, refreshing: false })
  })

  it('is signing in between, and joins what is in flight', async () => {
    const { source, cdn } = film()
    cdn.endpoint.latencyMs = 300
    const [one, two] = [watch(source.start()), watch(source.start())]
    expect(source).toMatchObject({ status: 'signing', refreshing: true })
    await time.pass(300)
    expect(one.value).toBe(two.value)
    expect(one.value).toBeDefined()
    expect(cdn.endpoint.requests).toHaveLength(1)
  })

  it('signs nothing when the server signed a URL into the page', async () => {
    const { source, cdn, load } = film()
    const url = SIGN.gcore(START_AT / 1000 + 60)
    expect(source.adopt(readAnswer(url, RULES))).toBe(true)
    expect(await source.start()).toBe(url)
    expect(await load(url)).toBe(200)
    expect(cdn.endpoint.requests).toHaveLength(0)
  })

  it('signs when the URL in the page looks expired', async () => {
    const { source, start, signings } = film()
    expect(source.adopt(readAnswer(SIGN.gcore(START_AT / 1000 - 1), RULES))).toBe(false)
    expect(signings).toBe(0)
    expect(await start()).toBe(SIGN.gcore(START_AT / 1000 + 60))
  })

  it('goes on waiting after the plugin gave up, until a later refresh succeeds', async () => {
    const { source, cdn, events } = film()
    cdn.endpoint.reply = status(503)
    const started = watch(source.start())
    await time.pass(60_000)
    expect(started.isSettled).toBe(false)
    expect(source.status).toBe('failed')
    expect(events.at(-2)).toBe('failure signed-url-unavailable, final')
    cdn.endpoint.reply = cdn.issue
    await source.refresh('manual')
    await time.settle()
    expect(started.value).toBe(source.url)
    expect(source).toMatchObject({ status: 'fresh', error: undefined })
  })
})

describe('a request', () => {
  it('is answered at once, without a promise, while the URL is fresh', async () => {
    const { requests, start, link } = film()
    await start()
    await time.pass(47_999)
    expect(requests.resolve(link('seg-1.ts'))).toBe(link('seg-1.ts'))
    expect(time.timers).toBe(0)
  })

  it('is answered at once when the URL is due, at a fifth of its life before expiry, and a refresh begins behind it', async () => {
    const game = film()
    await game.start()
    await time.pass(48_000)
    expect(game.requests.resolve(game.link('seg-1.ts'))).toBe(game.link('seg-1.ts'))
    expect(game.signings).toBe(1)
    await time.pass(12_000)
    expect(game.signings).toBe(2)
    expect(game.reasons).toEqual(['start', 'expiring'])
  })

  it.each([
    [0, 0],
    [0.4, 0.4 * (12_000 - GUARD_MS)],
    [0.8, 0.8 * (12_000 - GUARD_MS)],
  ])(
    'that finds it due starts the refresh at a random moment of what is left: chance %d after %d ms',
    async (chance, afterMs) => {
      const game = film()
      game.environment.chance = chance
      await game.start()
      await time.pass(48_000)
      game.requests.resolve(game.link('seg-1.ts'))
      if (afterMs > 0) await time.pass(afterMs - 1)
      if (afterMs > 0) expect(game.signings).toBe(1)
      await time.pass(1)
      expect(game.signings).toBe(2)
    },
  )

  it('that finds it due again plans no second refresh', async () => {
    const game = film()
    await game.start()
    await time.pass(48_000)
    for (let index = 0; index < 20; index += 1) game.requests.resolve(game.link(`seg-${index}.ts`))
    expect(time.timers).toBe(1)
    await time.pass(11_000)
    expect(game.signings).toBe(2)
  })

  it('is answered at once up to the guard before expiry, and waits from there on', async () => {
    const game = film()
    game.environment.chance = 1
    await game.start()
    await time.pass(60_000 - GUARD_MS - 1)
    expect(game.requests.resolve(game.link('seg-1.ts'))).toBe(game.link('seg-1.ts'))

    const other = film()
    await other.start()
    const startedAt = time.wall()
    await time.pass(60_000 - (startedAt % 1000) - GUARD_MS)
    const waiting = other.requests.resolve(other.link('seg-1.ts'))
    expect(waiting).toBeInstanceOf(Promise)
    await time.settle()
    expect(await waiting).toBe(new URL('seg-1.ts', other.source.url).href)
  })

  it('waits with all others for one refresh when the URL has expired', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    expect(game.source.status).toBe('expired')
    game.cdn.endpoint.latencyMs = 300
    const waiting = ['a.ts', 'b.ts', 'c.ts'].map((href) => watch(game.requests.resolve(game.link(href))))
    await time.pass(299)
    expect(waiting.map(({ isSettled }) => isSettled)).toEqual([false, false, false])
    await time.pass(1)
    expect(waiting.map(({ value }) => value)).toEqual(
      ['a.ts', 'b.ts', 'c.ts'].map((href) => new URL(href, game.source.url).href),
    )
    expect(game.signings).toBe(2)
    expect(game.reasons[1]).toBe('expired')
    expect(game.source.stats.waitedMs).toBe(900)
  })

  it('outside the signed folder is none of its business, whatever has expired', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    for (const other of ['https://ads.example/spot.ts', 'https://demo-protected.gvideo.io/other.ts']) {
      expect(game.requests.resolve(other)).toBe(other)
      expect(game.scope.covers(other)).toBe(false)
      expect(game.requests.isRefusal(410, other)).toBe(false)
    }
    expect(game.signings).toBe(1)
  })

  it('is rejected when it is aborted while it waits; the refresh goes on for the others', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    game.cdn.endpoint.latencyMs = 300
    const controller = new AbortController()
    const aborted = watch(game.requests.resolve(game.link('a.ts'), controller.signal))
    const other = watch(game.requests.resolve(game.link('b.ts')))
    await time.pass(100)
    controller.abort(new Error('seeked away'))
    await time.settle()
    expect(aborted.error).toMatchObject({ message: 'seeked away' })
    await time.pass(200)
    expect(other.value).toBe(new URL('b.ts', game.source.url).href)
  })

  it('that was aborted before is rejected at once', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    game.cdn.endpoint.reply = silence
    const aborted = watch(game.requests.resolve(game.link('a.ts'), AbortSignal.abort(new Error('over'))))
    await time.settle()
    expect(aborted.error).toMatchObject({ message: 'over' })
    game.source.dispose()
  })
})

describe('the life of a URL', () => {
  it('is measured by expiresIn before anything else', async () => {
    const game = film()
    game.cdn.extra = (expiresAt) => ({ expiresIn: 20, expiresAt: expiresAt + 3600 })
    await game.start()
    await time.pass(20_000 - GUARD_MS - 1)
    expect(game.source.status).toBe('fresh')
    await time.pass(1)
    expect(game.source.status).toBe('expired')
  })

  it('is measured by expiresAt before what the URL itself tells', async () => {
    const game = film()
    game.cdn.extra = (expiresAt) => ({ expiresAt: expiresAt - 30 })
    await game.start()
    expect(game.source.expiresAt).toBe(START_AT + 30_000)
    await time.pass(30_000 - GUARD_MS)
    expect(game.source.status).toBe('expired')
  })

  it('is unknown where nothing tells: it is used until it is refused', async () => {
    const game = film({}, () => 'https://cdn.example/film/master.m3u8?hdnts=opaque')
    await game.start()
    await time.pass(30 * 86_400_000)
    expect(game.source).toMatchObject({ status: 'fresh', expiresAt: undefined })
    expect(game.requests.isRefusal(0, game.source.url ?? '')).toBe(true)
    expect(game.signings).toBe(1)
  })

  it('loses the way to the CDN at its end: a guard of twice the send time', async () => {
    const game = film()
    const url = await game.start()
    game.requests.accepted(url, game.requests.now(), 2000)
    await time.pass(56_000 - 1)
    expect(game.source.status).toBe('fresh')
    await time.pass(1)
    expect(game.source.status).toBe('expired')
  })

  it('does not depend on how long a low-latency playlist is held back for its next part', async () => {
    const game = film()
    const url = await game.start()
    game.requests.accepted(`${url}?_HLS_msn=7&_HLS_part=2`, game.requests.now(), 2000)
    await time.pass(56_000)
    expect(game.source.status).toBe('fresh')
  })

  it('does not depend on how long other servers take', async () => {
    const game = film()
    await game.start()
    game.requests.accepted('https://clock.example/now', game.requests.now(), 5000)
    await time.pass(56_000)
    expect(game.source.status).toBe('fresh')
  })

  it('ends with the sleep of the device: what its timers missed, the next request finds out', async () => {
    const game = film()
    await game.start()
    time.moveWall(HOUR_MS)
    const waiting = game.requests.resolve(game.link('seg-1.ts'))
    expect(waiting).toBeInstanceOf(Promise)
    await time.settle()
    expect(game.cdn.serve(await waiting)).toBe(200)
    expect(game.cdn.refused).toBe(0)
  })

  it('grows no longer when the wall clock is set back', async () => {
    const game = film()
    await game.start()
    time.moveWall(-HOUR_MS)
    await time.pass(60_000)
    expect(game.source.status).toBe('expired')
  })

  it.each([1, 0.5])('of a year fires no timer at once: chance %d', async (chance) => {
    const game = film({ leadTimeMs: 200 * 86_400_000 })
    game.environment.chance = chance
    game.cdn.lifeS = 365 * 86_400
    await game.start()
    await time.pass(183 * 86_400_000)
    game.requests.resolve(game.link('seg-1.ts'))
    await time.pass(86_400_000)
    expect(game.signings).toBe(1)
    game.source.dispose()
  })
})

describe('a film of ten minutes on an honest clock', () => {
  it.each([
    ['a segment every 2 s', 2000, 0.5],
    ['a segment every 6 s', 6000, 0.5],
    ['refreshes at the first moment', 2000, 0],
    ['refreshes at the last moment', 2000, 1],
  ])('is never refused, and signs once for each refresh point: %s', async (_, everyMs, chance) => {
    const game = film()
    game.environment.chance = chance
    await game.start()
    await game.play(600_000, everyMs)
    expect(game.cdn.served).toHaveLength(600_000 / everyMs)
    expect(game.cdn.refused).toBe(0)
    expect(game.errors).toEqual([])
    expect(game.signings).toBeGreaterThanOrEqual(10)
    expect(game.signings).toBeLessThanOrEqual(13)
    expect(game.source.stats).toMatchObject({
      signings: game.signings,
      refreshes: game.signings - 1,
      failures: 0,
      refusals: 0,
    })
  })

  it('ticks only while something is loaded: an hour of pause signs nothing', async () => {
    const game = film()
    await game.start()
    await game.play(40_000)
    const before = game.signings
    expect(time.timers).toBe(0)
    await time.pass(HOUR_MS)
    expect(game.signings).toBe(before)
    expect(time.timers).toBe(0)
    expect(await game.load('seg-99.ts')).toBe(200)
    expect(game.cdn.refused).toBe(0)
    expect(game.signings).toBe(before + 1)
  })

  it('tells its story: refreshing, issue, settled', async () => {
    const game = film()
    await game.start()
    await game.play(60_000)
    expect(game.events).toEqual(['issue start', 'settled', 'refreshing expiring', 'issue expiring', 'settled'])
  })
})

describe('a refusal', () => {
  it.each([410, 403, 401])('with %i is repaired: a refresh, and the same request again', async (code) => {
    const game = film()
    await game.start()
    expect(await game.load('seg-1.ts')).toBe(200)
    await time.pass(10_000)
    game.cdn.status = code
    const sent = game.link('seg-2.ts')
    expect(game.requests.isRefusal(game.cdn.serve(sent), sent)).toBe(true)
    game.cdn.status = undefined
    const repaired = await game.requests.repair(sent, code, game.requests.now())
    expect(repaired).toBe(new URL('seg-2.ts', game.source.url).href)
    expect(repaired).not.toBe(sent)
    expect(game.cdn.serve(repaired)).toBe(200)
    expect(game.reasons).toEqual(['start', 'refused'])
    expect(game.source.stats.refusals).toBe(1)
  })

  it('tells the endpoint’s context the status and the URL that it replaces', async () => {
    const contexts: object[] = []
    const clock = new Clock(time)
    const client = new SigningClient(
      {
        endpoint: undefined,
        request: undefined,
        sign: (context) => {
          contexts.push(context)
          return SIGN.gcore(START_AT / 1000 + 60 + contexts.length)
        },
        timeoutMs: 10_000,
        rules: RULES,
        fetch: () => Promise.reject(new Error('no fetch')),
      },
      clock,
    )
    const game = film({ client, clock })
    const url = await game.start()
    await game.requests.repair(url, 403, game.requests.now())
    expect(contexts[0]).toMatchObject({ resource: 'final-2026', reason: 'start', attempt: 1 })
    expect(contexts[0]).toMatchObject({ previousUrl: undefined, status: undefined })
    expect(contexts[1]).toMatchObject({ reason: 'refused', status: 403, previousUrl: url })
  })

  it.each([404, 416, 429, 500, 503])('is not what %i means', async (code) => {
    const game = film()
    await game.start()
    expect(game.requests.isRefusal(code, game.link('seg-1.ts'))).toBe(false)
  })

  it('means what the page says that it means', async () => {
    const game = film({ refusedStatuses: [483] })
    await game.start()
    expect(game.requests.isRefusal(483, game.link('seg-1.ts'))).toBe(true)
    expect(game.requests.isRefusal(403, game.link('seg-1.ts'))).toBe(false)
  })

  it('of several requests at once is repaired by one signing request', async () => {
    const game = film()
    await game.start()
    await time.pass(5000)
    game.cdn.endpoint.latencyMs = 300
    const sentAt = game.requests.now()
    const repairs = ['a.ts', 'b.ts', 'c.ts'].map((href) => watch(game.requests.repair(game.link(href), 410, sentAt)))
    await time.pass(300)
    expect(repairs.map(({ value }) => value)).toEqual(
      ['a.ts', 'b.ts', 'c.ts'].map((href) => new URL(href, game.source.url).href),
    )
    expect(game.signings).toBe(2)
  })

  it('of an older issue is repaired at once, without a new signing request', async () => {
    const game = film()
    await game.start()
    const old = game.link('seg-1.ts')
    await time.pass(5000)
    await game.source.refresh('manual')
    expect(game.requests.repair(old, 410, START_AT)).toBe(new URL('seg-1.ts', game.source.url).href)
    expect(game.signings).toBe(2)
    expect(game.source.status).toBe('fresh')
  })

  it('lets no request through with the refused URL while the refresh is in flight', async () => {
    const game = film()
    await game.start()
    await time.pass(5000)
    game.cdn.endpoint.latencyMs = 300
    watch(game.requests.repair(game.link('a.ts'), 410, game.requests.now()))
    expect(game.source.status).toBe('expired')
    expect(game.requests.resolve(game.link('b.ts'))).toBeInstanceOf(Promise)
    await time.pass(300)
    expect(game.source.status).toBe('fresh')
  })

  describe('without a status (no CORS headers on it)', () => {
    it('is one near expiry', async () => {
      const game = film()
      await game.start()
      await game.load('seg-1.ts')
      await time.pass(55_000)
      expect(game.requests.isRefusal(0, game.link('seg-2.ts'))).toBe(true)
    })

    it('is one for a URL that was replaced meanwhile', async () => {
      const game = film()
      await game.start()
      const old = game.link('seg-1.ts')
      await time.pass(5000)
      await game.source.refresh('manual')
      expect(game.requests.isRefusal(0, old)).toBe(true)
    })

    it('is the network’s fault while the page is offline', async () => {
      const game = film()
      await game.start()
      await time.pass(61_000)
      game.environment.online = false
      expect(game.requests.isRefusal(0, game.link('seg-1.ts'))).toBe(false)
    })

    it('is repaired like a 403', async () => {
      const game = film()
      game.cdn.expiredStatus = 0
      game.cdn.skewMs = 4000
      await game.start()
      await game.play(300_000)
      expect(game.errors).toEqual([])
      expect(game.cdn.served.filter(({ status: code }) => code === 200)).toHaveLength(150)
    })

    it('in the middle of a URL’s life is suspected once at most, not each time', async () => {
      const game = film()
      await game.start()
      await game.load('seg-1.ts')
      await time.pass(5000)
      const suspected = Array.from({ length: 5 }, () => game.requests.isRefusal(0, game.link('seg-2.ts')))
      expect(suspected.filter(Boolean).length).toBeLessThanOrEqual(1)
    })

    it('never signs in a circle while the network fails in the middle of a URL’s life', async () => {
      const game = film()
      await game.start()
      await game.load('seg-1.ts')
      await time.pass(5000)
      game.cdn.status = 0
      for (let index = 0; index < 8; index += 1) watch(game.load(`seg-${index}.ts`))
      await time.pass(5000)
      expect(game.signings).toBeLessThanOrEqual(2)
    })
  })
})

describe('a live playlist that stands still', () => {
  const playlist = (last: number) => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nseg-${last}.ts\n`
  /** Looks at the playlist 50 s and more into a life of 60 s, with nothing new in it for 10 s. */
  const standStill = async (game: ReturnType<typeof film>, sinceMs: number) => {
    const url = game.link('live.m3u8')
    const sentUrl = await game.requests.resolve(url)
    await time.pass(sinceMs)
    expect(game.requests.isDeadPlaylist(playlist(25), url, sentUrl)).toBe(false)
    await time.pass(10_000)
    return game.requests.isDeadPlaylist(playlist(25), url, sentUrl)
  }

  it('shows near expiry that the URL is dead', async () => {
    const game = film()
    await game.start()
    expect(await standStill(game, 42_000)).toBe(true)
  })

  it('shows it too when nobody knows the expiry', async () => {
    const game = film({}, () => 'https://cdn.example/film/master.m3u8?key=opaque')
    await game.start()
    expect(await standStill(game, 0)).toBe(true)
  })

  it('in the middle of its life is the broadcast’s own affair', async () => {
    const game = film()
    await game.start()
    expect(await standStill(game, 0)).toBe(false)
  })

  it('that was loaded with an older URL says nothing of the newest', async () => {
    const game = film()
    await game.start()
    const url = game.link('live.m3u8')
    game.requests.isDeadPlaylist(playlist(25), url, url)
    await time.pass(1_000)
    await game.source.refresh('manual')
    await time.pass(55_000)
    expect(game.requests.isDeadPlaylist(playlist(25), url, url)).toBe(false)
  })

  it('of another server is none of ours', async () => {
    const game = film()
    await game.start()
    const url = 'https://other.example/live.m3u8'
    await time.pass(42_000)
    game.requests.isDeadPlaylist(playlist(25), url, url)
    await time.pass(10_000)
    expect(game.requests.isDeadPlaylist(playlist(25), url, url)).toBe(false)
  })
})

describe('fresh URLs that are refused too', () => {
  it.each([
    [403, 'signed-url-refused'],
    [401, 'signed-url-refused'],
    // By the CDN's clock, learned from its verdicts, what is issued has expired.
    [410, 'signed-url-invalid'],
  ])('with %i end in %s after at most maxAttempts signing requests', async (code, expected) => {
    const game = film()
    await game.start()
    await game.load('seg-1.ts')
    game.cdn.status = code
    const loading = watch(game.load('seg-2.ts'))
    await time.pass(120_000)
    expect(loading.isSettled).toBe(false)
    expect(game.signings).toBeLessThanOrEqual(1 + DEFAULT_RETRY.maxAttempts)
    expect(game.signings).toBeGreaterThan(1)
    expect(game.source.error).toMatchObject({ code: expected })
    expect(game.source.status).toBe('failed')
    expect(time.timers).toBe(0)
  })

  it('for one file alone, while others are served, are that file’s own 403: the engine hears of it after a bounded number', async () => {
    const game = film()
    await game.start()
    let refusals = 0
    for (let isRefusal = true; isRefusal; ) {
      await time.pass(2_000)
      const [missing, served] = [
        await game.requests.resolve(game.link('seg-404.ts')),
        await game.requests.resolve(game.link('seg-1.ts')),
      ]
      game.requests.accepted(served, game.requests.now())
      isRefusal = game.requests.isRefusal(403, missing)
      if (!isRefusal) break
      refusals += 1
      const repaired = watch(game.requests.repair(missing, 403, game.requests.now()))
      await time.pass(1_000)
      expect(repaired.isSettled).toBe(true)
      expect(refusals).toBeLessThan(20)
    }
    expect(game.signings).toBeLessThanOrEqual(3 * DEFAULT_RETRY.maxAttempts)
    expect(game.source.error).toBeUndefined()
    expect(game.requests.isRefusal(410, await game.requests.resolve(game.link('seg-404.ts')))).toBe(true)
  })

  it('from the very start end the same way', async () => {
    const game = film()
    game.cdn.status = 403
    await game.start()
    watch(game.load('seg-1.ts'))
    await time.pass(120_000)
    expect(game.signings).toBeLessThanOrEqual(DEFAULT_RETRY.maxAttempts)
    expect(game.source.error?.code).toBe('signed-url-refused')
  })

  it('are not asked for any faster by many requests at once', async () => {
    const game = film()
    game.cdn.status = 403
    await game.start()
    for (let index = 0; index < 8; index += 1) watch(game.load(`seg-${index}.ts`))
    await time.pass(120_000)
    expect(game.signings).toBeLessThanOrEqual(DEFAULT_RETRY.maxAttempts)
  })

  it('end in signed-url-refused when the endpoint answers with the refused URL again and again', async () => {
    const game = film()
    const url = SIGN.gcore(START_AT / 1000 + 600)
    game.cdn.endpoint.reply = json({ url })
    game.cdn.status = 403
    await game.start()
    watch(game.load('seg-1.ts'))
    await time.pass(120_000)
    expect(game.signings).toBeLessThanOrEqual(DEFAULT_RETRY.maxAttempts)
    expect(game.source.error?.code).toBe('signed-url-refused')
  })

  it('that look expired end in signed-url-invalid: the endpoint issues dead URLs', async () => {
    const game = film()
    game.cdn.endpoint.reply = () => Response.json({ url: SIGN.gcore(Math.floor(time.wall() / 1000) - 3600) })
    await game.start()
    watch(game.load('seg-1.ts'))
    await time.pass(120_000)
    expect(game.signings).toBeLessThanOrEqual(DEFAULT_RETRY.maxAttempts)
    expect(game.source.error?.code).toBe('signed-url-invalid')
  })

  it('that look expired end in signed-url-invalid though each expires a little later than the last', async () => {
    const game = film()
    let issued = 0
    game.cdn.endpoint.reply = () => {
      issued += 1
      return Response.json({ url: SIGN.gcore(Math.floor(time.wall() / 1000) - 3600 + 7 * issued) })
    }
    await game.start()
    watch(game.load('seg-1.ts'))
    await time.pass(120_000)
    expect(game.source.error?.code).toBe('signed-url-invalid')
  })

  it('do not end the film when one is accepted in between', async () => {
    const game = film()
    await game.start()
    for (let index = 0; index < 12; index += 1) {
      game.cdn.status = 403
      const loading = watch(game.load(`seg-${index}.ts`))
      game.cdn.status = undefined
      await time.pass(10_000)
      expect(loading.value).toBe(200)
    }
    expect(game.errors).toEqual([])
  })

  it('let what waits go on after a later refresh', async () => {
    const game = film()
    await game.start()
    game.cdn.status = 403
    const loading = [watch(game.load('a.ts')), watch(game.load('b.ts'))]
    await time.pass(120_000)
    game.cdn.status = undefined
    const refreshed = watch(game.source.refresh('manual'))
    await time.pass(10_000)
    expect(refreshed).toMatchObject({ isSettled: true, error: undefined })
    expect(loading.map(({ value }) => value)).toEqual([200, 200])
    expect(game.source.error).toBeUndefined()
  })
})

describe('the same URL again', () => {
  const shared = () => {
    const game = film()
    const url = SIGN.gcore(START_AT / 1000 + 61)
    game.cdn.endpoint.reply = json({ url })
    return { game, url }
  }

  it('is accepted while it is not refused', async () => {
    const { game, url } = shared()
    await game.start()
    await game.source.refresh('manual')
    expect(game.source.url).toBe(url)
    expect(game.errors).toEqual([])
    expect(game.source.status).toBe('fresh')
  })

  it('is asked for again at half of what remains, not before', async () => {
    const { game } = shared()
    game.environment.chance = 0
    await game.start()
    await time.pass(50_000)
    await game.load('seg-1.ts')
    await time.settle()
    expect(game.signings).toBe(2)
    await time.pass(5400)
    await game.load('seg-2.ts')
    await time.settle()
    expect(game.signings).toBe(2)
    await time.pass(200)
    await game.load('seg-3.ts')
    await time.settle()
    expect(game.signings).toBe(3)
  })

  it('costs a bounded number of requests up to its end', async () => {
    const { game } = shared()
    await game.start()
    await game.play(60_000, 500)
    expect(game.signings).toBeLessThanOrEqual(12)
    expect(game.cdn.refused).toBe(0)
  })
})

describe('a URL that many share, as its whole-minute expiry tells', () => {
  it('is due from half its life on, so that a crowd has room to spread', async () => {
    const game = film({}, SIGN.gcore)
    const expiresAt = Date.UTC(2026, 0, 7, 10, 32, 0)
    game.cdn.endpoint.reply = json({ url: SIGN.gcore(expiresAt / 1000) })
    game.environment.chance = 0
    await game.start()
    const lifeMs = expiresAt - START_AT
    await time.pass(lifeMs / 2 - 1)
    await game.load('seg-1.ts')
    await time.settle()
    expect(game.signings).toBe(1)
    await time.pass(1)
    await game.load('seg-2.ts')
    await time.settle()
    expect(game.signings).toBe(2)
  })

  it('is asked for by a crowd spread over that half', async () => {
    const expiresAt = Date.UTC(2026, 0, 7, 10, 32, 0)
    const crowd = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const game = film()
        game.cdn.endpoint.reply = json({ url: SIGN.gcore(expiresAt / 1000) })
        game.environment.chance = index / 50
        await game.source.start()
        return game
      }),
    )
    await time.pass(60_000)
    for (const { source, requests } of crowd) requests.resolve(source.url ?? '')
    const perSecond: number[] = []
    for (let second = 0; second < 53; second += 1) {
      const before = crowd.reduce((sum, { signings }) => sum + signings, 0)
      await time.pass(1000)
      perSecond.push(crowd.reduce((sum, { signings }) => sum + signings, 0) - before)
    }
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(2)
    expect(perSecond.reduce((sum, count) => sum + count)).toBe(50)
  })
})

describe('a clock that is wrong', () => {
  const SKEWS = [
    ['an hour slow', HOUR_MS],
    ['an hour fast', -HOUR_MS],
    ['20 s slow', 20_000],
    ['20 s fast', -20_000],
  ] as const

  it.each(SKEWS.slice(0, 3))('is learned from 410: %s, at most one refusal in ten minutes', async (_, skewMs) => {
    const game = film()
    game.cdn.skewMs = skewMs
    await game.start()
    await game.play(600_000)
    expect(game.cdn.served.filter(({ status: code }) => code === 200)).toHaveLength(300)
    expect(game.cdn.refused).toBeLessThanOrEqual(1)
    expect(game.errors).toEqual([])
    expect(game.signings).toBeLessThanOrEqual(16)
    expect(Math.abs(game.clock.skew - skewMs)).toBeLessThanOrEqual(5000)
  })

  it('that is 20 s fast shortens a life of 60 s, and is never refused', async () => {
    const game = film()
    game.cdn.skewMs = -20_000
    await game.start()
    await game.play(600_000)
    expect(game.cdn.refused).toBe(0)
    expect(game.signings).toBeLessThanOrEqual(600 / (40 - 8) + 1)
  })

  it.each(SKEWS)('does no harm where 403 is all that the CDN says: %s', async (_, skewMs) => {
    const game = film({}, SIGN.pushrTitle)
    game.cdn.expiredStatus = 403
    game.cdn.skewMs = skewMs
    await game.start()
    await game.play(600_000)
    expect(game.cdn.served.filter(({ status: code }) => code === 200)).toHaveLength(300)
    expect(game.cdn.refused).toBeLessThanOrEqual(2)
    expect(game.errors).toEqual([])
    expect(game.signings).toBeLessThanOrEqual(600 / (40 - 8) + 1)
  })

  it.each(SKEWS)('does no harm at all when the endpoint tells serverTime: %s', async (_, skewMs) => {
    const game = film()
    game.cdn.skewMs = skewMs
    game.cdn.extra = () => ({ serverTime: game.cdn.now() / 1000 })
    await game.start()
    await game.play(600_000)
    expect(game.cdn.refused).toBe(0)
    expect(game.signings).toBeLessThanOrEqual(13)
  })

  it.each(SKEWS)('does no harm at all when the endpoint tells expiresIn: %s', async (_, skewMs) => {
    const game = film()
    game.cdn.skewMs = skewMs
    game.cdn.extra = () => ({ expiresIn: 60 })
    await game.start()
    await game.play(600_000)
    expect(game.cdn.refused).toBe(0)
    expect(game.signings).toBeLessThanOrEqual(13)
  })

  it('makes a URL just issued look expired: it is used all the same, until it is refused', async () => {
    const game = film()
    game.cdn.skewMs = -HOUR_MS
    await game.start()
    expect(game.source.status).toBe('fresh')
    expect(game.requests.resolve(game.link('seg-1.ts'))).toBe(game.link('seg-1.ts'))
    expect(await game.load('seg-1.ts')).toBe(200)
    expect(game.signings).toBe(1)
    expect(game.clock.skew).toBeLessThan(-HOUR_MS + 120_000)
  })

  it('is not learned from one 403: that may be another address', async () => {
    const game = film()
    await game.start()
    await game.load('seg-1.ts')
    await time.pass(5000)
    await game.requests.repair(game.link('seg-2.ts'), 403, game.requests.now())
    expect(game.clock.skew).toBe(0)
  })
})

describe('a refresh that fails', () => {
  it('behind a URL that lasts raises nothing: requests go on, and it is tried again later', async () => {
    const game = film()
    game.environment.chance = 0
    await game.start()
    await time.pass(48_000)
    game.cdn.endpoint.reply = status(503)
    expect(await game.load('seg-1.ts')).toBe(200)
    await time.pass(2000)
    expect(game.signings).toBe(1 + DEFAULT_RETRY.maxAttempts)
    expect(game.source).toMatchObject({ status: 'fresh', error: undefined })
    expect(await game.load('seg-2.ts')).toBe(200)
    await time.pass(1000)
    expect(game.signings).toBe(1 + DEFAULT_RETRY.maxAttempts)
    game.cdn.endpoint.reply = game.cdn.issue
    await game.play(60_000)
    expect(game.cdn.refused).toBe(0)
    expect(game.source.status).toBe('fresh')
  })

  it('while requests wait ends in failed, and tells what was the matter', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    game.cdn.endpoint.reply = networkFault
    const loading = watch(game.load('seg-1.ts'))
    await time.pass(60_000)
    expect(loading.isSettled).toBe(false)
    expect(game.source).toMatchObject({ status: 'failed' })
    expect(game.source.error?.code).toBe('signed-url-unavailable')
    expect(game.events.slice(2)).toEqual([
      'refreshing expired',
      'failure signed-url-unavailable',
      'failure signed-url-unavailable',
      'failure signed-url-unavailable',
      'failure signed-url-unavailable, final',
      'settled',
    ])
    expect(game.source.stats).toMatchObject({ signings: 5, failures: 4 })
  })

  it.each([401, 402, 403, 404, 410, 451])(
    'with the denial %i is not retried, by later requests neither',
    async (code) => {
      const game = film()
      await game.start()
      await time.pass(61_000)
      game.cdn.endpoint.reply = status(code)
      watch(game.load('a.ts'))
      await time.pass(30_000)
      watch(game.load('b.ts'))
      game.source.recheck()
      await time.pass(30_000)
      expect(game.signings).toBe(2)
      expect(game.source.error).toMatchObject({ code: 'signed-url-denied', status: code })
    },
  )

  it('with a denial behind a URL that lasts lets it play to its end, and asks no more', async () => {
    const game = film()
    game.environment.chance = 0
    await game.start()
    await time.pass(48_000)
    game.cdn.endpoint.reply = status(403)
    for (let index = 0; index < 5; index += 1) {
      expect(await game.load(`seg-${index}.ts`)).toBe(200)
      await time.pass(1000)
    }
    expect(game.signings).toBe(2)
    expect(game.source.status).toBe('fresh')
  })

  it('rejects for who called refresh(), with a SignedUrlError, and for each that joined', async () => {
    const game = film()
    await game.start()
    game.cdn.endpoint.reply = status(403)
    const [one, two] = [watch(game.source.refresh('manual')), watch(game.source.refresh('manual'))]
    await time.pass(1000)
    expect(one.error).toMatchObject({ name: 'SignedUrlError', code: 'signed-url-denied' })
    expect(two.error).toBe(one.error)
    expect(game.signings).toBe(2)
  })

  it('because it answers another film is signed-url-invalid, and the old credentials stay', async () => {
    const game = film()
    const url = await game.start()
    game.cdn.endpoint.reply = json({ url: SIGN.gcore(START_AT / 1000 + 90).replace('master', 'trailer') })
    const refreshed = watch(game.source.refresh('manual'))
    await time.pass(60_000)
    expect(refreshed.error).toMatchObject({ code: 'signed-url-invalid' })
    expect(game.source.url).toBe(url)
  })

  it('holds no token in any error that it tells', async () => {
    const game = film()
    const url = await game.start()
    const token = url.split('/').at(-3) ?? ''
    await time.pass(61_000)
    game.cdn.endpoint.reply = () => {
      throw new TypeError(`Failed to fetch ${game.source.url}`)
    }
    watch(game.load('seg-1.ts'))
    await time.pass(60_000)
    expect(game.errors).toHaveLength(4)
    expect(token).toHaveLength(22)
    for (const error of game.errors) expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token)
  })
})

describe('refresh', () => {
  it('joins the one in flight and takes a planned one back', async () => {
    const game = film()
    await game.start()
    await time.pass(48_000)
    game.requests.resolve(game.link('seg-1.ts'))
    expect(time.timers).toBe(1)
    game.cdn.endpoint.latencyMs = 100
    const [one, two] = [game.source.refresh('manual'), game.source.refresh('manual')]
    await time.pass(100)
    await Promise.all([one, two])
    await time.pass(12_000)
    expect(game.signings).toBe(2)
    expect(game.reasons).toEqual(['start', 'manual'])
  })

  it('begins anew once the last one is over', async () => {
    const game = film()
    await game.start()
    await game.source.refresh('manual')
    await time.pass(1000)
    await game.source.refresh('manual')
    expect(game.signings).toBe(3)
  })

  it('waits while the page is offline, and goes on with the network', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    game.environment.online = false
    const loading = watch(game.load('seg-1.ts'))
    await time.pass(HOUR_MS)
    expect(game.signings).toBe(1)
    expect(game.errors).toEqual([])
    game.environment.online = true
    await time.settle()
    expect(loading.value).toBe(200)
    expect(game.signings).toBe(2)
  })
})

describe('recheck', () => {
  it('does nothing while nothing waits', async () => {
    const game = film()
    await game.start()
    game.source.recheck()
    await time.pass(HOUR_MS)
    game.source.recheck()
    await time.settle()
    expect(game.signings).toBe(1)
  })

  it('tries again what was given up for want of the endpoint', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    game.cdn.endpoint.reply = status(503)
    const loading = watch(game.load('seg-1.ts'))
    await time.pass(60_000)
    expect(game.source.status).toBe('failed')
    game.cdn.endpoint.reply = game.cdn.issue
    game.source.recheck()
    await time.settle()
    expect(loading.value).toBe(200)
    expect(game.reasons.at(-1)).toBe('resumed')
  })

  it('after a sleep refreshes at once what was planned for later', async () => {
    const game = film()
    game.environment.chance = 1
    await game.start()
    await time.pass(48_000)
    game.requests.resolve(game.link('seg-1.ts'))
    time.moveWall(HOUR_MS)
    game.source.recheck()
    await time.settle()
    expect(game.signings).toBe(2)
    expect(game.source.status).toBe('fresh')
    expect(time.timers).toBe(0)
  })

  it('names the first request after it “resumed” when that finds the URL expired', async () => {
    const game = film()
    await game.start()
    time.moveWall(HOUR_MS)
    game.source.recheck()
    await game.load('seg-1.ts')
    expect(game.reasons).toEqual(['start', 'resumed'])
  })
})

describe('dispose', () => {
  type Game = ReturnType<typeof film>
  const waits: [string, (game: Game) => Promise<void>][] = [
    [
      'the first answer',
      async (game) => {
        game.cdn.endpoint.reply = silence
        watch(game.source.start())
      },
    ],
    [
      'a repeat of the first request',
      async (game) => {
        game.cdn.endpoint.reply = status(503, { 'retry-after': '60' })
        watch(game.source.start())
      },
    ],
    [
      'the network',
      async (game) => {
        game.environment.online = false
        watch(game.source.start())
      },
    ],
    [
      'a planned refresh',
      async (game) => {
        await game.start()
        await time.pass(48_000)
        game.requests.resolve(game.link('seg-1.ts'))
      },
    ],
    [
      'a background refresh',
      async (game) => {
        game.environment.chance = 0
        await game.start()
        game.cdn.endpoint.reply = silence
        await time.pass(48_000)
        game.requests.resolve(game.link('seg-1.ts'))
      },
    ],
    [
      'a refresh that requests wait for',
      async (game) => {
        await game.start()
        game.cdn.endpoint.reply = silence
        await time.pass(61_000)
        watch(game.load('a.ts'))
        watch(game.load('b.ts', new AbortController().signal))
      },
    ],
    [
      'the repair of a refusal',
      async (game) => {
        await game.start()
        game.cdn.endpoint.reply = silence
        game.cdn.status = 410
        watch(game.load('a.ts'))
      },
    ],
    [
      'the pause between fresh URLs that are refused',
      async (game) => {
        game.environment.chance = 1
        await game.start()
        game.cdn.status = 403
        watch(game.load('a.ts'))
        await time.pass(100)
      },
    ],
    [
      'a refresh by hand',
      async (game) => {
        await game.start()
        game.cdn.endpoint.reply = silence
        watch(game.source.refresh('manual'))
      },
    ],
    [
      'somebody to call refresh() after it gave up',
      async (game) => {
        game.cdn.endpoint.reply = status(403)
        watch(game.source.start())
      },
    ],
  ]

  it.each(waits)(
    'in the middle of a wait for %s leaves no timer, no request and no unhandled rejection',
    async (_, prepare) => {
      const game = film()
      await prepare(game)
      await time.pass(10)
      const told = game.events.length
      game.source.dispose()
      await time.settle()
      expect(time.timers).toBe(0)
      expect(game.environment.waiting).toBe(0)
      const sent = game.signings
      await time.pass(HOUR_MS)
      expect(game.signings).toBe(sent)
      expect(game.cdn.endpoint.requests.every(({ signal }) => signal.aborted)).toBe(true)
      expect(game.events.slice(told).filter((event) => event !== 'settled')).toEqual([])
      expect(unhandled).toEqual([])
    },
  )

  it('rejects what waits, with an AbortError', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    game.cdn.endpoint.reply = silence
    const waiting = [watch(game.requests.resolve(game.link('a.ts'))), watch(game.source.refresh('manual'))]
    game.source.dispose()
    await time.settle()
    for (const { error } of waiting) expect(error).toMatchObject({ name: 'AbortError' })
  })

  it('tells its listener nothing afterwards', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    game.cdn.endpoint.latencyMs = 300
    watch(game.load('a.ts'))
    await time.pass(100)
    const told = [...game.events]
    game.source.dispose()
    game.source.recheck()
    await time.pass(10_000)
    expect(game.events).toEqual(told)
  })

  it('signs nothing for requests that come after it', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    game.source.dispose()
    const late = watch(game.requests.resolve(game.link('a.ts')))
    await time.pass(1000)
    expect(late.error).toMatchObject({ name: 'AbortError' })
    expect(game.signings).toBe(1)
    expect(time.timers).toBe(0)
    expect(unhandled).toEqual([])
  })
})

describe('an endpoint of its own mind', () => {
  const replies: [string, Reply][] = [
    ['HTML', () => new Response('<html></html>', { headers: { 'content-type': 'text/html' } })],
    ['nothing', () => new Response('')],
    ['400', status(400)],
  ]

  it.each(replies)('is asked maxAttempts times when it answers %s, then the answer is invalid', async (_, reply) => {
    const game = film()
    game.cdn.endpoint.reply = reply
    watch(game.source.start())
    await time.pass(60_000)
    expect(game.signings).toBe(DEFAULT_RETRY.maxAttempts)
    expect(game.source.error?.code).toBe('signed-url-invalid')
  })

  it('is believed as to the type', async () => {
    const game = film()
    game.cdn.extra = () => ({ type: 'application/dash+xml' })
    await game.start()
    expect(game.source.signing?.answer.type).toBe('application/dash+xml')
  })
})

describe('a failure that holds nobody up any more', () => {
  it('is forgotten when the page wakes up: the next request asks anew', async () => {
    const game = film()
    await game.start()
    await time.pass(61_000)
    game.cdn.endpoint.reply = networkFault
    const controller = new AbortController()
    const loading = watch(game.load('seg-2.ts', controller.signal))
    await time.pass(60_000)
    expect(game.source.error).toMatchObject({ code: 'signed-url-unavailable' })
    controller.abort(new Error('seeked away'))
    await time.pass(0)
    expect(loading.error).toMatchObject({ message: 'seeked away' })
    game.cdn.endpoint.reply = game.cdn.issue
    game.source.recheck()
    expect(game.source.error).toBeUndefined()
    const next = watch(game.load('seg-3.ts'))
    await time.pass(1_000)
    expect(next.value).toBe(200)
  })
})
