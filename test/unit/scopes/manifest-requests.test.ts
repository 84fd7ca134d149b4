import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { status } from '../../support/fake-endpoint.js'
import { FakeTime } from '../../support/fake-time.js'
import { FakeFilm, IN_PATH, IN_QUERY } from './fake-film.js'

let time: FakeTime
let unhandled: unknown[]
const onUnhandled = (reason: unknown) => unhandled.push(reason)
beforeEach(() => {
  time = new FakeTime()
  unhandled = []
  process.on('unhandledRejection', onUnhandled)
})
afterEach(() => {
  time.restore()
  vi.unstubAllGlobals()
  process.off('unhandledRejection', onUnhandled)
  expect(unhandled).toEqual([])
})

const MASTER = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{low.m3u8}\n'
const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n'
const segments = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `#EXTINF:2,\n{${from + index}.m4s}\n`).join('')
const live = (from: number, to: number, head = '') =>
  `${HEAD}#EXT-X-MEDIA-SEQUENCE:${from}\n${head}${segments(from, to)}`

/** A film with a master playlist, one rendition and its links. */
function film(sign = IN_QUERY, playlist = `${HEAD}#EXT-X-MAP:URI="{init.mp4}"\n${segments(1, 9)}`): FakeFilm {
  const made = new FakeFilm(time, sign)
  made.playlists.set('master.m3u8', MASTER)
  made.playlists.set('low.m3u8', playlist)
  return made
}

describe.each([
  ['in the query', IN_QUERY],
  ['in the path', IN_PATH],
])('a film whose playlists hold links that are signed %s', (_where, sign) => {
  it('plays by its links as they stand, while they live', async () => {
    const made = film(sign)
    const { links } = await made.open()
    made.asking()
    for (const link of links) expect(await made.load(link)).toMatchObject({ status: 200 })
    expect(made.asking()).toEqual(['init.mp4 200', ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${n}.m4s 200`)])
    expect(made.endpoint.requests).toHaveLength(1)
  })

  it('has its playlists fetched anew, top first, when the links have died', async () => {
    const made = film(sign)
    const { links } = await made.open()
    await time.pass(61_000)
    made.asking()
    const [init = '', first = '', second = ''] = links
    expect((await made.load(second)).status).toBe(200)
    expect(made.asking()).toEqual(['master.m3u8 200', 'low.m3u8 200', '2.m4s 200'])
    await made.load(init)
    await made.load(first)
    expect(made.asking()).toEqual(['init.mp4 200', '1.m4s 200'])
    expect(made.endpoint.requests).toHaveLength(2)
    expect(made.source.stats).toMatchObject({ refusals: 0, signings: 2 })
  })

  it('has them fetched behind the film once they are due, and only those that are', async () => {
    const made = film(sign)
    const { links } = await made.open()
    await time.pass(50_000)
    made.asking()
    expect((await made.load(links[1] ?? '')).status).toBe(200)
    expect(made.asking()).toEqual(['1.m4s 200'])
    await time.pass(9_000)
    expect(made.asking()).toEqual(['low.m3u8 200', 'master.m3u8 200'])
    await time.pass(5_000)
    await made.load(links[2] ?? '')
    expect(made.asking()).toEqual(['2.m4s 200'])
  })

  it('gets a link that is refused out of a new writing, once', async () => {
    const made = film(sign)
    const { links } = await made.open()
    made.asking()
    made.refusing.add('1.m4s')
    expect(await made.load(links[1] ?? '')).toMatchObject({ status: 200 })
    expect(made.asking()).toEqual(['1.m4s 403', 'low.m3u8 200', '1.m4s 200'])
    expect(made.events).toEqual(['issue start', 'refreshing refused', 'issue refused'])
  })

  it('gets the init segment of a live playlist whose window has moved on', async () => {
    const init = '#EXT-X-MAP:URI="{init.mp4}"\n'
    const made = film(sign, live(1, 5, init))
    const { url, links } = await made.open()
    made.playlists.set('low.m3u8', live(4, 8, init))
    await time.pass(20_000)
    await made.load(url)
    made.playlists.set('low.m3u8', live(7, 11, init))
    await time.pass(61_000)
    made.asking()
    expect((await made.load(links[0] ?? '')).status).toBe(200)
    expect(made.asking()).toEqual(['master.m3u8 200', 'low.m3u8 200', 'init.mp4 200'])
  })

  it.each([403, 410])(
    'leaves a dead segment that has left the live window to the engine, refused with %i',
    async (refusedStatus) => {
      const made = film(sign, live(1, 5))
      made.refusedStatus = refusedStatus
      const { links } = await made.open()
      made.playlists.set('low.m3u8', live(40, 44))
      await time.pass(65_000)
      made.asking()
      expect((await made.load(links[0] ?? '')).status).toBe(refusedStatus)
      expect(made.asking()).toEqual(['master.m3u8 200', 'low.m3u8 200', `1.m4s ${refusedStatus}`])
      expect(made.errors).toEqual([])
    },
  )

  it('gets what a delta update left out by its successor, before that dies', async () => {
    const made = film(sign, live(1, 9))
    const { url, links } = await made.open()
    made.playlists.set('low.m3u8', live(8, 10, '').replace(':8', ':1\n#EXT-X-SKIP:SKIPPED-SEGMENTS=7'))
    await time.pass(50_000)
    const delta = await made.load(`${url}${url.includes('?') ? '&' : '?'}_HLS_skip=YES`)
    made.playlists.set('low.m3u8', live(1, 10))
    await time.pass(15_000)
    made.asking()
    expect((await made.load(delta.links[2] ?? '')).status).toBe(200)
    expect(made.asking()).toEqual(['10.m4s 200'])
    // It is as old as the playlist before.
    expect((await made.load(links[1] ?? '')).status).toBe(200)
    expect((await made.load(links[2] ?? '')).status).toBe(200)
    expect(made.asking()).toEqual(['low.m3u8 200', '2.m4s 200', '3.m4s 200'])
    expect(made.source.stats.refusals).toBe(0)
  })
})

it('counts no refresh where a player loads a live playlist again by itself', async () => {
  const made = film(IN_QUERY, live(1, 5))
  const { url } = await made.open()
  await time.pass(2_000)
  await made.load(url)
  expect(made.source.stats.refreshes).toBe(0)
})

it('plays a film of three hours from its beginning again, after many writings', async () => {
  const made = film(IN_QUERY, `${HEAD}${segments(1, 5_400)}`)
  const { links } = await made.open()
  for (const link of links.slice(10, 13)) {
    await time.pass(61_000)
    expect((await made.load(link)).status).toBe(200)
  }
  expect((await made.load(links[0] ?? '')).status).toBe(200)
})

describe.each([
  ['in the query', IN_QUERY],
  ['in the path', IN_PATH],
])('a live playlist whose links are signed anew each time, %s', (_where, sign) => {
  const init = '#EXT-X-MAP:URI="{init.mp4}"\n'

  it('names to the player each file as it did before: another signature makes it no other file', async () => {
    const made = film(sign, live(1, 4, init))
    const first = await made.open()
    made.playlists.set('low.m3u8', live(3, 6, init))
    const second = await made.load(first.url)
    expect(second.links.slice(0, 3)).toEqual([first.links[0], first.links[3], first.links[4]])
    expect(second.links.slice(3).filter((link) => first.links.includes(link))).toEqual([])
  })

  it('goes on for ten minutes with the init segment of the beginning', async () => {
    const made = film(sign, live(1, 8, init))
    const { url, links } = await made.open()
    for (let n = 2; n < 300; n++) {
      await time.pass(2_000)
      made.playlists.set('low.m3u8', live(n, n + 7, init))
      await made.load(url)
    }
    expect((await made.load(links[0] ?? '')).status).toBe(200)
    expect(made.source.stats.refusals).toBe(0)
  })

  it('keeps the names of what a delta update leaves out', async () => {
    const made = film(sign, live(1, 9))
    const { url, links } = await made.open()
    made.playlists.set('low.m3u8', live(8, 10, '').replace(':8', ':1\n#EXT-X-SKIP:SKIPPED-SEGMENTS=7'))
    await made.load(url)
    made.playlists.set('low.m3u8', live(1, 10))
    expect((await made.load(url)).links.slice(0, 9)).toEqual(links)
  })
})

describe('a live media playlist that the endpoint signs itself', () => {
  it('is the same to a player that encodes its query anew', async () => {
    const made = new FakeFilm(time, (path, expiresAt, n) => `${path}?token=t~${n}/abcdefgh&expires=${expiresAt}`)
    made.playlists.set('master.m3u8', live(1, 5))
    const url = new URL(await made.requests.start())
    url.searchParams.set('_HLS_msn', '5')
    await time.pass(65_000)
    expect((await made.load(url.href)).status).toBe(200)
    expect(made.asking()).toEqual(['master.m3u8 200'])
  })
})

describe('a film whose links can’t be renewed', () => {
  const fail = {
    'the endpoint denies it': [(made: FakeFilm) => (made.endpoint.reply = status(403)), 'signed-url-denied'],
    'the endpoint is out of order': [(made: FakeFilm) => (made.endpoint.reply = status(503)), 'signed-url-unavailable'],
    'the CDN refuses everything': [(made: FakeFilm) => (made.status = 403), 'signed-url-refused'],
    'the server of the playlists is out of order': [(made: FakeFilm) => (made.status = 503), 'signed-url-unavailable'],
    'the playlist is gone': [(made: FakeFilm) => made.playlists.delete('low.m3u8'), 'signed-url-unavailable'],
    'the playlist is empty': [(made: FakeFilm) => made.playlists.set('low.m3u8', HEAD), 'signed-url-invalid'],
  } as const
  const titles = Object.keys(fail) as (keyof typeof fail)[]

  it.each(titles)('gives up, and goes on when the page asks again: %s', async (title) => {
    const made = film()
    const { links } = await made.open()
    await time.pass(61_000)
    const { reply } = made.endpoint
    const [breakIt, code] = fail[title]
    breakIt(made)
    made.asking()
    let outcome: number | undefined
    made.load(links[1] ?? '').then(({ status }) => {
      outcome = status
    })
    await time.pass(60_000)
    const [asked, signed] = [made.asking().length, made.endpoint.requests.length]
    expect(asked).toBeLessThan(12)
    expect(made.source.error?.code).toBe(code)
    expect(made.errors.filter(({ message }) => /token|expires/.test(message))).toEqual([])
    await time.pass(600_000)
    expect(made.asking()).toEqual([])
    expect(made.endpoint.requests).toHaveLength(signed)
    expect(outcome).toBeUndefined()

    made.endpoint.reply = reply
    made.status = undefined
    made.playlists.set('low.m3u8', `${HEAD}${segments(1, 9)}`)
    await made.source.refresh('manual')
    await time.pass(10_000)
    expect(outcome).toBe(200)
    expect(made.source.error).toBeUndefined()
    expect(made.source.status).toBe('fresh')
  })

  it.each(titles)('leaves nothing behind when it is let go of: %s', async (title) => {
    for (let ms = 0; ms < 3_000; ms += 300) {
      const made = film()
      const { links } = await made.open()
      await time.pass(61_000)
      fail[title][0](made)
      const loading = made.load(links[1] ?? '').catch(() => 'rejected')
      await time.pass(ms)
      made.source.dispose()
      expect(await loading).toBe('rejected')
      await time.settle()
      expect(time.timers).toBe(0)
      made.asking()
      const signed = made.endpoint.requests.length
      await time.pass(60_000)
      expect(made.asking()).toEqual([])
      expect(made.endpoint.requests).toHaveLength(signed)
    }
  })
})
