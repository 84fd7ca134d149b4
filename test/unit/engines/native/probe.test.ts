import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { probe } from '../../../../src/engines/native/probe.js'
import { SEED_URLS } from '../../core/seed-urls.js'

const { url } = SEED_URLS.bitsOnTheRun
type CrossOrigin = HTMLVideoElement['crossOrigin']

let life: AbortController
const cdn = vi.fn<typeof fetch>()
const ask = (crossOrigin: CrossOrigin = null) => {
  const element: HTMLVideoElement = Object.assign(Object.create(null), { crossOrigin })
  return probe(url, element, life.signal)
}

beforeEach(() => {
  life = new AbortController()
  cdn.mockReset().mockResolvedValue(new Response('f', { status: 206 }))
  vi.stubGlobal('fetch', cdn)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('probe', () => {
  it('asks for one byte by GET, past every cache', async () => {
    await ask()
    expect(cdn).toHaveBeenCalledExactlyOnceWith(url, {
      headers: { Range: 'bytes=0-0' },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: life.signal,
    })
  })

  it.each<[CrossOrigin, string]>([
    [null, 'same-origin'],
    ['anonymous', 'same-origin'],
    ['use-credentials', 'include'],
  ])('sends the cookies that an element with crossorigin %o sends: %s', async (crossOrigin, credentials) => {
    await ask(crossOrigin)
    expect(cdn).toHaveBeenCalledWith(url, expect.objectContaining({ credentials }))
  })

  it('sends the cookies that let the film in', async () => {
    await probe(url, Object.assign(Object.create(null), { crossOrigin: null }), life.signal, true)
    expect(cdn).toHaveBeenCalledWith(url, expect.objectContaining({ credentials: 'include' }))
  })

  it.each([200, 206, 403, 404, 410, 503])('tells the status %d', async (status) => {
    cdn.mockResolvedValue(new Response('f', { status }))
    expect(await ask()).toBe(status)
  })

  it('loads no more when the CDN sends the whole film for the one byte', async () => {
    const cancel = vi.fn()
    cdn.mockResolvedValue(new Response(new ReadableStream({ cancel }), { status: 200 }))
    await ask()
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('tells the status of an answer without a body', async () => {
    cdn.mockResolvedValue(new Response(null, { status: 410 }))
    expect(await ask()).toBe(410)
  })

  it('tells 0 when the browser hides the answer, or there is no network', async () => {
    cdn.mockRejectedValue(new TypeError('Failed to fetch'))
    expect(await ask()).toBe(0)
  })

  it('rejects with the reason when the source ends meanwhile', async () => {
    const reason = new DOMException('The source has ended.', 'AbortError')
    cdn.mockImplementation(
      () =>
        new Promise((_resolve, reject) => {
          life.signal.addEventListener('abort', () => reject(life.signal.reason))
        }),
    )
    const asked = ask()
    life.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })
})
