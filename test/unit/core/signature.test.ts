import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAnswer } from '../../../src/core/signing/answer.js'
import { DEFAULT_RETRY } from '../../../src/core/signing/retry.js'
import { json, networkFault, type Reply, silence, status } from '../../support/fake-endpoint.js'
import { FakeTime, START_AT } from '../../support/fake-time.js'
import { watchUnhandledRejections } from '../../support/unhandled.js'
import { SIGN } from './seed-urls.js'
import { RULES, signedVideo, untilGivenUp, watch } from './world.js'

const HOUR_MS = 3_600_000
const GUARD_MS = 250

const unhandled = watchUnhandledRejections()
let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

describe('start', () => {
  it('signs once and returns the URL', async () => {
    const { signature, start, cdn } = signedVideo(time)
    expect(signature.status).toBe('idle')
    expect(await start()).toBe(SIGN.gcore(START_AT / 1000 + 60))
    expect(cdn.endpoint.requests).toHaveLength(1)
    expect(signature).toMatchObject({ status: 'fresh', issue: { expiresAt: START_AT + 60_000 }, isRefreshing: false })
  })

  it('joins the request in flight, and has the status signing until it ends', async () => {
    const { signature, cdn } = signedVideo(time)
    cdn.endpoint.latencyMs = 300
    const [one, two] = [watch(signature.start()), watch(signature.start())]
    expect(signature).toMatchObject({ status: 'signing', isRefreshing: true })
    await time.pass(300)
    expect(one.value).toBe(two.value)
    expect(one.value).toBeDefined()
    expect(cdn.endpoint.requests).toHaveLength(1)
  })

  it('does not sign when the server has put a signed URL into the page', async () => {
    const { signature, cdn, load } = signedVideo(time)
    const url = SIGN.gcore(START_AT / 1000 + 60)
    expect(signature.adopt(readAnswer(url, RULES))).toBe(true)
    expect(await signature.start()).toBe(url)
    expect(await load(url)).toBe(200)
    expect(cdn.endpoint.requests).toHaveLength(0)
  })

  it('signs when the URL in the page looks expired', async () => {
    const { signature, start, signings } = signedVideo(time)
    expect(signature.adopt(readAnswer(SIGN.gcore(START_AT / 1000 - 1), RULES))).toBe(false)
    expect(signings).toBe(0)
    expect(await start()).toBe(SIGN.gcore(START_AT / 1000 + 60))
  })

  it('keeps waiting after the plugin gives up, until a later refresh succeeds', async () => {
    const { signature, cdn, events } = signedVideo(time)
    cdn.endpoint.reply = status(503)
    const started = watch(signature.start())
    await time.pass(60_000)
    expect(started.isSettled).toBe(false)
    expect(signature.status).toBe('failed')
    expect(events.at(-2)).toBe('failure signed-url-unavailable, final')
    cdn.endpoint.reply = cdn.issue
    await signature.refresh('manual')
    await time.settle()
    expect(started.value).toBe(signature.url)
    expect(signature).toMatchObject({ status: 'fresh', error: undefined })
  })
})

describe('the life of a URL', () => {
  it('is taken from expiresIn before anything else', async () => {
    const video = signedVideo(time)
    video.cdn.extra = (expiresAt) => ({ expiresIn: 20.25, expiresAt: expiresAt + 3600 })
    await video.start()
    await time.pass(20_250 - GUARD_MS - 1)
    expect(video.signature.status).toBe('fresh')
    await time.pass(1)
    expect(video.signature.status).toBe('expired')
  })

  it.each([
    [20, 19_000],
    [2, 1_500],
  ])(
    'counts expiresIn %i as up to a second less, because most servers cut an expiry to a whole second',
    async (expiresIn, lastsMs) => {
      const video = signedVideo(time)
      video.cdn.extra = () => ({ expiresIn })
      await video.start()
      expect(video.signature.issue?.expiresAt).toBe(START_AT + expiresIn * 1000)
      expect(video.signature.endsAt).toBe(START_AT + lastsMs)
    },
  )

  it('is taken from expiresAt before the URL’s own expiry', async () => {
    const video = signedVideo(time)
    video.cdn.extra = (expiresAt) => ({ expiresAt: expiresAt - 30 })
    await video.start()
    expect(video.signature.issue?.expiresAt).toBe(START_AT + 30_000)
    await time.pass(30_000 - GUARD_MS)
    expect(video.signature.status).toBe('expired')
  })

  it('is unknown without any expiry: the URL is used until it is refused', async () => {
    const video = signedVideo(time, {}, () => 'https://cdn.example/film/master.m3u8?hdnts=opaque')
    await video.start()
    await time.pass(30 * 86_400_000)
    expect(video.signature).toMatchObject({ status: 'fresh', issue: { expiresAt: undefined } })
    expect(video.isRefusal(0, video.signature.url ?? '')).toBe(true)
    expect(video.signings).toBe(1)
  })

  it('ends early by a guard of twice the send time', async () => {
    const video = signedVideo(time)
    const url = await video.start()
    video.send(url).answered({ status: 200, tookMs: 2000 })
    await time.pass(56_000 - 1)
    expect(video.signature.status).toBe('fresh')
    await time.pass(1)
    expect(video.signature.status).toBe('expired')
  })

  it('does not depend on how long the server holds back a low-latency playlist for its next part', async () => {
    const video = signedVideo(time)
    const url = await video.start()
    video.send(`${url}?_HLS_msn=7&_HLS_part=2`).answered({ status: 200, tookMs: 2000 })
    await time.pass(56_000)
    expect(video.signature.status).toBe('fresh')
  })

  it('does not depend on how long other servers take', async () => {
    const video = signedVideo(time)
    await video.start()
    video.send('https://clock.example/now').answered({ status: 200, tookMs: 5000 })
    await time.pass(56_000)
    expect(video.signature.status).toBe('fresh')
  })

  it('ends while the device sleeps: the next request notices what the timers missed', async () => {
    const video = signedVideo(time)
    await video.start()
    time.moveWall(HOUR_MS)
    const waiting = video.resolve(video.link('seg-1.ts'))
    expect(waiting).toBeInstanceOf(Promise)
    await time.settle()
    expect(video.cdn.serve(await waiting)).toBe(200)
    expect(video.cdn.refused).toBe(0)
  })

  it('does not get longer when the wall clock is set back', async () => {
    const video = signedVideo(time)
    await video.start()
    time.moveWall(-HOUR_MS)
    await time.pass(60_000)
    expect(video.signature.status).toBe('expired')
  })

  it.each([1, 0.5])('of one year fires no timer early: chance %d', async (chance) => {
    const video = signedVideo(time, { leadTimeMs: 200 * 86_400_000 })
    video.environment.chance = chance
    video.cdn.lifeS = 365 * 86_400
    await video.start()
    await time.pass(183 * 86_400_000)
    video.resolve(video.link('seg-1.ts'))
    await time.pass(86_400_000)
    expect(video.signings).toBe(1)
    video.signature.dispose()
  })
})

describe('a ten-minute video with a correct clock', () => {
  it.each([
    ['a segment every 2 s', 2000, 0.5],
    ['a segment every 6 s', 6000, 0.5],
    ['refreshes at the earliest moment', 2000, 0],
    ['refreshes at the latest moment', 2000, 1],
  ])('is never refused and signs once per refresh point: %s', async (_, everyMs, chance) => {
    const video = signedVideo(time)
    video.environment.chance = chance
    await video.start()
    await video.play(600_000, everyMs)
    expect(video.cdn.served).toHaveLength(600_000 / everyMs)
    expect(video.cdn.refused).toBe(0)
    expect(video.errors).toEqual([])
    expect(video.signings).toBeGreaterThanOrEqual(10)
    expect(video.signings).toBeLessThanOrEqual(13)
    expect(video.stats).toMatchObject({
      signings: video.signings,
      refreshes: video.signings - 1,
      failures: 0,
      refusals: 0,
    })
  })

  it('signs only while it loads: an hour-long pause signs nothing', async () => {
    const video = signedVideo(time)
    await video.start()
    await video.play(28_000)
    const before = video.signings
    expect(time.timers).toBe(0)
    await time.pass(HOUR_MS)
    expect(video.signings).toBe(before)
    expect(time.timers).toBe(0)
    expect(await video.load('seg-99.ts')).toBe(200)
    expect(video.cdn.refused).toBe(0)
    expect(video.signings).toBe(before + 1)
  })

  it('reports refreshing, issue and settled', async () => {
    const video = signedVideo(time)
    await video.start()
    await video.play(60_000)
    expect(video.events).toEqual(['issue start', 'settled', 'refreshing expiring', 'issue expiring', 'settled'])
  })
})

describe('fresh URLs that are refused too', () => {
  it.each([
    [403, 'signed-url-refused'],
    [401, 'signed-url-refused'],
    // By the CDN's clock, as learned from its verdicts, the issued URL has expired.
    [410, 'signed-url-invalid'],
  ])('with %i end in %s after at most maxAttempts signing requests', async (code, expected) => {
    const video = signedVideo(time)
    await video.start()
    await video.load('seg-1.ts')
    video.cdn.status = code
    const loading = watch(video.load('seg-2.ts'))
    await untilGivenUp(video)
    expect(loading.isSettled).toBe(false)
    expect(video.signings).toBeLessThanOrEqual(1 + DEFAULT_RETRY.maxAttempts)
    expect(video.signings).toBeGreaterThan(1)
    expect(video.signature.error).toMatchObject({ code: expected })
    expect(video.signature.status).toBe('failed')
  })

  it('from the start end the same way', async () => {
    const video = signedVideo(time)
    video.cdn.status = 403
    await video.start()
    watch(video.load('seg-1.ts'))
    await untilGivenUp(video)
    expect(video.signings).toBeLessThanOrEqual(DEFAULT_RETRY.maxAttempts)
    expect(video.signature.error?.code).toBe('signed-url-refused')
  })

  it('are not requested any faster when many requests are refused at once', async () => {
    const video = signedVideo(time)
    video.cdn.status = 403
    await video.start()
    for (let index = 0; index < 8; index += 1) watch(video.load(`seg-${index}.ts`))
    await untilGivenUp(video)
    expect(video.signings).toBeLessThanOrEqual(DEFAULT_RETRY.maxAttempts)
  })

  it('end in signed-url-refused when the endpoint keeps returning the refused URL', async () => {
    const video = signedVideo(time)
    const url = SIGN.gcore(START_AT / 1000 + 600)
    video.cdn.endpoint.reply = json({ url })
    video.cdn.status = 403
    await video.start()
    watch(video.load('seg-1.ts'))
    await untilGivenUp(video)
    expect(video.signings).toBeLessThanOrEqual(DEFAULT_RETRY.maxAttempts)
    expect(video.signature.error?.code).toBe('signed-url-refused')
  })

  it('that look expired end in signed-url-invalid, because the endpoint issues dead URLs', async () => {
    const video = signedVideo(time)
    video.cdn.endpoint.reply = () => Response.json({ url: SIGN.gcore(Math.floor(time.wall() / 1000) - 3600) })
    await video.start()
    watch(video.load('seg-1.ts'))
    await untilGivenUp(video)
    expect(video.signings).toBeLessThanOrEqual(DEFAULT_RETRY.maxAttempts)
    expect(video.signature.error?.code).toBe('signed-url-invalid')
  })

  it('that look expired end in signed-url-invalid even when each expires a little later than the last', async () => {
    const video = signedVideo(time)
    let issued = 0
    video.cdn.endpoint.reply = () => {
      issued += 1
      return Response.json({ url: SIGN.gcore(Math.floor(time.wall() / 1000) - 3600 + 7 * issued) })
    }
    await video.start()
    watch(video.load('seg-1.ts'))
    await untilGivenUp(video)
    expect(video.signature.error?.code).toBe('signed-url-invalid')
  })

  it('do not stop the video when one in between is accepted', async () => {
    const video = signedVideo(time)
    await video.start()
    for (let index = 0; index < 12; index += 1) {
      video.cdn.status = 403
      const loading = watch(video.load(`seg-${index}.ts`))
      video.cdn.status = undefined
      await time.pass(10_000)
      expect(loading.value).toBe(200)
    }
    expect(video.errors).toEqual([])
  })

  it('let waiting requests continue after a later refresh', async () => {
    const video = signedVideo(time)
    await video.start()
    video.cdn.status = 403
    const loading = [watch(video.load('a.ts')), watch(video.load('b.ts'))]
    await untilGivenUp(video)
    await time.pass(1_000)
    video.cdn.status = undefined
    const refreshed = watch(video.signature.refresh('manual'))
    await time.pass(10_000)
    expect(refreshed).toMatchObject({ isSettled: true, error: undefined })
    expect(loading.map(({ value }) => value)).toEqual([200, 200])
    expect(video.signature.error).toBeUndefined()
  })
})

describe('an answer with the same URL', () => {
  const shared = () => {
    const video = signedVideo(time)
    const url = SIGN.gcore(START_AT / 1000 + 61)
    video.cdn.endpoint.reply = json({ url })
    return { video, url }
  }

  it('is accepted as long as the URL is not refused', async () => {
    const { video, url } = shared()
    await video.start()
    await video.signature.refresh('manual')
    expect(video.signature.url).toBe(url)
    expect(video.errors).toEqual([])
    expect(video.signature.status).toBe('fresh')
  })

  it('is followed by the next request at half of the remaining life, not before', async () => {
    const { video } = shared()
    video.environment.chance = 0
    await video.start()
    await time.pass(50_000)
    await video.load('seg-1.ts')
    await time.settle()
    expect(video.signings).toBe(2)
    await time.pass(5400)
    await video.load('seg-2.ts')
    await time.settle()
    expect(video.signings).toBe(2)
    await time.pass(200)
    await video.load('seg-3.ts')
    await time.settle()
    expect(video.signings).toBe(3)
  })

  it('causes a bounded number of requests until the URL expires', async () => {
    const { video } = shared()
    await video.start()
    await video.play(60_000, 500)
    expect(video.signings).toBeLessThanOrEqual(12)
    expect(video.cdn.refused).toBe(0)
  })
})

describe('a URL that many viewers share, as its whole-minute expiry shows', () => {
  it('is due at half its life, so that a crowd has room to spread', async () => {
    const video = signedVideo(time, {}, SIGN.gcore)
    const expiresAt = Date.UTC(2026, 0, 7, 10, 32, 0)
    video.cdn.endpoint.reply = json({ url: SIGN.gcore(expiresAt / 1000) })
    video.environment.chance = 0
    await video.start()
    const lifeMs = expiresAt - START_AT
    await time.pass(lifeMs / 2 - 1)
    await video.load('seg-1.ts')
    await time.settle()
    expect(video.signings).toBe(1)
    await time.pass(1)
    await video.load('seg-2.ts')
    await time.settle()
    expect(video.signings).toBe(2)
  })

  it('is refreshed by the crowd evenly over the second half', async () => {
    const expiresAt = Date.UTC(2026, 0, 7, 10, 32, 0)
    const crowd = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const video = signedVideo(time)
        video.cdn.endpoint.reply = json({ url: SIGN.gcore(expiresAt / 1000) })
        video.environment.chance = index / 50
        await video.signature.start()
        return video
      }),
    )
    await time.pass(60_000)
    for (const { signature, resolve } of crowd) resolve(signature.url ?? '')
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

describe('viewers who are in step', () => {
  /** When signing requests are sent by a viewer who loads a segment each second, in seconds since the start. */
  const requestsOf = async (video: ReturnType<typeof signedVideo>, forMs: number) => {
    video.environment.chance = 0
    await video.start()
    await video.play(forMs, 1_000)
    return video.cdn.endpoint.requests.map(({ at }) => (at - START_AT) / 1_000)
  }

  it('because they started at kick-off spread out over half of the first URL’s life', async () => {
    expect(await requestsOf(signedVideo(time), 130_000)).toEqual([0, 30, 78, 126])
  })

  it('because the endpoint is back after a failure spread out again', async () => {
    const video = signedVideo(time)
    const sign = video.cdn.endpoint.reply
    video.cdn.endpoint.next(sign, json({}, { status: 503 }))
    expect(await requestsOf(video, 115_000)).toEqual([0, 30, 30.001, 61, 109])
  })

  it('because their endpoint hands out what it has signed before, as lives that vary show, always spread out', async () => {
    const video = signedVideo(time)
    const lives = [40]
    video.cdn.endpoint.reply = () =>
      Response.json({ url: SIGN.gcore(Math.round(Date.now() / 1000) + (lives.shift() ?? 61)) })
    expect(await requestsOf(video, 115_000)).toEqual([0, 20, 51, 82, 113])
  })

  it('because shared URLs expire during an outage make no request before the pause after the last one is over', async () => {
    const video = signedVideo(time)
    video.environment.chance = 0
    await video.start()
    await time.pass(56_000)
    video.cdn.endpoint.reply = json({}, { status: 503 })
    await video.load('seg-1.ts')
    await time.pass(10)
    const sent = video.signings
    expect(sent).toBe(5)
    expect(video.signature.error).toBeUndefined()
    await time.pass(3_990)
    const loading = watch(video.load('seg-2.ts'))
    await time.pass(2_990)
    expect(video.signature.error).toMatchObject({ code: 'signed-url-unavailable' })
    expect(video.signings).toBe(sent)
    await time.pass(20)
    expect(video.signings).toBe(sent + 1)
    video.cdn.endpoint.reply = json({ url: SIGN.gcore(START_AT / 1000 + 300) })
    await time.pass(14_000)
    expect(loading.value).toBe(200)
    expect(video.signature.error).toBeUndefined()
  })
})

describe('a wrong clock', () => {
  const SKEWS = [
    ['an hour slow', HOUR_MS],
    ['an hour fast', -HOUR_MS],
    ['20 s slow', 20_000],
    ['20 s fast', -20_000],
  ] as const

  it.each(SKEWS.slice(0, 3))(
    'is corrected by a 410, with at most one refusal in ten minutes, and that of a control: %s',
    async (_, skewMs) => {
      const video = signedVideo(time)
      video.cdn.skewMs = skewMs
      await video.start()
      await video.play(600_000)
      expect(video.cdn.served.filter(({ status: code }) => code === 200)).toHaveLength(300)
      // That a URL was revoked is more likely only where it has lived for less than half of its life.
      expect(video.cdn.refused).toBeLessThanOrEqual(skewMs === HOUR_MS ? 2 : 1)
      expect(video.errors).toEqual([])
      expect(video.signings).toBeLessThanOrEqual(16)
      expect(Math.abs(video.clock.skew - skewMs)).toBeLessThanOrEqual(5000)
    },
  )

  it.each([410, 403])('is not seen in URLs that are revoked with %i long before their end', async (code) => {
    const video = signedVideo(time)
    video.cdn.lifeS = HOUR_MS / 1000
    await video.start()
    await video.play(4_000)
    const { serve } = video.cdn
    const revoked = video.cdn.served.at(-1)?.url.split('/').slice(0, -1).join('/') ?? ''
    video.cdn.serve = (url) => (url.startsWith(revoked) ? code : serve.call(video.cdn, url))
    await video.play(20_000)
    const { signings } = video
    expect(signings).toBeLessThanOrEqual(8)
    await video.play(120_000)
    expect(video.signings).toBe(signings)
    expect(video.errors).toEqual([])
    expect([video.clock.skew, video.stats.refusals]).toEqual([0, 1])
  })

  it('that is 20 s fast shortens a life of 60 s and causes no refusal', async () => {
    const video = signedVideo(time)
    video.cdn.skewMs = -20_000
    await video.start()
    await video.play(600_000)
    expect(video.cdn.refused).toBe(0)
    expect(video.signings).toBeLessThanOrEqual(600 / (40 - 8) + 1)
  })

  it.each(SKEWS)('does not disturb playback when the CDN answers only 403: %s', async (_, skewMs) => {
    const video = signedVideo(time, {}, SIGN.pushrTitle)
    video.cdn.expiredStatus = 403
    video.cdn.skewMs = skewMs
    await video.start()
    await video.play(600_000)
    expect(video.cdn.served.filter(({ status: code }) => code === 200)).toHaveLength(300)
    expect(video.cdn.refused).toBeLessThanOrEqual(2)
    expect(video.errors).toEqual([])
    expect(video.signings).toBeLessThanOrEqual(600 / (40 - 8) + 1)
  })

  it.each(SKEWS)('causes no refusal when the endpoint sends serverTime: %s', async (_, skewMs) => {
    const video = signedVideo(time)
    video.cdn.skewMs = skewMs
    video.cdn.extra = () => ({ serverTime: video.cdn.now() / 1000 })
    await video.start()
    await video.play(600_000)
    expect(video.cdn.refused).toBe(0)
    expect(video.signings).toBeLessThanOrEqual(13)
  })

  it.each(SKEWS)('causes no refusal when the endpoint sends expiresIn: %s', async (_, skewMs) => {
    const video = signedVideo(time)
    video.cdn.skewMs = skewMs
    video.cdn.extra = () => ({ expiresIn: 60 })
    await video.start()
    await video.play(600_000)
    expect(video.cdn.refused).toBe(0)
    expect(video.signings).toBeLessThanOrEqual(13)
  })

  it('makes a new URL look expired, but the URL is used until it is refused', async () => {
    const video = signedVideo(time)
    video.cdn.skewMs = -HOUR_MS
    await video.start()
    expect(video.signature.status).toBe('fresh')
    expect(video.resolve(video.link('seg-1.ts'))).toBe(video.link('seg-1.ts'))
    expect(await video.load('seg-1.ts')).toBe(200)
    expect(video.signings).toBe(1)
    expect(video.clock.skew).toBeLessThan(-HOUR_MS + 120_000)
  })

  it('is not inferred from a single 403, which may be due to a new IP address', async () => {
    const video = signedVideo(time)
    await video.start()
    await video.load('seg-1.ts')
    await time.pass(5000)
    await video.resend(video.link('seg-2.ts'), 403)
    expect(video.clock.skew).toBe(0)
  })
})

describe('a refresh that fails', () => {
  it('while the URL is still valid raises no error: requests continue, and the refresh is retried later', async () => {
    const video = signedVideo(time)
    video.environment.chance = 0
    await video.start()
    await time.pass(48_000)
    video.cdn.endpoint.reply = status(503)
    expect(await video.load('seg-1.ts')).toBe(200)
    await time.pass(2000)
    expect(video.signings).toBe(1 + DEFAULT_RETRY.maxAttempts)
    expect(video.signature).toMatchObject({ status: 'fresh', error: undefined })
    expect(await video.load('seg-2.ts')).toBe(200)
    await time.pass(1000)
    expect(video.signings).toBe(1 + DEFAULT_RETRY.maxAttempts)
    video.cdn.endpoint.reply = video.cdn.issue
    await video.play(60_000)
    expect(video.cdn.refused).toBe(0)
    expect(video.signature.status).toBe('fresh')
  })

  it('while requests wait ends in the failed state and reports why', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.reply = networkFault
    const loading = watch(video.load('seg-1.ts'))
    await untilGivenUp(video)
    expect(loading.isSettled).toBe(false)
    expect(video.signature).toMatchObject({ status: 'failed' })
    expect(video.signature.error?.code).toBe('signed-url-unavailable')
    expect(video.events.slice(2)).toEqual([
      'refreshing expired',
      'failure signed-url-unavailable',
      'failure signed-url-unavailable',
      'failure signed-url-unavailable',
      'failure signed-url-unavailable, final',
      'settled',
    ])
    expect(video.stats).toMatchObject({ signings: 5, failures: 4 })
  })

  it.each([401, 402, 403, 404, 410, 451])(
    'with the denial %i is not retried, not even by later requests',
    async (code) => {
      const video = signedVideo(time)
      await video.start()
      await time.pass(61_000)
      video.cdn.endpoint.reply = status(code)
      watch(video.load('a.ts'))
      await time.pass(30_000)
      watch(video.load('b.ts'))
      video.signature.recheck()
      await time.pass(30_000)
      expect(video.signings).toBe(2)
      expect(video.signature.error).toMatchObject({ code: 'signed-url-denied', status: code })
    },
  )

  it('with a denial while the URL is still valid lets playback use it, without another signing request', async () => {
    const video = signedVideo(time)
    video.environment.chance = 0
    await video.start()
    await time.pass(48_000)
    video.cdn.endpoint.reply = status(403)
    for (let index = 0; index < 5; index += 1) {
      expect(await video.load(`seg-${index}.ts`)).toBe(200)
      await time.pass(1000)
    }
    expect(video.signings).toBe(2)
    expect(video.signature.status).toBe('fresh')
  })

  it('rejects every call of refresh() with the same SignedUrlError', async () => {
    const video = signedVideo(time)
    await video.start()
    video.cdn.endpoint.reply = status(403)
    const [one, two] = [watch(video.signature.refresh('manual')), watch(video.signature.refresh('manual'))]
    await time.pass(1000)
    expect(one.error).toMatchObject({ name: 'SignedUrlError', code: 'signed-url-denied' })
    expect(two.error).toBe(one.error)
    expect(video.signings).toBe(2)
  })

  it('because the answer is for another video is reported as signed-url-invalid and keeps the old credentials', async () => {
    const video = signedVideo(time)
    const url = await video.start()
    video.cdn.endpoint.reply = json({ url: SIGN.gcore(START_AT / 1000 + 90).replace('master', 'trailer') })
    const refreshed = watch(video.signature.refresh('manual'))
    await time.pass(60_000)
    expect(refreshed.error).toMatchObject({ code: 'signed-url-invalid' })
    expect(video.signature.url).toBe(url)
  })

  it('reports no error that contains a token', async () => {
    const video = signedVideo(time)
    const url = await video.start()
    const token = url.split('/').at(-3) ?? ''
    await time.pass(61_000)
    video.cdn.endpoint.reply = () => {
      throw new TypeError(`Failed to fetch ${video.signature.url}`)
    }
    watch(video.load('seg-1.ts'))
    await untilGivenUp(video)
    expect(video.errors).toHaveLength(4)
    expect(token).toHaveLength(22)
    for (const error of video.errors) expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token)
  })
})

describe('refresh', () => {
  it('joins the refresh in flight and cancels a planned one', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(48_000)
    video.resolve(video.link('seg-1.ts'))
    expect(time.timers).toBe(1)
    video.cdn.endpoint.latencyMs = 100
    const [one, two] = [video.signature.refresh('manual'), video.signature.refresh('manual')]
    await time.pass(100)
    await Promise.all([one, two])
    await time.pass(12_000)
    expect(video.signings).toBe(2)
    expect(video.reasons).toEqual(['start', 'manual'])
  })

  it('starts again once the last one has ended', async () => {
    const video = signedVideo(time)
    await video.start()
    await video.signature.refresh('manual')
    await time.pass(1000)
    await video.signature.refresh('manual')
    expect(video.signings).toBe(3)
  })

  it('waits while the page is offline, and continues when the network is back', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.environment.online = false
    const loading = watch(video.load('seg-1.ts'))
    await time.pass(HOUR_MS)
    expect(video.signings).toBe(1)
    expect(video.errors).toEqual([])
    video.environment.online = true
    await time.settle()
    expect(loading.value).toBe(200)
    expect(video.signings).toBe(2)
  })
})

describe('recheck', () => {
  it('does nothing when no request is waiting', async () => {
    const video = signedVideo(time)
    await video.start()
    video.signature.recheck()
    await time.pass(HOUR_MS)
    video.signature.recheck()
    await time.settle()
    expect(video.signings).toBe(1)
  })

  it('retries after the endpoint was unavailable', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.reply = status(503)
    const loading = watch(video.load('seg-1.ts'))
    await time.pass(60_000)
    expect(video.signature.status).toBe('failed')
    video.cdn.endpoint.reply = video.cdn.issue
    video.signature.recheck()
    await time.pass(15_000)
    expect(loading.value).toBe(200)
  })

  it('starts a planned refresh at once after a sleep', async () => {
    const video = signedVideo(time)
    video.environment.chance = 1
    await video.start()
    await time.pass(48_000)
    video.resolve(video.link('seg-1.ts'))
    time.moveWall(HOUR_MS)
    video.signature.recheck()
    await time.settle()
    expect(video.signings).toBe(2)
    expect(video.signature.status).toBe('fresh')
    expect(time.timers).toBe(0)
  })

  it('gives the next signing request the reason “resumed” when the URL has expired', async () => {
    const video = signedVideo(time)
    await video.start()
    time.moveWall(HOUR_MS)
    video.signature.recheck()
    await video.load('seg-1.ts')
    expect(video.reasons).toEqual(['start', 'resumed'])
  })
})

describe('dispose', () => {
  type Video = ReturnType<typeof signedVideo>
  const waits: [string, (video: Video) => Promise<void>][] = [
    [
      'the first answer',
      async (video) => {
        video.cdn.endpoint.reply = silence
        watch(video.signature.start())
      },
    ],
    [
      'a retry of the first request',
      async (video) => {
        video.cdn.endpoint.reply = status(503, { 'retry-after': '60' })
        watch(video.signature.start())
      },
    ],
    [
      'the network',
      async (video) => {
        video.environment.online = false
        watch(video.signature.start())
      },
    ],
    [
      'a planned refresh',
      async (video) => {
        await video.start()
        await time.pass(48_000)
        video.resolve(video.link('seg-1.ts'))
      },
    ],
    [
      'a background refresh',
      async (video) => {
        video.environment.chance = 0
        await video.start()
        video.cdn.endpoint.reply = silence
        await time.pass(48_000)
        video.resolve(video.link('seg-1.ts'))
      },
    ],
    [
      'a refresh that requests wait for',
      async (video) => {
        await video.start()
        video.cdn.endpoint.reply = silence
        await time.pass(61_000)
        watch(video.load('a.ts'))
        watch(video.load('b.ts', new AbortController().signal))
      },
    ],
    [
      'the repair of a refusal',
      async (video) => {
        await video.start()
        video.cdn.endpoint.reply = silence
        video.cdn.status = 410
        watch(video.load('a.ts'))
      },
    ],
    [
      'the next URL after a fresh one was refused',
      async (video) => {
        video.environment.chance = 1
        await video.start()
        video.cdn.status = 403
        watch(video.load('a.ts'))
        await time.pass(100)
      },
    ],
    [
      'a manual refresh',
      async (video) => {
        await video.start()
        video.cdn.endpoint.reply = silence
        watch(video.signature.refresh('manual'))
      },
    ],
    [
      'a call of refresh() after it gave up',
      async (video) => {
        video.cdn.endpoint.reply = status(403)
        watch(video.signature.start())
      },
    ],
  ]

  it.each(waits)('during a wait for %s leaves no timer, request or unhandled rejection', async (_, prepare) => {
    const video = signedVideo(time)
    await prepare(video)
    await time.pass(10)
    const before = video.events.length
    video.signature.dispose()
    await time.settle()
    expect(time.timers).toBe(0)
    expect(video.environment.waiting).toBe(0)
    const sent = video.signings
    await time.pass(HOUR_MS)
    expect(video.signings).toBe(sent)
    expect(video.cdn.endpoint.requests.every(({ signal }) => signal.aborted)).toBe(true)
    expect(video.events.slice(before).filter((event) => event !== 'settled')).toEqual([])
    expect(unhandled()).toEqual([])
  })

  it('rejects waiting requests with an AbortError', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.reply = silence
    const waiting = [watch(video.resolve(video.link('a.ts'))), watch(video.signature.refresh('manual'))]
    video.signature.dispose()
    await time.settle()
    for (const { error } of waiting) expect(error).toMatchObject({ name: 'AbortError' })
  })

  it('stops calling its listener', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.latencyMs = 300
    watch(video.load('a.ts'))
    await time.pass(100)
    const before = [...video.events]
    video.signature.dispose()
    video.signature.recheck()
    await time.pass(10_000)
    expect(video.events).toEqual(before)
  })

  it('signs nothing for later requests', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.signature.dispose()
    const late = watch(video.resolve(video.link('a.ts')))
    await time.pass(1000)
    expect(late.error).toMatchObject({ name: 'AbortError' })
    expect(video.signings).toBe(1)
    expect(time.timers).toBe(0)
    expect(unhandled()).toEqual([])
  })
})

describe('the signing endpoint', () => {
  const replies: [string, Reply][] = [
    ['HTML', () => new Response('<html></html>', { headers: { 'content-type': 'text/html' } })],
    ['nothing', () => new Response('')],
    ['400', status(400)],
  ]

  it.each(replies)(
    'is called maxAttempts times when it answers with %s, then reported as signed-url-invalid',
    async (_, reply) => {
      const video = signedVideo(time)
      video.cdn.endpoint.reply = reply
      watch(video.signature.start())
      await untilGivenUp(video)
      expect(video.signings).toBe(DEFAULT_RETRY.maxAttempts)
      expect(video.signature.error?.code).toBe('signed-url-invalid')
    },
  )

  it('decides the media type', async () => {
    const video = signedVideo(time)
    video.cdn.extra = () => ({ type: 'application/dash+xml' })
    await video.start()
    expect(video.signature.issue?.type).toBe('application/dash+xml')
  })
})

describe('a failure that no request waits for anymore', () => {
  it('is cleared when the page wakes up, so that the next request signs again', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.reply = networkFault
    const controller = new AbortController()
    const loading = watch(video.load('seg-2.ts', controller.signal))
    await time.pass(60_000)
    expect(video.signature.error).toMatchObject({ code: 'signed-url-unavailable' })
    controller.abort(new Error('seeked away'))
    await time.pass(0)
    expect(loading.error).toMatchObject({ message: 'seeked away' })
    video.cdn.endpoint.reply = video.cdn.issue
    video.signature.recheck()
    await time.pass(15_000)
    expect(video.signature.error).toBeUndefined()
    const next = watch(video.load('seg-3.ts'))
    await time.pass(1_000)
    expect(next.value).toBe(200)
  })
})

describe('anticipate', () => {
  it('refreshes an expired URL once, whatever is asked then, and a request finds it fresh', async () => {
    const { signature, start, load, cdn } = signedVideo(time)
    const url = await start()
    expect(await load(url)).toBe(200)
    await time.pass(HOUR_MS)
    cdn.endpoint.latencyMs = 300
    for (let moves = 0; moves < 5; moves += 1) signature.anticipate()
    await time.pass(300)
    for (let moves = 0; moves < 5; moves += 1) signature.anticipate()
    await time.pass(0)
    expect(cdn.endpoint.requests).toHaveLength(2)
    expect(signature.status).toBe('fresh')
    expect(signature.settings.stats.anticipated).toBe(1)
  })

  it('leaves a fresh URL, a source without one, and one that has failed alone', async () => {
    const unsigned = signedVideo(time)
    unsigned.signature.anticipate()
    const { signature, start, cdn } = signedVideo(time)
    await start()
    signature.anticipate()
    expect(cdn.endpoint.requests).toHaveLength(1)
    await time.pass(HOUR_MS)
    cdn.endpoint.reply = status(403)
    signature.anticipate()
    await time.pass(0)
    expect(signature.error?.code).toBe('signed-url-denied')
    signature.anticipate()
    await time.pass(0)
    expect(cdn.endpoint.requests).toHaveLength(2)
    expect(unsigned.cdn.endpoint.requests).toHaveLength(0)
  })
})
