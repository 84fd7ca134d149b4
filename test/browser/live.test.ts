import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { describeRun, expectNoneRefused, expectUnseen } from '../support/judge.js'
import {
  DASH,
  disturbances,
  endBroadcast,
  fetchedTwice,
  HLS,
  isSegment,
  refused,
  startBroadcast,
} from '../support/site.js'
import { issuesUsed, type Run, type Video } from '../support/video.js'
import type { Sighting } from './pages/lab.js'

const it = inBrowser('chromium')
type Play = InBrowser['play']

/** A row plays through three lives, `npm run soak` for three minutes of lives of 10 s, `npm run soak:hour` for an hour of lives of a minute. */
const { lifeMs: LIFE_MS, playMs: SOAK_MS } =
  process.env.SOAK === 'hour'
    ? { lifeMs: 60_000, playMs: 3_600_000 }
    : process.env.SOAK
      ? { lifeMs: 10_000, playMs: 180_000 }
      : { lifeMs: 3_000, playMs: undefined }
/** Soak rows play that long before they look. */
const LONG = { ...FULL, ...(SOAK_MS !== undefined && { timeout: SOAK_MS + 300_000 }) }
const FOR_EVER_MS = 36_000_000
/** Tokens of 4 s, for pauses: three of their lives are shorter than the origin's window, and longer than ffmpeg's. */
const SHORT_LIFE_MS = 4_000
const PAUSE_MS = 15_000
const SEGMENT_S = 2
/** A busy machine holds a video up with data ahead, and one more than the one beside it: by so much of the time played. */
const MACHINE_SHARE = 0.1
/** By then a player has found its place in the window. */
const SETTLED_S = 4

const LOW_LATENCY = 'low-latency/video/low-latency.m3u8'

interface Form {
  readonly title: string
  readonly engine: 'auto' | 'vhs'
  readonly source: { readonly src: string; readonly type: string }
  readonly settings?: Partial<StageSettings>
  readonly hls?: object
}

/** The answer gives the expiry: a folder signed in the query has it in a form that the plugin doesn't read. */
const IN_QUERY = { scheme: 'akamai', answer: 'expiresAt' } as const

const FORMS: readonly [Form, ...Form[]] = [
  { title: 'HLS by hls.js', engine: 'auto', source: { src: 'live-hls/master.m3u8', type: HLS } },
  { title: 'HLS by VHS', engine: 'vhs', source: { src: 'live-hls/master.m3u8', type: HLS } },
  { title: 'DASH by VHS', engine: 'vhs', source: { src: 'live-dash/index.mpd', type: DASH } },
]
const ENGINES = [
  ['hls.js', 'auto'],
  ['VHS', 'vhs'],
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

/** What happened from one look to the next, and what the origin had logged by then. */
interface Watched extends Run {
  readonly starvedMs: number
  readonly stalledMs: number
  readonly disturbances: readonly string[]
  readonly playedMs: number
  readonly driftS: number
  /** By the live tracker. */
  readonly fellBackS: number
  readonly isLive: boolean
}

/** Plays until the player has found its place in the window. */
async function open(play: Play, { engine, source, settings, hls = {} }: Form, lifeMs: number): Promise<Video> {
  const video = await play(
    { ...settings, lifeMs },
    // The tracker leaves windows of less than 20 s alone, unless told otherwise.
    { source, plugin: { engine, hls }, player: { liveTracker: { trackingThreshold: 0 } } },
  )
  const { position } = await video.until(({ firstFrameMs }) => firstFrameMs !== undefined, 'the first frame')
  await video.reaches(position + SETTLED_S)
  return video
}

function lookAt(video: Video): Promise<Look> {
  return video.do<Look>(`({
    lag: Date.now() / 1000 - player.currentTime(),
    behind: player.liveTracker.liveCurrentTime() - player.currentTime(),
    isLive: player.liveTracker.isLive(),
    sighting: lab.see('film'),
  })`)
}

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function between(early: Look, late: Look): Omit<Watched, 'log'> {
  const [before, after] = [early.sighting, late.sighting]
  return {
    starvedMs: after.starvedMs - before.starvedMs,
    stalledMs: after.stalledMs - before.stalledMs,
    playedMs: 1000 * (after.position - before.position),
    disturbances: disturbances({ ...after, events: after.events.slice(before.events.length) }),
    driftS: late.lag - early.lag,
    fellBackS: late.behind - early.behind,
    isLive: early.isLive && late.isLive,
    seen: after,
  }
}

/** A control with a lasting URL and the others, side by side for as long as these take to go through three lives. */
async function watchBeside(play: Play, control: Form, ...dying: readonly Form[]) {
  const videos = await Promise.all([
    open(play, control, FOR_EVER_MS),
    ...dying.map((form) => open(play, form, LIFE_MS)),
  ])
  const early = await Promise.all(videos.map(lookAt))
  await (SOAK_MS === undefined ? Promise.all(videos.slice(1).map((video) => video.outlives(3))) : pass(SOAK_MS))
  const watched: Watched[] = await Promise.all(
    videos.map(async (video, index) => {
      const log = await video.log()
      return { ...between(early[index] as Look, await lookAt(video)), log }
    }),
  )
  return watched.slice(1).map((run) => [watched[0] as Watched, run] as const)
}

const isParts = ({ log }: Watched) => log.some(({ path }) => path.endsWith('low-latency.m3u8'))

function expectUnseenLive(control: Watched, dying: Watched): void {
  expect(dying.seen.error).toBeNull()
  // What a busy machine holds up, it holds up in the control run too.
  expect(dying.starvedMs).toBeLessThanOrEqual(control.starvedMs)
  expect(dying.disturbances.filter((type) => !control.disturbances.includes(type))).toEqual([])
  expect(dying.stalledMs).toBeLessThanOrEqual(control.stalledMs + MACHINE_SHARE * dying.playedMs)
  expect(dying.driftS, 'drift from the live edge').toBeLessThan(Math.max(0, control.driftS) + SEGMENT_S)
  // The tracker sees the edge move by whole segments: two looks may differ by one for that alone.
  expect(dying.fellBackS, 'drift by the live tracker').toBeLessThan(Math.max(0, control.fellBackS) + 2 * SEGMENT_S)
  expect(dying.isLive).toBe(true)
  expectNoneRefused(dying)
  // VHS fetches a part twice now and then, with a lasting URL too: one in a hundred or so.
  expect(fetchedTwice(dying.log).length).toBeLessThanOrEqual(
    fetchedTwice(control.log).length + (isParts(dying) ? 3 : 0),
  )
  expect(issuesUsed(dying.log), 'URLs that segments really came by').toBeGreaterThanOrEqual(3)
  expect(issuesUsed(control.log)).toBe(1)
}

/** Segments that were asked for by another name than one of Gcore's with its query, `004chunk-stream4-10000000-05213.m4s?part=4`. */
function withoutGcoreNames(log: Run['log']): string[] {
  const names = log.filter(isSegment).map(({ url }) => url.split('/').at(-1) ?? '')
  return names.filter((name) => !/^004(?:init-stream\w+|chunk-stream\w+-\d+-\d{5})\.m4s\?part=4$/.test(name))
}

function report(title: string, control: Watched, dying: Watched): void {
  const describe = (run: Watched) =>
    [
      `starved ${Math.round(run.starvedMs)} ms, stalled ${Math.round(run.stalledMs)} ms`,
      `drift ${run.driftS.toFixed(2)} s, by the tracker ${run.fellBackS.toFixed(2)} s`,
      `events [${run.disturbances.join()}]`,
      `${refused(run.log).length} refused, ${fetchedTwice(run.log).length} of ${run.log.filter(isSegment).length} fetched twice`,
    ].join(', ')
  console.info(
    `live, ${title}: ${dying.seen.stats.refreshes} refreshes, ${describe(dying)}; control: ${describe(control)}`,
  )
}

describe('live HLS with a window to go back in', () => {
  for (const [title, engine] of ENGINES)
    it(`plays through three lives of its URL by ${title}, unseen`, engine === 'auto' ? {} : FULL, async ({ play }) => {
      const form: Form = { title, engine, source: { src: 'film/live.m3u8', type: HLS } }
      for (const [control, run] of await watchBeside(play, form, form)) {
        report(`from a window, ${title}`, control, run)
        expectUnseenLive(control, run)
      }
    })
})

describe('a broadcast whose URL dies again and again', () => {
  beforeAll(() => Promise.all([startBroadcast('live-hls'), startBroadcast('live-dash')]))
  afterAll(() => Promise.all([endBroadcast('live-hls'), endBroadcast('live-dash')]))

  it('shows nothing that a lasting URL does not show: HLS by hls.js, HLS and DASH by VHS', LONG, async ({ play }) => {
    const [control] = FORMS
    for (const [index, [lasting, dying]] of (await watchBeside(play, control, ...FORMS)).entries()) {
      const { title, source } = FORMS[index] ?? control
      report(title, lasting, dying)
      expectUnseenLive(lasting, dying)
      if (source.type === DASH) expect(withoutGcoreNames(dying.log)).toEqual([])
    }
  })
})

it('DASH with the names of Gcore plays through expiries by VHS, and each segment is fetched with its own query', async ({
  play,
}) => {
  const video = await play(
    { lifeMs: 3_000 },
    { plugin: { engine: 'vhs' }, source: { src: 'film/index.mpd', type: DASH } },
  )
  const run = await video.outlives(2)
  expectUnseen(run)
  expectNoneRefused(run)
  expect(withoutGcoreNames(run.log)).toEqual([])
  console.info(describeRun('DASH with the names of Gcore', run))
})

describe('low-latency HLS whose URL dies again and again', () => {
  it.for(ENGINES)(
    'by %s shows nothing that a lasting URL does not show, signed in the path or in the query',
    LONG,
    async ([title, engine], { play }) => {
      const inPath: Form = { title, engine, source: { src: 'low-latency/master.m3u8', type: HLS } }
      // A media playlist by itself: its reloads carry credentials and directives in one query.
      const inQuery: Form = { title, engine, source: { src: LOW_LATENCY, type: HLS }, settings: IN_QUERY }
      for (const [index, [control, run]] of (await watchBeside(play, inPath, inPath, inQuery)).entries()) {
        report(`low latency by ${title}, signed in the ${index === 0 ? 'path' : 'query'}`, control, run)
        expectUnseenLive(control, run)
        const reloads = run.log.filter(({ path }) => path.endsWith('low-latency.m3u8'))
        for (const directive of [/[?&]_HLS_msn=\d+/, /[?&]_HLS_part=\d/, /[?&]_HLS_skip=YES/]) {
          const answered = reloads.filter(({ url, status }) => directive.test(url) && status === 200)
          const issues = new Set(answered.map(({ issue }) => issue))
          expect(issues.size, `issues that ${directive} came by`).toBeGreaterThanOrEqual(2)
        }
        expect(run.log.filter(({ path }) => /\d{5}\.\d\.m4s$/.test(path)).length, 'parts').toBeGreaterThan(10)
      }
    },
  )
})

/** As far behind the live edge as players stay that have just joined, and a segment more. */
const AT_EDGE_S = 10

describe('a broadcast that was paused for three lives of its URL', () => {
  beforeAll(() => startBroadcast('live-hls'))
  afterAll(() => endBroadcast('live-hls'))

  /** Pauses, and plays on for 3 s after `isBack`. */
  const pauseAndPlay = async (play: Play, form: Form, isBack: (look: Look) => boolean) => {
    const video = await open(play, form, SHORT_LIFE_MS)
    await video.do('player.pause()')
    const paused = await lookAt(video)
    await pass(PAUSE_MS)
    await video.do('void player.play()')
    const back = await video.until(({ position }) => position > paused.sighting.position, 'it to play on')
    let look = await lookAt(video)
    for (let at = back.position; !isBack(look); at += 1) {
      await video.reaches(at + 1)
      look = await lookAt(video)
    }
    await video.reaches(look.sighting.position + 3)
    const log = await video.log()
    const resumed = await lookAt(video)
    return {
      ...between(paused, resumed),
      wentOnS: resumed.sighting.position - paused.sighting.position,
      behind: look.behind,
      log,
    }
  }
  type Resumed = Awaited<ReturnType<typeof pauseAndPlay>>

  const reportResumed = (title: string, { wentOnS, behind, disturbances: events, seen, log }: Resumed) =>
    console.info(
      `live, paused for ${PAUSE_MS / 1000} s, ${title}: ${wentOnS.toFixed(1)} s on, ${behind.toFixed(1)} s behind the edge,`,
      `events [${events.join()}], ${seen.stats.refreshes} refreshes, ${refused(log).length} refused`,
    )

  it.for(ENGINES)(
    'goes on by %s where it was, while that is in the window',
    FULL,
    async ([title, engine], { play }) => {
      const form: Form = { title, engine, source: { src: 'film/event.m3u8', type: HLS } }
      const resumed = await pauseAndPlay(play, form, () => true)
      reportResumed(`in the window, ${title}`, resumed)
      expect(resumed.seen.error).toBeNull()
      expect(resumed.driftS, 'no jump ahead').toBeGreaterThan(PAUSE_MS / 1000 - 1)
      expect(resumed.disturbances).toEqual([])
      expect(refused(resumed.log)).toEqual([])
    },
  )

  it.for(ENGINES)(
    'goes on by %s at the live edge, where it was left behind',
    FULL,
    async ([title, engine], { play }) => {
      const source = { src: 'live-hls/master.m3u8', type: HLS }
      // What was loaded before a pause is played on, in the window or not: here that is little.
      const form: Form = { title, engine, source, hls: { maxBufferLength: 4, maxMaxBufferLength: 4 } }
      const resumed = await pauseAndPlay(play, form, ({ behind }) => behind < AT_EDGE_S)
      reportResumed(`out of the window, ${title}`, resumed)
      expect(resumed.seen.error).toBeNull()
      expect(resumed.wentOnS).toBeGreaterThan(PAUSE_MS / 2000)
      expect(refused(resumed.log)).toEqual([])
    },
  )
})
