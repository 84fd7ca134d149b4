import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { redactText } from '../../src/core/redact.js'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  disturbances,
  fetchedTwice,
  HLS,
  isSegment,
  openPage,
  openStage,
  refused,
  type Stage,
  see,
  setSource,
  signings,
  until,
  untilPosition,
} from '../support/site.js'

/** Tokens live 4 s (up to 5: their expiry is a whole second). VHS loads in bursts: three lives have brought segments by then. */
const LIFE_MS = 4_000
const PLAY_S = process.env.SOAK ? 60 : 20
/** Room for a machine that has other things to do: it holds a film up with data ahead, a dead URL doesn't. */
const MACHINE_MS = 100 * PLAY_S
const FOR_EVER = { lifeMs: 3_600_000 }
const QUICK = { maxAttempts: 3, baseDelayMs: 50, maxDelayMs: 1_000, timeoutMs: 1_000 }
const LOGIN_PAGE = '<!doctype html><title>Log in</title><form action="/login"><input name="user"></form>'

const FORMATS = [
  ['HLS', { src: 'film', type: HLS }],
  ['DASH', { src: 'film/manifest.mpd', type: 'application/dash+xml' }],
] as const
interface Source {
  readonly src: string
  readonly type: string
}

/** A row for both formats, side by side: they take turns in waiting. An error says which one it is of. */
function both(run: (source: Source) => Promise<void>): () => Promise<void> {
  return async () => {
    await Promise.all(
      FORMATS.map(([name, source]) =>
        run(source).catch((error: Error) => {
          error.message = `${name}: ${error.message}`
          throw error
        }),
      ),
    )
  }
}

/** What a page sees of VHS besides the player's own events. */
interface VhsSighting {
  /** Playlists that are excluded now. */
  excluded: number
  /** What VHS did for want of a playlist or a segment. */
  emergencies: string[]
  errors: { code: number; message: string }[]
  /** The events that carry URIs, as JSON. */
  told: string[]
  /** Where requests were really sent to, as the page's hooks see it. */
  requested: string[]
  answered: number[]
  /** What VHS waits for. */
  isLoading: boolean
  aborted: number
}

/** What of VHS's own the tests look at. */
interface VhsAtWork {
  xhr: {
    onRequest(hook: (options: { uri: string }) => object): void
    onResponse(hook: (request: object, error: unknown, response: { statusCode: number }) => void): void
  }
  playlists: { main?: { playlists: { excludeUntil?: number }[] } }
  playlistController_: { mainSegmentLoader_: { state: string } }
  stats: { mediaRequestsAborted: number }
}

let browser: Browser
let pages: Page[] = []
beforeAll(async () => {
  browser = await launch('chromium')
})
afterAll(() => browser?.close())
afterEach(async () => {
  await Promise.all(pages.map((page) => page.close()))
  pages = []
})

/** Opens a page whose player has a buffer so small that it meets the expiries, and no source. */
async function openPlayer(player: object): Promise<Page> {
  const page = await browser.newPage()
  pages.push(page)
  await openPage(page)
  await page.evaluate('Object.assign(videojs.Vhs, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })')
  await page.evaluate((film: object) => window.lab.start({ name: 'film', play: false, ...film }), player)
  await page.evaluate(() => {
    const player = window.lab.player('film')
    const tech = player.tech(true) as ReturnType<typeof player.tech> & { vhs?: VhsAtWork }
    const seen = { emergencies: [], errors: [], told: [], requested: [], answered: [] } as {
      [Key in 'emergencies' | 'errors' | 'told' | 'requested' | 'answered']: unknown[]
    }
    tech.on(['excludeplaylist', 'retryplaylist', 'playliststuck'], ({ type }: Event) => seen.emergencies.push(type))
    player.on('error', () => seen.errors.push({ code: player.error()?.code, message: player.error()?.message }))
    const telling = ['playlistrequeststart', 'playlistparsecomplete', 'manifestrequeststart', 'segmentselected']
    player.on([...telling, 'segmentloadstart', 'segmentloaded', 'appendsdone'], (event: { metadata?: unknown }) =>
      seen.told.push(JSON.stringify(event.metadata)),
    )
    player.on('xhr-hooks-ready', () => {
      tech.vhs?.xhr.onRequest((options) => {
        seen.requested.push(options.uri)
        return options
      })
      tech.vhs?.xhr.onResponse((_request, _error, { statusCode }) => seen.answered.push(statusCode))
    })
    Object.assign(window, {
      seeVhs: () => ({
        ...seen,
        excluded: tech.vhs?.playlists.main?.playlists.filter(({ excludeUntil }) => excludeUntil).length,
        isLoading: tech.vhs?.playlistController_.mainSegmentLoader_.state === 'WAITING',
        aborted: tech.vhs?.stats.mediaRequestsAborted,
      }),
    })
  })
  return page
}

const seeVhs = (page: Page) => page.evaluate<VhsSighting>('seeVhs()')

/**
 * VHS shows an error of its own where the MediaSource is not open when the first answer comes, and leaves it to the element where it is.
 * Which comes first is chance: here the answer.
 */
const KEEP_CLOSED = "void Object.defineProperty(MediaSource.prototype, 'readyState', { get: () => 'closed' })"

/** A player with the plugin that has VHS play the film. */
async function openFilm(stage: Stage, source: Source, options: object = {}, isClosed = false): Promise<Page> {
  const page = await openPlayer({ plugin: { endpoint: stage.endpoint, engine: 'vhs', ...options } })
  if (isClosed) await page.evaluate(KEEP_CLOSED)
  await setSource(page, source)
  return page
}

/** A player without the plugin that is given a signed URL. */
async function openBare(stage: Stage, source: Source, isClosed = false): Promise<Page> {
  const page = await openPlayer({})
  if (isClosed) await page.evaluate(KEEP_CLOSED)
  const answer = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=${encodeURIComponent(source.src)}`)
  await setSource(page, { ...source, src: ((await answer.json()) as { url: string }).url })
  return page
}

describe('HLS and DASH by VHS, with a URL that dies every 4 s', () => {
  const [[, hls], [, dash]] = FORMATS
  const play = async (source: Source, settings: Parameters<typeof openStage>[0]) => {
    const stage = await openStage(settings)
    const page = await openFilm(stage, source)
    const sighting = await untilPosition(page, 'film', PLAY_S, PLAY_S * 1000 + 60_000)
    const log = await stage.log()
    return { source, sighting, log, vhs: await seeVhs(page) }
  }
  type Run = Awaited<ReturnType<typeof play>>

  const issuesUsed = ({ log }: Run) =>
    new Set(log.filter((entry) => isSegment(entry) && entry.status < 300).map(({ issue }) => issue)).size

  const expectUnseen = ({ sighting, vhs, log }: Run) => {
    expect(sighting.starvedMs).toBe(0)
    expect(disturbances(sighting)).toEqual([])
    expect(sighting.error).toBeNull()
    expect(vhs).toMatchObject({ excluded: 0, emergencies: [] })
    expect(fetchedTwice(log)).toEqual([])
  }

  const report = (row: string, { source, sighting, log }: Run) =>
    console.info(
      `VHS, ${source.src}, ${row}: ${sighting.position.toFixed(1)} s played, stalled ${Math.round(sighting.stalledMs)} ms`,
      `(${Math.round(sighting.starvedMs)} ms for want of data), ${sighting.stats.refreshes} refreshes,`,
      `${signings(log).length} signing requests, ${refused(log).length} refused, ${fetchedTwice(log).length} fetched twice`,
    )

  it('shows the viewer nothing that a film with a lasting URL does not show', { timeout: 180_000 }, async () => {
    const [control, ...runs] = await Promise.all([
      play(hls, FOR_EVER),
      play(hls, { lifeMs: LIFE_MS }),
      play(dash, { lifeMs: LIFE_MS }),
    ])
    expect(signings(control.log)).toHaveLength(1)
    expectUnseen(control)
    for (const dying of runs) {
      const { source } = dying
      report('honest clock', dying)
      expectUnseen(dying)
      // What a busy machine holds up, it holds up in the control run too.
      expect(dying.sighting.stalledMs).toBeLessThanOrEqual(control.sighting.stalledMs + MACHINE_MS)
      expect(refused(dying.log)).toEqual([])
      expect(issuesUsed(dying), 'URLs that segments really came by').toBeGreaterThanOrEqual(3)
      expect(dying.sighting.stats.seamlessRefreshes).toBe(dying.sighting.stats.refreshes)
      // What the site set is what the page reads.
      expect(dying.sighting).toMatchObject({ currentSource: source, src: source.src, currentSrc: source.src })
      // The page's hooks see each request, with the URL that it was sent to. They are looked at after the origin's log, which lacks what has just been sent.
      const files = dying.log.filter(({ kind }) => kind === 'media')
      expect(dying.vhs.requested.length).toBeGreaterThanOrEqual(files.length)
      expect(dying.vhs.requested.length).toBeLessThanOrEqual(files.length + 4)
      const tokens = new Set(dying.vhs.requested.map(tokenOf))
      expect(tokens.size).toBeGreaterThanOrEqual(new Set(files.map(({ issue }) => issue)).size)
      expect(new Set(dying.vhs.answered)).toEqual(new Set([200]))
      // VHS tells of its requests without their tokens.
      expect(dying.vhs.told.filter((text) => text.includes('http')).length).toBeGreaterThan(files.length)
      expect(dying.vhs.told.filter((text) => [...tokens].some((token) => text.includes(token)))).toEqual([])
    }
  })

  it('learns that the CDN is an hour off from what it refuses, unseen', { timeout: 180_000 }, async () => {
    // Nothing but the CDN's verdicts tells: the endpoint's `Date` agrees with the device.
    const settings = { lifeMs: LIFE_MS, endpointClock: 'machine' } as const
    const runs = await Promise.all([
      play(hls, { ...settings, clockSkewMs: 3_600_000 }),
      play(dash, { ...settings, clockSkewMs: -3_600_000 }),
    ])
    for (const [index, run] of runs.entries()) {
      report(`CDN ${index === 0 ? 'ahead' : 'behind'}`, run)
      const once = refused(run.log).map(({ path, issue }) => `${path} by ${issue}`)
      expectUnseen(run)
      // Picture and sound are in flight at once.
      expect(once.length).toBeLessThanOrEqual(4)
      expect(new Set(once).size).toBe(once.length)
      expect(issuesUsed(run)).toBeGreaterThanOrEqual(2)
    }
  })
})

describe('HLS and DASH by VHS', () => {
  it(
    'lets go of what it waits for when the viewer seeks far away while the endpoint is slow',
    both(async (source) => {
      const stage = await openStage({ lifeMs: LIFE_MS })
      const page = await openFilm(stage, source)
      await untilPosition(page, 'film', 2)
      await stage.set({ endpointDelayMs: 3_000 })
      await until(
        async () => (await see(page, 'film')).status === 'expired' && (await seeVhs(page)).isLoading,
        'a wait',
      )
      const before = (await stage.log()).length
      const { aborted } = await seeVhs(page)
      await page.evaluate(() => void window.lab.player('film').currentTime(50))
      await until(async () => (await seeVhs(page)).aborted > aborted, 'VHS to abort')
      const { error } = await untilPosition(page, 'film', 52)
      expect(error).toBeNull()
      const fetched = (await stage.log()).slice(before).filter(isSegment)
      expect(fetched.length).toBeGreaterThan(0)
      expect(fetched.filter(({ path }) => /\d{3}\.m4s/.test(path) && numberOf(path) < 24)).toEqual([])
      expect((await seeVhs(page)).emergencies).toEqual([])
    }),
  )

  it(
    'is played again when the page sets what it set before, and reads as that',
    both(async (source) => {
      const stage = await openStage()
      const page = await openFilm(stage, source)
      await untilPosition(page, 'film', 1)
      await page.evaluate(() => {
        const player = window.lab.player('film')
        player.src(player.currentSource())
        player.play()?.catch(() => {})
      })
      await until(async () => (await see(page, 'film')).position < 1, 'the second start')
      const { currentSource, currentSources, src, currentSrc, error } = await untilPosition(page, 'film', 1)
      expect({ currentSource, currentSources, src, currentSrc, error }).toEqual({
        currentSource: source,
        currentSources: [source],
        src: source.src,
        currentSrc: source.src,
        error: null,
      })
    }),
  )

  it.each([
    ['from the start', 0],
    ['in the middle', 2],
  ])('that the CDN refuses for good %s ends in one error and goes on after refresh()', (_when, from) =>
    both(async (source) => {
      const stage = await openStage(from === 0 ? { refuse: 'all' } : {})
      const page = await openFilm(stage, source, { retry: QUICK })
      if (from > 0) {
        await untilPosition(page, 'film', from)
        await stage.set({ refuse: 'all' })
      }
      await until(async () => (await see(page, 'film')).error !== null, 'the error')
      const asked = (await stage.log()).length
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      expect(await stage.log(), 'nothing more is asked for').toHaveLength(asked)
      const { error, events, position } = await see(page, 'film')
      expect(error).toMatchObject({ code: 2, errorType: 'signed-url-refused' })
      expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
      expect(await seeVhs(page)).toMatchObject({ emergencies: [] })

      await stage.set({ refuse: 'none' })
      await page.evaluate(() => window.lab.player('film').signedUrl().refresh())
      expect((await untilPosition(page, 'film', position + 2)).error).toBeNull()
      expect(await seeVhs(page)).toMatchObject({ excluded: 0, emergencies: [] })
    })(),
  )
})

it('gets keys, byte ranges, init segments and segment indexes by the current URL too, through expiries', async () => {
  await Promise.all(
    [
      { src: 'clips/ts/master.m3u8', type: HLS, asked: /\d\.ts$/, toS: 11 },
      { src: 'clips/aes/master.m3u8', type: HLS, asked: /^aes\/key\.bin$/, toS: 11 },
      { src: 'clips/byterange/master.m3u8', type: HLS, asked: /film\.mp4$/, toS: 11 },
      { src: 'indexed/index.mpd', type: 'application/dash+xml', asked: /stream\d\.mp4$/, toS: 12 },
    ].map(async ({ src, type, asked, toS }) => {
      const stage = await openStage({ lifeMs: LIFE_MS })
      const page = await openFilm(stage, { src, type })
      const { error, starvedMs, stats } = await untilPosition(page, 'film', toS)
      const log = await stage.log()
      expect({ src, error, starvedMs, refused: refused(log) }).toEqual({ src, error: null, starvedMs: 0, refused: [] })
      expect(log.filter(({ path, status }) => asked.test(path) && status < 300).length, src).toBeGreaterThan(0)
      expect(stats.refreshes, src).toBeGreaterThanOrEqual(1)
    }),
  )
})

/** The plugin says again what came before `loadstart`, which Video.js forgets then. */
const once = (errors: VhsSighting['errors']) => [...new Set(errors.map((error) => JSON.stringify(error)))]

/* What VHS does of itself about a broken film is its own affair: the plugin adds nothing to it, and slows it down where it would ask without end. */
describe('a broken film, HLS and DASH', () => {
  /** Both players side by side, until the one with the plugin has gone through what the other has. */
  const watch = async (source: Source, fault: Parameters<Stage['set']>[0], from: number) => {
    const stages = [await openStage(FOR_EVER), await openStage(FOR_EVER)] as const
    if (from === 0) await Promise.all(stages.map((stage) => stage.set(fault)))
    const [bare, signed] = await Promise.all([
      openBare(stages[0], source, from === 0),
      openFilm(stages[1], source, { retry: QUICK }, from === 0),
    ])
    if (from > 0) {
      await Promise.all([untilPosition(bare, 'film', from), untilPosition(signed, 'film', from)])
      await Promise.all(stages.map((stage) => stage.set(fault)))
    }
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    const alone = { ...(await seeVhs(bare)), log: await stages[0].log() }
    const logged = async () => ({ ...(await seeVhs(signed)), log: await stages[1].log() })
    const ours = await logged()
    const lacks = (now: VhsSighting) => alone.emergencies.some((type) => !now.emergencies.includes(type))
    await until(async () => !lacks(await seeVhs(signed)), alone.emergencies.join())
    return { alone, ours, later: await logged() }
  }

  it.each([
    ['a login page, or a playlist with nothing in it', 0, [LOGIN_PAGE, '#EXTM3U\n#EXT-X-NONSENSE\n']],
    ['a login page in the middle of the film', 2, [LOGIN_PAGE]],
  ])('%s, with status 200: as VHS alone', (_title, from, bodies) =>
    both(async (source) => {
      const watched = await Promise.all(bodies.map((mediaBody) => watch(source, { mediaBody }, from)))
      for (const { alone, ours, later } of watched) {
        expect(once(later.errors)).toEqual(once(alone.errors))
        expect(ours.log.length).toBeLessThanOrEqual(1.5 * alone.log.length + 10)
        // An error without a status, as a busy machine makes them, is taken for a refusal once.
        expect(signings(ours.log).length).toBeLessThanOrEqual(2)
      }
    })(),
  )

  it(
    'segments that are cut off: tried again and again as by VHS alone, but with pauses',
    both(async (source) => {
      const { alone, ours, later } = await watch(source, { cutAfterBytes: 3_000 }, 2)
      expect(later.errors).toEqual(alone.errors)
      expect(mostOften(ours.log)).toBeLessThan(mostOften(alone.log))
      expect(signings(ours.log).length).toBeLessThanOrEqual(5)
    }),
  )
})

it('shows an error of VHS with its words, and without the token', async () => {
  const [stage, other] = [await openStage({ cutAfterBytes: 100 }), await openStage({ cutAfterBytes: 100 })]
  const [, source] = FORMATS[1]
  const [page, bare] = await Promise.all([openFilm(stage, source, {}, true), openBare(other, source, true)])
  const errorOf = async (one: Page) => {
    await until(async () => (await seeVhs(one)).errors.length > 0, 'the error')
    return (await seeVhs(one)).errors[0]
  }
  const [ours, alone] = [await errorOf(page), await errorOf(bare)]
  expect(ours?.message).toMatch(/^DASH request error at URL: http:\/\/[\w.:]+\/…\/manifest\.mpd$/)
  expect(ours).toEqual({ ...alone, message: redactText(alone?.message ?? '') })
  expect(tokenOf(alone?.message ?? '')).not.toBe('')
  expect(page.consoleText().map(tokenOf).filter(Boolean)).toEqual([])
})

it('leaves a player to VHS whose page has hooked the requests of all, and its hooks see where they really go', async () => {
  const stage = await openStage({ lifeMs: LIFE_MS })
  const page = await browser.newPage()
  pages.push(page)
  await openPage(page)
  await page.evaluate(
    'window.uris = []; videojs.Vhs.xhr.onRequest((options) => { window.uris.push(options.uri); return options })',
  )
  await page.evaluate((plugin: object) => window.lab.start({ name: 'film', plugin, play: false }), {
    endpoint: stage.endpoint,
  })
  await setSource(page, FORMATS[0][1])
  await untilPosition(page, 'film', 1)
  await page.evaluate(() => window.lab.player('film').signedUrl().refresh())
  await page.evaluate(() => void window.lab.player('film').currentTime(60))
  await untilPosition(page, 'film', 61)
  const files = (await stage.log()).filter(({ kind }) => kind === 'media')
  const uris = await page.evaluate<string[]>('window.uris')
  expect(uris).toHaveLength(files.length)
  expect(new Set(uris.map(tokenOf)).size).toBe(new Set(files.map(({ issue }) => issue)).size)
  expect(new Set(uris.map(tokenOf)).size).toBeGreaterThan(1)
})

it('gives the element the signed URL where VHS leaves the type to the browser, as in Safari', async () => {
  const stage = await openStage()
  const plugin = { endpoint: stage.endpoint, engine: 'vhs' }
  const page = await openPlayer({ plugin, player: { html5: { vhs: { overrideNative: false } } } })
  await page.evaluate('videojs.Vhs.supportsTypeNatively = () => true; undefined')
  await setSource(page, FORMATS[0][1])
  await until(async () => (await stage.log()).some(({ kind }) => kind === 'media'), 'the element to ask')
  const { src, hasVhs } = await page.evaluate(() => {
    const tech = window.lab.player('film').tech(true)
    return { src: (tech.el() as HTMLVideoElement).src, hasVhs: 'vhs' in tech }
  })
  expect(tokenOf(src)).not.toBe('')
  expect(hasVhs).toBe(false)
  expect((await see(page, 'film')).currentSource).toEqual(FORMATS[0][1])
})

const tokenOf = (url: string) => /\/([\w-]{22}\/\d{10})\//.exec(url)?.[1] ?? ''
const numberOf = (path: string) => Number(/(\d{3})\.m4s/.exec(path)?.[1])

/** How often the file that was asked for most was asked for. */
function mostOften(log: Awaited<ReturnType<Stage['log']>>): number {
  const counts = new Map<string, number>()
  for (const { path, kind } of log) if (kind === 'media') counts.set(path, (counts.get(path) ?? 0) + 1)
  return Math.max(...counts.values())
}
