import type { HlsConfig, LoaderCallbacks, LoaderConfiguration, LoaderContext } from 'hls.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { earlyLoader } from '../../../../src/engines/hls-js/early-loader.js'
import { canRequestEarly, type EarlyPlaylist } from '../../../../src/engines/hls-js/early-playlist.js'
import { FakeLoader } from '../../../support/fake-loader.js'

const URL = 'https://cdn.example/films/7/master.m3u8?token=1'
const LEVEL = 'https://cdn.example/films/7/720p.m3u8?token=1'
const CONTEXT: LoaderContext = { url: URL, responseType: 'text', type: 'manifest' as LoaderContext['type'] }
const CONFIG: LoaderConfiguration = {
  loadPolicy: { maxTimeToFirstByteMs: 10_000, maxLoadTimeMs: 20_000, timeoutRetry: null, errorRetry: null },
  maxRetry: 0,
  timeout: 20_000,
  retryDelay: 0,
  maxRetryDelay: 0,
}

const answered = (response: Response): EarlyPlaylist => ({
  url: URL,
  answer: Promise.resolve({ response, text: '#EXTM3U', start: 100, first: 140, end: 150 }),
})

/** Loads `url` with an early playlist; the calls back are `onSuccess` and so on. */
async function load(early: EarlyPlaylist, url = URL) {
  const playlist = Promise.resolve(early)
  const EarlyLoader = earlyLoader(FakeLoader, playlist)
  await playlist
  const loader = new EarlyLoader({} as HlsConfig)
  const callbacks = {
    onSuccess: vi.fn(),
    onError: vi.fn(),
    onTimeout: vi.fn(),
  } satisfies LoaderCallbacks<LoaderContext>
  const start = (to = url, one = loader) => one.load({ ...CONTEXT, url: to }, CONFIG, callbacks)
  start()
  await vi.advanceTimersByTimeAsync(0)
  return { loader, callbacks, start, another: () => new EarlyLoader({} as HlsConfig) }
}
/** Whether a request of hls.js's own was sent. */
const isSent = () => FakeLoader.made.some(({ sentTo, config }) => sentTo !== undefined && config !== undefined)

beforeEach(() => {
  vi.useFakeTimers()
  FakeLoader.made = []
})
afterEach(() => vi.useRealTimers())

describe('the first playlist, requested before hls.js was there,', () => {
  it('is what hls.js gets for it, with its times, and nothing is sent', async () => {
    const { callbacks, loader } = await load(answered(new Response('#EXTM3U')))
    expect(callbacks.onSuccess).toHaveBeenCalledTimes(1)
    expect(callbacks.onSuccess.mock.calls[0]?.[0]).toMatchObject({ data: '#EXTM3U', code: 200 })
    expect(loader.stats).toMatchObject({ loaded: 7, total: 7, loading: { start: 100, first: 140, end: 150 } })
    expect(isSent()).toBe(false)
  })

  it('is used once: hls.js loads it again by itself', async () => {
    const { callbacks, start, another } = await load(answered(new Response('#EXTM3U')))
    start(URL, another())
    await vi.advanceTimersByTimeAsync(0)
    expect(callbacks.onSuccess).toHaveBeenCalledTimes(1)
    expect(isSent()).toBe(true)
  })

  it('is of no use for another file', async () => {
    const { callbacks } = await load(answered(new Response('#EXTM3U')), LEVEL)
    expect(callbacks.onSuccess).not.toHaveBeenCalled()
    expect(isSent()).toBe(true)
  })

  it('reports a refusal as hls.js’s loader would', async () => {
    const { callbacks } = await load(answered(new Response(null, { status: 410, statusText: 'Gone' })))
    expect(callbacks.onError.mock.calls[0]?.[0]).toEqual({ code: 410, text: 'Gone' })
    expect(isSent()).toBe(false)
  })

  it('is requested by hls.js itself where that failed, or takes longer than hls.js waits', async () => {
    await load({ url: URL, answer: Promise.reject(new TypeError('Failed to fetch')) })
    expect(isSent()).toBe(true)
    FakeLoader.made = []
    const { callbacks } = await load({ url: URL, answer: new Promise(() => {}) })
    await vi.advanceTimersByTimeAsync(19_999)
    expect(isSent()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(isSent()).toBe(true)
    expect(callbacks.onSuccess).not.toHaveBeenCalled()
  })

  it.each(['abort', 'destroy'] as const)('reaches nobody after %s()', async (end) => {
    let answer = (_response: Awaited<EarlyPlaylist['answer']>) => {}
    const { callbacks, loader } = await load({ url: URL, answer: new Promise((resolve) => (answer = resolve)) })
    loader[end]()
    answer({ response: new Response('#EXTM3U'), text: '#EXTM3U', start: 1, first: 2, end: 3 })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(callbacks.onSuccess).not.toHaveBeenCalled()
    expect(FakeLoader.made.every(({ config }) => config === undefined)).toBe(true)
  })
})

describe('canRequestEarly', () => {
  it.each([
    [{}, true],
    [{ maxBufferLength: 10 }, true],
    [{ xhrSetup: () => {} }, false],
    [{ fetchSetup: () => new Request(URL) }, false],
    [{ loader: FakeLoader }, false],
    [{ cmcd: {} }, false],
  ] as [Partial<HlsConfig>, boolean][])('where the page sets %o: %s', (config, expected) => {
    expect(canRequestEarly(config)).toBe(expected)
  })
})
