import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { SchemeName } from '../../demo/server/schemes.js'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  disturbances,
  fetchedTwice,
  HLS,
  isSegment,
  isThorough,
  openPage,
  openStage,
  refused,
  SMALL_BUFFER,
  type Stage,
  see,
  signings,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'

/* What one signature covers: servers that sign each link of a playlist, that want a cookie, that send viewers on, that bind URLs to an address. */

/** Tokens live 4 s (up to 5: their expiry is a whole second). */
const LIFE_MS = 4_000
const PLAY_S = process.env.SOAK ? 60 : 14
/** By then a player has found its place in a live window. */
const SETTLED_S = 3
const QUICK = { maxAttempts: 3, baseDelayMs: 50, maxDelayMs: 1_000, timeoutMs: 1_000 }
const VOD = { src: 'film', type: HLS }
const LIVE = { src: 'film/live.m3u8', type: HLS }
/** A URL whose expiry the plugin can't read. */
const TOLD = { answer: 'expiresAt' } as const
const IN_PATH = { scheme: 'gcore' } as const
const IN_QUERY = { scheme: 'akamai', ...TOLD } as const
/** Pictures alone: where the sound has a gap VHS jumps, whatever the URL. */
const LOW_LATENCY = { src: 'low-latency/video/low-latency.m3u8', type: HLS }
const LOW_LATENCY_ROWS: [title: string, Row][] = [
  [
    'links that its low-latency playlist signs in the query',
    { settings: { scheme: 'clubEvent' }, source: LOW_LATENCY },
  ],
  ['links that its low-latency playlist signs in the path', { settings: { scheme: 'pushrFile' }, source: LOW_LATENCY }],
]

/** Rows that are left out where time matters, unless `isWanted`. */
function inFull<T>(rows: T[], isWanted = false): T[] {
  return isThorough || isWanted ? rows : []
}

/** Of all schemes here. */
const TOKEN = /\/[\w-]{22}\/\d{10}\/|hmac=|sig=|token=/
const TIMEOUT = { timeout: 180_000 }

interface Row {
  readonly settings?: Partial<StageSettings>
  readonly plugin?: object
  readonly source?: { readonly src: string; readonly type: string }
}

let browser: Browser
beforeAll(async () => {
  browser = await launch('chromium')
})
afterAll(() => browser?.close())

describe.each([
  ['hls.js', 'auto'],
  ['VHS', 'vhs'],
])('by %s', (engineName, engine) => {
  const isHlsJs = engine === 'auto'
  const open = async ({ settings, plugin, source = VOD }: Row): Promise<{ page: Page; stage: Stage }> => {
    const stage = await openStage({ lifeMs: LIFE_MS, ...settings })
    const page = await browser.newPage()
    await openPage(page)
    await page.evaluate('Object.assign(videojs.Vhs, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })')
    await page.evaluate('performance.setResourceTimingBufferSize(5000)')
    const options = { endpoint: stage.endpoint, engine, hls: SMALL_BUFFER, ...plugin }
    await startFilm(page, { name: 'film', plugin: options, source })
    await until(async () => (await see(page, 'film')).firstFrameMs !== undefined, `the first frame of ${source.src}`)
    return { page, stage }
  }

  /** Plays three lives. A live film is looked at once it has found its place. */
  const play = async (row: Row, during = async (_stage: Stage) => {}) => {
    const { page, stage } = await open(row)
    const { position } = await see(page, 'film')
    const before = await untilPosition(page, 'film', position + SETTLED_S)
    await during(stage)
    const sighting = await untilPosition(page, 'film', position + SETTLED_S + PLAY_S, PLAY_S * 1000 + 60_000)
    const log = await stage.log()
    const requested = await page.evaluate<string[]>("performance.getEntriesByType('resource').map(({ name }) => name)")
    await page.close()
    const isLive = row.source !== undefined && row.source !== VOD
    return {
      sighting,
      log,
      requested,
      starvedMs: sighting.starvedMs - (isLive ? before.starvedMs : 0),
      disturbances: disturbances({ ...sighting, events: sighting.events.slice(isLive ? before.events.length : 0) }),
    }
  }
  type Run = Awaited<ReturnType<typeof play>>

  const report = (title: string, { sighting, log, starvedMs, disturbances: seen }: Run) =>
    console.info(
      `${engineName}, ${title}: ${sighting.position.toFixed(1)} s, starved ${Math.round(starvedMs)} ms, events [${seen.join()}],`,
      `${sighting.stats.refreshes} refreshes (${sighting.stats.seamlessRefreshes} seamless), ${signings(log).length} signing requests,`,
      `${log.filter(({ path }) => path.endsWith('.m3u8')).length} playlists, ${log.filter(isSegment).length} segments by ${issuesUsed(log)} issues,`,
      `${refused(log).length} refused, ${fetchedTwice(log).length} fetched twice`,
    )

  const expectUnseen = (run: Run) => {
    expect(run.starvedMs).toBe(0)
    expect(run.disturbances).toEqual([])
    expect(run.sighting.error).toBeNull()
    expect(run.log.filter(({ status }) => status >= 400)).toEqual([])
    // As in the live rows: VHS may fetch a few parts of segments twice. Nothing else, and hls.js none.
    const isVhsPart = (file: string) => engine === 'vhs' && /\d{5}\.\d\.m4s/.test(file)
    const twice = fetchedTwice(run.log)
    expect(twice.filter((file) => !isVhsPart(file))).toEqual([])
    expect(twice.length).toBeLessThanOrEqual(3)
  }

  it.concurrent.each<[title: string, Row]>([
    ['links that its playlists sign in the query', { settings: { scheme: 'clubEvent' } }],
    ...inFull<[string, Row]>(
      [['links that its live playlists sign in the path', { settings: { scheme: 'pushrFile' }, source: LIVE }]],
      isHlsJs,
    ),
    ...inFull<[string, Row]>([
      ['links that its playlists sign in the path', { settings: { scheme: 'pushrFile' } }],
      ['links that its live playlists sign in the query', { settings: { scheme: 'bitsOnTheRun' }, source: LIVE }],
    ]),
    ...(inject('hasHeavyFilm') ? inFull(LOW_LATENCY_ROWS) : []),
  ])('a film plays through the death of %s', TIMEOUT, async (title, { settings, source = VOD }) => {
    const run = await play({ settings: { ...settings, links: 'signed' }, plugin: { scope: 'manifest' }, source })
    report(title, run)
    expectUnseen(run)
    expect(issuesUsed(run.log), 'playlists whose links brought segments').toBeGreaterThanOrEqual(3)
  })

  it.concurrent.each<[title: string, source: typeof VOD]>([
    ['a film', VOD],
    ...inFull<[string, typeof VOD]>([['a live film', LIVE]], isHlsJs),
  ])('%s plays on by the cookie that the endpoint renews', TIMEOUT, async (title, source) => {
    const run = await play({ settings: { scheme: 'cookie', ...TOLD }, plugin: { scope: 'cookie' }, source })
    report(`${title} by cookie`, run)
    expectUnseen(run)
    expect(issuesUsed(run.log), 'cookies that segments came by').toBeGreaterThanOrEqual(3)
  })

  it.concurrent.each<[title: string, Partial<StageSettings>]>([
    ['begin there, signed in the path', { redirect: 'first', ...IN_PATH }],
    ...inFull<[string, Partial<StageSettings>]>(
      [['get every file there, signed in the query', { redirect: 'all', ...IN_QUERY }]],
      isHlsJs,
    ),
    ...inFull<[string, Partial<StageSettings>]>([
      [
        'get every file there, by addresses without its token',
        { redirect: 'all', redirectToken: 'dropped', ...IN_PATH },
      ],
      ['begin there, signed in the query', { redirect: 'first', ...IN_QUERY }],
      ['get every file there, signed in the path', { redirect: 'all', ...IN_PATH }],
      [
        'get every file there, by addresses without its query',
        { redirect: 'all', redirectToken: 'dropped', ...IN_QUERY },
      ],
    ]),
  ])(
    'plays through expiries where a server sends viewers on to another and they %s: nobody else sees a token',
    TIMEOUT,
    async (title, settings) => {
      const run = await play({ settings })
      report(`sent on, ${title}`, run)
      expectUnseen(run)
      expect(issuesUsed(run.log), 'issues that segments came by').toBeGreaterThanOrEqual(3)
      const media = run.log.filter(({ kind }) => kind === 'media')
      expect(new Set(media.map(({ host }) => host))).toEqual(new Set(['127.0.0.1', 'localhost']))
      const signed = run.requested.filter((url) => TOKEN.test(url)).map((url) => new URL(url))
      expect(signed.length).toBeGreaterThan(20)
      const { port } = signed[0] ?? {}
      expect(signed.filter((url) => url.port !== port)).toEqual([])
    },
  )

  it.concurrent.each<[SchemeName, Partial<StageSettings>]>([
    ...inFull<[SchemeName, Partial<StageSettings>]>([['pushrTitle', { viewerAddress: '198.51.100.7' }]], !isHlsJs),
    // Gcore's tokens may hold an address too, which their shape doesn't tell.
    ...inFull<[SchemeName, Partial<StageSettings>]>([['gcore', { refuseIssues: 1 }]]),
  ])(
    'plays on when the viewer’s address changes, which kills every URL of %s at once',
    TIMEOUT,
    async (scheme, change) => {
      const run = await play({ settings: { scheme, lifeMs: 3_600_000 } }, (stage) => stage.set(change))
      report(`another address, ${scheme}`, run)
      const inFlight = refused(run.log)
      expect(inFlight.length).toBeGreaterThan(0)
      // Picture and sound.
      expect(inFlight.length).toBeLessThanOrEqual(2)
      expectUnseen({ ...run, log: run.log.filter((entry) => !inFlight.includes(entry)) })
      const refreshes = run.sighting.events.filter(({ type }) => type === 'signedurlrefreshing')
      expect(refreshes.map(({ data }) => data.reason)).toEqual(['refused'])
      expect(signings(run.log)).toHaveLength(2)
      expect(issuesUsed(run.log)).toBe(2)
    },
  )

  it.skipIf(!isHlsJs && !isThorough).concurrent(
    'ends in one error when the links of its playlists can’t be renewed, and goes on after refresh()',
    TIMEOUT,
    async () => {
      const settings = { scheme: 'clubEvent', links: 'signed' } as const
      const { page, stage } = await open({ settings, plugin: { scope: 'manifest', retry: QUICK } })
      await stage.set({ endpointStatus: 403 })
      await until(async () => (await see(page, 'film')).error !== null, 'the error')
      const { error, events, position, bufferedEnd } = await see(page, 'film')
      expect(error).toMatchObject({ code: 2, errorType: 'signed-url-denied', causeName: 'SignedUrlError' })
      expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
      expect(bufferedEnd - position, 'what is loaded is played first').toBeLessThan(1)
      const asked = (await stage.log()).length
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      expect(await stage.log(), 'nothing more is asked for').toHaveLength(asked)
      await stage.set({ endpointStatus: null })
      await page.evaluate(() => window.lab.player('film').signedUrl().refresh())
      expect((await untilPosition(page, 'film', position + 4)).error).toBeNull()
      expect(page.consoleText().filter((text) => TOKEN.test(text))).toEqual([])
      await page.close()
    },
  )
})

describe.skipIf(!inject('hasHeavyFilm'))('an MP4 by the element', () => {
  /** Connections break every few seconds, so that the element asks again and again. */
  const BROKEN: Partial<StageSettings> = { scheme: 'cookie', ...TOLD, bytesPerSecond: 200_000, cutAfterBytes: 700_000 }

  it('plays on by the cookie that the endpoint renews, without a swap', TIMEOUT, async () => {
    const stage = await openStage({ lifeMs: LIFE_MS, ...BROKEN })
    const page = await browser.newPage()
    await openPage(page)
    const plugin = { endpoint: stage.endpoint, scope: 'cookie' }
    await startFilm(page, { name: 'film', plugin, source: { src: 'heavy/film.mp4', type: 'video/mp4' } })
    const sighting = await untilPosition(page, 'film', PLAY_S, PLAY_S * 1000 + 60_000)
    const log = await stage.log()
    console.info(
      `MP4 by cookie: ${sighting.position.toFixed(1)} s, starved ${Math.round(sighting.starvedMs)} ms, ${sighting.stats.refreshes} refreshes,`,
      `${sighting.stats.swaps} swaps, ${log.filter(isSegment).length} requests by ${issuesUsed(log)} cookies, ${refused(log).length} refused`,
    )
    expect(sighting.error).toBeNull()
    expect(sighting.starvedMs).toBe(0)
    expect(disturbances(sighting)).toEqual([])
    expect(log.filter(({ status }) => status >= 400)).toEqual([])
    expect(issuesUsed(log)).toBeGreaterThanOrEqual(3)
    expect(sighting.stats.swaps).toBe(0)
    expect(sighting.stats.seamlessRefreshes).toBe(sighting.stats.refreshes)

    await page.evaluate(() => window.lab.player('film').pause())
    await until(async () => (await see(page, 'film')).status === 'expired', 'the cookie to expire')
    await page.evaluate(() => void window.lab.player('film').play())
    const resumed = await untilPosition(page, 'film', sighting.position + 8)
    expect(resumed.error).toBeNull()
    expect((await stage.log()).filter(({ status }) => status >= 400)).toEqual([])
    await page.close()
  })
})

function issuesUsed(log: Awaited<ReturnType<Stage['log']>>): number {
  return new Set(log.filter((entry) => isSegment(entry) && entry.issue && entry.status < 400).map(({ issue }) => issue))
    .size
}
