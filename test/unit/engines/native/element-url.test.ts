import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Validity } from '../../../../src/core/issue.js'
import { type Decision, decide } from '../../../../src/engines/native/decision.js'
import { ElementUrl } from '../../../../src/engines/native/element-url.js'

const FIRST = 'https://cdn.example/film.mp4?token=1'
const SECOND = 'https://cdn.example/film.mp4?token=2'

let now: number
let current: { url: string; endsAt: number | undefined; validity: Validity }
/** What the core was told, and what it makes of it. */
let answers: number[]
let isRefusal: (status: number) => boolean
const fetchByte = vi.fn<(url: string) => Promise<Response>>()

const media = {
  start: async () => FIRST,
  get current() {
    return current
  },
  now: () => now,
  request: () => ({
    url: () => current.url,
    withCredentials: false,
    answered({ status }: { status: number }) {
      answers.push(status)
      if (!isRefusal(status)) return { again: false as const, url: '', status, text: undefined }
      current = { ...current, url: SECOND }
      return { again: true as const }
    },
  }),
}

beforeEach(() => {
  now = 100_000
  current = { url: FIRST, endsAt: 160_000, validity: 'fresh' }
  answers = []
  isRefusal = (status) => status === 403
  vi.stubGlobal(
    'fetch',
    fetchByte.mockReset().mockImplementation(async () => new Response(null, { status: 206 })),
  )
})
afterEach(() => {
  vi.unstubAllGlobals()
})

function elementUrl(): ElementUrl {
  const url = new ElementUrl(media, { crossOrigin: null }, new AbortController().signal)
  url.take(FIRST)
  return url
}

describe('the URL of an element', () => {
  it('is worth what the newest issue is while it is that', () => {
    const url = elementUrl()
    current = { ...current, validity: 'due' }
    expect(url).toMatchObject({ validity: 'due', hasNewer: false })
  })

  it.each([
    [159_999, 'fresh'],
    [160_000, 'expired'],
  ])('lives to its own expiry where a newer one has replaced it: at %s it is %s', (at, validity) => {
    const url = elementUrl()
    current = { url: SECOND, endsAt: 220_000, validity: 'fresh' }
    now = at
    expect(url).toMatchObject({ validity, hasNewer: true })
  })

  it.each([
    [153_999, false],
    [154_000, true],
  ])('is about to expire in the last tenth of its life: at %s %s', (at, isEnding) => {
    const url = elementUrl()
    now = at
    expect(url.isEnding).toBe(isEnding)
  })
})

describe('the next URL', () => {
  /** What the engine decides about an error after so many loads at its place. */
  const next = (decision: Decision, loads = 0) =>
    elementUrl().next(decision, loads === 0, (answer) =>
      decide({
        event: 'error',
        kind: 'file',
        url: 'fresh',
        hasNewer: false,
        isOpen: true,
        isLoaded: false,
        ahead: 0,
        isFlowing: false,
        isStuck: false,
        isTime: false,
        loads,
        answer,
      }),
    )

  it('is the newest, without a question to the CDN, for a swap', async () => {
    current = { ...current, url: SECOND }
    expect(await next('swap')).toEqual({ url: SECOND })
    expect(fetchByte).not.toHaveBeenCalled()
  })

  it('is the same one where the CDN serves it', async () => {
    expect(await next('ask')).toEqual({ url: FIRST })
    expect(answers).toEqual([206])
  })

  it('is a fresh one where the CDN refuses it', async () => {
    fetchByte.mockResolvedValue(new Response(null, { status: 403 }))
    expect(await next('ask')).toEqual({ url: SECOND })
  })

  it('is a fresh one where the same one has not helped, if the core thinks that the URL may be to blame', async () => {
    isRefusal = (status) => status === 0
    expect(await next('ask', 1)).toEqual({ url: SECOND })
    expect(answers).toEqual([206, 0])
  })

  it('is none where the core thinks otherwise', async () => {
    expect((await next('ask', 1)).url).toBeUndefined()
  })

  it('is none for a file that is missing', async () => {
    fetchByte.mockResolvedValue(new Response(null, { status: 404 }))
    expect(await next('ask')).toEqual({ isFailed: true })
  })

  it('is none after three loads that have not moved the video, though the CDN serves it', async () => {
    expect(await next('ask', 3)).toEqual({ isFailed: true })
  })
})

describe('a CDN that fails by itself', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  /** What follows after `ms`, with the bytes that were asked for. */
  async function nextWithin(ms: number) {
    const next = elementUrl().next('ask', true, (answer) => (answer === 'served' ? 'repeat' : 'fail'))
    for (let passed = 0; passed < ms; passed += 500) {
      await vi.advanceTimersByTimeAsync(500)
      now += 500
    }
    return { next: await next, asked: fetchByte.mock.calls.length }
  }

  it('is asked again, with pauses that grow, until it serves the URL', async () => {
    fetchByte
      .mockResolvedValueOnce(new Response(null, { status: 503 }))
      .mockResolvedValueOnce(new Response(null, { status: 502 }))
    expect(await nextWithin(3_500)).toEqual({ next: { url: FIRST }, asked: 3 })
    expect(answers).toEqual([206])
  })

  it('is given up after 15 s', async () => {
    fetchByte.mockImplementation(async () => new Response(null, { status: 503 }))
    expect(await nextWithin(16_000)).toEqual({ next: { isFailed: true }, asked: 5 })
  })

  it('is asked again while the device is offline', async () => {
    vi.stubGlobal('navigator', { onLine: false })
    fetchByte.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    expect(await nextWithin(1_500)).toEqual({ next: { url: FIRST }, asked: 2 })
  })

  it.each([404, 403])('is not asked again about a %i', async (status) => {
    fetchByte.mockImplementation(async () => new Response(null, { status }))
    expect((await nextWithin(500)).asked).toBe(1)
  })
})
