import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isRedirect } from '../../../../src/core/signed-requests.js'
import {
  type FileRequests,
  signedXhr,
  type XhrOptions,
  type XhrRequest,
} from '../../../../src/engines/vhs/signed-xhr.js'
import { FakeTime } from '../../../support/fake-time.js'
import { FakeVhs, type FakeXhr } from '../../../support/fake-vhs.js'
import { later } from '../../../support/later.js'
import { SIGN } from '../../core/seed-urls.js'

const OLD = SIGN.gcore(1767781867)
const FRESH = SIGN.gcore(1767781927)
const SEGMENT = OLD.replace('master.m3u8', '720p/seg-1.m4s')
const FRESH_SEGMENT = FRESH.replace('master.m3u8', '720p/seg-1.m4s')
const OPTIONS: XhrOptions = { uri: SEGMENT, responseType: 'arraybuffer', requestType: 'segment' }
const CLOCK = 'https://clock.example/now?of=utc'

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

type Held = XhrRequest & Partial<FakeXhr> & { uri: string; requestType: string }

/** What VHS would read there. */
const read = <Name extends keyof Held>(held: Held, ...names: Name[]) =>
  Object.fromEntries(names.map((name) => [name, held[name]]))

function setUp(changes: Partial<FileRequests> = {}, readPlaylist?: (text: string) => string | undefined) {
  const requests = {
    resolve: vi.fn((_url: string, _signal?: AbortSignal): string | Promise<string> => FRESH_SEGMENT),
    repair: vi.fn(
      (_url: string, _status: number, _at: number, _signal?: AbortSignal): string | Promise<string> => FRESH_SEGMENT,
    ),
    isRefusal: vi.fn((status: number, _url: string) => [0, 401, 403, 410].includes(status)),
    isDeadPlaylist: vi.fn((_text: string, _asked: string, _sent: string) => false),
    accepted: vi.fn(),
    baseOf: (response: string, sent: string, asked: string) => (isRedirect(sent, response) ? response : asked),
    now: () => Date.now(),
    ...changes,
  }
  const vhs = new FakeVhs()
  const bare = vhs.xhr
  vhs.xhr = signedXhr(bare, { of: () => requests, ...(readPlaylist && { readPlaylist }) })
  const callback = vi.fn<(error: unknown, request: XhrRequest) => void>()
  const onLoadEnd = vi.fn()
  return {
    vhs,
    bare,
    requests,
    callback,
    onLoadEnd,
    load(options: XhrOptions = OPTIONS): Held {
      const held = vhs.xhr(options, callback) as Held
      held.addEventListener('loadend', onLoadEnd)
      return held
    },
    /** What VHS heard of each request: the error's message, and whether it got what it holds. */
    heard: (held: Held) =>
      callback.mock.calls.map(([error, given]) => [(error as Error | null)?.message ?? null, given === held]),
    /** The URLs that requests were really sent to. */
    urls: () => vhs.sent.map(({ url }) => url),
    sent(index = -1): FakeXhr {
      const request = vhs.sent.at(index)
      if (!request) throw new Error('No request was sent.')
      return request
    },
  }
}

describe('a request while the URL is fresh', () => {
  it('is sent in the same turn, to the URL that the source gives, with everything else that VHS asked for', () => {
    const { load, sent } = setUp()
    load()
    expect(sent().options).toMatchObject({ ...OPTIONS, uri: FRESH_SEGMENT, timeout: 45_000 })
  })

  it('shows VHS the request under way, as the one that it asked for', () => {
    const { load, sent } = setUp()
    const held = load()
    expect(read(held, 'url', 'requestType', 'readyState', 'aborted')).toEqual({
      url: SEGMENT,
      requestType: 'segment',
      readyState: 1,
      aborted: false,
    })
    expect(held.requestTime).toBe(sent().requestTime)
    sent().firstByte()
    expect(held.status).toBe(200)
    expect(held.getResponseHeader?.('date')).toBe(`date of ${FRESH_SEGMENT}`)
  })

  it('calls VHS back with what it holds, and with the answer and the bandwidth of the try that brought it', () => {
    const { load, sent, heard } = setUp()
    const held = load()
    sent().succeed('bytes')
    expect(heard(held)).toEqual([[null, true]])
    expect(read(held, 'response', 'status', 'bandwidth')).toEqual({
      response: 'bytes',
      status: 200,
      bandwidth: 1_000_000,
    })
  })

  it('has no token in the URI, which VHS puts into its messages and events', () => {
    const { load } = setUp()
    expect(load().uri).toBe('https://demo-protected.gvideo.io/…/seg-1.m4s')
  })

  it('answers from the URL that VHS asked for: links keep one base', () => {
    const { load, sent } = setUp()
    const held = load()
    sent().succeed()
    expect(held.responseURL).toBe(SEGMENT)
  })

  it('answers from where a redirect ended: links are meant from there', () => {
    const { load, sent } = setUp()
    const held = load()
    sent().succeed('#EXTM3U', 'https://edge-7.gvideo.io/film/seg-1.m4s')
    expect(held.responseURL).toBe('https://edge-7.gvideo.io/film/seg-1.m4s')
  })

  it('tells the source that the CDN took the URL, since when, and how long the first byte took', async () => {
    const { load, sent, requests } = setUp()
    const sentAt = Date.now()
    load()
    await time.pass(80)
    sent().firstByte()
    await time.pass(400)
    sent().succeed()
    expect(requests.accepted).toHaveBeenCalledWith(FRESH_SEGMENT, sentAt, 80)
  })

  it('passes what VHS adds to it, sets on it and listens for to the request under way', () => {
    const { load, sent } = setUp()
    const onProgress = vi.fn()
    const held = load()
    held.addEventListener('progress', onProgress)
    held.onreadystatechange = null
    sent().firstByte()
    sent().progress()
    expect(onProgress).toHaveBeenCalledWith(expect.objectContaining({ type: 'progress', target: sent() }))
    expect(sent().onreadystatechange).toBeNull()
  })

  it('runs what VHS wants done before it is sent, for the real request', () => {
    const { load, sent } = setUp()
    const beforeSend = vi.fn()
    load({ ...OPTIONS, beforeSend })
    expect(beforeSend).toHaveBeenCalledExactlyOnceWith(sent())
  })

  it.each([
    ['an error that is no refusal', (request: FakeXhr) => request.fail(503), 503],
    ['a time-out, whose status is 0 too', (request: FakeXhr) => request.timeOut(), 0],
  ])('passes %s on', (_title, happen, status) => {
    const { load, sent, heard, requests } = setUp()
    const held = load()
    happen(sent())
    expect(heard(held)).toEqual([[expect.any(String), true]])
    expect(held.status).toBe(status)
    expect(requests.repair).not.toHaveBeenCalled()
    expect(requests.accepted).not.toHaveBeenCalled()
  })

  it('is aborted as itself', () => {
    const { load, sent, callback, onLoadEnd } = setUp()
    const held = load()
    held.abort()
    expect(sent().aborted).toBe(true)
    expect(held.aborted).toBe(true)
    expect(onLoadEnd).toHaveBeenCalledOnce()
    expect(callback).not.toHaveBeenCalled()
  })
})

it.each([
  ['in other words, where the film has them', (text: string) => text.replace('new', 'old'), '#EXTM3U old'],
  ['as it came, where it has none', () => undefined, '#EXTM3U new'],
])('a playlist is handed to VHS %s', (_title, readPlaylist, text) => {
  const { load, sent, callback } = setUp({}, readPlaylist)
  const held = load({ ...OPTIONS, requestType: 'hls-playlist' })
  sent().responseText = '#EXTM3U new'
  sent().succeed()
  expect(callback).toHaveBeenCalledOnce()
  expect(held.responseText).toBe(text)
})

describe('a request that waits for a fresh URL', () => {
  it('is not sent before there is one, and has not started to anyone who looks', async () => {
    const next = later<string>()
    const { load, urls } = setUp({ resolve: () => next.promise })
    const held = load()
    for (const ms of [0, 5_000, 60_000]) {
      await time.pass(ms)
      expect(urls()).toEqual([])
      expect(Date.now() - (held.requestTime ?? 0)).toBe(0)
      expect(read(held, 'url', 'status', 'aborted', 'timedout')).toEqual({
        url: SEGMENT,
        status: 0,
        aborted: false,
        timedout: undefined,
      })
    }
    next.resolve(FRESH_SEGMENT)
    await time.settle()
    expect(urls()).toEqual([FRESH_SEGMENT])
  })

  it('starts when it is sent: neither the time-out nor the bandwidth has the wait in it', async () => {
    const next = later<string>()
    const { load, sent } = setUp({ resolve: () => next.promise })
    const held = load()
    await time.pass(7_000)
    next.resolve(FRESH_SEGMENT)
    await time.settle()
    const sentAt = Date.now()
    await time.pass(300)
    expect(held.requestTime).toBe(sentAt)
    expect(sent().options.timeout).toBe(45_000)
  })

  it('hears of progress that VHS listened for while it waited', async () => {
    const next = later<string>()
    const { load, sent } = setUp({ resolve: () => next.promise })
    const onProgress = vi.fn()
    load().addEventListener('progress', onProgress)
    next.resolve(FRESH_SEGMENT)
    await time.settle()
    sent().firstByte()
    sent().progress()
    expect(onProgress).toHaveBeenCalledOnce()
  })

  it('ends with an abort: VHS counts it, and it is never sent, whatever comes later', async () => {
    const next = later<string>()
    const { load, urls, requests, callback, onLoadEnd } = setUp({ resolve: vi.fn(() => next.promise) })
    const held = load()
    await time.pass(100)
    held.onreadystatechange = null
    held.abort()
    held.abort()
    expect(held.aborted).toBe(true)
    expect(onLoadEnd.mock.calls.map(([{ target }]) => target === held)).toEqual([true])
    expect(vi.mocked(requests.resolve).mock.calls[0]?.[1]?.aborted).toBe(true)
    next.resolve(FRESH_SEGMENT)
    await time.pass(1_000)
    expect(urls()).toEqual([])
    expect(callback).not.toHaveBeenCalled()
  })

  it('ends with its source in silence: VHS is on its way out too', async () => {
    const next = later<string>()
    const { load, urls, callback } = setUp({ resolve: () => next.promise })
    load()
    next.reject(new DOMException('The source was replaced.', 'AbortError'))
    await time.pass(1_000)
    expect(urls()).toEqual([])
    expect(callback).not.toHaveBeenCalled()
  })

  it('for a live MPD gives way to the next one, so that not all of them are sent at once', async () => {
    const next = later<string>()
    const { load, urls, callback } = setUp({ resolve: () => next.promise })
    const mpd = { uri: OLD.replace('master.m3u8', 'index.mpd'), requestType: 'dash-manifest' }
    for (let interval = 0; interval < 5; interval += 1) load(mpd)
    next.resolve(FRESH)
    await time.settle()
    expect(urls()).toHaveLength(1)
    expect(callback).not.toHaveBeenCalled()
  })
})

describe('a request that is refused', () => {
  it.each([410, 403, 401, 0])(
    'with %i is sent again to the repaired URL, and VHS hears of the answer only',
    async (status) => {
      const repaired = later<string>()
      const { load, sent, urls, requests, heard } = setUp({
        resolve: () => SEGMENT,
        repair: vi.fn(() => repaired.promise),
      })
      const sentAt = Date.now()
      const held = load()
      await time.pass(40)
      sent().fail(status)
      expect(requests.repair).toHaveBeenCalledWith(SEGMENT, status, sentAt, expect.any(AbortSignal))
      await time.pass(3_000)
      expect(read(held, 'status', 'response', 'aborted')).toEqual({ status: 0, response: undefined, aborted: false })
      expect(Date.now() - (held.requestTime ?? 0)).toBe(0)
      repaired.resolve(FRESH_SEGMENT)
      await time.settle()
      expect(urls()).toEqual([SEGMENT, FRESH_SEGMENT])
      expect(sent().options).toEqual({ ...sent(0).options, uri: FRESH_SEGMENT, beforeSend: expect.any(Function) })
      expect(heard(held)).toEqual([])
      sent().succeed('bytes')
      expect(heard(held)).toEqual([[null, true]])
      expect(read(held, 'response', 'status', 'url', 'responseURL')).toEqual({
        response: 'bytes',
        status: 200,
        url: SEGMENT,
        responseURL: SEGMENT,
      })
      expect(held.requestTime).toBe(sent().requestTime)
    },
  )

  it('is sent again in the same turn when there is a fresh URL already, as often as it takes', () => {
    const { load, sent, urls, callback } = setUp()
    load()
    for (let refusals = 0; refusals < 3; refusals += 1) sent().fail(403)
    expect(urls()).toHaveLength(4)
    sent().succeed()
    expect(callback).toHaveBeenCalledOnce()
  })

  it('has no progress and no bytes: not for the bandwidth, not for the search of a segment index', () => {
    const { load, sent } = setUp()
    const onProgress = vi.fn()
    const beforeSend = (request: XhrRequest) => request.addEventListener('progress', onProgress)
    load({ ...OPTIONS, beforeSend }).addEventListener('progress', onProgress)
    sent().firstByte(403)
    sent().progress()
    expect(onProgress).not.toHaveBeenCalled()
    sent().fail(403)
    sent().firstByte()
    sent().progress()
    expect(onProgress).toHaveBeenCalledTimes(2)
  })

  it('and then fails otherwise is one error to VHS, with the status of the last try', () => {
    const { load, sent, heard } = setUp()
    const held = load()
    sent().fail(410)
    sent().fail(500)
    expect(heard(held)).toEqual([['XHR Failed with a response of: 500', true]])
    expect(held.status).toBe(500)
  })

  it('ends with an abort in the middle of the repair', async () => {
    const repaired = later<string>()
    const { load, sent, urls, requests, callback, onLoadEnd } = setUp({ repair: vi.fn(() => repaired.promise) })
    const held = load()
    sent().fail(410)
    onLoadEnd.mockClear()
    held.abort()
    expect(onLoadEnd.mock.calls.map(([{ target }]) => target === held)).toEqual([true])
    expect(vi.mocked(requests.repair).mock.calls[0]?.[3]?.aborted).toBe(true)
    repaired.resolve(FRESH_SEGMENT)
    await time.pass(1_000)
    expect(urls()).toHaveLength(1)
    expect(callback).not.toHaveBeenCalled()
  })

  it('is aborted as the try that is under way', () => {
    const { load, sent } = setUp()
    const held = load()
    sent().fail(410)
    held.abort()
    expect([sent(0).aborted, sent(1).aborted]).toEqual([undefined, true])
  })
})

describe('a live playlist that shows by standing still that its URL is dead', () => {
  const playlist = { uri: SEGMENT, requestType: 'hls-playlist' }

  it('is loaded again by the repaired URL, and VHS hears of that answer only', () => {
    const isDeadPlaylist = vi.fn((text: string, _asked: string, _sent: string) => text === 'old')
    const { load, sent, heard, requests, urls } = setUp({ resolve: () => SEGMENT, isDeadPlaylist })
    const held = load(playlist)
    sent().responseText = 'old'
    sent().succeed()
    expect(isDeadPlaylist).toHaveBeenCalledWith('old', SEGMENT, SEGMENT)
    expect(requests.repair).toHaveBeenCalledWith(SEGMENT, 0, expect.any(Number), expect.any(AbortSignal))
    expect(requests.accepted).not.toHaveBeenCalled()
    expect(heard(held)).toEqual([])
    sent().responseText = 'new'
    sent().succeed()
    expect(urls()).toEqual([SEGMENT, FRESH_SEGMENT])
    expect(heard(held)).toEqual([[null, true]])
    expect(held.responseText).toBe('new')
  })

  it('is looked for in playlists only: other answers are no text', () => {
    const isDeadPlaylist = vi.fn(() => true)
    const { load, sent, heard } = setUp({ isDeadPlaylist })
    const held = load()
    Object.defineProperty(sent(), 'responseText', {
      get: () => {
        throw new DOMException('responseType is arraybuffer', 'InvalidStateError')
      },
    })
    sent().succeed('bytes')
    expect(heard(held)).toEqual([[null, true]])
    expect(isDeadPlaylist).not.toHaveBeenCalled()
  })
})

describe("the page's hooks", () => {
  it.each([
    ['before', 'bare'],
    ['after', 'vhs'],
  ] as const)('added %s the façade was put on run on the URL that is really sent, for each try', (_title, where) => {
    const { load, sent, vhs, bare } = setUp()
    const hook = vi.fn((options: XhrOptions) => ({ ...options, headers: { 'X-Page': '1' } }))
    const hooked = where === 'bare' ? bare : vhs.xhr
    hooked.onRequest?.(hook)
    load()
    sent().fail(403)
    expect(hook.mock.calls.map(([options]) => options.uri)).toEqual([FRESH_SEGMENT, FRESH_SEGMENT])
    expect(sent().options.headers).toEqual({ 'X-Page': '1' })
  })

  it('are found where VHS looks for them', () => {
    const { vhs, bare } = setUp()
    const hook = (options: XhrOptions) => options
    vhs.xhr.onRequest?.(hook)
    expect(bare.hooks?.has(hook)).toBe(true)
    expect(vhs.xhr.hooks).toBe(bare.hooks)
  })
})

describe('a request for another server', () => {
  const others = { resolve: (url: string) => url, isRefusal: () => false }

  it('goes where VHS sends it', () => {
    const { load, urls } = setUp(others)
    const held = load({ uri: CLOCK, method: 'HEAD', requestType: 'dash-clock-sync' })
    expect(urls()).toEqual([CLOCK])
    expect(held.url).toBe(CLOCK)
  })

  it('keeps its refusals: content steering is done with a server that says 410', () => {
    const { load, sent, heard, requests } = setUp(others)
    const held = load({ uri: 'https://steering.example/film', requestType: 'content-steering-manifest' })
    sent().fail(410)
    expect(heard(held)).toEqual([['XHR Failed with a response of: 410', true]])
    expect(held.status).toBe(410)
    expect(requests.repair).not.toHaveBeenCalled()
  })

  it('without a URI is none of ours', () => {
    const { vhs, requests, callback } = setUp()
    vhs.xhr({ url: CLOCK }, callback)
    expect(requests.resolve).not.toHaveBeenCalled()
  })
})

describe('a file that fails again and again', () => {
  /** VHS asks for it for so long, anew as soon as it has failed. Answers how often it was sent. */
  async function insist({ load, sent, urls, callback }: ReturnType<typeof setUp>, forMs: number): Promise<number> {
    const before = urls().length
    let held = load()
    callback.mockImplementation(() => {
      held = load()
    })
    for (let ms = 0; ms < forMs; ms += 10) {
      if (sent().readyState === 1) sent().fail(503)
      await time.pass(10)
    }
    callback.mockReset()
    held.abort()
    return urls().length - before
  }

  it('is tried twice at once, then with pauses that double', async () => {
    const game = setUp()
    expect(await insist(game, 400)).toBe(2)
    expect(await insist(setUp(), 4_000)).toBe(5)
    expect(await insist(setUp(), 60_000)).toBeLessThan(20)
  })

  it('is sent at once after it has been served', async () => {
    const game = setUp()
    await insist(game, 600)
    await time.pass(10_000)
    game.sent().succeed()
    const before = game.urls().length
    game.load()
    expect(game.urls()).toHaveLength(before + 1)
  })

  it('holds no other file up, and ends with an abort in the middle of a pause', async () => {
    const game = setUp()
    await insist(game, 400)
    game.load({ ...OPTIONS, uri: CLOCK })
    const before = game.urls().length
    const held = game.load()
    await time.pass(100)
    held.abort()
    await time.pass(60_000)
    expect(game.urls()).toHaveLength(before)
    expect(time.timers).toBe(0)
  })
})
