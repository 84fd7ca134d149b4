import { describe, expect } from 'vitest'
import { recordRow } from '../figures/record.js'
import { playBareHls } from '../support/bare-hls.js'
import type { Page } from '../support/browsers/index.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { type Shape, ShapedOrigin, tokenFor } from '../support/shaped-origin.js'
import { HLS, refused, signings, until } from '../support/site.js'
import { broadcast } from '../support/stream-ads.js'
import type { Video, VideoOptions } from '../support/video.js'
import type { Sighting } from './pages/lab.js'

/* What a viewer of a paid event fears: the spinner that never ends. Each row goes on, or ends in the error that fits. */

const it = inBrowser('chromium')
const SOURCE = { src: 'lake', type: HLS }
const LIFE_S = 4
/** Longer than any row. */
const LONG_S = 3_600
/** hls.js and VHS both have what they need by then, and a missing segment is behind it. */
const END_S = 14
/** The segment of 8 to 10 s. */
const MISSING = /\/004\.m4s$/
const HOUR_MS = 3_600_000
const QUICK = { maxAttempts: 4, baseDelayMs: 50, maxDelayMs: 200, timeoutMs: 1_000 }

interface Faults {
  /** The status with which the CDN refuses a file that the token opens. */
  refuse: (file: string) => number | undefined
  /** The endpoint's answer instead of a URL. */
  answer: (() => Response) | undefined
  /** The endpoint answers with its first URL for ever. */
  isStuck: boolean
  /** Tokens that were signed before this instant open nothing. */
  revokedBefore: number
  write: Shape['write'] | undefined
}

/** A token in the path, so that hls.js without the plugin can play it too. The playlists name their files relative to it. */
function faultySite(faults: Faults): Shape {
  const signedAt = new Map<string, number>()
  let first: string | undefined
  return {
    sign({ origin, expiresAt, serial }) {
      if (faults.answer) return faults.answer()
      const token = tokenFor(`${expiresAt} ${serial}`)
      signedAt.set(`${expiresAt} ${token}`, Date.now())
      first ??= `${origin}/s/${expiresAt}/${token}/film/master.m3u8`
      if (faults.isStuck) return { url: first }
      return { url: `${origin}/s/${expiresAt}/${token}/film/master.m3u8`, expiresAt }
    },
    open({ pathname }) {
      const [, , expiresAt, token, ...file] = pathname.split('/')
      const at = signedAt.get(`${expiresAt} ${token}`)
      if (at === undefined || at < faults.revokedBefore) return undefined
      return { file: file.join('/'), expiresAt: Number(expiresAt) }
    },
    refuse: (file) => faults.refuse(file),
    write: (text, how) => faults.write?.(text, how) ?? text,
  }
}

/** The film as a broadcast that is on the air since then. */
const liveSince =
  (openedAt: number): Shape['write'] =>
  (text, { file }) =>
    file.endsWith('master.m3u8') ? text : broadcast(text, (Date.now() - openedAt) / 1000)

interface Site {
  readonly faults: Faults
  readonly origin: ShapedOrigin
}

const NO_FAULTS: Faults = {
  refuse: () => undefined,
  answer: undefined,
  isStuck: false,
  revokedBefore: 0,
  write: undefined,
}

async function withSite<T>(given: Partial<Faults>, lifeS: number, run: (site: Site) => Promise<T>): Promise<T> {
  const faults: Faults = { ...NO_FAULTS, ...given }
  const origin = await ShapedOrigin.open(faultySite(faults), lifeS)
  try {
    return await run({ faults, origin })
  } finally {
    await origin.close()
  }
}

const playOn = (play: InBrowser['play'], { origin }: Site, plugin: object = {}, more: VideoOptions = {}) =>
  play({}, { source: SOURCE, plugin: { endpoint: origin.endpoint, retry: QUICK, ...plugin }, ...more })

/** `alone`: the outcome of hls.js by itself. */
function report(title: string, { origin }: Site, seen: Sighting, alone = ''): void {
  const outcome = seen.error ? (seen.error.errorType ?? `code ${seen.error.code}`) : 'recovered'
  const requests = { signings: signings(origin.log).length, refused: refused(origin.log).length }
  recordRow('failures', { fault: title, outcome, alone, starvedMs: seen.starvedMs, ...requests })
}

const causeOf = (video: Video) => video.do<string>('String(player.error()?.cause?.message)')

/** How far hls.js alone gets: to the end of the row, or to a fatal error. */
async function bareOutcome(openWindow: InBrowser['openWindow'], site: Site, endS: number): Promise<string> {
  const page: Page = await openWindow()
  const { url } = (await (await fetch(site.origin.endpoint)).json()) as { url: string }
  await playBareHls(page, url)
  const look = () => page.evaluate<[number, string | null]>('[window.bare?.currentTime ?? 0, window.bareError ?? null]')
  await until(async () => {
    const [position, error] = await look()
    return position >= endS || error !== null
  }, 'hls.js alone to end')
  const [, error] = await look()
  return error ? 'error' : 'recovered'
}

describe('one file refused forever, while all others are served', () => {
  /** `endS`: a position behind the file. */
  const CASES: {
    title: string
    refuse: Faults['refuse']
    signings: number
    live?: boolean
    endS?: number
    tags?: string[]
  }[] = [
    {
      title: 'a segment in every rendition, with 410',
      refuse: (file) => (MISSING.test(file) ? 410 : undefined),
      signings: 1,
      ...FULL,
    },
    {
      title: 'a segment in every rendition, with 403',
      refuse: (file) => (MISSING.test(file) ? 403 : undefined),
      signings: 1,
      ...FULL,
    },
    {
      title: 'a segment in every rendition, with 404',
      refuse: (file) => (MISSING.test(file) ? 404 : undefined),
      signings: 0,
      ...FULL,
    },
    {
      title: 'a segment of the sound',
      refuse: (file) => (/english\/004/.test(file) ? 403 : undefined),
      signings: 1,
      ...FULL,
    },
    {
      title: 'a segment of the sound of a broadcast',
      refuse: (file) => (/english\/012/.test(file) ? 403 : undefined),
      signings: 1,
      live: true,
      endS: 28,
      ...FULL,
    },
    {
      title: 'the playlist of one rendition',
      refuse: (file) => (/720p\/playlist/.test(file) ? 403 : undefined),
      signings: 1,
      ...FULL,
    },
  ]
  for (const { title, refuse, signings: most, live, endS = END_S, ...options } of CASES)
    it(`ends as with hls.js alone: ${title}`, options, async ({ play, openWindow }) => {
      const given = () => ({ refuse, ...(live && { write: liveSince(Date.now()) }) })
      await withSite(given(), LONG_S, async (site) => {
        const video = await playOn(play, site)
        const seen = await video.until(({ position, error }) => position >= endS || error !== null, 'its end')
        const cause = seen.error ? await causeOf(video) : ''
        const log = [...site.origin.log]
        const bare = await withSite(given(), LONG_S, (other) => bareOutcome(openWindow, other, endS))
        report(title, site, seen, bare)
        expect(seen.error ? 'error' : 'recovered').toBe(bare)
        // One at the start. hls.js may come back to the file when the verdict is older than 5 s.
        expect(signings(log).length).toBeLessThanOrEqual(1 + 2 * most)
        if (seen.error && most > 0) expect(cause).toMatch(/refuses http\S+ with 4\d\d, while it accepts the signed URL/)
        // hls.js's own error, unless it would go on for longer than the viewer is left alone.
        if (seen.error) expect([undefined, 'signed-url-refused']).toContain(seen.error.errorType)
        expect(await video.do('player.signedUrl().status')).toBe('fresh')
      })
    })
})

describe('every file signed for itself, and `scope` left out', () => {
  it('ends in an error that names the option', async ({ play }) => {
    await withSite(
      { refuse: (file) => (file.endsWith('.m4s') || file.endsWith('.mp4') ? 403 : undefined) },
      LONG_S,
      async (site) => {
        const video = await playOn(play, site)
        const seen = await video.fails()
        report('every segment refused, `scope` left out', site, seen)
        expect(seen.error).toMatchObject({ code: 2, errorType: 'signed-url-refused' })
        expect(await causeOf(video)).toMatch(/serves the playlists but refuses all segments with 403.*`scope: 'file'`/)
        expect(signings(site.origin.log).length).toBeLessThanOrEqual(1 + QUICK.maxAttempts)
        // hls.js asks for the init segment and the first segment of sound and picture at once; each issue is refused for all of them.
        expect(refused(site.origin.log).length).toBeLessThanOrEqual(4 * (1 + QUICK.maxAttempts))
      },
    )
  })
})

describe('VHS, which goes on forever without a word', () => {
  for (const { title, given, cause } of [
    {
      title: 'a segment is refused forever',
      given: { refuse: (file: string) => (MISSING.test(file) ? 403 : undefined) },
      cause: /refuses http\S+ with 403, while it accepts the signed URL/,
    },
    {
      title: 'the playlists of all renditions are refused',
      given: { refuse: (file: string) => (/\w+\/playlist\.m3u8$/.test(file) ? 403 : undefined) },
      cause: /refuses http\S+playlist\.m3u8 with 403, while it accepts the signed URL/,
    },
    {
      title: 'nothing covers the links, and they are refused',
      given: { write: (text: string) => text.replace(/^(\d{3}\.m4s)$/gm, '/elsewhere/$1') },
      cause: /refuses http\S+ with 403, and no signature covers it: see `covers` and `scope`/,
    },
  ])
    it(`ends in an error when ${title}`, FULL, async ({ play }) => {
      await withSite(given, LONG_S, async (site) => {
        const video = await playOn(play, site, { engine: 'vhs' })
        const seen = await video.fails()
        report(`VHS: ${title}`, site, seen)
        expect(seen.error).toMatchObject({ code: 2, errorType: 'signed-url-refused' })
        expect(await causeOf(video)).toMatch(cause)
        expect(signings(site.origin.log).length).toBeLessThanOrEqual(3)
        // What was refused is there after all: the error goes, and the video goes on.
        if (given.write) return
        site.faults.refuse = () => undefined
        expect((await video.reaches(END_S)).error).toBeNull()
      })
    })
})

describe('an endpoint', () => {
  it(
    'that is down while the buffer lasts gets one round of requests, then single ones, and no error is shown',
    FULL,
    async ({ play }) => {
      await withSite({}, LIFE_S, async (site) => {
        const hls = { maxBufferLength: 60, maxMaxBufferLength: 60, maxBufferSize: 1e9 }
        const video = await playOn(play, site, { hls })
        const { position } = await video.until(({ bufferedEnd }) => bufferedEnd > 40, 'a full buffer')
        const before = signings(site.origin.log).length
        site.faults.answer = () => new Response('', { status: 503 })
        // Seeking back has hls.js load nothing, so only the plugin's own pace shows.
        const seen = await video.reaches(position + 30)
        report('the endpoint is down for 30 s, with a buffer', site, seen)
        expect(seen.error).toBeNull()
        expect(seen.starvedMs).toBe(0)
        expect(signings(site.origin.log).length - before).toBeLessThanOrEqual(4 + 3)
      })
    },
  )

  it(
    'that is down until the buffer has run out is asked again by itself, and the video goes on at its place',
    FULL,
    async ({ play }) => {
      await withSite({}, LIFE_S, async (site) => {
        const video = await playOn(play, site)
        await video.reaches(2)
        site.faults.answer = () => new Response('', { status: 503 })
        const down = await video.fails()
        expect(down.error).toMatchObject({ errorType: 'signed-url-unavailable' })
        site.faults.answer = undefined
        const up = await video.until(({ error }) => error === null, 'the error to go')
        report('the endpoint is down until the buffer has run out', site, up)
        expect((await video.reaches(down.position + 2)).events.filter(({ type }) => type === 'seeking')).toEqual([])
        expect(Math.abs(up.position - down.position)).toBeLessThan(1)
      })
    },
  )

  it(
    'that names a date in Retry-After is asked then, on a device whose clock is an hour behind',
    FULL,
    async ({ play }) => {
      await withSite({}, LIFE_S, async (site) => {
        const video = await playOn(play, site)
        await video.reaches(1)
        let answeredAt = 0
        site.faults.answer = () => {
          site.faults.answer = undefined
          answeredAt = Date.now()
          const server = answeredAt + HOUR_MS
          const headers = { date: new Date(server), 'retry-after': new Date(server + 3_000) }
          const texts = Object.entries(headers).map(([name, date]): [string, string] => [name, date.toUTCString()])
          return new Response('', { status: 503, headers: texts })
        }
        await until(
          async () => signings(site.origin.log).filter(({ at }) => at > answeredAt && answeredAt > 0).length > 0,
          'the next signing request',
        )
        const next = signings(site.origin.log).find(({ at }) => at > answeredAt)
        // Dates are whole seconds.
        expect((next?.at ?? 0) - answeredAt).toBeGreaterThanOrEqual(2_000)
        const seen = await video.reaches((await video.see()).position + 4)
        report('a dated Retry-After, the device an hour behind', site, seen)
        expect(seen.error).toBeNull()
      })
    },
  )

  it(
    'that always answers with the same dead URL gets four requests in a row, and the video goes on when that ends',
    FULL,
    async ({ play }) => {
      await withSite({}, LONG_S, async (site) => {
        const video = await playOn(play, site)
        await video.reaches(1)
        Object.assign(site.faults, { isStuck: true, revokedBefore: Date.now() + 1 })
        const seen = await video.fails()
        report('the same dead URL again and again', site, seen)
        expect(seen.error).toMatchObject({ errorType: 'signed-url-refused' })
        expect(await causeOf(video)).toMatch(/`reason=refused`/)
        expect(signings(site.origin.log).length).toBeLessThanOrEqual(1 + QUICK.maxAttempts)
        expect(
          signings(site.origin.log)
            .slice(1)
            .map(({ reason }) => reason),
        ).toEqual(Array(QUICK.maxAttempts).fill('refused'))
        Object.assign(site.faults, { isStuck: false })
        await video.refresh()
        expect((await video.reaches(seen.position + 2)).error).toBeNull()
      })
    },
  )

  it(
    'that denied the video before the viewer logged in is asked again by refresh(), and its old denial is not shown',
    FULL,
    async ({ play }) => {
      await withSite({}, LIFE_S, async (site) => {
        const video = await playOn(play, site)
        await video.reaches(1)
        let isLoggedIn = false
        // The answer to a request that was sent before the log-in comes after it.
        let denied = 0
        site.faults.answer = () => {
          denied += 1
          site.faults.answer = undefined
          isLoggedIn = true
          return new Response('', { status: 401 })
        }
        await until(async () => denied > 0, 'a denial')
        expect(isLoggedIn).toBe(true)
        await video.do('player.signedUrl().refresh().catch(() => {})')
        const seen = await video.reaches((await video.see()).position + 6)
        report('a log-in in the meantime', site, seen)
        expect(seen.error).toBeNull()
      })
    },
  )
})

describe('the captions of a broadcast', () => {
  it(
    'go when they have left its window, because Video.js looks through all of them at every frame',
    FULL,
    async ({ play }) => {
      const openedAt = Date.now()
      const clip: Shape = {
        ...faultySite(NO_FAULTS),
        sign: ({ origin }) => ({ url: `${origin}/clips/cea608/master.m3u8` }),
        open: ({ pathname }) => ({ file: pathname.slice(1), expiresAt: Number.POSITIVE_INFINITY }),
        write: (text, { file }) => (file.endsWith('master.m3u8') ? text : repeated((Date.now() - openedAt) / 1000)),
      }
      const origin = await ShapedOrigin.open(clip, LONG_S)
      try {
        const video = await play({}, { source: SOURCE, plugin: { endpoint: origin.endpoint } })
        const captions = `Array.from(player.textTracks()).find(({ kind }) => kind === 'captions')`
        await until(() => video.do<boolean>(`${captions} !== undefined`), 'the captions track')
        await video.do(`${captions}.mode = 'showing'; undefined`)
        const { position } = await video.until(({ firstFrameMs }) => firstFrameMs !== undefined, 'the first frame')
        await video.reaches(position + 30)
        const [first, count, now] = await video.do<[number, number, number]>(
          `(({ cues }) => [Math.min(...Array.from(cues, ({ endTime }) => endTime)), cues.length, player.currentTime()])(${captions})`,
        )
        console.info(
          `captions after 30 s of a broadcast with a window of ${WINDOW_S} s: ${count}, the first ends ${(now - first).toFixed(1)} s ago`,
        )
        expect(count).toBeGreaterThan(0)
        expect(now - first).toBeLessThan(2 * WINDOW_S)
      } finally {
        await origin.close()
      }
    },
  )
})

const WINDOW_S = 12

/** The clip with captions, over and over, as a broadcast that began `ageS` ago. */
function repeated(ageS: number): string {
  const end = Math.floor((20 + ageS) / 2)
  const first = end - WINDOW_S / 2
  const segments = Array.from({ length: end - first }, (_, at) => {
    const number = (first + at) % 6
    return `${number === 0 ? '#EXT-X-DISCONTINUITY\n' : ''}#EXTINF:2.000000,\n00${number}.ts\n`
  })
  // Those that have left the window.
  const discontinuities = Math.ceil(first / 6)
  return `#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${first}\n#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuities}\n${segments.join('')}`
}
