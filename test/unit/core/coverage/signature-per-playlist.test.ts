import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { status } from '../../../support/fake-endpoint.js'
import { FakeTime } from '../../../support/fake-time.js'
import { watchUnhandledRejections } from '../../../support/unhandled.js'
import { IN_PATH, IN_QUERY, SignedPlaylists } from './signed-playlists.js'

const unhandled = watchUnhandledRejections()
let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => {
  time.restore()
  vi.unstubAllGlobals()
  expect(unhandled()).toEqual([])
})

const MASTER = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{low.m3u8}\n'
const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n'
const segments = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `#EXTINF:2,\n{${from + index}.m4s}\n`).join('')
const live = (from: number, to: number, head = '') =>
  `${HEAD}#EXT-X-MEDIA-SEQUENCE:${from}\n${head}${segments(from, to)}`

/** A video with a master playlist, one rendition and its links. */
function createVideo(
  sign = IN_QUERY,
  playlist = `${HEAD}#EXT-X-MAP:URI="{init.mp4}"\n${segments(1, 9)}`,
): SignedPlaylists {
  const video = new SignedPlaylists(time, sign)
  video.playlists.set('master.m3u8', MASTER)
  video.playlists.set('low.m3u8', playlist)
  return video
}

describe.each([
  ['in the query', IN_QUERY],
  ['in the path', IN_PATH],
])('a video whose playlists contain links signed %s', (_where, sign) => {
  it('requests its links unchanged while they are valid', async () => {
    const video = createVideo(sign)
    const { links } = await video.open()
    video.takeRequests()
    for (const link of links) expect(await video.load(link)).toMatchObject({ status: 200 })
    expect(video.takeRequests()).toEqual(['init.mp4 200', ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${n}.m4s 200`)])
    expect(video.endpoint.requests).toHaveLength(1)
  })

  it('fetches its playlists again, from the top down, when the links have expired', async () => {
    const video = createVideo(sign)
    const { links } = await video.open()
    await time.pass(61_000)
    video.takeRequests()
    const [init = '', first = '', second = ''] = links
    expect((await video.load(second)).status).toBe(200)
    expect(video.takeRequests()).toEqual(['master.m3u8 200', 'low.m3u8 200', '2.m4s 200'])
    await video.load(init)
    await video.load(first)
    expect(video.takeRequests()).toEqual(['init.mp4 200', '1.m4s 200'])
    expect(video.endpoint.requests).toHaveLength(2)
    expect(video.signature.settings.stats).toMatchObject({ refusals: 0, signings: 2 })
  })

  it('fetches its playlists in the background once the links are due, and nothing else', async () => {
    const video = createVideo(sign)
    const { links } = await video.open()
    await time.pass(50_000)
    video.takeRequests()
    expect((await video.load(links[1] ?? '')).status).toBe(200)
    expect(video.takeRequests()).toEqual(['1.m4s 200'])
    await time.pass(9_000)
    expect(video.takeRequests()).toEqual(['low.m3u8 200', 'master.m3u8 200'])
    await time.pass(5_000)
    await video.load(links[2] ?? '')
    expect(video.takeRequests()).toEqual(['2.m4s 200'])
  })

  it('replaces a refused link from a new version of the playlist, once', async () => {
    const video = createVideo(sign)
    const { links } = await video.open()
    video.takeRequests()
    video.refusing.add('1.m4s')
    expect(await video.load(links[1] ?? '')).toMatchObject({ status: 200 })
    expect(video.takeRequests()).toEqual(['1.m4s 403', 'low.m3u8 200', '1.m4s 200'])
    expect(video.events).toEqual(['issue start', 'refreshing refused', 'issue refused'])
  })

  it('still finds the init segment of a live playlist whose window has moved on', async () => {
    const init = '#EXT-X-MAP:URI="{init.mp4}"\n'
    const video = createVideo(sign, live(1, 5, init))
    const { url, links } = await video.open()
    video.playlists.set('low.m3u8', live(4, 8, init))
    await time.pass(20_000)
    await video.load(url)
    video.playlists.set('low.m3u8', live(7, 11, init))
    await time.pass(61_000)
    video.takeRequests()
    expect((await video.load(links[0] ?? '')).status).toBe(200)
    expect(video.takeRequests()).toEqual(['master.m3u8 200', 'low.m3u8 200', 'init.mp4 200'])
  })

  it.each([403, 410])(
    'leaves an expired segment outside the live window to the engine, as missing, when it is refused with %i',
    async (refusedStatus) => {
      const video = createVideo(sign, live(1, 5))
      video.refusedStatus = refusedStatus
      const { links } = await video.open()
      video.playlists.set('low.m3u8', live(40, 44))
      await time.pass(65_000)
      video.takeRequests()
      expect((await video.load(links[0] ?? '')).status).toBe(404)
      expect(video.takeRequests()).toEqual(['master.m3u8 200', 'low.m3u8 200', `1.m4s ${refusedStatus}`])
      expect(video.errors).toEqual([])
    },
  )

  it('finds fresh links for segments that a delta update omits, before the old links expire', async () => {
    const video = createVideo(sign, live(1, 9))
    const { url, links } = await video.open()
    video.playlists.set('low.m3u8', live(8, 10, '').replace(':8', ':1\n#EXT-X-SKIP:SKIPPED-SEGMENTS=7'))
    await time.pass(50_000)
    const delta = await video.load(`${url}${url.includes('?') ? '&' : '?'}_HLS_skip=YES`)
    video.playlists.set('low.m3u8', live(1, 10))
    await time.pass(15_000)
    video.takeRequests()
    expect((await video.load(delta.links[2] ?? '')).status).toBe(200)
    expect(video.takeRequests()).toEqual(['10.m4s 200'])
    // These links are as old as the first playlist.
    expect((await video.load(links[1] ?? '')).status).toBe(200)
    expect((await video.load(links[2] ?? '')).status).toBe(200)
    expect(video.takeRequests()).toEqual(['low.m3u8 200', '2.m4s 200', '3.m4s 200'])
    expect(video.signature.settings.stats.refusals).toBe(0)
  })
})

it('the stats count no refresh when the player itself reloads a live playlist', async () => {
  const video = createVideo(IN_QUERY, live(1, 5))
  const { url } = await video.open()
  await time.pass(2_000)
  await video.load(url)
  expect(video.signature.settings.stats.refreshes).toBe(0)
})

it('a three-hour video plays from its start again after many versions of its playlist', async () => {
  const video = createVideo(IN_QUERY, `${HEAD}${segments(1, 5_400)}`)
  const { links } = await video.open()
  for (const link of links.slice(10, 13)) {
    await time.pass(61_000)
    expect((await video.load(link)).status).toBe(200)
  }
  expect((await video.load(links[0] ?? '')).status).toBe(200)
})

describe.each([
  ['in the query', IN_QUERY],
  ['in the path', IN_PATH],
])('a live playlist whose links are signed again on each load, %s', (_where, sign) => {
  const init = '#EXT-X-MAP:URI="{init.mp4}"\n'

  it('shows the player the same URL for each file, because a new signature does not make it another file', async () => {
    const video = createVideo(sign, live(1, 4, init))
    const first = await video.open()
    video.playlists.set('low.m3u8', live(3, 6, init))
    const second = await video.load(first.url)
    expect(second.links.slice(0, 3)).toEqual([first.links[0], first.links[3], first.links[4]])
    expect(second.links.slice(3).filter((link) => first.links.includes(link))).toEqual([])
  })

  it('plays for five minutes with the first init segment', async () => {
    const video = createVideo(sign, live(1, 8, init))
    const { url, links } = await video.open()
    for (let n = 2; n < 150; n++) {
      await time.pass(2_000)
      video.playlists.set('low.m3u8', live(n, n + 7, init))
      await video.load(url)
    }
    expect((await video.load(links[0] ?? '')).status).toBe(200)
    expect(video.signature.settings.stats.refusals).toBe(0)
  })

  it('keeps the URLs of segments that a delta update omits', async () => {
    const video = createVideo(sign, live(1, 9))
    const { url, links } = await video.open()
    video.playlists.set('low.m3u8', live(8, 10, '').replace(':8', ':1\n#EXT-X-SKIP:SKIPPED-SEGMENTS=7'))
    await video.load(url)
    video.playlists.set('low.m3u8', live(1, 10))
    expect((await video.load(url)).links.slice(0, 9)).toEqual(links)
  })
})

describe('a live media playlist that the endpoint signs directly', () => {
  it('is recognized when a player re-encodes its query', async () => {
    const video = new SignedPlaylists(
      time,
      (path, expiresAt, n) => `${path}?token=t~${n}/abcdefgh&expires=${expiresAt}`,
    )
    video.playlists.set('master.m3u8', live(1, 5))
    const url = new URL(await video.media.start())
    url.searchParams.set('_HLS_msn', '5')
    await time.pass(65_000)
    expect((await video.load(url.href)).status).toBe(200)
    expect(video.takeRequests()).toEqual(['master.m3u8 200'])
  })
})

describe('a video whose links can’t be refreshed', () => {
  const fail = {
    'the endpoint denies it': [(video: SignedPlaylists) => (video.endpoint.reply = status(403)), 'signed-url-denied'],
    'the endpoint is down': [
      (video: SignedPlaylists) => (video.endpoint.reply = status(503)),
      'signed-url-unavailable',
    ],
    'the CDN refuses every request': [(video: SignedPlaylists) => (video.status = 403), 'signed-url-refused'],
    'the playlist server is down': [(video: SignedPlaylists) => (video.status = 503), 'signed-url-unavailable'],
    'the playlist is gone': [(video: SignedPlaylists) => video.playlists.delete('low.m3u8'), 'signed-url-unavailable'],
    'the playlist is empty': [(video: SignedPlaylists) => video.playlists.set('low.m3u8', HEAD), 'signed-url-invalid'],
  } as const
  const titles = Object.keys(fail) as (keyof typeof fail)[]

  it.each(titles)('gives up, and continues when the page refreshes it: %s', async (title) => {
    const video = createVideo()
    const { links } = await video.open()
    await time.pass(61_000)
    const { reply } = video.endpoint
    const [breakIt, code] = fail[title]
    breakIt(video)
    video.takeRequests()
    let outcome: number | undefined
    video.load(links[1] ?? '').then(({ status }) => {
      outcome = status
    })
    for (let steps = 0; !video.signature.error && steps < 1_000; steps += 1) await time.pass(100)
    const [requested, signed] = [video.takeRequests().length, video.endpoint.requests.length]
    expect(requested).toBeLessThan(12)
    expect(video.signature.error?.code).toBe(code)
    expect(video.errors.filter(({ message }) => /token|expires/.test(message))).toEqual([])
    // A denial is an answer. Anything else is tried once every 20 to 30 s.
    await time.pass(120_000)
    const singles = code === 'signed-url-denied' ? 0 : 120 / 20
    expect(video.endpoint.requests.length - signed).toBeLessThanOrEqual(3 * singles)
    expect(video.takeRequests().length).toBeLessThanOrEqual(12 * singles)
    expect(outcome).toBeUndefined()

    video.endpoint.reply = reply
    video.status = undefined
    video.playlists.set('low.m3u8', `${HEAD}${segments(1, 9)}`)
    await video.signature.refresh('manual')
    await time.pass(10_000)
    expect(outcome).toBe(200)
    expect(video.signature.error).toBeUndefined()
    expect(video.signature.status).toBe('fresh')
  })

  it.each(titles)('leaves nothing behind when it is disposed: %s', async (title) => {
    for (let ms = 0; ms < 3_000; ms += 500) {
      const video = createVideo()
      const { links } = await video.open()
      await time.pass(61_000)
      fail[title][0](video)
      const loading = video.load(links[1] ?? '').catch(() => 'rejected')
      await time.pass(ms)
      video.signature.dispose()
      expect(await loading).toBe('rejected')
      await time.settle()
      expect(time.timers).toBe(0)
      video.takeRequests()
      const signed = video.endpoint.requests.length
      await time.pass(60_000)
      expect(video.takeRequests()).toEqual([])
      expect(video.endpoint.requests).toHaveLength(signed)
    }
  })
})
