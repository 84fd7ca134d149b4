import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { probe } from '../../../../src/engines/native/probe.js'
import { SEED_URLS } from '../../core/seed-urls.js'

const { url } = SEED_URLS.bitsOnTheRun
type CrossOrigin = HTMLVideoElement['crossOrigin']

let life: AbortController
const cdn = vi.fn<typeof fetch>()
const runProbe = (crossOrigin: CrossOrigin = null) => {
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
  it('requests one byte by GET and bypasses every cache', async () => {
    await runProbe()
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
    await runProbe(crossOrigin)
    expect(cdn).toHaveBeenCalledWith(url, expect.objectContaining({ credentials }))
  })

  it('sends cookies when the video is behind a cookie', async () => {
    await probe(url, Object.assign(Object.create(null), { crossOrigin: null }), life.signal, true)
    expect(cdn).toHaveBeenCalledWith(url, expect.objectContaining({ credentials: 'include' }))
  })

  it.each([200, 206, 403, 404, 410, 503])('returns the status %d', async (status) => {
    cdn.mockResolvedValue(new Response('f', { status }))
    expect(await runProbe()).toBe(status)
  })

  it('cancels the download when the CDN sends the whole video instead of one byte', async () => {
    const cancel = vi.fn()
    cdn.mockResolvedValue(new Response(new ReadableStream({ cancel }), { status: 200 }))
    await runProbe()
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('returns the status of an answer without a body', async () => {
    cdn.mockResolvedValue(new Response(null, { status: 410 }))
    expect(await runProbe()).toBe(410)
  })

  it('returns 0 when the browser hides the answer or the network is down', async () => {
    cdn.mockRejectedValue(new TypeError('Failed to fetch'))
    expect(await runProbe()).toBe(0)
  })

  it('rejects with the reason of the abort when the source ends during the request', async () => {
    const reason = new DOMException('The source has ended.', 'AbortError')
    cdn.mockImplementation(
      () =>
        new Promise((_resolve, reject) => {
          life.signal.addEventListener('abort', () => reject(life.signal.reason))
        }),
    )
    const probing = runProbe()
    life.abort(reason)
    await expect(probing).rejects.toBe(reason)
  })
})
