import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  disturbances,
  endBroadcast,
  fetchedTwice,
  HLS,
  isSegment,
  isThorough,
  openPage,
  openStage,
  refused,
  type Stage,
  see,
  startBroadcast,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'
import type { Sighting } from './pages/lab.js'

/** A row plays three lives, `npm run soak` three minutes of lives of 10 s, `npm run soak:hour` an hour of lives of a minute. */
const { lifeMs: LIFE_MS, playMs: PLAY_MS } =
  process.env.SOAK === 'hour'
    ? { lifeMs: 60_000, playMs: 3_600_000 }
    : process.env.SOAK
      ? { lifeMs: 10_000, playMs: 180_000 }
      : { lifeMs: 5_000, playMs: 18_000 }
const FOR_EVER_MS = 36_000_000
/** Tokens of 4 s, for pauses: three of their lives are shorter than the origin's window, and longer than ffmpeg's. */
const SHORT_LIFE_MS = 4_000
const PAUSE_MS = 15_000
const SEGMENT_S = 2
/** Room for a machine that has other things to do: it holds a film up with data ahead, a dead URL doesn't. */
const MACHINE_MS = PLAY_MS / 10
/** By then a player has found its place in the window. */
const SETTLED_S = 4

const DASH = 'application/dash+xml'
const LOW_LATENCY = 'low-latency/video/low-latency.m3u8'

interface Form {
  readonly title: string
  readonly engine: 'auto' | 'vhs'
  readonly source: { readonly src: string; readonly type: string }
  readonly settings?: Parameters<typeof openStage>[0]
  readonly hls?: object
}

/** The answer tells the expiry: a folder signed in the query says it in a way that the plugin doesn't read. */
const IN_QUERY = { scheme: 'akamai', answer: 'expiresAt' } as const

const FORMS: readonly [Form, ...Form[]] = [
  { title: 'HLS by hls.js', engine: 'auto', source: { src: 'live-hls/master.m3u8', type: HLS } },
  { title: 'HLS by VHS', engine: 'vhs', source: { src: 'live-hls/master.m3u8', type: HLS } },
  { title: 'DASH by VHS', engine: 'vhs', source: { src: 'live-dash/index.mpd', type: DASH } },
]
const LOW_LATENCY_FORMS = [
  { title: 'hls.js', engine: 'auto' },
  { title: 'VHS', engine: 'vhs' },
] as const

/** One look at the player. */
interface Look {
  /** The wall clock minus the film's position, s: grows by what a viewer loses. */
  readonly lag: number
  /** How far the player's own live tracker sees it behind the live edge, s. */
  readonly behind: number
  readonly isLive: boolean
  readonly sighting: Sighting
}

/** What happened from one look to the next. */
interface Run {
  readonly starvedMs: number
  readonly stalledMs: number
  readonly disturbances: readonly string[]
  readonly driftS: number
  /** By the live tracker. */
  readonly fellBackS: number
  readonly isLive: boolean
  readonly sighting: Sighting
  readonly log: Awaited<ReturnType<Stage['log']>>
}

const hasFfmpeg = inject('hasHeavyFilm')

let browser: Browser
beforeAll(async () => {
  browser = await launch('chromium')
})
afterAll(() => browser?.close())

async function open({ engine, source, settings, hls }: Form, lifeMs: number): Promise<{ page: Page; stage: Stage }> {
  const stage = await openStage({ ...settings, lifeMs })
  const page = await browser.newPage()
  await openPage(page)
  // The tracker leaves windows of less than 20 s alone, unless told otherwise.
  const player = { liveTracker: { trackingThreshold: 0 } }
  await startFilm(page, {
    name: 'film',
    plugin: { endpoint: stage.endpoint, engine, ...(hls && { hls }) },
    player,
    source,
  })
  await until(async () => (await see(page, 'film')).firstFrameMs !== undefined, `the first frame of ${source.src}`)
  // Engine and tracker look for their place in the window first.
  const { position } = await see(page, 'film')
  await untilPosition(page, 'film', position + SETTLED_S)
  return { page, stage }
}

async function lookAt(page: Page): Promise<Look> {
  const place = await page.evaluate(() => {
    const player = window.lab.player('film')
    const position = player.currentTime() ?? 0
    return {
      lag: Date.now() / 1000 - position,
      behind: player.liveTracker.liveCurrentTime() - position,
      isLive: player.liveTracker.isLive(),
    }
  })
  return { ...place, sighting: await see(page, 'film') }
}

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function play(form: Form, lifeMs: number): Promise<Run> {
  const { page, stage } = await open(form, lifeMs)
  const early = await lookAt(page)
  await pass(PLAY_MS)
  const [late, log] = [await lookAt(page), await stage.log()]
  await page.close()
  return { ...between(early, late), log }
}

function between(early: Look, late: Look): Omit<Run, 'log'> {
  const [before, after] = [early.sighting, late.sighting]
  return {
    starvedMs: after.starvedMs - before.starvedMs,
    stalledMs: after.stalledMs - before.stalledMs,
    disturbances: disturbances({ ...after, events: after.events.slice(before.events.length) }),
    driftS: late.lag - early.lag,
    fellBackS: late.behind - early.behind,
    isLive: early.isLive && late.isLive,
    sighting: after,
  }
}

/** A control run and the others side by side. */
async function playBeside(control: Form, ...dying: readonly Form[]): Promise<readonly [control: Run, dying: Run][]> {
  const [lasting, ...runs] = await Promise.all([
    play(control, FOR_EVER_MS),
    ...dying.map((form) => play(form, LIFE_MS)),
  ])
  return runs.map((run) => [lasting, run])
}

const isParts = ({ log }: Run) => log.some(({ path }) => path.endsWith('low-latency.m3u8'))

const issuesUsed = ({ log }: Run) =>
  new Set(log.filter((entry) => isSegment(entry) && entry.status < 300).map(({ issue }) => issue)).size

function expectUnseen(control: Run, dying: Run): void {
  expect(dying.sighting.error).toBeNull()
  // What a busy machine holds up, it holds up in the control run too.
  expect(dying.starvedMs).toBeLessThanOrEqual(control.starvedMs)
  expect(dying.disturbances.filter((type) => !control.disturbances.includes(type))).toEqual([])
  expect(dying.stalledMs).toBeLessThanOrEqual(control.stalledMs + MACHINE_MS)
  expect(dying.driftS, 'drift from the live edge').toBeLessThan(Math.max(0, control.driftS) + SEGMENT_S)
  // The tracker sees the edge move by whole segments: two looks may differ by one for that alone.
  expect(dying.fellBackS, 'drift by the live tracker').toBeLessThan(Math.max(0, control.fellBackS) + 2 * SEGMENT_S)
  expect(dying.isLive).toBe(true)
  expect(refused(dying.log)).toEqual([])
  // VHS fetches a part twice now and then, with a lasting URL too: one in a hundred or so.
  expect(fetchedTwice(dying.log).length).toBeLessThanOrEqual(
    fetchedTwice(control.log).length + (isParts(dying) ? 3 : 0),
  )
  expect(issuesUsed(dying), 'URLs that segments really came by').toBeGreaterThanOrEqual(3)
  expect(issuesUsed(control)).toBe(1)
}

/** Segments that were asked for by another name than one of Gcore's with its query, `004chunk-stream4-10000000-05213.m4s?part=4`. */
function withoutGcoreNames(log: Run['log']): string[] {
  const names = log.filter(isSegment).map(({ url }) => url.split('/').at(-1) ?? '')
  return names.filter((name) => !/^004(?:init-stream\w+|chunk-stream\w+-\d+-\d{5})\.m4s\?part=4$/.test(name))
}

function report(title: string, control: Run, dying: Run): void {
  const told = (run: Run) =>
    [
      `starved ${Math.round(run.starvedMs)} ms, stalled ${Math.round(run.stalledMs)} ms`,
      `drift ${run.driftS.toFixed(2)} s, by the tracker ${run.fellBackS.toFixed(2)} s`,
      `events [${run.disturbances.join()}]`,
      `${refused(run.log).length} refused, ${fetchedTwice(run.log).length} of ${run.log.filter(isSegment).length} fetched twice`,
    ].join(', ')
  console.info(`live, ${title}: ${dying.sighting.stats.refreshes} refreshes, ${told(dying)}; control: ${told(control)}`)
}

describe.skipIf(!hasFfmpeg)('a broadcast whose URL dies again and again', () => {
  beforeAll(() => Promise.all([startBroadcast('live-hls'), startBroadcast('live-dash')]))
  afterAll(() => Promise.all([endBroadcast('live-hls'), endBroadcast('live-dash')]))

  it('shows nothing that a lasting URL does not show: HLS by hls.js, HLS and DASH by VHS', {
    timeout: PLAY_MS + 120_000,
  }, async () => {
    const [control] = FORMS
    const runs = await playBeside(control, ...FORMS)
    for (const [index, [lasting, dying]] of runs.entries()) {
      const { title, source } = FORMS[index] ?? control
      report(title, lasting, dying)
      expectUnseen(lasting, dying)
      if (source.type === DASH) expect(withoutGcoreNames(dying.log)).toEqual([])
    }
  })
})

it('DASH with the names of Gcore plays through expiries by VHS, and each segment is fetched with its own query', async () => {
  const stage = await openStage({ lifeMs: SHORT_LIFE_MS })
  const page = await browser.newPage()
  await openPage(page)
  const plugin = { endpoint: stage.endpoint, engine: 'vhs' }
  await page.evaluate('Object.assign(videojs.Vhs, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })')
  await startFilm(page, { name: 'film', plugin, source: { src: 'film/index.mpd', type: DASH } })
  const sighting = await untilPosition(page, 'film', PLAY_MS / 2000)
  const log = await stage.log()
  expect(sighting.error).toBeNull()
  expect(sighting.starvedMs).toBe(0)
  expect(disturbances(sighting)).toEqual([])
  expect(refused(log)).toEqual([])
  expect(fetchedTwice(log)).toEqual([])
  expect(withoutGcoreNames(log)).toEqual([])
  expect(new Set(log.filter(isSegment).map(({ issue }) => issue)).size).toBeGreaterThanOrEqual(2)
  await page.close()
})

describe.skipIf(!hasFfmpeg)('low-latency HLS whose URL dies again and again', () => {
  it.each(LOW_LATENCY_FORMS)(
    'by $title shows nothing that a lasting URL does not show, signed in the path or in the query',
    { timeout: PLAY_MS + 120_000 },
    async ({ title, engine }) => {
      const inPath: Form = { title, engine, source: { src: 'low-latency/master.m3u8', type: HLS } }
      // A media playlist by itself: its reloads carry credentials and directives in one query.
      const inQuery: Form = { title, engine, source: { src: LOW_LATENCY, type: HLS }, settings: IN_QUERY }
      for (const [index, [control, run]] of (await playBeside(inPath, inPath, inQuery)).entries()) {
        report(`low latency by ${title}, signed in the ${index === 0 ? 'path' : 'query'}`, control, run)
        expectUnseen(control, run)
        const reloads = run.log.filter(({ path }) => path.endsWith('low-latency.m3u8'))
        for (const directive of [/[?&]_HLS_msn=\d+/, /[?&]_HLS_part=\d/, /[?&]_HLS_skip=YES/]) {
          const answered = reloads.filter(({ url, status }) => directive.test(url) && status === 200)
          const issues = new Set(answered.map(({ issue }) => issue))
          expect(issues.size, `issues that ${directive} came by`).toBeGreaterThanOrEqual(3)
        }
        expect(run.log.filter(({ path }) => /\d{5}\.\d\.m4s$/.test(path)).length, 'parts').toBeGreaterThan(10)
      }
    },
  )
})

/** As far behind the live edge as players stay that have just joined, and a segment more. */
const AT_EDGE_S = 10
/** What was loaded before a pause is played on, in the window or not: here that is little. */
const LITTLE_BUFFER = { maxBufferLength: 4, maxMaxBufferLength: 4 }

describe.skipIf(!hasFfmpeg)('a broadcast that was paused for three lives of its URL', () => {
  beforeAll(() => startBroadcast('live-hls'))
  afterAll(() => endBroadcast('live-hls'))

  const engines = [
    ['hls.js', 'auto'],
    ['VHS', 'vhs'],
  ] as const

  /** Pauses, and plays on for 3 s after `isBack`. */
  const pauseAndPlay = async (form: Form, isBack: (look: Look) => boolean = () => true) => {
    const { page, stage } = await open(form, SHORT_LIFE_MS)
    await page.evaluate(() => window.lab.player('film').pause())
    const paused = await lookAt(page)
    await pass(PAUSE_MS)
    await page.evaluate(() => void window.lab.player('film').play())
    await until(async () => isBack(await lookAt(page)), `${form.title} to be back`)
    await pass(3_000)
    const [resumed, log] = [await lookAt(page), await stage.log()]
    await page.close()
    return {
      ...between(paused, resumed),
      wentOnS: resumed.sighting.position - paused.sighting.position,
      behind: resumed.behind,
      log,
    }
  }
  type Resumed = Awaited<ReturnType<typeof pauseAndPlay>>

  const reportResumed = (title: string, { wentOnS, behind, disturbances: seen, sighting, log }: Resumed) =>
    console.info(
      `live, paused for ${PAUSE_MS / 1000} s, ${title}: ${wentOnS.toFixed(1)} s on, ${behind.toFixed(1)} s behind the edge,`,
      `events [${seen.join()}], ${sighting.stats.refreshes} refreshes, ${refused(log).length} refused`,
    )

  it.concurrent.each(isThorough ? engines : engines.slice(0, 1))(
    'goes on by %s where it was, while that is in the window',
    async (title, engine) => {
      const form: Form = { title, engine, source: { src: 'film/event.m3u8', type: HLS } }
      const resumed = await pauseAndPlay(form)
      reportResumed(`in the window, ${title}`, resumed)
      expect(resumed.sighting.error).toBeNull()
      expect(resumed.wentOnS).toBeGreaterThan(1)
      expect(resumed.driftS, 'no jump ahead').toBeGreaterThan(PAUSE_MS / 1000 - 1)
      expect(resumed.disturbances).toEqual([])
      expect(refused(resumed.log)).toEqual([])
    },
  )

  it.concurrent.each(isThorough ? engines : engines.slice(1))(
    'goes on by %s at the live edge, where it was left behind',
    async (title, engine) => {
      const source = { src: 'live-hls/master.m3u8', type: HLS }
      const form: Form = { title, engine, source, hls: LITTLE_BUFFER }
      // hls.js plays what it has loaded first.
      const isBack = ({ behind }: Look) => behind < AT_EDGE_S
      const resumed = await pauseAndPlay(form, isBack)
      reportResumed(`out of the window, ${title}`, resumed)
      expect(resumed.sighting.error).toBeNull()
      expect(resumed.wentOnS).toBeGreaterThan(PAUSE_MS / 2000)
      expect(resumed.behind).toBeLessThan(AT_EDGE_S)
      expect(refused(resumed.log)).toEqual([])
    },
  )
})
