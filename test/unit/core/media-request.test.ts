import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Clock } from '../../../src/core/clock.js'
import { SigningClient } from '../../../src/core/signing/signing-client.js'
import { silence } from '../../support/fake-endpoint.js'
import { FakeTime, START_AT } from '../../support/fake-time.js'
import { atOnce } from '../../support/open-media.js'
import { SIGN } from './seed-urls.js'
import { RULES, signedVideo, watch } from './world.js'

const GUARD_MS = 250

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

describe('a request', () => {
  it('resolves synchronously, without a promise, while the URL is fresh', async () => {
    const { resolve, start, link } = signedVideo(time)
    await start()
    await time.pass(29_999)
    expect(resolve(link('seg-1.ts'))).toBe(link('seg-1.ts'))
    expect(time.timers).toBe(0)
  })

  it('resolves synchronously when the URL is due, the first one half of its life before expiry, and starts a background refresh', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(30_000)
    expect(video.resolve(video.link('seg-1.ts'))).toBe(video.link('seg-1.ts'))
    expect(video.signings).toBe(1)
    await time.pass(30_000)
    expect(video.signings).toBe(2)
    expect(video.reasons).toEqual(['start', 'expiring'])
  })

  it.each([
    [0, 0],
    [0.4, 0.4 * (12_000 - GUARD_MS)],
    [0.8, 0.8 * (12_000 - GUARD_MS)],
  ])(
    'that finds the URL due starts the refresh at a random point of the time left: chance %d, after %d ms',
    async (chance, afterMs) => {
      const video = signedVideo(time)
      video.environment.chance = chance
      await video.start()
      await time.pass(48_000)
      video.resolve(video.link('seg-1.ts'))
      if (afterMs > 0) await time.pass(afterMs - 1)
      if (afterMs > 0) expect(video.signings).toBe(1)
      await time.pass(1)
      expect(video.signings).toBe(2)
    },
  )

  it('that finds the URL due again plans no second refresh', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(48_000)
    for (let index = 0; index < 20; index += 1) video.resolve(video.link(`seg-${index}.ts`))
    expect(time.timers).toBe(1)
    await time.pass(11_000)
    expect(video.signings).toBe(2)
  })

  it('resolves synchronously up to the guard before expiry, and waits from then on', async () => {
    const video = signedVideo(time)
    video.environment.chance = 1
    await video.start()
    await time.pass(60_000 - GUARD_MS - 1)
    expect(video.resolve(video.link('seg-1.ts'))).toBe(video.link('seg-1.ts'))

    const other = signedVideo(time)
    await other.start()
    const startedAt = time.wall()
    await time.pass(60_000 - (startedAt % 1000) - GUARD_MS)
    const waiting = other.resolve(other.link('seg-1.ts'))
    expect(waiting).toBeInstanceOf(Promise)
    await time.settle()
    expect(await waiting).toBe(new URL('seg-1.ts', other.signature.url).href)
  })

  it('shares one refresh with all other requests when the URL has expired', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    expect(video.signature.status).toBe('expired')
    video.cdn.endpoint.latencyMs = 300
    const waiting = ['a.ts', 'b.ts', 'c.ts'].map((href) => watch(video.resolve(video.link(href))))
    await time.pass(299)
    expect(waiting.map(({ isSettled }) => isSettled)).toEqual([false, false, false])
    await time.pass(1)
    expect(waiting.map(({ value }) => value)).toEqual(
      ['a.ts', 'b.ts', 'c.ts'].map((href) => new URL(href, video.signature.url).href),
    )
    expect(video.signings).toBe(2)
    expect(video.reasons[1]).toBe('expired')
    expect(video.stats.waitedMs).toBe(900)
  })

  it('outside the signed folder is sent unchanged, even after expiry', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    for (const other of ['https://ads.example/spot.ts', 'https://demo-protected.gvideo.io/other.ts']) {
      expect(video.resolve(other)).toBe(other)
      expect(video.isRefusal(410, other)).toBe(false)
    }
    expect(video.signings).toBe(1)
  })

  it('rejects when it is aborted while waiting, and the refresh continues for the others', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.latencyMs = 300
    const controller = new AbortController()
    const aborted = watch(video.resolve(video.link('a.ts'), controller.signal))
    const other = watch(video.resolve(video.link('b.ts')))
    await time.pass(100)
    controller.abort(new Error('seeked away'))
    await time.settle()
    expect(aborted.error).toMatchObject({ message: 'seeked away' })
    await time.pass(200)
    expect(other.value).toBe(new URL('b.ts', video.signature.url).href)
  })

  it('that is already aborted rejects at once', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.reply = silence
    const aborted = watch(video.resolve(video.link('a.ts'), AbortSignal.abort(new Error('over'))))
    await time.settle()
    expect(aborted.error).toMatchObject({ message: 'over' })
    video.signature.dispose()
  })
})

describe('a refusal', () => {
  it.each([410, 403, 401])('with %i is repaired by a refresh and a repeat of the same request', async (code) => {
    const video = signedVideo(time)
    await video.start()
    expect(await video.load('seg-1.ts')).toBe(200)
    await time.pass(10_000)
    video.cdn.status = code
    const sent = video.link('seg-2.ts')
    const request = video.send(sent)
    expect(request.answered({ status: video.cdn.serve(sent) })).toEqual({ again: true })
    video.cdn.status = undefined
    const repaired = await request.url()
    expect(repaired).toBe(new URL('seg-2.ts', video.signature.url).href)
    expect(repaired).not.toBe(sent)
    expect(video.cdn.serve(repaired)).toBe(200)
    expect(video.reasons).toEqual(['start', 'refused'])
    expect(video.stats.refusals).toBe(1)
  })

  it('passes its status and the replaced URL to the sign function', async () => {
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
    const video = signedVideo(time, { signer: client, clock })
    const url = await video.start()
    await video.resend(url, 403)
    expect(contexts[0]).toMatchObject({ resource: 'final-2026', reason: 'start', attempt: 1 })
    expect(contexts[0]).toMatchObject({ previousUrl: undefined, status: undefined })
    expect(contexts[1]).toMatchObject({ reason: 'refused', status: 403, previousUrl: url })
  })

  it.each([404, 416, 429, 500, 503])('is not inferred from %i', async (code) => {
    const video = signedVideo(time)
    await video.start()
    expect(video.isRefusal(code, video.link('seg-1.ts'))).toBe(false)
  })

  it('is any status that the page lists, and no other', async () => {
    const video = signedVideo(time, { refusedStatuses: [483] })
    await video.start()
    expect(video.isRefusal(483, video.link('seg-1.ts'))).toBe(true)
    expect(video.isRefusal(403, video.link('seg-1.ts'))).toBe(false)
  })

  it('of several requests at once is repaired by one signing request', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(5000)
    video.cdn.endpoint.latencyMs = 300
    const requests = ['a.ts', 'b.ts', 'c.ts'].map((href) => video.send(video.link(href)))
    for (const request of requests) expect(atOnce(request.answered({ status: 410 })).again).toBe(true)
    const repairs = requests.map((request) => watch(request.url()))
    await time.pass(300)
    expect(repairs.map(({ value }) => value)).toEqual(
      ['a.ts', 'b.ts', 'c.ts'].map((href) => new URL(href, video.signature.url).href),
    )
    expect(video.signings).toBe(2)
  })

  it('of an older issue is repaired at once, without a new signing request', async () => {
    const video = signedVideo(time)
    await video.start()
    const old = video.send(video.link('seg-1.ts'))
    await time.pass(5000)
    await video.signature.refresh('manual')
    expect(atOnce(old.answered({ status: 410 })).again).toBe(true)
    expect(old.url()).toBe(new URL('seg-1.ts', video.signature.url).href)
    expect(video.signings).toBe(2)
    expect(video.signature.status).toBe('fresh')
  })

  it('holds back further requests while the refresh is in flight', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(5000)
    video.cdn.endpoint.latencyMs = 300
    watch(video.resend(video.link('a.ts'), 410))
    expect(video.signature.status).toBe('expired')
    expect(video.resolve(video.link('b.ts'))).toBeInstanceOf(Promise)
    await time.pass(300)
    expect(video.signature.status).toBe('fresh')
  })

  describe('without a status (no CORS headers)', () => {
    it('is recognized near expiry', async () => {
      const video = signedVideo(time)
      await video.start()
      await video.load('seg-1.ts')
      await time.pass(55_000)
      expect(video.isRefusal(0, video.link('seg-2.ts'))).toBe(true)
    })

    it('is recognized for a URL that has since been replaced', async () => {
      const video = signedVideo(time)
      await video.start()
      const old = video.send(video.link('seg-1.ts'))
      await time.pass(5000)
      await video.signature.refresh('manual')
      expect(atOnce(old.answered({ status: 0 })).again).toBe(true)
    })

    it('is taken for a network error while the page is offline', async () => {
      const video = signedVideo(time)
      await video.start()
      const request = video.send(video.link('seg-1.ts'))
      await time.pass(61_000)
      video.environment.online = false
      expect(atOnce(request.answered({ status: 0 })).again).toBe(false)
    })

    it('is repaired like a 403', async () => {
      const video = signedVideo(time)
      video.cdn.expiredStatus = 0
      video.cdn.skewMs = 4000
      await video.start()
      await video.play(300_000)
      expect(video.errors).toEqual([])
      expect(video.cdn.served.filter(({ status: code }) => code === 200)).toHaveLength(150)
    })

    it('in the middle of a URL’s life is suspected at most once', async () => {
      const video = signedVideo(time)
      await video.start()
      await video.load('seg-1.ts')
      await time.pass(5000)
      const requests = Array.from({ length: 5 }, () => video.send(video.link('seg-2.ts')))
      const suspected = requests.filter((request) => atOnce(request.answered({ status: 0 })).again)
      expect(suspected.length).toBeLessThanOrEqual(1)
    })

    it('does not start a signing loop when the network fails in the middle of a URL’s life', async () => {
      const video = signedVideo(time)
      await video.start()
      await video.load('seg-1.ts')
      await time.pass(5000)
      video.cdn.status = 0
      for (let index = 0; index < 8; index += 1) watch(video.load(`seg-${index}.ts`))
      await time.pass(5000)
      expect(video.signings).toBeLessThanOrEqual(2)
    })
  })
})

describe('a live playlist that stops changing', () => {
  const playlist = (last: number) => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nseg-${last}.ts\n`
  const served = { status: 200, text: playlist(25) }
  /** Whether the playlist must be requested again when it has not changed for 10 s, from `sinceMs` on. */
  const stopsChanging = async (video: ReturnType<typeof signedVideo>, sinceMs: number) => {
    const url = video.link('live.m3u8')
    await time.pass(sinceMs)
    expect(atOnce(video.send(url).answered(served)).again).toBe(false)
    await time.pass(10_000)
    return atOnce(video.send(url).answered(served)).again
  }

  it('is taken for a dead URL near expiry', async () => {
    const video = signedVideo(time)
    video.environment.chance = 1
    await video.start()
    expect(await stopsChanging(video, 42_000)).toBe(true)
  })

  it('is taken for a dead URL when the expiry is unknown', async () => {
    const video = signedVideo(time, {}, () => 'https://cdn.example/film/master.m3u8?key=opaque')
    await video.start()
    expect(await stopsChanging(video, 0)).toBe(true)
  })

  it('is not taken for a dead URL in the middle of the URL’s life, because the broadcast may be paused', async () => {
    const video = signedVideo(time)
    await video.start()
    expect(await stopsChanging(video, 0)).toBe(false)
  })

  it('is not blamed on the newest URL when it was loaded with an older one', async () => {
    const video = signedVideo(time)
    await video.start()
    const url = video.link('live.m3u8')
    video.send(url).answered(served)
    const request = video.send(url)
    await time.pass(1_000)
    await video.signature.refresh('manual')
    await time.pass(55_000)
    expect(atOnce(request.answered(served)).again).toBe(false)
  })

  it('is ignored when it comes from another server', async () => {
    const video = signedVideo(time)
    await video.start()
    const url = 'https://other.example/live.m3u8'
    await time.pass(42_000)
    video.send(url).answered(served)
    await time.pass(10_000)
    expect(atOnce(video.send(url).answered(served)).again).toBe(false)
  })
})

describe('the base URL for the links of an answer', () => {
  const SENT = SIGN.gcore(START_AT / 1000 + 60)

  it.each([
    ['an empty response URL', SENT, ''],
    ['the browser’s serialization', `${SENT}?a=b|c#t`, new URL(`${SENT}?a=b|c`).href],
    ['a host in uppercase', SENT.replace('demo', 'DEMO'), SENT],
  ])('is the URL that the engine requested, despite %s', async (_, url, answeredBy) => {
    const video = signedVideo(time)
    await video.start()
    expect(video.send(url).answered({ status: 200, url: answeredBy })).toMatchObject({ again: false, url })
  })

  it('is still the URL that the engine requested after a refresh', async () => {
    const video = signedVideo(time)
    await video.start()
    const url = video.link('live.m3u8')
    await time.pass(5_000)
    await video.signature.refresh('manual')
    expect(video.send(url).answered({ status: 200 })).toMatchObject({ again: false, url })
  })

  it('is the URL where a redirect ended', async () => {
    const video = signedVideo(time)
    await video.start()
    const edge = video.link('live.m3u8').replace('demo-protected', 'edge-7')
    expect(video.send(video.link('live.m3u8')).answered({ status: 200, url: edge })).toMatchObject({ url: edge })
  })
})

describe('a request whose bytes have reached the engine', () => {
  it('is not sent again, whatever happens to the rest of the answer', async () => {
    const video = signedVideo(time)
    await video.start()
    const request = video.send(video.link('seg-1.ts'))
    await time.pass(59_000)
    expect(request.answered({ status: 0, delivered: true })).toMatchObject({ again: false, status: 0 })
    expect(request.answered({ status: 0 })).toEqual({ again: true })
  })
})
