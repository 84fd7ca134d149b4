import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SignedMediaOptions, SignedUrlError, type StandaloneMedia, signedMedia } from '../../src/hls.js'
import { FakeEndpoint, json, status } from '../support/fake-endpoint.js'
import { atOnce } from '../support/open-media.js'

const NOW = Date.parse('2026-06-01T12:00:00Z')
const CDN = 'https://demo-protected.gvideo.io/videos/2675_final'
/** The URLs of the endpoint, in order: each with a token of its own, and good for a minute. */
const playlist = (issue: number) => `${CDN}/token-of-issue-${issue}-------/${NOW / 1000 + 60 * issue}/master.m3u8`
const issued = (issue: number) => json({ url: playlist(issue), expiresIn: 60 })
const segment = (issue: number) => playlist(issue).replace('master.m3u8', '360p/seg-1.ts')

let endpoint: FakeEndpoint
const opened: StandaloneMedia[] = []
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  document.head.innerHTML = '<base href="https://club.example/">'
  endpoint = new FakeEndpoint().next(issued(1), issued(2))
  vi.stubGlobal('fetch', endpoint.fetch)
})
afterEach(() => {
  for (const media of opened.splice(0)) media.dispose()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

function open(options: Partial<SignedMediaOptions> = {}): StandaloneMedia {
  const media = signedMedia({ endpoint: '/api/playback-url', resource: 'final', ...options })
  opened.push(media)
  return media
}

describe('signedMedia', () => {
  it('signs the resource when its URL is wanted, and not before', async () => {
    const media = open()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(endpoint.requests).toEqual([])
    expect(await media.url()).toBe(playlist(1))
    expect(await media.url()).toBe(playlist(1))
    expect(endpoint.requests.map(({ url }) => url)).toEqual(['https://club.example/api/playback-url?resource=final'])
    expect(media.expiresAt).toBe(NOW + 61_000)
  })

  it('sends a request to the current URL, and gives the player back the one that it asked for', async () => {
    const onRefreshed = vi.fn()
    const media = open({ onRefreshed })
    await media.url()
    expect(onRefreshed).not.toHaveBeenCalled()
    await media.refresh()
    expect(onRefreshed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reason: 'manual' }))
    const request = media.request(segment(1), { kind: 'segment' })
    expect(request.url()).toBe(segment(2))
    const verdict = atOnce(request.answered({ status: 200, url: segment(2) }))
    expect(verdict).toMatchObject({ again: false, url: segment(1), status: 200 })
  })

  it('waits for a fresh URL once the present one has expired', async () => {
    const media = open()
    await media.url()
    await vi.advanceTimersByTimeAsync(61_000)
    expect(await media.request(segment(1)).url()).toBe(segment(2))
  })

  it('begins with the URL that the page holds', async () => {
    const media = open({ signedUrl: { url: playlist(1), expiresIn: 60 } })
    expect(await media.url()).toBe(playlist(1))
    expect(endpoint.requests).toEqual([])
  })

  it('reports a URL of the page that can’t be used, and asks the endpoint', async () => {
    const onFailed = vi.fn()
    const media = open({ signedUrl: 'ftp://club.example/film.m3u8', onFailed })
    await vi.advanceTimersByTimeAsync(0)
    expect(onFailed).toHaveBeenCalledExactlyOnceWith(expect.any(SignedUrlError), true)
    expect(await media.url()).toBe(playlist(1))
  })

  it('reports a denial, waits, and goes on after a refresh that succeeds', async () => {
    endpoint = new FakeEndpoint().next(status(403), issued(2))
    vi.stubGlobal('fetch', endpoint.fetch)
    const onFailed = vi.fn()
    const media = open({ onFailed })
    const url = media.url()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(onFailed.mock.calls).toEqual([[expect.objectContaining({ code: 'signed-url-denied' }), false]])
    await media.refresh()
    expect(await url).toBe(playlist(2))
  })

  it('goes on where a function of the page throws', async () => {
    const tasks: (() => void)[] = []
    vi.stubGlobal('queueMicrotask', (task: () => void) => tasks.push(task))
    const media = open({
      onRefreshed() {
        throw new Error('of the page')
      },
    })
    await media.url()
    await media.refresh()
    expect(media.request(segment(1)).url()).toBe(segment(2))
    expect(tasks).toHaveLength(1)
    expect(tasks[0]).toThrow('of the page')
  })

  it('reports nothing more once it is disposed', async () => {
    const onRefreshed = vi.fn()
    const media = open({ onRefreshed })
    await media.url()
    const refreshed = media.refresh()
    media.dispose()
    await expect(refreshed).rejects.toMatchObject({ name: 'AbortError' })
    expect(onRefreshed).not.toHaveBeenCalled()
  })

  it('signs each file with `scope: file`, whose resources are absolute URLs', async () => {
    const media = open({ scope: 'file', resource: 'films/final.m3u8' })
    media.url().catch(() => {})
    const [asked] = await vi.waitFor(() => {
      expect(endpoint.requests).toHaveLength(1)
      return endpoint.requests
    })
    expect(decodeURIComponent(`${asked?.url} ${asked?.body}`)).toContain('https://club.example/films/final.m3u8')
  })

  it('resolves the URL of a file that the page requests', async () => {
    const media = open()
    expect(await media.resolve('sprite.jpg')).toBe(playlist(1).replace('master.m3u8', 'sprite.jpg'))
    expect(await media.resolve('https://club.example/logo.png')).toBe('https://club.example/logo.png')
  })

  it('ends what waits for a URL when it is disposed', async () => {
    endpoint = new FakeEndpoint(() => new Promise(() => {}))
    vi.stubGlobal('fetch', endpoint.fetch)
    const media = open()
    const url = media.url()
    const ended = expect(url).rejects.toMatchObject({ name: 'AbortError' })
    await vi.advanceTimersByTimeAsync(0)
    media.dispose()
    await ended
    expect(endpoint.requests[0]?.signal.aborted).toBe(true)
  })

  it('throws where a request comes before the first URL', () => {
    expect(() => open().request(segment(1))).toThrow(/await url\(\)/)
  })

  it.each([
    [{ resource: '' }, '`resource` must be a string that is not empty'],
    [{ resource: undefined }, '`resource` is needed'],
    [{ onFailed: 'log' }, '`onFailed` must be a function'],
    [{ endpoint: undefined }, 'either `endpoint` or `sign`'],
    [{ retry: { maxAttempts: 0 } }, '`retry.maxAttempts` must be a whole number'],
    [{ errorPanel: false }, '`errorPanel` does not exist; there are endpoint, '],
  ])('throws a TypeError for %o', (wrong, rule) => {
    const options = { endpoint: '/api/playback-url', resource: 'final', ...wrong } as SignedMediaOptions
    expect(() => signedMedia(options)).toThrow(TypeError)
    expect(() => signedMedia(options)).toThrow(rule)
  })
})
