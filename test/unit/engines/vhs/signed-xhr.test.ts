import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { signedXhr, type XhrOptions, type XhrRequest } from '../../../../src/engines/vhs/signed-xhr.js'
import { FakeMedia } from '../../../support/fake-media.js'
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

/** The properties that VHS would read. */
const read = <Name extends keyof Held>(held: Held, ...names: Name[]) =>
  Object.fromEntries(names.map((name) => [name, held[name]]))

/** A façade whose requests go to `urls`, one for each try. */
function setUp(...urls: (string | Promise<string>)[]) {
  const media = new FakeMedia()
  media.urls = () => (urls.length > 0 ? urls : [FRESH_SEGMENT])
  const vhs = new FakeVhs()
  const bare = vhs.xhr
  vhs.xhr = signedXhr(bare, media)
  const callback = vi.fn<(error: unknown, request: XhrRequest) => void>()
  const onLoadEnd = vi.fn()
  return {
    vhs,
    bare,
    media,
    callback,
    onLoadEnd,
    load(options: XhrOptions = OPTIONS): Held {
      const held = vhs.xhr(options, callback) as Held
      held.addEventListener('loadend', onLoadEnd)
      return held
    },
    /** Each callback to VHS: the message of its error, and whether it came with the request that VHS holds. */
    callbacks: (held: Held) =>
      callback.mock.calls.map(([error, given]) => [(error as Error | null)?.message ?? null, given === held]),
    /** The URLs that requests were actually sent to. */
    urls: () => vhs.sent.map(({ url }) => url),
    sent(index = -1): FakeXhr {
      const request = vhs.sent.at(index)
      if (!request) throw new Error('No request was sent.')
      return request
    },
  }
}

describe('a request while the URL is fresh', () => {
  it('is sent in the same turn to the URL that the media returns, and otherwise as VHS requested', () => {
    const { load, sent } = setUp()
    load()
    expect(sent().options).toMatchObject({ ...OPTIONS, uri: FRESH_SEGMENT, timeout: 45_000 })
  })

  it('shows VHS the request in flight as the one that VHS made', () => {
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

  it('calls VHS back with the request that it holds, which has the answer and the bandwidth of the successful try', () => {
    const { load, sent, callbacks } = setUp()
    const held = load()
    sent().succeed('bytes')
    expect(callbacks(held)).toEqual([[null, true]])
    expect(read(held, 'response', 'status', 'bandwidth')).toEqual({
      response: 'bytes',
      status: 200,
      bandwidth: 1_000_000,
    })
  })

  it('has no token in its URI, which VHS puts into messages and events', () => {
    const { load } = setUp()
    expect(load().uri).toBe('https://demo-protected.gvideo.io/…/seg-1.m4s')
  })

  it('has the responseURL that VHS requested, so that links keep one base', () => {
    const { load, sent } = setUp()
    const held = load()
    sent().succeed()
    expect(held.responseURL).toBe(SEGMENT)
  })

  it('reports where redirects ended, and has the responseURL that the media returns', () => {
    const { load, media, sent } = setUp()
    media.base = ({ url = '' }) => `${url}?redirected`
    const held = load()
    sent().succeed('#EXTM3U', 'https://edge-7.gvideo.io/film/seg-1.m4s')
    expect(held.responseURL).toBe('https://edge-7.gvideo.io/film/seg-1.m4s?redirected')
  })

  it('sends cookies when the media requires them', () => {
    const { load, media, sent } = setUp()
    media.withCredentials = true
    load()
    expect(sent().options).toMatchObject({ withCredentials: true })
  })

  it('reports its status and its time to first byte', async () => {
    const { load, sent, media } = setUp()
    load()
    await time.pass(80)
    sent().firstByte()
    await time.pass(400)
    sent().succeed()
    expect(media.answers).toMatchObject([{ status: 200, tookMs: 80 }])
  })

  it('forwards the listeners and the properties that VHS sets to the request in flight', () => {
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

  it('runs the beforeSend of VHS with the real request', () => {
    const { load, sent } = setUp()
    const beforeSend = vi.fn()
    load({ ...OPTIONS, beforeSend })
    expect(beforeSend).toHaveBeenCalledExactlyOnceWith(sent())
  })

  it('shows the status that the media says, where that is not the answer’s', () => {
    const { load, sent, media } = setUp()
    Object.assign(media, { isRefused: () => false, statusFor: () => 404 })
    const held = load()
    sent().fail(403)
    expect(held.status).toBe(404)
  })

  it.each([
    ['an error that is not a refusal', (request: FakeXhr) => request.fail(503), 503],
    ['a timeout, whose status is 0 too', (request: FakeXhr) => request.timeOut(), 0],
  ])('forwards %s', (_title, happen, status) => {
    const { load, sent, callbacks, media } = setUp()
    const held = load()
    happen(sent())
    expect(callbacks(held)).toEqual([[expect.any(String), true]])
    expect(held.status).toBe(status)
    expect(media.requests[0]?.tries).toBe(1)
  })

  it('aborts the request in flight', () => {
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
  ['rewritten when the media returns another text', (text: string) => text.replace('new', 'old'), '#EXTM3U old'],
  ['unchanged when the media returns none', () => undefined, '#EXTM3U new'],
])('a playlist is passed to VHS %s', (_title, readPlaylist, text) => {
  const { load, media, sent, callback } = setUp()
  media.readPlaylist = readPlaylist
  const held = load({ ...OPTIONS, requestType: 'hls-playlist' })
  sent().responseText = '#EXTM3U new'
  sent().succeed()
  expect(callback).toHaveBeenCalledOnce()
  expect(held.responseText).toBe(text)
})

describe('a request that waits for a fresh URL', () => {
  it('is not sent before there is one, and does not look started to VHS', async () => {
    const next = later<string>()
    const { load, urls } = setUp(next.promise)
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

  it('starts when it is sent, so that neither the timeout nor the bandwidth includes the wait', async () => {
    const next = later<string>()
    const { load, sent } = setUp(next.promise)
    const held = load()
    await time.pass(7_000)
    next.resolve(FRESH_SEGMENT)
    await time.settle()
    const sentAt = Date.now()
    await time.pass(300)
    expect(held.requestTime).toBe(sentAt)
    expect(sent().options.timeout).toBe(45_000)
  })

  it('forwards progress to a listener that VHS added during the wait', async () => {
    const next = later<string>()
    const { load, sent } = setUp(next.promise)
    const onProgress = vi.fn()
    load().addEventListener('progress', onProgress)
    next.resolve(FRESH_SEGMENT)
    await time.settle()
    sent().firstByte()
    sent().progress()
    expect(onProgress).toHaveBeenCalledOnce()
  })

  it('ends with an abort, which fires loadend once, and is never sent', async () => {
    const next = later<string>()
    const { load, urls, media, callback, onLoadEnd } = setUp(next.promise)
    const held = load()
    await time.pass(100)
    held.onreadystatechange = null
    held.abort()
    held.abort()
    expect(held.aborted).toBe(true)
    expect(onLoadEnd.mock.calls.map(([{ target }]) => target === held)).toEqual([true])
    expect(media.requests[0]?.signal?.aborted).toBe(true)
    next.resolve(FRESH_SEGMENT)
    await time.pass(1_000)
    expect(urls()).toEqual([])
    expect(callback).not.toHaveBeenCalled()
  })

  it('ends silently with its source, because VHS goes away too', async () => {
    const next = later<string>()
    const { load, urls, callback } = setUp(next.promise)
    load()
    next.reject(new DOMException('The source was replaced.', 'AbortError'))
    await time.pass(1_000)
    expect(urls()).toEqual([])
    expect(callback).not.toHaveBeenCalled()
  })

  it('for a live MPD is superseded by the next one, so that they are not all sent at once', async () => {
    const next = later<string>()
    const { load, urls, callback } = setUp(next.promise)
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
    'with %i is sent again to the next URL, and VHS gets only the final answer',
    async (status) => {
      const repaired = later<string>()
      const { load, sent, urls, media, callbacks } = setUp(SEGMENT, repaired.promise)
      const held = load()
      await time.pass(40)
      sent().fail(status)
      expect(media.answers).toMatchObject([{ status }])
      await time.pass(3_000)
      expect(read(held, 'status', 'response', 'aborted')).toEqual({ status: 0, response: undefined, aborted: false })
      expect(Date.now() - (held.requestTime ?? 0)).toBe(0)
      repaired.resolve(FRESH_SEGMENT)
      await time.settle()
      expect(urls()).toEqual([SEGMENT, FRESH_SEGMENT])
      expect(sent().options).toEqual({ ...sent(0).options, uri: FRESH_SEGMENT, beforeSend: expect.any(Function) })
      expect(callbacks(held)).toEqual([])
      sent().succeed('bytes')
      expect(callbacks(held)).toEqual([[null, true]])
      expect(read(held, 'response', 'status', 'url', 'responseURL')).toEqual({
        response: 'bytes',
        status: 200,
        url: SEGMENT,
        responseURL: SEGMENT,
      })
      expect(held.requestTime).toBe(sent().requestTime)
    },
  )

  it('is sent again in the same turn when there already is a fresh URL, as often as it takes', () => {
    const { load, sent, urls, callback } = setUp()
    load()
    for (let refusals = 0; refusals < 3; refusals += 1) sent().fail(403)
    expect(urls()).toHaveLength(4)
    sent().succeed()
    expect(callback).toHaveBeenCalledOnce()
  })

  it('reports no progress of the refused try, neither to the bandwidth estimate nor to the search for a segment index', () => {
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

  it('and then fails for another reason is one error for VHS, with the status of the last try', () => {
    const { load, sent, callbacks } = setUp()
    const held = load()
    sent().fail(410)
    sent().fail(500)
    expect(callbacks(held)).toEqual([['XHR Failed with a response of: 500', true]])
    expect(held.status).toBe(500)
  })

  it('ends with an abort during the refresh', async () => {
    const repaired = later<string>()
    const { load, sent, urls, media, callback, onLoadEnd } = setUp(FRESH_SEGMENT, repaired.promise)
    const held = load()
    sent().fail(410)
    onLoadEnd.mockClear()
    held.abort()
    expect(onLoadEnd.mock.calls.map(([{ target }]) => target === held)).toEqual([true])
    expect(media.requests[0]?.signal?.aborted).toBe(true)
    repaired.resolve(FRESH_SEGMENT)
    await time.pass(1_000)
    expect(urls()).toHaveLength(1)
    expect(callback).not.toHaveBeenCalled()
  })

  it('aborts the try in flight', () => {
    const { load, sent } = setUp()
    const held = load()
    sent().fail(410)
    held.abort()
    expect([sent(0).aborted, sent(1).aborted]).toEqual([undefined, true])
  })
})

describe('a playlist that was served but must be loaded again', () => {
  const playlist = { uri: SEGMENT, requestType: 'hls-playlist' }

  it('is loaded from the next URL, and VHS gets only that answer', () => {
    const { load, sent, callbacks, media, urls } = setUp(SEGMENT, FRESH_SEGMENT)
    media.isRefused = ({ text }) => text === 'old'
    const held = load(playlist)
    sent().responseText = 'old'
    sent().succeed()
    expect(media.answers).toMatchObject([{ status: 200, text: 'old' }])
    expect(callbacks(held)).toEqual([])
    sent().responseText = 'new'
    sent().succeed()
    expect(urls()).toEqual([SEGMENT, FRESH_SEGMENT])
    expect(callbacks(held)).toEqual([[null, true]])
    expect(held.responseText).toBe('new')
  })

  it('is only looked for in playlists, because other answers are not text', () => {
    const { load, sent, callbacks, media } = setUp()
    const held = load()
    Object.defineProperty(sent(), 'responseText', {
      get: () => {
        throw new DOMException('responseType is arraybuffer', 'InvalidStateError')
      },
    })
    sent().succeed('bytes')
    expect(callbacks(held)).toEqual([[null, true]])
    expect(media.answers).toMatchObject([{ status: 200, text: undefined }])
  })
})

describe("the page's hooks", () => {
  it.each([
    ['before', 'bare'],
    ['after', 'vhs'],
  ] as const)('added %s the façade is installed get the URL that is actually sent, for each try', (_title, where) => {
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
  it('keeps its URL', () => {
    const { load, urls } = setUp(CLOCK)
    const held = load({ uri: CLOCK, method: 'HEAD', requestType: 'dash-clock-sync' })
    expect(urls()).toEqual([CLOCK])
    expect(held.url).toBe(CLOCK)
  })

  it('keeps its refusals, because content steering gives up a server that answers 410', () => {
    const { load, sent, callbacks, media } = setUp()
    media.isRefused = () => false
    const held = load({ uri: 'https://steering.example/film', requestType: 'content-steering-manifest' })
    sent().fail(410)
    expect(callbacks(held)).toEqual([['XHR Failed with a response of: 410', true]])
    expect(held.status).toBe(410)
    expect(media.requests[0]?.tries).toBe(1)
  })

  it('without a URI is left unchanged', () => {
    const { vhs, media, callback } = setUp()
    vhs.xhr({ url: CLOCK }, callback)
    expect(media.requests).toEqual([])
  })
})

describe('a file that keeps failing', () => {
  /** Requests the file for `forMs` as VHS does, again as soon as it has failed. Returns how often it was sent. */
  async function keepRequesting(
    { load, sent, urls, callback }: ReturnType<typeof setUp>,
    forMs: number,
  ): Promise<number> {
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

  it('is sent twice at once, then after pauses that double', async () => {
    const setup = setUp()
    expect(await keepRequesting(setup, 400)).toBe(2)
    expect(await keepRequesting(setUp(), 4_000)).toBe(5)
    expect(await keepRequesting(setUp(), 60_000)).toBeLessThan(20)
  })

  it('is sent at once again after it has been served', async () => {
    const setup = setUp()
    await keepRequesting(setup, 600)
    await time.pass(10_000)
    setup.sent().succeed()
    const before = setup.urls().length
    setup.load()
    expect(setup.urls()).toHaveLength(before + 1)
  })

  it('delays no other file, and ends with an abort during a pause', async () => {
    const setup = setUp()
    await keepRequesting(setup, 400)
    setup.load({ ...OPTIONS, uri: CLOCK })
    const before = setup.urls().length
    const held = setup.load()
    await time.pass(100)
    held.abort()
    await time.pass(60_000)
    expect(setup.urls()).toHaveLength(before)
    expect(time.timers).toBe(0)
  })
})
