import type { HlsConfig, LoaderCallbacks, LoaderConfiguration, LoaderContext } from 'hls.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isRedirect } from '../../../../src/core/signed-requests.js'
import { type FileRequests, signedLoader } from '../../../../src/engines/hls-js/signed-loader.js'
import { FakeLoader } from '../../../support/fake-loader.js'
import { FakeTime } from '../../../support/fake-time.js'
import { later } from '../../../support/later.js'
import { SIGN } from '../../core/seed-urls.js'

const OLD = SIGN.gcore(1767781867).replace('master.m3u8', '')
const FRESH = SIGN.gcore(1767781927).replace('master.m3u8', '')
const SEGMENT = `${OLD}720p/seg-1.m4s`
const FRESH_SEGMENT = `${FRESH}720p/seg-1.m4s`
const HLS_CONFIG = { maxBufferLength: 30 } as HlsConfig
const CONFIG = { timeout: 20_000, maxRetry: 0, retryDelay: 0, maxRetryDelay: 0 } as LoaderConfiguration

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
  // Browsers count from when the page was opened: never zero.
  vi.advanceTimersByTime(1000)
  FakeLoader.made = []
})
afterEach(() => time.restore())

function setUp(changes: Partial<FileRequests> = {}, readPlaylist?: (text: string) => string | undefined) {
  const source = {
    resolve: vi.fn((url: string): string | Promise<string> => url),
    repair: vi.fn((): string | Promise<string> => FRESH_SEGMENT),
    isRefusal: vi.fn((code: number) => [0, 401, 403, 410].includes(code)),
    isDeadPlaylist: vi.fn((_text: string, _asked: string, _sent: string) => false),
    accepted: vi.fn(),
    baseOf: (response: string, sent: string, asked: string) => (isRedirect(sent, response) ? response : asked),
    now: () => Date.now(),
    ...changes,
  }
  const Loader = signedLoader(FakeLoader, { of: () => source, ...(readPlaylist && { readPlaylist }) })
  const loader = new Loader(HLS_CONFIG)
  const context: LoaderContext = {
    url: SEGMENT,
    type: 'manifest' as LoaderContext['type'],
    responseType: 'arraybuffer',
    rangeStart: 0,
    rangeEnd: 500,
  }
  const callbacks = {
    onSuccess: vi.fn(),
    onError: vi.fn(),
    onTimeout: vi.fn(),
    onAbort: vi.fn(),
    onProgress: vi.fn(),
  } satisfies LoaderCallbacks<LoaderContext>
  return {
    source,
    loader,
    context,
    callbacks,
    load: (given: LoaderCallbacks<LoaderContext> = callbacks) => loader.load(context, CONFIG, given),
    calls: () => Object.values(callbacks).reduce((sum, { mock }) => sum + mock.calls.length, 0),
  }
}

const inner = (index = -1): FakeLoader => {
  const loader = FakeLoader.made.at(index)
  if (!loader) throw new Error('No loader was made.')
  return loader
}

describe('a request while the URL is fresh', () => {
  it('is sent in the same turn, to the URL that the source gives, with everything else that hls.js asked for', () => {
    const { load, context } = setUp({ resolve: () => FRESH_SEGMENT })
    load()
    expect(inner().context).toEqual({ ...context, url: FRESH_SEGMENT })
    expect(inner().config).toBe(CONFIG)
    expect(inner().hlsConfig).toBe(HLS_CONFIG)
  })

  it("succeeds with hls.js's own context, the loader's own stats, and the URL that hls.js asked for", () => {
    const { load, loader, context, callbacks } = setUp({ resolve: () => FRESH_SEGMENT })
    load()
    inner().succeed('data')
    const [response, stats, given] = callbacks.onSuccess.mock.calls[0] ?? []
    expect(response).toMatchObject({ url: SEGMENT, data: 'data', code: 200 })
    expect(stats).toBe(loader.stats)
    expect(given).toBe(context)
    expect(context.url).toBe(SEGMENT)
  })

  it('keeps the URL of a redirect: relative links are meant from there', () => {
    const { load, callbacks } = setUp()
    load()
    inner().succeed('#EXTM3U', 'https://edge-7.gvideo.io/film/seg-1.m4s')
    expect(callbacks.onSuccess.mock.calls[0]?.[0].url).toBe('https://edge-7.gvideo.io/film/seg-1.m4s')
  })

  it.each([
    ['an empty response URL', FRESH_SEGMENT, ''],
    ['a response URL that the browser serialised', `${FRESH_SEGMENT}?a=b|c#t`, new URL(`${FRESH_SEGMENT}?a=b|c`).href],
    ['a host in capitals', FRESH_SEGMENT.replace('demo', 'DEMO'), FRESH_SEGMENT],
  ])('takes %s for no redirect', (_, sent, response) => {
    const { load, callbacks } = setUp({ resolve: () => sent })
    load()
    inner().succeed('data', response)
    expect(callbacks.onSuccess.mock.calls[0]?.[0].url).toBe(SEGMENT)
  })

  it('tells the source that the CDN took the URL, since when, and how long the first byte took', async () => {
    const { load, source } = setUp({ resolve: () => FRESH_SEGMENT })
    const sentAt = Date.now()
    load()
    await time.pass(80)
    inner().firstByte()
    await time.pass(400)
    inner().succeed()
    expect(source.accepted).toHaveBeenCalledWith(FRESH_SEGMENT, sentAt, 80)
  })

  it('passes progress on, with hls.js’s own context', () => {
    const { load, context, callbacks, loader } = setUp({ resolve: () => FRESH_SEGMENT })
    load()
    inner().progress('part 1')
    inner().progress('part 2')
    expect(callbacks.onProgress).toHaveBeenCalledTimes(2)
    expect(callbacks.onProgress).toHaveBeenLastCalledWith(loader.stats, context, 'part 2', null)
  })

  it('asks for no progress where hls.js does not', () => {
    const { load, callbacks } = setUp()
    const { onProgress, ...others } = callbacks
    load(others)
    expect(() => inner().progress('part')).not.toThrow()
    expect(onProgress).not.toHaveBeenCalled()
  })

  it('passes errors and time-outs on that are no refusals', () => {
    const one = setUp()
    one.load()
    inner().fail(503)
    expect(one.callbacks.onError).toHaveBeenCalledWith({ code: 503, text: '' }, one.context, null, one.loader.stats)
    expect(one.source.repair).not.toHaveBeenCalled()

    const two = setUp()
    two.load()
    inner().timeOut()
    expect(two.callbacks.onTimeout).toHaveBeenCalledWith(two.loader.stats, two.context, null)
    expect([one.calls(), two.calls()]).toEqual([1, 1])
  })

  it('gives the headers of the answer', () => {
    const { load, loader } = setUp()
    load()
    inner().headers = { age: '7', date: 'Wed, 07 Jan 2026 10:30:07 GMT' }
    expect(loader.getCacheAge?.()).toBe(7)
    expect(loader.getResponseHeader?.('date')).toBe('Wed, 07 Jan 2026 10:30:07 GMT')
  })
})

it.each([
  ['in other words, where the film has them', (text: string) => text.replace('new', 'old'), '#EXTM3U old'],
  ['as it came, where it has none', () => undefined, '#EXTM3U new'],
])('a playlist is handed to hls.js %s', (_title, readPlaylist, data) => {
  const { load, callbacks } = setUp({}, readPlaylist)
  load()
  inner().succeed('#EXTM3U new')
  expect(callbacks.onSuccess.mock.calls[0]?.[0]).toMatchObject({ url: SEGMENT, data, code: 200 })
})

describe('a request that waits for a fresh URL', () => {
  it('is not sent before there is one, and has not started to anyone who looks', async () => {
    const next = later<string>()
    const { load, loader } = setUp({ resolve: () => next.promise })
    load()
    for (const ms of [0, 5000, 60_000]) {
      await time.pass(ms)
      expect(inner().sentTo).toBeUndefined()
      expect(performance.now() - loader.stats.loading.start).toBe(0)
    }
    next.resolve(FRESH_SEGMENT)
    await time.settle()
    expect(inner().sentTo).toBe(FRESH_SEGMENT)
  })

  it('starts when it is sent: the wait counts for nothing', async () => {
    const next = later<string>()
    const { load, loader, callbacks } = setUp({ resolve: () => next.promise })
    load()
    await time.pass(7000)
    next.resolve(FRESH_SEGMENT)
    await time.settle()
    const sentAt = performance.now()
    await time.pass(300)
    expect(loader.stats.loading.start).toBe(sentAt)
    inner().succeed()
    expect(callbacks.onSuccess.mock.calls[0]?.[1].loading).toMatchObject({ start: sentAt, end: sentAt + 300 })
  })

  it('ends with an abort: told once, and never sent, whatever comes later', async () => {
    const next = later<string>()
    const { load, loader, callbacks, context, source, calls } = setUp({ resolve: vi.fn(() => next.promise) })
    load()
    await time.pass(100)
    loader.abort()
    expect(callbacks.onAbort).toHaveBeenCalledWith(loader.stats, context, null)
    expect(loader.stats.aborted).toBe(true)
    const signal = vi.mocked(source.resolve).mock.calls[0]?.[1]
    expect(signal?.aborted).toBe(true)
    next.resolve(FRESH_SEGMENT)
    await time.pass(1000)
    expect(FakeLoader.made.map(({ sentTo }) => sentTo)).toEqual([undefined])
    expect(calls()).toBe(1)
  })

  it('ends with destroy() in silence', async () => {
    const next = later<string>()
    const { load, loader, calls } = setUp({ resolve: () => next.promise })
    load()
    loader.destroy()
    next.resolve(FRESH_SEGMENT)
    await time.pass(1000)
    expect(inner().sentTo).toBeUndefined()
    expect(inner().isDestroyed).toBe(true)
    expect(calls()).toBe(0)
  })

  it('ends with its source in silence: hls.js is on its way out too', async () => {
    const next = later<string>()
    const { load, calls } = setUp({ resolve: () => next.promise })
    load()
    next.reject(new DOMException('The source was replaced.', 'AbortError'))
    await time.pass(1000)
    expect(calls()).toBe(0)
  })
})

describe('a request that is refused', () => {
  it.each([410, 403, 401, 0])(
    'with %i is sent again to the repaired URL, and hls.js hears of the answer only',
    async (code) => {
      const repaired = later<string>()
      const { load, source, context, callbacks, calls, loader } = setUp({ repair: vi.fn(() => repaired.promise) })
      const sentAt = Date.now()
      load()
      await time.pass(40)
      inner().fail(code)
      expect(source.repair).toHaveBeenCalledWith(SEGMENT, code, sentAt, expect.any(AbortSignal))
      await time.pass(3000)
      expect(performance.now() - loader.stats.loading.start).toBe(0)
      repaired.resolve(FRESH_SEGMENT)
      await time.settle()
      expect(inner(0).isDestroyed).toBe(true)
      expect(inner().context).toEqual({ ...context, url: FRESH_SEGMENT })
      expect(calls()).toBe(0)
      inner().succeed('data')
      expect(callbacks.onSuccess).toHaveBeenCalledOnce()
      expect(callbacks.onSuccess.mock.calls[0]?.[0]).toMatchObject({ url: SEGMENT, data: 'data' })
      expect(callbacks.onSuccess.mock.calls[0]?.[2]).toBe(context)
      expect(calls()).toBe(1)
    },
  )

  it('is sent again in the same turn when there is a fresh URL already', () => {
    const { load } = setUp()
    load()
    inner().fail(410)
    expect(inner().sentTo).toBe(FRESH_SEGMENT)
  })

  it('keeps one stats object, and nothing of the refused try in it', async () => {
    const { load, loader, callbacks } = setUp()
    const { stats } = loader
    load()
    inner().firstByte()
    inner().progress('Gone')
    stats.loaded = 136
    stats.chunkCount = 1
    await time.pass(50)
    inner().fail(410)
    const sentAgainAt = performance.now()
    expect(loader.stats).toBe(stats)
    expect(stats).toMatchObject({ aborted: false, loaded: 0, total: 0, chunkCount: 0, bwEstimate: 0 })
    expect(stats.loading).toEqual({ start: sentAgainAt, first: 0, end: 0 })
    inner().succeed()
    expect(callbacks.onSuccess.mock.calls[0]?.[1]).toBe(stats)
  })

  it('may be refused several times', () => {
    const { load, source, callbacks, calls } = setUp()
    load()
    for (let refusals = 0; refusals < 3; refusals += 1) inner().fail(403)
    expect(source.repair).toHaveBeenCalledTimes(3)
    inner().succeed()
    expect(callbacks.onSuccess).toHaveBeenCalledOnce()
    expect(calls()).toBe(1)
  })

  it('and then fails otherwise is one error to hls.js, with the status of the last try', () => {
    const { load, context, callbacks, calls } = setUp()
    load()
    inner().fail(410)
    inner().fail(500)
    expect(callbacks.onError).toHaveBeenCalledOnce()
    expect(callbacks.onError.mock.calls[0]?.slice(0, 2)).toEqual([{ code: 500, text: '' }, context])
    expect(calls()).toBe(1)
  })

  it('ends with an abort in the middle of the repair', async () => {
    const repaired = later<string>()
    const { load, loader, source, calls, callbacks } = setUp({ repair: vi.fn(() => repaired.promise) })
    load()
    inner().fail(410)
    loader.abort()
    expect(callbacks.onAbort).toHaveBeenCalledOnce()
    const signal = (vi.mocked(source.repair).mock.calls[0] as unknown[] | undefined)?.[3]
    expect(signal).toMatchObject({ aborted: true })
    repaired.resolve(FRESH_SEGMENT)
    await time.pass(1000)
    expect(FakeLoader.made.map(({ sentTo }) => sentTo).filter((url) => url === FRESH_SEGMENT)).toEqual([])
    expect(calls()).toBe(1)
  })

  it('gives the headers of the answer, not of the refusal', () => {
    const { load, loader } = setUp()
    load()
    inner().headers = { age: '300' }
    inner().fail(410)
    inner().headers = { age: '2' }
    expect(loader.getCacheAge?.()).toBe(2)
  })
})

describe('a live playlist that shows by standing still that its URL is dead', () => {
  it('is loaded again by the repaired URL, and hls.js hears of that answer only', async () => {
    const isDeadPlaylist = vi.fn((text: string) => text === 'old')
    const { load, source, callbacks, calls } = setUp({ isDeadPlaylist })
    load()
    inner().succeed('old')
    expect(isDeadPlaylist).toHaveBeenCalledWith('old', SEGMENT, SEGMENT)
    expect(source.repair).toHaveBeenCalledWith(SEGMENT, 0, expect.any(Number), expect.any(AbortSignal))
    expect(source.accepted).not.toHaveBeenCalled()
    expect(calls()).toBe(0)
    expect(inner().sentTo).toBe(FRESH_SEGMENT)
    inner().succeed('new')
    expect(callbacks.onSuccess).toHaveBeenCalledOnce()
    expect(callbacks.onSuccess.mock.calls[0]?.[0]).toMatchObject({ data: 'new', url: SEGMENT })
  })
})

describe('an abort of a request that was sent', () => {
  it('is told once, and nothing comes after it', () => {
    const { load, loader, context, callbacks, calls } = setUp()
    load()
    loader.abort()
    expect(callbacks.onAbort).toHaveBeenCalledWith(loader.stats, context, null)
    inner().succeed()
    inner().fail(410)
    inner().progress('late')
    inner().timeOut()
    expect(calls()).toBe(1)
  })

  it('before anything was loaded does nothing', () => {
    const { loader, calls } = setUp()
    expect(() => loader.abort()).not.toThrow()
    expect(calls()).toBe(0)
  })

  it('after destroy() is not told any more', () => {
    const { load, loader, calls } = setUp()
    load()
    loader.destroy()
    loader.abort()
    expect(calls()).toBe(0)
  })

  it('is told once though the loader inside calls back from its own destroy()', () => {
    class Sloppy extends FakeLoader {
      override destroy(): void {
        if (!this.isDestroyed) this.succeed()
        super.destroy()
      }
    }
    const { source, context, callbacks, calls } = setUp()
    const loader = new (signedLoader(Sloppy, { of: () => source }))(HLS_CONFIG)
    loader.load(context, CONFIG, callbacks)
    loader.abort()
    expect(calls()).toBe(1)
    expect(callbacks.onAbort).toHaveBeenCalledOnce()
  })
})
