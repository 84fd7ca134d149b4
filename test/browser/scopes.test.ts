import { describe, expect } from 'vitest'
import type { SchemeName } from '../../demo/server/schemes.js'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { recordRow } from '../figures/record.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { describeRun, figuresOf } from '../support/judge.js'
import { disturbances, fetchedTwice, HLS, MP4, refused, signings, until } from '../support/site.js'
import { FILM, issuesUsed, type Run, type Video } from '../support/video.js'

/* What one signature covers: servers that sign each link of a playlist, require a cookie, redirect viewers, or bind URLs to an address. */

const it = inBrowser('chromium')
/** A row plays through three URL lifetimes, `npm run soak` for 60 s. */
const LIFE_MS = process.env.SOAK ? 4_000 : 3_000
const SOAK_S = process.env.SOAK ? 60 : undefined
const QUICK = { maxAttempts: 3, baseDelayMs: 50, maxDelayMs: 1_000, timeoutMs: 1_000 }
/** A player has settled in a live window by then. */
const SETTLED_S = 3
const LIVE = { src: 'film/live.m3u8', type: HLS }
/** For URLs whose expiry the plugin can't read. */
const EXPIRY_IN_ANSWER = { answer: 'expiresAt' } as const
const IN_PATH = { scheme: 'gcore' } as const
const IN_QUERY = { scheme: 'akamai', ...EXPIRY_IN_ANSWER } as const
/** Video only, because VHS seeks over gaps in the audio, whatever the URL. */
const LOW_LATENCY = { src: 'low-latency/video/low-latency.m3u8', type: HLS }

/** Matches a token of every scheme used here. */
const TOKEN = /\/[\w-]{22}\/\d{10}\/|hmac=|sig=|token=/

interface Row {
  readonly title: string
  readonly settings: Partial<StageSettings>
  readonly source?: { readonly src: string; readonly type: string }
  /** The engines whose row `npm test` runs. The others run with `npm run test:full`. */
  readonly quick?: readonly string[]
}

const HLS_JS = ['hls.js']

const SIGNED_LINKS: readonly Row[] = [
  { title: 'links that playlists sign in the query', settings: { scheme: 'clubEvent' }, quick: HLS_JS },
  { title: 'links that playlists sign in the path', settings: { scheme: 'pushrFile' } },
  {
    title: 'links that live playlists sign in the path',
    settings: { scheme: 'pushrFile' },
    source: LIVE,
  },
  {
    title: 'links that live playlists sign in the query',
    settings: { scheme: 'bitsOnTheRun' },
    source: LIVE,
  },
  {
    title: 'links that a low-latency playlist signs in the query',
    settings: { scheme: 'clubEvent' },
    source: LOW_LATENCY,
  },
  {
    title: 'links that a low-latency playlist signs in the path',
    settings: { scheme: 'pushrFile' },
    source: LOW_LATENCY,
  },
]

const REDIRECTS: readonly Row[] = [
  {
    title: 'redirects of the first request, signed in the path',
    settings: { redirect: 'first', ...IN_PATH },
    quick: HLS_JS,
  },
  { title: 'redirects of every request, signed in the query', settings: { redirect: 'all', ...IN_QUERY } },
  {
    title: 'redirects of every request, to URLs without the path token',
    settings: { redirect: 'all', redirectToken: 'dropped', ...IN_PATH },
  },
  { title: 'redirects of the first request, signed in the query', settings: { redirect: 'first', ...IN_QUERY } },
  { title: 'redirects of every request, signed in the path', settings: { redirect: 'all', ...IN_PATH } },
  {
    title: 'redirects of every request, to URLs without the query',
    settings: { redirect: 'all', redirectToken: 'dropped', ...IN_QUERY },
  },
]

const COOKIES: readonly Row[] = [
  { title: 'a video', settings: {}, quick: HLS_JS },
  { title: 'a live video', settings: {}, source: LIVE },
]

describe.each([
  ['hls.js', 'auto'],
  ['VHS', 'vhs'],
])('%s', (engineName, engine) => {
  const options = ({ quick = [] }: Row) => (quick.includes(engineName) ? {} : FULL)

  /** Plays through three URL lifetimes. What a live player does before it has settled does not count. */
  const outlive = async (video: Video, { source = FILM }: Partial<Row>) => {
    const { position } = await video.until(({ firstFrameMs }) => firstFrameMs !== undefined, 'the first frame')
    const isLive = source !== FILM
    const before = await video.reaches(position + SETTLED_S)
    const run = SOAK_S ? await video.reaches(position + SOAK_S).then(() => video.run()) : await video.outlives(3)
    const { seen } = run
    return {
      ...run,
      starvedMs: seen.starvedMs - (isLive ? before.starvedMs : 0),
      disturbances: disturbances({ ...seen, events: seen.events.slice(isLive ? before.events.length : 0) }),
    }
  }

  const expectUnseenHere = (
    title: string,
    scope: string,
    run: Run & { starvedMs: number; disturbances: string[] },
    refusedInFlight = 0,
  ) => {
    console.info(describeRun(`${engineName}, ${title}`, run))
    expect(run.starvedMs).toBe(0)
    expect(run.disturbances).toEqual([])
    expect(run.seen.error).toBeNull()
    expect(run.log.filter(({ status }) => status >= 400)).toEqual([])
    // As in the live rows, VHS may fetch a few parts twice, and nothing else. hls.js fetches nothing twice.
    const isVhsPart = (file: string) => engine === 'vhs' && /\d{5}\.\d\.m4s/.test(file)
    const twice = fetchedTwice(run.log)
    expect(twice.filter((file) => !isVhsPart(file))).toEqual([])
    expect(twice.length).toBeLessThanOrEqual(3)
    const { starvedMs } = run
    const row = { ...figuresOf(run), starvedMs, refused: refusedInFlight }
    recordRow('scopes', { ...row, video: title, engine: engineName, scope })
  }

  for (const row of SIGNED_LINKS)
    it(`plays through the expiry of ${row.title}`, options(row), async ({ play }) => {
      const { settings, source = FILM, title } = row
      const plugin = { engine, scope: 'manifest' }
      const video = await play({ lifeMs: LIFE_MS, ...settings, links: 'signed' }, { plugin, source })
      expectUnseenHere(title, "`'manifest'`", await outlive(video, row))
    })

  for (const row of COOKIES)
    it(`keeps playing ${row.title} with the cookie that the endpoint refreshes`, options(row), async ({ play }) => {
      const plugin = { engine, scope: 'cookie' }
      const { source = FILM } = row
      const video = await play({ lifeMs: LIFE_MS, scheme: 'cookie', ...EXPIRY_IN_ANSWER }, { plugin, source })
      expectUnseenHere(`${row.title} by cookie`, "`'cookie'`", await outlive(video, row))
    })

  for (const row of REDIRECTS)
    it(
      `plays through expiries and ${row.title}, and sends no token to the other server`,
      options(row),
      async ({ play }) => {
        const watchRequests = 'void performance.setResourceTimingBufferSize(5000)'
        const video = await play(
          { lifeMs: LIFE_MS, ...row.settings },
          { plugin: { engine }, before: (page) => page.evaluate(watchRequests) },
        )
        const run = await outlive(video, row)
        expectUnseenHere(row.title, "`'directory'`", run)
        const media = run.log.filter(({ kind }) => kind === 'media')
        expect(new Set(media.map(({ host }) => host))).toEqual(new Set(['127.0.0.1', 'localhost']))
        const requested = await video.page.evaluate<string[]>(
          "performance.getEntriesByType('resource').map(({ name }) => name)",
        )
        const signed = requested.filter((url) => TOKEN.test(url)).map((url) => new URL(url))
        expect(signed.length).toBeGreaterThan(10)
        const { port } = signed[0] ?? {}
        expect(signed.filter((url) => url.port !== port)).toEqual([])
      },
    )

  // Gcore's tokens may be bound to an address too, which their format doesn't show.
  for (const { scheme, change, ...mark } of [
    { scheme: 'pushrTitle', change: { viewerAddress: '198.51.100.7' }, ...FULL },
    { scheme: 'gcore', change: { refuseIssues: 1 }, ...FULL },
  ] satisfies { scheme: SchemeName; change: Partial<StageSettings>; tags?: string[] }[])
    it(
      `keeps playing when the viewer’s address changes, which invalidates every ${scheme} URL at once`,
      mark,
      async ({ play }) => {
        const video = await play({ scheme, lifeMs: 3_600_000 }, { plugin: { engine } })
        await video.reaches(2)
        await video.stage.set(change)
        const run = await video.outlives(2)
        const inFlight = refused(run.log)
        expect(inFlight.length).toBeGreaterThan(0)
        // Video and audio.
        expect(inFlight.length).toBeLessThanOrEqual(2)
        const log = run.log.filter((entry) => !inFlight.includes(entry))
        const { seen } = run
        expectUnseenHere(
          `the viewer’s address changes, ${scheme}`,
          "`'directory'`",
          {
            ...run,
            log,
            starvedMs: seen.starvedMs,
            disturbances: disturbances(seen),
          },
          inFlight.length,
        )
        const refreshes = seen.events.filter(({ type }) => type === 'signedurlrefreshing')
        expect(refreshes.map(({ data }) => data.reason)).toEqual(['refused'])
        expect(signings(run.log)).toHaveLength(2)
      },
    )

  it(
    'ends in one error when playlist links can’t be refreshed, and resumes after refresh()',
    engine === 'auto' ? {} : FULL,
    async ({ play }) => {
      const plugin = { engine, scope: 'manifest', retry: QUICK }
      const video = await play({ lifeMs: LIFE_MS, scheme: 'clubEvent', links: 'signed' }, { plugin })
      await video.reaches(1)
      await video.stage.set({ endpointStatus: 403 })
      const { error, events, position, bufferedEnd } = await video.fails()
      const requestCount = (await video.log()).length
      expect(error).toMatchObject({ code: 2, errorType: 'signed-url-denied', causeName: 'SignedUrlError' })
      expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
      expect(bufferedEnd - position, 'seconds left unplayed').toBeLessThan(1)
      await new Promise((resolve) => setTimeout(resolve, 2 * QUICK.maxDelayMs))
      expect(await video.log(), 'requests after twice the longest retry delay').toHaveLength(requestCount)
      await video.stage.set({ endpointStatus: null })
      await video.refresh()
      expect((await video.reaches(position + 2)).error).toBeNull()
      expect(video.page.consoleText().filter((text) => TOKEN.test(text))).toEqual([])
    },
  )
})

describe('an MP4 played by the element', () => {
  /** Connections break every few seconds, so that the element keeps sending requests. */
  const BROKEN: Partial<StageSettings> = {
    scheme: 'cookie',
    ...EXPIRY_IN_ANSWER,
    bytesPerSecond: 200_000,
    cutAfterBytes: 400_000,
  }

  it('plays on by the cookie that the endpoint refreshes, without a swap', FULL, async ({ play }) => {
    const video = await play(
      { lifeMs: LIFE_MS, ...BROKEN },
      { plugin: { scope: 'cookie' }, source: { src: 'heavy/film.mp4', type: MP4 } },
    )
    const run = await video.outlives(3)
    console.info(describeRun('MP4 by cookie', run))
    const { seen, log } = run
    expect(seen.error).toBeNull()
    expect(seen.starvedMs).toBe(0)
    expect(disturbances(seen)).toEqual([])
    expect(log.filter(({ status }) => status >= 400)).toEqual([])
    expect(seen.stats.swaps).toBe(0)
    expect(seen.stats.seamlessRefreshes).toBe(seen.stats.refreshes)
    const { segments: _none, ...figures } = figuresOf(run)
    recordRow('scopes', { ...figures, video: 'MP4 by cookie', engine: 'the element', scope: "`'cookie'`" })

    await video.do('player.pause()')
    const { position } = await video.until(({ status }) => status === 'expired', 'the cookie to expire')
    const issues = issuesUsed(await video.log())
    await video.do('void player.play()')
    await until(async () => issuesUsed(await video.log()) > issues, 'a request with the next cookie')
    const resumed = await video.reaches(position + 1)
    expect(resumed.error).toBeNull()
    expect((await video.log()).filter(({ status }) => status >= 400)).toEqual([])
  })
})
