import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { scopeFor } from '../../../../src/engines/service-worker/registration.js'
import { openWorkerRoute } from '../../../../src/engines/service-worker/route.js'
import { FakeMedia } from '../../../support/fake-media.js'
import { FakeRegistration, FakeServiceWorker, FakeWorkerContainer } from '../../../support/fake-worker-container.js'
import { until } from '../../../support/until.js'
import { SIGN } from '../../core/seed-urls.js'

const OLD = SIGN.bitsOnTheRun(1767781867)
const FRESH = SIGN.bitsOnTheRun(1767781927)
const OURS = 'https://club.example/signed-url-worker.js'
const THEIRS = 'https://club.example/sw.js'
const turn = () => new Promise((resolve) => setImmediate(resolve))

let container: FakeWorkerContainer
let life: AbortController
const conversations: { close(): void }[] = []
beforeEach(() => {
  container = new FakeWorkerContainer()
  life = new AbortController()
  vi.stubGlobal('navigator', { serviceWorker: container })
  vi.stubGlobal('location', new URL('https://club.example/films/final.html?user=7'))
  vi.stubGlobal('document', { readyState: 'complete' })
})
afterEach(() => {
  for (const conversation of conversations.splice(0)) conversation.close()
  life.abort()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** The scope of our worker for the page. */
const SCOPE = 'https://club.example/films'

/** Opens a route, and lets the time pass that the site has to register its own worker. */
async function openAndSettle({ open }: { open(): Promise<string | undefined> }): Promise<string | undefined> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const opened = open()
  // The answer to a hello takes real time.
  if (container.controller) await opened
  await vi.advanceTimersByTimeAsync(2_000)
  return opened
}

function setUp(workerUrl = OURS) {
  const media = new FakeMedia()
  media.urls = () => [OLD, FRESH]
  media.isRefused = ({ status }) => [401, 403, 410].includes(status)
  const settings = {
    workerUrl,
    media,
    url: OLD,
    signal: life.signal,
    warn: vi.fn<(message: string) => void>(),
    onUnreadable: vi.fn(),
  }
  return { ...settings, open: () => openWorkerRoute(settings) }
}

/** A registration of ours that serves the page. */
function serve(): void {
  const worker = new FakeServiceWorker(OURS)
  container.controller = worker
  container.registration = new FakeRegistration({ active: worker, scope: SCOPE })
}

describe('a page that our worker controls', () => {
  beforeEach(serve)

  it('gets an address of its own origin that ends like the video and holds nothing else of its URL', async () => {
    const { open, warn } = setUp()
    const address = await open()
    expect(address).toMatch(/^https:\/\/club\.example\/__signed-url__\/[\w-]{36}\/film\.mp4$/)
    expect(await open()).not.toBe(address)
    expect(warn).not.toHaveBeenCalled()
  })

  it('does without the worker when it gives no answer for a second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    container.controller = new FakeServiceWorker(OURS, { knowsUs: false })
    const { open, warn } = setUp()
    const opened = open()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await opened).toBeUndefined()
    expect(warn).not.toHaveBeenCalled()
  })

  it('can dispose the source during the hello', async () => {
    container.controller = new FakeServiceWorker(OURS, { knowsUs: false })
    const { open, warn } = setUp()
    const opened = open()
    await turn()
    life.abort()
    expect(await opened).toBeUndefined()
    expect(warn).not.toHaveBeenCalled()
  })

  it('leaves a newer version waiting, because videos may be playing', async () => {
    const waiting = new FakeServiceWorker(OURS, { state: 'installed' })
    container.registration = new FakeRegistration({ active: container.controller, waiting, scope: SCOPE })
    expect(await setUp().open()).toBeDefined()
    waiting.become('activated')
    expect([container.controller?.calls, waiting.calls]).toEqual([['hello'], []])
  })

  it('registers the worker again, under the query that a new version has', async () => {
    container.outcome = new FakeRegistration()
    const set = setUp(`${OURS}?v=2`)
    expect(await openAndSettle(set)).toBeDefined()
    expect(container.registered).toEqual([[`${OURS}?v=2`, SCOPE]])
    expect(set.warn).not.toHaveBeenCalled()
  })

  it('leaves it for that of the site, which has registered its own', async () => {
    const theirs = new FakeRegistration({ active: new FakeServiceWorker(THEIRS, { knowsUs: false }) })
    container.others = [theirs]
    const set = setUp()
    expect(await openAndSettle(set)).toBeDefined()
    expect([container.registration?.isUnregistered, theirs.isUnregistered]).toEqual([true, false])
    expect([container.registered, set.warn.mock.calls]).toEqual([[], []])
  })

  it('keeps it beside a worker of the site for other pages', async () => {
    container.outcome = new FakeRegistration()
    container.others = [
      new FakeRegistration({ active: new FakeServiceWorker(THEIRS), scope: 'https://club.example/shop/' }),
    ]
    await openAndSettle(setUp())
    expect([container.registration?.isUnregistered, container.registered]).toEqual([false, [[OURS, SCOPE]]])
  })
})

describe('a page without a worker', () => {
  it('plays without it, and registers ours for later, which claims the page once it is active', async () => {
    const worker = new FakeServiceWorker(OURS, { state: 'installing' })
    container.outcome = new FakeRegistration({ installing: worker })
    const set = setUp()
    expect(await openAndSettle(set)).toBeUndefined()
    expect(container.registered).toEqual([[OURS, SCOPE]])
    for (const state of ['installed', 'activating', 'activated'] as const) worker.become(state)
    expect(worker.calls).toEqual(['claim'])
    expect(set.warn).not.toHaveBeenCalled()
  })

  it('registers ours when it has loaded and the site has had time to register its own, not before', async () => {
    const page = { readyState: 'interactive' }
    vi.stubGlobal('document', page)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    container.outcome = new FakeRegistration()
    await setUp().open()
    await vi.advanceTimersByTimeAsync(60_000)
    page.readyState = 'complete'
    await vi.advanceTimersByTimeAsync(2_000)
    expect(container.registered).toEqual([])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(container.registered).toEqual([[OURS, SCOPE]])
  })

  it('that the site registers a worker for meanwhile keeps that alone', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { open, warn } = setUp()
    expect(await open()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1_000)
    container.registration = new FakeRegistration({
      installing: new FakeServiceWorker(THEIRS, { state: 'installing' }),
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect([container.registered, container.registration.isUnregistered, warn.mock.calls]).toEqual([[], false, []])
  })

  it('keeps the worker that the site has put into our scope', async () => {
    container.registration = new FakeRegistration({
      installing: new FakeServiceWorker(THEIRS, { state: 'installing' }),
      scope: SCOPE,
    })
    await openAndSettle(setUp())
    expect([container.registered, container.registration.isUnregistered]).toEqual([[], false])
  })

  it('registers nothing once the source has ended', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { open, warn } = setUp()
    await open()
    life.abort()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([container.registered, warn.mock.calls, vi.getTimerCount()]).toEqual([[], [], 0])
  })

  it('does not wait for the registration', async () => {
    vi.spyOn(container, 'register').mockReturnValue(new Promise(() => {}))
    expect(await setUp().open()).toBeUndefined()
  })

  it.each([
    ['fails', OURS, /signed-url-worker\.js can't be registered.*404/],
    ['has a scope beside the page', 'https://club.example/js/signed-url-worker.js', /folder above/],
    ['is on another origin', 'https://cdn.example/signed-url-worker.js', /folder above/],
  ])('says once when the registration %s', async (_, workerUrl, sentence) => {
    container.outcome = new TypeError('A bad HTTP response code (404) was received.')
    const set = setUp(workerUrl)
    expect(await openAndSettle(set)).toBeUndefined()
    expect(set.warn.mock.calls).toEqual([[expect.stringMatching(sentence)]])
    expect(container.registered).toEqual(workerUrl === OURS ? [[OURS, SCOPE]] : [])
  })

  it('plays without it after a hard reload, and is claimed for the next video', async () => {
    const worker = new FakeServiceWorker(OURS)
    container.registration = new FakeRegistration({ active: worker, scope: SCOPE })
    container.outcome = container.registration
    const set = setUp()
    expect(await openAndSettle(set)).toBeUndefined()
    expect(worker.calls).toEqual(['claim'])
    expect(set.warn.mock.calls).toEqual([])
  })

  it('in an insecure context says so', async () => {
    vi.stubGlobal('navigator', {})
    const { open, warn } = setUp()
    expect(await open()).toBeUndefined()
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/secure page/)]])
  })

  it('whose browser forbids service workers says so', async () => {
    vi.spyOn(container, 'getRegistrations').mockRejectedValue(
      new DOMException('The operation is insecure.', 'SecurityError'),
    )
    const set = setUp()
    expect(await openAndSettle(set)).toBeUndefined()
    expect(set.warn.mock.calls).toEqual([[expect.stringMatching(/The operation is insecure/)]])
  })
})

describe('a page with a worker of the site', () => {
  function meet(knowsUs: boolean, { controls = true } = {}) {
    const worker = new FakeServiceWorker(THEIRS, { knowsUs })
    const waiting = new FakeServiceWorker(THEIRS, { state: 'installed', knowsUs })
    container.controller = controls ? worker : null
    container.registration = new FakeRegistration({ active: worker, waiting })
    return { worker, waiting }
  }

  it('leaves it unchanged, and says once how to import ours', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { worker, waiting } = meet(false)
    const { open, warn } = setUp()
    const opened = open()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await opened).toBeUndefined()
    expect(warn.mock.calls).toEqual([[expect.stringContaining(`importScripts('${OURS}')`)]])
    expect([worker.calls, waiting.calls, container.registered]).toEqual([['hello'], [], []])
  })

  it('uses it when it has imported ours, and has none of its versions claim pages', async () => {
    const { worker, waiting } = meet(true)
    const { open, warn } = setUp()
    expect(await open()).toBeDefined()
    expect([worker.calls, waiting.calls, warn.mock.calls]).toEqual([['hello'], [], []])
  })

  it('does without it after a hard reload, and does not complain when it has imported ours', async () => {
    meet(true, { controls: false })
    const { open, warn } = setUp()
    expect(await open()).toBeUndefined()
    expect(warn).not.toHaveBeenCalled()
  })

  it('is served when the site has registered our file itself, as a page in the file’s folder needs it', async () => {
    vi.stubGlobal('location', new URL('https://club.example/'))
    const worker = new FakeServiceWorker(OURS)
    container.registration = new FakeRegistration({ active: worker })
    await openAndSettle(setUp())
    expect(worker.calls).toContain('claim')
    vi.useRealTimers()
    container.controller = worker
    container.registration = new FakeRegistration({ active: worker })
    const set = setUp()
    expect(await openAndSettle(set)).toBeDefined()
    expect([container.registered, container.registration.isUnregistered, set.warn.mock.calls]).toEqual([[], false, []])
  })
})

describe('the scope of our worker', () => {
  it.each([
    ['/films/final.html', '/worker.js', '/films'],
    ['/films/final.html?user=7#t=5', '/worker.js?v=2', '/films'],
    ['/films/2026/', '/worker.js', '/films/2026'],
    ['/final.html', '/worker.js', '/final.html'],
    ['/watch?v=a/b', '/worker.js', '/watch'],
    ['/club/films/final.html', '/club/worker.js', '/club/films'],
    ['/club/final.html', '/club/worker.js', '/club/final.html'],
    ['/', '/worker.js', undefined],
    ['/club/', '/club/worker.js', undefined],
    ['/club', '/club/worker.js', undefined],
    ['/clubs/final.html', '/club/worker.js', undefined],
  ])('for the page %s and the file %s is %s, never that of a worker in the same place', (page, file, scope) => {
    const absolute = (path: string) => `https://club.example${path}`
    expect(scopeFor(absolute(page), absolute(file))).toBe(scope && absolute(scope))
  })
})

describe('a request for the video', () => {
  beforeEach(serve)

  let session = ''
  async function ask(set: ReturnType<typeof setUp>) {
    session = (await set.open())?.split('/').at(-2) ?? ''
    return again()
  }

  async function again() {
    const conversation = container.request(session)
    conversations.push(conversation)
    return conversation
  }

  it('is acknowledged at once, and gets the URL when the source has it', async () => {
    let resolve: (url: string) => void = () => {}
    const set = setUp()
    const waits = new Promise<string>((yes) => {
      resolve = yes
    })
    set.media.urls = () => [waits]
    const { said } = await ask(set)
    await until(() => expect(said).toEqual([{}]))
    resolve(FRESH)
    await until(() => expect(said).toEqual([{}, { url: FRESH, version: {} }]))
    expect(set.media.requests).toMatchObject([{ askedUrl: OLD, signal: expect.any(AbortSignal) }])
  })

  it('that waits long for its URL keeps the worker awake, and no longer than that', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    let resolve: (url: string) => void = () => {}
    const waits = new Promise<string>((yes) => {
      resolve = yes
    })
    const set = setUp()
    set.media.urls = () => [waits]
    const { said } = await ask(set)
    const calls = container.controller?.calls
    expect(calls).toEqual(['hello'])
    vi.advanceTimersByTime(25_000)
    expect(calls).toEqual(['hello', 'hello', 'hello'])
    resolve(FRESH)
    while (said.length < 2) await turn()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that the CDN serves is reported to the media', async () => {
    const set = setUp()
    const { said, report } = await ask(set)
    await until(() => expect(said).toHaveLength(2))
    report({ status: 206, tookMs: 80 })
    await until(() => expect(set.media.answers).toEqual([{ status: 206, tookMs: 80 }]))
  })

  it('that the CDN refuses is sent again, as often as it takes', async () => {
    const set = setUp()
    const { said, report } = await ask(set)
    await until(() => expect(said).toHaveLength(2))
    report({ status: 410, tookMs: 5 })
    await until(() => expect(said.at(-1)).toMatchObject({ url: FRESH }))
    report({ status: 403, tookMs: 5 })
    await until(() => expect(said).toHaveLength(4))
    expect(set.media.answers).toMatchObject([{ status: 410 }, { status: 403 }])
  })

  it.each([404, 416, 503])('that the CDN answers with %i is final: that is no refusal', async (status) => {
    const set = setUp()
    const { said, report } = await ask(set)
    await until(() => expect(said).toHaveLength(2))
    report({ status, tookMs: 5 })
    await until(() => expect(said.at(-1)).toEqual({ isFinal: true }))
    expect(set.media.requests[0]?.tries).toBe(1)
    expect(set.onUnreadable).not.toHaveBeenCalled()
  })

  it('that waits for a URL ends with the request, and with the source', async () => {
    const signals: AbortSignal[] = []
    const set = setUp()
    set.media.urls = (_, signal) => [
      new Promise<string>((_yes, no) => {
        if (signal) signals.push(signal)
        signal?.addEventListener('abort', () => no(signal.reason))
      }),
    ]
    const [one, other] = [await ask(set), await ask(set)]
    await until(() => expect([one.said, other.said]).toEqual([[{}], [{}]]))
    one.report({})
    await until(() => expect(one.said).toEqual([{}, { isFinal: true }]))
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    life.abort()
    await until(() => expect(other.said).toEqual([{}, { isFinal: true }]))
  })

  it('comes by the line that the hello opened, without waiting for the page’s other scripts, or else by the container', async () => {
    const set = setUp()
    const session = (await set.open())?.split('/').at(-2) ?? ''
    const line = container.controller?.lines.get(session)
    expect(line).toBeDefined()
    for (const way of [{ line }, {}]) {
      const conversation = container.request(session, way)
      conversations.push(conversation)
      await until(() => expect(conversation.said).toEqual([{}, { url: OLD, version: {} }]))
    }
  })

  it('names the first version of the file that the CDN has served, to all later ones', async () => {
    const set = setUp()
    const first = await ask(set)
    await until(() => expect(first.said).toHaveLength(2))
    first.report({ status: 200, tookMs: 5, version: { length: '5000' } })
    await until(() => expect(first.said.at(-1)).toEqual({ isFinal: true }))
    const second = await again()
    await until(() => expect(second.said.at(-1)).toEqual({ url: OLD, version: { length: '5000' } }))
    second.report({ status: 206, tookMs: 5, version: { length: '4000', etag: '"a"' }, fault: 'fileChanged' })
    await until(() => expect(second.said.at(-1)).toEqual({ isFinal: true }))
    const third = await again()
    await until(() => expect(third.said.at(-1)).toEqual({ url: OLD, version: { length: '5000' } }))
    expect([set.onUnreadable.mock.calls, set.warn.mock.calls]).toEqual([[], []])
  })

  it('ends its line with the source, so that the worker forgets it', async () => {
    const set = setUp()
    const session = (await set.open())?.split('/').at(-2) ?? ''
    const line = container.controller?.lines.get(session)
    const heard: unknown[] = []
    line?.addEventListener('message', ({ data }: MessageEvent) => heard.push(data))
    line?.start()
    life.abort()
    await until(() => expect(heard).toEqual([{}]))
    line?.close()
  })

  it('of another session, or after the end of the source, is ignored', async () => {
    const set = setUp()
    const address = await set.open()
    const stranger = container.request('another')
    life.abort()
    const late = container.request(address?.split('/').at(-2) ?? '')
    conversations.push(stranger, late)
    await turn()
    expect([stranger.said, late.said]).toEqual([[], []])
  })
})

describe('a CDN that scripts can’t read', () => {
  beforeEach(serve)

  async function fail(reach: () => Promise<Response>, before?: number) {
    vi.stubGlobal('fetch', vi.fn(reach))
    const set = setUp()
    const address = await set.open()
    const statuses = before === undefined ? [0] : [before, 0]
    for (const status of statuses) {
      const conversation = container.request(address?.split('/').at(-2) ?? '')
      conversations.push(conversation)
      await until(() => expect(conversation.said).toHaveLength(2))
      conversation.report({ status, tookMs: 5 })
      if (status === 0) await until(() => expect(conversation.said.at(-1)).toEqual({ isFinal: true }))
    }
    return set
  }

  it('is distinguished from one that can’t be reached, and reported once without a token', async () => {
    const { onUnreadable, warn } = await fail(async () => Response.error())
    expect(onUnreadable).toHaveBeenCalledOnce()
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^http:\/\/content\.bitsontherun\.com sends no Access-Control/)],
    ])
    const [[, { mode, signal }]] = vi.mocked(fetch).mock.calls as [[string, RequestInit]]
    expect([mode, signal?.aborted]).toEqual(['no-cors', true])
  })

  async function hide(servedBefore: boolean) {
    const set = setUp()
    const address = await set.open()
    const faults = servedBefore ? [{}, { fault: 'rangeHidden' } as const] : [{ fault: 'rangeHidden' } as const]
    for (const fault of faults) {
      const conversation = container.request(address?.split('/').at(-2) ?? '')
      conversations.push(conversation)
      await until(() => expect(conversation.said).toHaveLength(2))
      conversation.report({ status: 206, tookMs: 5, ...fault })
      await until(() => expect(conversation.said.at(-1)).toEqual({ isFinal: true }))
    }
    return set
  }

  it.each([false, true])(
    'that hides Content-Range is reported with the header to send; something was served: %s',
    async (servedBefore) => {
      const { onUnreadable, warn, media } = await hide(servedBefore)
      expect(warn.mock.calls).toEqual([
        [expect.stringMatching(/^http:\/\/content\.bitsontherun\.com .*Access-Control-Expose-Headers: Content-Range/)],
      ])
      // An element that has a part fails and is set anew at its place; one that has nothing must not fail first.
      expect(onUnreadable).toHaveBeenCalledTimes(servedBefore ? 0 : 1)
      expect(media.answers).toMatchObject([{ status: 206 }])
    },
  )

  it('that can’t be reached is no reason to give up the worker', async () => {
    const { onUnreadable, warn } = await fail(() => Promise.reject(new TypeError('Failed to fetch')))
    expect([onUnreadable.mock.calls, warn.mock.calls]).toEqual([[], []])
  })

  it('is not suspected once it has served the video', async () => {
    const { onUnreadable } = await fail(async () => Response.error(), 206)
    expect(onUnreadable).not.toHaveBeenCalled()
    expect(fetch).not.toHaveBeenCalled()
  })
})
