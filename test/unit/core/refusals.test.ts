import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FileKind } from '../../../src/core/blame.js'
import { json, status } from '../../support/fake-endpoint.js'
import { FakeTime, START_AT } from '../../support/fake-time.js'
import { SIGN } from './seed-urls.js'
import { signedVideo, untilGivenUp, watch } from './world.js'

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

type Video = ReturnType<typeof signedVideo>

/** A video whose CDN refuses the files of which `isRefused` says so, with `code`. */
function missing(isRefused: (file: string) => boolean, code = 410): Video {
  const video = signedVideo(time)
  const { serve } = video.cdn
  video.cdn.serve = (url) => {
    const answer = serve.call(video.cdn, url)
    if (answer !== 200 || !isRefused(new URL(url).pathname.split('/').at(-1) ?? '')) return answer
    const last = video.cdn.served.at(-1)
    if (last) Object.assign(last, { status: code })
    return code
  }
  return video
}

/** Loads files as an engine does, one after the other. Returns what it gets. */
async function loadAll(
  video: Video,
  files: readonly string[],
  kind: FileKind = 'segment',
): Promise<(number | undefined)[]> {
  const statuses: (number | undefined)[] = []
  for (const file of files) {
    const loading = watch(video.load(file, undefined, kind))
    await time.pass(3_000)
    statuses.push(loading.value)
  }
  return statuses
}

describe('a segment that is refused forever', () => {
  it.each([410, 403, 401])(
    'with %i costs one signing and one control, and the engine gets the status',
    async (code) => {
      const video = missing((file) => file.startsWith('seg-4'), code)
      await video.start()
      expect(await loadAll(video, ['seg-1.ts', 'seg-2.ts', 'seg-3.ts', 'seg-4.ts', 'seg-5.ts'])).toEqual([
        200,
        200,
        200,
        code,
        200,
      ])
      expect(video.reasons).toEqual(['start', 'refused'])
      const files = video.cdn.served.map(({ url, status: served }) => `${url.split('/').at(-1)} ${served}`)
      expect(files.slice(3)).toEqual([`seg-4.ts ${code}`, `seg-4.ts ${code}`, 'seg-3.ts 200', 'seg-5.ts 200'])
      expect(video.errors).toEqual([])
      expect(video.media.describe()).toContain(`seg-4.ts with ${code}, while it accepts the signed URL`)
    },
  )

  it('in every rendition costs nothing more for those that are requested within seconds', async () => {
    const video = missing((file) => file.startsWith('seg-4'))
    await video.start()
    await loadAll(video, ['seg-3.ts', 'seg-4.ts', 'seg-4.low.ts', 'seg-4.ts', 'seg-4.low.ts'])
    expect(video.signings).toBe(2)
    expect(video.cdn.served.filter(({ url }) => url.includes('seg-3'))).toHaveLength(2)
  })

  it('is requested again and again without another signing request, for as long as it is missing', async () => {
    const video = missing((file) => file === 'seg-4.ts')
    await video.start()
    await loadAll(video, ['seg-3.ts'])
    for (let minute = 0; minute < 10; minute += 1) {
      const signings = video.signings
      expect(await loadAll(video, ['seg-4.ts', 'seg-4.ts'])).toEqual([410, 410])
      expect(video.signings - signings).toBeLessThanOrEqual(1)
      await time.pass(54_000)
      // The URL has expired meanwhile, so the next request for whatever file has another one signed.
      await loadAll(video, [`seg-${minute + 5}.ts`])
    }
    expect(video.errors).toEqual([])
  })

  it('teaches nothing about the clock', async () => {
    const video = missing((file) => file === 'seg-4.ts')
    await video.start()
    await time.pass(10_000)
    await loadAll(video, ['seg-3.ts', 'seg-4.ts', 'seg-5.ts'])
    expect(video.clock.skew).toBe(0)
    expect(video.signature.status).toBe('fresh')
  })

  it('is loaded once it is there', async () => {
    let isThere = false
    const video = missing((file) => file === 'seg-4.ts' && !isThere)
    await video.start()
    expect(await loadAll(video, ['seg-3.ts', 'seg-4.ts'])).toEqual([200, 410])
    isThere = true
    expect(await loadAll(video, ['seg-4.ts'])).toEqual([200])
  })

  it('costs nothing where a later request has been served with the same URL', async () => {
    const video = missing((file) => file === 'seg-4.ts', 403)
    await video.start()
    const refused = video.media.request(video.link('seg-4.ts'), { kind: 'segment' })
    await refused.url()
    await time.pass(10)
    expect(await loadAll(video, ['seg-5.ts'])).toEqual([200])
    expect(refused.answered({ status: 403 })).toMatchObject({ again: false, status: 403 })
    expect(video.signings).toBe(1)
  })
})

describe('the playlist of one rendition', () => {
  it('that is refused forever goes to the engine, at the price of one signing and one control', async () => {
    const video = missing((file) => file === 'high.m3u8', 403)
    await video.start()
    expect(await loadAll(video, ['master.m3u8', 'high.m3u8', 'low.m3u8'], 'playlist')).toEqual([200, 403, 200])
    expect(video.signings).toBe(2)
    expect(video.cdn.served).toHaveLength(5)
  })
})

describe('a URL that is dead', () => {
  it('long before its expiry costs one signing and no control', async () => {
    const video = signedVideo(time)
    await video.start()
    await loadAll(video, ['seg-1.ts'])
    const request = video.media.request(video.link('seg-2.ts'), { kind: 'segment' })
    await request.url()
    expect(request.answered({ status: 403 })).toEqual({ again: true })
    const next = watch(request.url())
    await time.pass(3_000)
    expect(video.cdn.serve(next.value ?? '')).toBe(200)
    request.answered({ status: 200 })
    expect(await loadAll(video, ['seg-3.ts'])).toEqual([200])
    expect(video.signings).toBe(2)
    expect(video.cdn.served).toHaveLength(3)
  })
})

describe('a CDN that says 403 to URLs that it had accepted and that look alive', () => {
  it('shows what its clock is after two of them, also where several requests at once are refused with each', async () => {
    const video = signedVideo(time)
    const serve = video.cdn.serve.bind(video.cdn)
    let refusals = 0
    video.cdn.serve = (url) => {
      refusals -= 1
      return refusals < 0 ? serve(url) : 403
    }
    await video.start()
    for (const round of [1, 2]) {
      expect(video.clock.skew).toBe(0)
      await loadAll(video, [`seg-${round}.ts`])
      await time.pass(20_000)
      refusals = 3
      const kinds: FileKind[] = ['segment', 'segment', 'playlist']
      const loading = kinds.map((kind, index) => watch(video.load(`${kind}-${round}-${index}`, undefined, kind)))
      await time.pass(3_000)
      expect(loading.map(({ value }) => value)).toEqual([200, 200, 200])
      expect(video.signings).toBe(1 + round)
    }
    expect(video.clock.skew).toBeGreaterThan(30_000)
  })
})

describe('all segments refused, while the playlists are served', () => {
  it.each([
    [
      'auto',
      /serves the playlists but refuses all segments with 403, with fresh URLs too: see `scope: 'file'`, or `covers`/,
    ],
    ['directory', /`scope: 'file'`/],
    ['cookie', /what `scope: 'cookie'` sends/],
  ])('names what decides it, with scope %s', async (scope, message) => {
    const video = signedVideo(time, {}, SIGN.gcore, scope)
    const serve = video.cdn.serve.bind(video.cdn)
    video.cdn.serve = (url) => (url.includes('.ts') ? 403 : serve(url))
    await video.start()
    await loadAll(video, ['master.m3u8', 'low.m3u8'], 'playlist')
    watch(video.load('seg-1.ts', undefined, 'segment'))
    await untilGivenUp(video)
    expect(video.signature.error).toMatchObject({ code: 'signed-url-refused', status: 403 })
    expect(video.signature.error?.message).toMatch(message)
    expect(video.signings).toBeLessThanOrEqual(1 + 4)
  })

  it('is said until a segment is served, although playlists are served all the time', async () => {
    const video = signedVideo(time)
    const serve = video.cdn.serve.bind(video.cdn)
    let isFixed = false
    video.cdn.serve = (url) => (url.includes('.ts') && !isFixed ? 403 : serve(url))
    await video.start()
    const segment = watch(video.load('seg-1.ts', undefined, 'segment'))
    await untilGivenUp(video)
    const { signings } = video
    for (let reload = 0; reload < 30; reload += 1) {
      watch(video.load('live.m3u8', undefined, 'playlist'))
      await time.pass(2_000)
      expect(video.signature.error?.code).toBe('signed-url-refused')
    }
    // One try every 20 to 30 s.
    expect(video.signings - signings).toBeLessThanOrEqual(4)
    expect(video.events.filter((event) => event.endsWith('final'))).toHaveLength(1)
    isFixed = true
    await time.pass(31_000)
    expect(segment.value).toBe(200)
    expect(video.signature.error).toBeUndefined()
  })
})

describe('a CDN that refused everything, and works again while a control is asked', () => {
  it('gets the file requested once more, and the engine hears of no refusal', async () => {
    const video = signedVideo(time)
    await video.start()
    await loadAll(video, ['seg-1.ts'])
    const serve = video.cdn.serve.bind(video.cdn)
    let isBack = false
    video.cdn.status = 403
    const loading = watch(video.load('seg-2.ts', undefined, 'segment'))
    await untilGivenUp(video)
    // From the next control on.
    video.cdn.serve = (url) => {
      isBack ||= url.includes('seg-1')
      if (isBack) video.cdn.status = undefined
      return serve(url)
    }
    await time.pass(31_000)
    expect(isBack).toBe(true)
    expect(loading.value).toBe(200)
    expect(video.signature.error).toBeUndefined()
  })
})

describe('an endpoint that always answers with the same dead URL', () => {
  it('gets at most maxAttempts signing requests in a row, then one every 20 to 30 s, and goes on when that changes', async () => {
    const video = signedVideo(time)
    video.cdn.endpoint.reply = json({ url: SIGN.gcore(START_AT / 1000 + 600) })
    await video.start()
    await loadAll(video, ['seg-1.ts'])
    video.cdn.status = 403
    const loading = watch(video.load('seg-2.ts', undefined, 'segment'))
    await untilGivenUp(video)
    expect(video.signings).toBe(1 + 4)
    expect(video.signature.error?.message).toMatch(/`reason=refused`/)
    await time.pass(120_000)
    expect(video.signings).toBeLessThanOrEqual(1 + 4 + 6)
    video.cdn.endpoint.reply = video.cdn.issue
    video.cdn.status = undefined
    await time.pass(31_000)
    expect(loading.value).toBe(200)
    expect(video.signature.error).toBeUndefined()
  })
})

describe('an endpoint that is down', () => {
  it.each([0, 0.5, 0.999])(
    'gets at most eight requests in the first minute, then one every 20 to 30 s: chance %d',
    async (chance) => {
      const video = signedVideo(time)
      video.environment.chance = chance
      await video.start()
      await time.pass(61_000)
      video.cdn.endpoint.reply = status(503)
      const loading = watch(video.load('seg-2.ts'))
      const before = video.signings
      await time.pass(60_000)
      expect(video.signings - before).toBeLessThanOrEqual(8)
      expect(video.signings - before).toBeGreaterThanOrEqual(6)
      const after = video.signings
      await time.pass(600_000)
      expect(video.signings - after).toBeLessThanOrEqual(30)
      expect(video.signings - after).toBeGreaterThanOrEqual(19)
      video.cdn.endpoint.reply = video.cdn.issue
      await time.pass(30_000)
      expect(loading.value).toBe(200)
    },
  )

  it('while the URL lives gets one round of requests, then single ones, and the video needs none of them', async () => {
    const video = signedVideo(time, { retry: { maxAttempts: 4, baseDelayMs: 50, maxDelayMs: 200, timeoutMs: 1_000 } })
    video.cdn.lifeS = 300
    await video.start()
    await time.pass(241_000)
    video.cdn.endpoint.reply = status(503)
    for (let index = 0; index < 15; index += 1) {
      expect(await video.load(`seg-${index}.ts`)).toBe(200)
      await time.pass(2_000)
    }
    expect(video.signings - 1).toBeLessThanOrEqual(4 + 3)
    expect(video.signature.error).toBeUndefined()
  })

  it('is asked by a viewer who plays and seeks all the time no more than once in 15 s', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.reply = status(503)
    watch(video.load('seg-2.ts'))
    await untilGivenUp(video)
    const before = video.signings
    for (let seek = 0; seek < 120; seek += 1) {
      video.signature.recheck()
      await time.pass(500)
    }
    expect(video.signings - before).toBeLessThanOrEqual(5)
  })

  it('is asked at once when the page or the viewer says so, and that ends a pause between attempts', async () => {
    const video = signedVideo(time)
    video.environment.chance = 0.999
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.next(status(503), status(503), status(503))
    const loading = watch(video.load('seg-2.ts'))
    await time.pass(1_600)
    expect(video.signings).toBe(1 + 3)
    video.signature.refresh('manual').catch(() => {})
    await time.pass(10)
    expect(loading.value).toBe(200)
  })
})

describe('an endpoint that answers with a dated Retry-After', () => {
  it('is asked in time on a device whose clock is an hour behind', async () => {
    const video = signedVideo(time)
    video.cdn.skewMs = 3_600_000
    await video.start()
    await time.pass(61_000)
    const answer = (afterMs: number, withDate: boolean) => () => {
      const now = video.cdn.now()
      const headers = { 'retry-after': new Date(now + afterMs).toUTCString() }
      return new Response('', {
        status: 503,
        headers: withDate ? { ...headers, date: new Date(now).toUTCString() } : headers,
      })
    }
    video.cdn.endpoint.next(answer(5_000, true))
    const loading = watch(video.load('seg-2.ts'))
    await time.pass(9_000)
    expect(loading.value).toBe(200)
    expect(video.signings).toBe(3)
  })

  it('and tells no time gets the viewer’s tries within half a minute', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    const inAnHour = new Date(time.wall() + 3_605_000).toUTCString()
    video.cdn.endpoint.next(status(503, { 'retry-after': inAnHour }))
    const loading = watch(video.load('seg-2.ts'))
    await time.pass(100)
    expect(video.signature.error?.code).toBe('signed-url-unavailable')
    video.signature.recheck()
    await time.pass(30_100)
    expect(loading.value).toBe(200)
  })
})

describe('refresh() after a log-in', () => {
  it('does not get the denial of a request that was sent before it', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.latencyMs = 1_000
    video.cdn.endpoint.next(status(401))
    const loading = watch(video.load('seg-2.ts'))
    await time.pass(500)
    const refreshed = watch(video.signature.refresh('manual'))
    await time.pass(2_000)
    expect(refreshed).toMatchObject({ isSettled: true, error: undefined })
    expect(loading.value).toBe(200)
    expect(video.reasons).toEqual(['start', 'expired', 'manual'])
    expect(video.events).not.toContain('failure signed-url-denied, final')
  })

  it('joins the request in flight where that succeeds', async () => {
    const video = signedVideo(time)
    await video.start()
    await time.pass(61_000)
    video.cdn.endpoint.latencyMs = 1_000
    watch(video.load('seg-2.ts'))
    await time.pass(500)
    const refreshed = watch(video.signature.refresh('manual'))
    await time.pass(600)
    expect(refreshed).toMatchObject({ isSettled: true, error: undefined })
    expect(video.signings).toBe(2)
  })
})

describe('dispose()', () => {
  it.each([
    ['while a refresh is tried again', 503, 1_000],
    ['after the plugin has given up', 503, 20_000],
    ['after fresh URLs were refused', 403, 20_000],
    ['after a denial', 401, 1_000],
  ])('%s leaves no timer, no promise and no request', async (_when, code, afterMs) => {
    const video = signedVideo(time)
    await video.start()
    await loadAll(video, ['seg-1.ts'])
    if (code === 403) video.cdn.status = code
    else {
      await time.pass(61_000)
      video.cdn.endpoint.reply = status(code)
    }
    const loading = watch(video.load('seg-2.ts', undefined, 'segment'))
    await time.pass(afterMs)
    expect(loading.isSettled).toBe(false)
    const { signings } = video
    video.signature.dispose()
    await time.settle()
    expect(loading.error).toMatchObject({ name: 'AbortError' })
    expect(time.timers).toBe(0)
    await time.pass(120_000)
    expect(video.signings).toBe(signings)
  })
})
