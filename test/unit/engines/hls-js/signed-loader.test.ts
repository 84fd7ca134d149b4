import type { HlsConfig, LoaderCallbacks, LoaderConfiguration, LoaderContext } from 'hls.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { signedLoader } from '../../../../src/engines/hls-js/signed-loader.js'
import { FakeLoader } from '../../../support/fake-loader.js'
import { FakeMedia } from '../../../support/fake-media.js'
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
  // In a browser `performance.now()` is never zero, because it counts from when the page was opened.
  vi.advanceTimersByTime(1000)
  FakeLoader.made = []
})
afterEach(() => time.restore())

/** A loader for a file. Unless `urls` is given, the first try goes to the requested URL and later ones to the fresh URL. */
function setUp(...urls: (string | Promise<string>)[]) {
  const media = new FakeMedia()
  media.urls = (askedUrl) => (urls.length > 0 ? urls : [askedUrl, FRESH_SEGMENT])
  const Loader = signedLoader(FakeLoader, media)
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
    media,
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
  it('is sent in the same turn to the URL that the media returns, and otherwise as hls.js requested', () => {
    const { load, context } = setUp(FRESH_SEGMENT)
    load()
    expect(inner().context).toEqual({ ...context, url: FRESH_SEGMENT })
    expect(inner().config).toBe(CONFIG)
    expect(inner().hlsConfig).toBe(HLS_CONFIG)
  })

  it('has an absolute URL, where hls.js has a relative one', () => {
    vi.stubGlobal('document', { baseURI: 'https://site.example/watch/7' })
    const { load, media, context } = setUp()
    context.url = 'ads/pizza.m3u8'
    load()
    vi.unstubAllGlobals()
    expect(media.requests[0]?.askedUrl).toBe('https://site.example/watch/ads/pizza.m3u8')
  })

  it("succeeds with hls.js's own context, the loader's own stats, and the URL that hls.js requested", () => {
    const { load, loader, context, callbacks } = setUp(FRESH_SEGMENT)
    load()
    inner().succeed('data')
    const [response, stats, given] = callbacks.onSuccess.mock.calls[0] ?? []
    expect(response).toMatchObject({ url: SEGMENT, data: 'data', code: 200 })
    expect(stats).toBe(loader.stats)
    expect(given).toBe(context)
    expect(context.url).toBe(SEGMENT)
  })

  it('reports where redirects ended, and gives hls.js the base URL that the media returns', () => {
    const { load, media, callbacks } = setUp()
    media.base = ({ url = '' }) => `${url}?redirected`
    load()
    inner().succeed('#EXTM3U', 'https://edge-7.gvideo.io/film/seg-1.m4s')
    expect(callbacks.onSuccess.mock.calls[0]?.[0].url).toBe('https://edge-7.gvideo.io/film/seg-1.m4s?redirected')
  })

  it('reports its status and its time to first byte', async () => {
    const { load, media } = setUp(FRESH_SEGMENT)
    load()
    await time.pass(80)
    inner().firstByte()
    await time.pass(400)
    inner().succeed()
    expect(media.answers).toMatchObject([{ status: 200, tookMs: 80 }])
  })

  it('sends cookies when the media requires them, and keeps the xhrSetup of the page', () => {
    const { media, context, callbacks } = setUp()
    media.withCredentials = true
    const pageSetUp = vi.fn()
    const loader = new (signedLoader(FakeLoader, media))({ ...HLS_CONFIG, xhrSetup: pageSetUp })
    loader.load(context, CONFIG, callbacks)
    const xhr = { withCredentials: false } as XMLHttpRequest
    inner().hlsConfig.xhrSetup?.(xhr, SEGMENT, context)
    expect(xhr.withCredentials).toBe(true)
    expect(pageSetUp).toHaveBeenCalledWith(xhr, SEGMENT, context)
  })

  it('forwards progress with hls.js’s own context', () => {
    const { load, context, callbacks, loader } = setUp(FRESH_SEGMENT)
    load()
    inner().progress('part 1')
    inner().progress('part 2')
    expect(callbacks.onProgress).toHaveBeenCalledTimes(2)
    expect(callbacks.onProgress).toHaveBeenLastCalledWith(loader.stats, context, 'part 2', null)
  })

  it('forwards no progress when hls.js does not listen for it', () => {
    const { load, callbacks } = setUp()
    const { onProgress, ...others } = callbacks
    load(others)
    expect(() => inner().progress('part')).not.toThrow()
    expect(onProgress).not.toHaveBeenCalled()
  })

  it('reports the status that the media says, where that is not the answer’s', () => {
    const { load, media, callbacks } = setUp()
    Object.assign(media, { isRefused: () => false, statusFor: () => 404 })
    load()
    inner().fail(403)
    expect(callbacks.onError.mock.calls[0]?.[0]).toEqual({ code: 404, text: '' })
  })

  it('forwards errors and timeouts that are not refusals', () => {
    const one = setUp()
    one.load()
    inner().fail(503)
    expect(one.callbacks.onError).toHaveBeenCalledWith({ code: 503, text: '' }, one.context, null, one.loader.stats)
    expect(one.media.requests[0]?.tries).toBe(1)

    const two = setUp()
    two.load()
    inner().timeOut()
    expect(two.callbacks.onTimeout).toHaveBeenCalledWith(two.loader.stats, two.context, null)
    expect([one.calls(), two.calls()]).toEqual([1, 1])
  })

  it('returns the headers of the answer', () => {
    const { load, loader } = setUp()
    load()
    inner().headers = { age: '7', date: 'Wed, 07 Jan 2026 10:30:07 GMT' }
    expect(loader.getCacheAge?.()).toBe(7)
    expect(loader.getResponseHeader?.('date')).toBe('Wed, 07 Jan 2026 10:30:07 GMT')
  })
})

it.each([
  ['rewritten when the media returns another text', (text: string) => text.replace('new', 'old'), '#EXTM3U old'],
  ['unchanged when the media returns none', () => undefined, '#EXTM3U new'],
])('a playlist is passed to hls.js %s', (_title, readPlaylist, data) => {
  const { load, media, callbacks } = setUp()
  media.readPlaylist = readPlaylist
  load()
  inner().succeed('#EXTM3U new')
  expect(callbacks.onSuccess.mock.calls[0]?.[0]).toMatchObject({ url: SEGMENT, data, code: 200 })
})

describe('a request that waits for a fresh URL', () => {
  it('is not sent before there is one, and does not look started to hls.js', async () => {
    const next = later<string>()
    const { load, loader } = setUp(next.promise)
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

  it('starts when it is sent, so that the wait does not count', async () => {
    const next = later<string>()
    const { load, loader, callbacks } = setUp(next.promise)
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

  it('ends with an abort, which is reported once, and is never sent', async () => {
    const next = later<string>()
    const { load, loader, callbacks, context, media, calls } = setUp(next.promise)
    load()
    await time.pass(100)
    loader.abort()
    expect(callbacks.onAbort).toHaveBeenCalledWith(loader.stats, context, null)
    expect(loader.stats.aborted).toBe(true)
    expect(media.requests[0]?.signal?.aborted).toBe(true)
    next.resolve(FRESH_SEGMENT)
    await time.pass(1000)
    expect(FakeLoader.made.map(({ sentTo }) => sentTo)).toEqual([undefined])
    expect(calls()).toBe(1)
  })

  it('ends silently with destroy()', async () => {
    const next = later<string>()
    const { load, loader, calls } = setUp(next.promise)
    load()
    loader.destroy()
    next.resolve(FRESH_SEGMENT)
    await time.pass(1000)
    expect(inner().sentTo).toBeUndefined()
    expect(inner().isDestroyed).toBe(true)
    expect(calls()).toBe(0)
  })

  it('ends silently with its source, because hls.js goes away too', async () => {
    const next = later<string>()
    const { load, calls } = setUp(next.promise)
    load()
    next.reject(new DOMException('The source was replaced.', 'AbortError'))
    await time.pass(1000)
    expect(calls()).toBe(0)
  })
})

describe('a request that is refused', () => {
  it.each([410, 403, 401, 0])(
    'with %i is sent again to the next URL, and hls.js gets only the final answer',
    async (code) => {
      const repaired = later<string>()
      const { load, media, context, callbacks, calls, loader } = setUp(SEGMENT, repaired.promise)
      load()
      await time.pass(40)
      inner().fail(code)
      expect(media.answers).toEqual([{ status: code, delivered: false }])
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

  it('is sent again in the same turn when there already is a fresh URL', () => {
    const { load } = setUp()
    load()
    inner().fail(410)
    expect(inner().sentTo).toBe(FRESH_SEGMENT)
  })

  it('keeps one stats object, with nothing of the refused try in it', async () => {
    const { load, loader, callbacks } = setUp()
    const { stats } = loader
    load()
    inner().firstByte()
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
    const { load, media, callbacks, calls } = setUp()
    load()
    for (let refusals = 0; refusals < 3; refusals += 1) inner().fail(403)
    expect(media.requests[0]?.tries).toBe(4)
    inner().succeed()
    expect(callbacks.onSuccess).toHaveBeenCalledOnce()
    expect(calls()).toBe(1)
  })

  it('and then fails for another reason is one error for hls.js, with the status of the last try', () => {
    const { load, context, callbacks, calls } = setUp()
    load()
    inner().fail(410)
    inner().fail(500)
    expect(callbacks.onError).toHaveBeenCalledOnce()
    expect(callbacks.onError.mock.calls[0]?.slice(0, 2)).toEqual([{ code: 500, text: '' }, context])
    expect(calls()).toBe(1)
  })

  it('ends with an abort during the refresh', async () => {
    const repaired = later<string>()
    const { load, loader, media, calls, callbacks } = setUp(SEGMENT, repaired.promise)
    load()
    inner().fail(410)
    loader.abort()
    expect(callbacks.onAbort).toHaveBeenCalledOnce()
    expect(media.requests[0]?.signal?.aborted).toBe(true)
    repaired.resolve(FRESH_SEGMENT)
    await time.pass(1000)
    expect(FakeLoader.made.map(({ sentTo }) => sentTo).filter((url) => url === FRESH_SEGMENT)).toEqual([])
    expect(calls()).toBe(1)
  })

  it('returns the headers of the answer, not of the refusal', () => {
    const { load, loader } = setUp()
    load()
    inner().headers = { age: '300' }
    inner().fail(410)
    inner().headers = { age: '2' }
    expect(loader.getCacheAge?.()).toBe(2)
  })
})

describe('a playlist that was served but must be loaded again', () => {
  it('is loaded from the next URL, and hls.js gets only that answer', async () => {
    const { load, media, callbacks, calls } = setUp()
    media.isRefused = ({ text }) => text === 'old'
    load()
    inner().succeed('old')
    expect(media.answers).toMatchObject([{ status: 200, text: 'old' }])
    expect(calls()).toBe(0)
    expect(inner().sentTo).toBe(FRESH_SEGMENT)
    inner().succeed('new')
    expect(callbacks.onSuccess).toHaveBeenCalledOnce()
    expect(callbacks.onSuccess.mock.calls[0]?.[0]).toMatchObject({ data: 'new', url: SEGMENT })
  })
})

describe('an abort', () => {
  it('is reported once, and nothing follows it', () => {
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

  it('before load() does nothing', () => {
    const { loader, calls } = setUp()
    expect(() => loader.abort()).not.toThrow()
    expect(calls()).toBe(0)
  })

  it('after destroy() is not reported', () => {
    const { load, loader, calls } = setUp()
    load()
    loader.destroy()
    loader.abort()
    expect(calls()).toBe(0)
  })

  it('is reported once even if the inner loader calls back from its own destroy()', () => {
    class CallsBackOnDestroy extends FakeLoader {
      override destroy(): void {
        if (!this.isDestroyed) this.succeed()
        super.destroy()
      }
    }
    const { media, context, callbacks, calls } = setUp()
    const loader = new (signedLoader(CallsBackOnDestroy, media))(HLS_CONFIG)
    loader.load(context, CONFIG, callbacks)
    loader.abort()
    expect(calls()).toBe(1)
    expect(callbacks.onAbort).toHaveBeenCalledOnce()
  })
})
