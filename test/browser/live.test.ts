import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { recordRow } from '../figures/record.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { describeRun, expectNoneRefused, expectUnseen, figuresOf } from '../support/judge.js'
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

/** A row plays through three URL lifetimes, `npm run soak` for three minutes with 10 s URLs, `npm run soak:hour` for an hour with one-minute URLs. */
const { lifeMs: LIFE_MS, playMs: SOAK_MS } =
  process.env.SOAK === 'hour'
    ? { lifeMs: 60_000, playMs: 3_600_000 }
    : process.env.SOAK
      ? { lifeMs: 10_000, playMs: 180_000 }
      : { lifeMs: 3_000, playMs: undefined }
/** The timeout of a soak row covers the time that it plays. */
const LONG = { ...FULL, ...(SOAK_MS !== undefined && { timeout: SOAK_MS + 300_000 }) }
const FOREVER_MS = 36_000_000
/** For pauses: three 4 s lifetimes fit in the origin's window, but not in ffmpeg's. */
const SHORT_LIFE_MS = 4_000
const PAUSE_MS = 15_000
const SEGMENT_S = 2
/** A busy machine stalls videos that have data buffered, some more than others: by up to this share of the time played. */
const MACHINE_SHARE = 0.1
/** A player has settled in the live window by then. */
const SETTLED_S = 4

const LOW_LATENCY = 'low-latency/video/low-latency.m3u8'

interface Form {
  readonly title: string
  readonly engine: 'auto' | 'vhs'
  readonly source: { readonly src: string; readonly type: string }
  readonly settings?: Partial<StageSettings>
  readonly hls?: object
}

/** The answer gives the expiry, because the plugin can't read it from the query that signs a folder. */
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

/** The state of a player at one moment. */
interface Snapshot {
  /** The wall clock minus the video's position, s. Grows by what the viewer loses. */
  readonly lag: number
  /** The distance behind the live edge by the player's live tracker, s. */
  readonly behind: number
  readonly isLive: boolean
  readonly sighting: Sighting
}

/** What happened between two snapshots, and what the origin had logged by the second. */
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

/** Plays until the player has settled in the live window. */
async function open(play: Play, { engine, source, settings, hls = {} }: Form, lifeMs: number): Promise<Video> {
  const video = await play(
    { ...settings, lifeMs },
    // By default the tracker ignores windows shorter than 20 s.
    { source, plugin: { engine, hls }, player: { liveTracker: { trackingThreshold: 0 } } },
  )
  const { position } = await video.until(({ firstFrameMs }) => firstFrameMs !== undefined, 'the first frame')
  await video.reaches(position + SETTLED_S)
  return video
}

function takeSnapshot(video: Video): Promise<Snapshot> {
  return video.do<Snapshot>(`({
    lag: Date.now() / 1000 - player.currentTime(),
    behind: player.liveTracker.liveCurrentTime() - player.currentTime(),
    isLive: player.liveTracker.isLive(),
    sighting: lab.see('film'),
  })`)
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function between(early: Snapshot, late: Snapshot): Omit<Watched, 'log'> {
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

/** Plays a control with a lasting URL beside the others, until these have gone through three URL lifetimes. */
async function watchBeside(play: Play, control: Form, ...expiring: readonly Form[]) {
  const videos = await Promise.all([
    open(play, control, FOREVER_MS),
    ...expiring.map((form) => open(play, form, LIFE_MS)),
  ])
  const early = await Promise.all(videos.map(takeSnapshot))
  await (SOAK_MS === undefined ? Promise.all(videos.slice(1).map((video) => video.outlives(3))) : sleep(SOAK_MS))
  const watched: Watched[] = await Promise.all(
    videos.map(async (video, index) => {
      const log = await video.log()
      return { ...between(early[index] as Snapshot, await takeSnapshot(video)), log }
    }),
  )
  return watched.slice(1).map((run) => [watched[0] as Watched, run] as const)
}

const hasParts = ({ log }: Watched) => log.some(({ path }) => path.endsWith('low-latency.m3u8'))

function expectUnseenLive(control: Watched, expiring: Watched): void {
  expect(expiring.seen.error).toBeNull()
  // A busy machine delays the control too.
  expect(expiring.starvedMs).toBeLessThanOrEqual(control.starvedMs)
  expect(expiring.disturbances.filter((type) => !control.disturbances.includes(type))).toEqual([])
  expect(expiring.stalledMs).toBeLessThanOrEqual(control.stalledMs + MACHINE_SHARE * expiring.playedMs)
  expect(expiring.driftS, 'drift from the live edge').toBeLessThan(Math.max(0, control.driftS) + SEGMENT_S)
  // The tracker's edge moves by whole segments, so two snapshots may differ by one for that alone.
  expect(expiring.fellBackS, 'drift by the live tracker').toBeLessThan(Math.max(0, control.fellBackS) + 2 * SEGMENT_S)
  expect(expiring.isLive).toBe(true)
  expectNoneRefused(expiring)
  // VHS sometimes fetches a part twice, with a lasting URL too: about one in a hundred.
  expect(fetchedTwice(expiring.log).length).toBeLessThanOrEqual(
    fetchedTwice(control.log).length + (hasParts(expiring) ? 3 : 0),
  )
  expect(issuesUsed(expiring.log), 'URLs used for segments').toBeGreaterThanOrEqual(3)
  expect(issuesUsed(control.log)).toBe(1)
}

/** Segments that were requested by anything but a Gcore name with its query, such as `004chunk-stream4-10000000-05213.m4s?part=4`. */
function withoutGcoreNames(log: Run['log']): string[] {
  const names = log.filter(isSegment).map(({ url }) => url.split('/').at(-1) ?? '')
  return names.filter((name) => !/^004(?:init-stream\w+|chunk-stream\w+-\d+-\d{5})\.m4s\?part=4$/.test(name))
}

function rowOf(title: string, control: Watched, expiring: Watched) {
  return {
    ...figuresOf(expiring),
    video: `${title}, URLs of ${LIFE_MS / 1000} s`,
    playedS: Math.round(expiring.playedMs / 1000),
    starvedMs: Math.round(expiring.starvedMs),
    driftS: Number(expiring.driftS.toFixed(2)),
    controlDriftS: Number(control.driftS.toFixed(2)),
  }
}

function report(title: string, control: Watched, expiring: Watched): void {
  const describe = (run: Watched) =>
    [
      `starved ${Math.round(run.starvedMs)} ms, stalled ${Math.round(run.stalledMs)} ms`,
      `drift ${run.driftS.toFixed(2)} s, by the tracker ${run.fellBackS.toFixed(2)} s`,
      `events [${run.disturbances.join()}]`,
      `${refused(run.log).length} refused, ${fetchedTwice(run.log).length} of ${run.log.filter(isSegment).length} fetched twice`,
    ].join(', ')
  console.info(
    `live, ${title}: ${expiring.seen.stats.refreshes} refreshes, ${describe(expiring)}; control: ${describe(control)}`,
  )
}

describe('live HLS with a DVR window', () => {
  for (const [title, engine] of ENGINES)
    it(
      `plays with ${title} through three URL lifetimes, exactly as with a lasting URL`,
      engine === 'auto' ? {} : FULL,
      async ({ play }) => {
        const form: Form = { title, engine, source: { src: 'film/live.m3u8', type: HLS } }
        for (const [control, run] of await watchBeside(play, form, form)) {
          report(`from a window, ${title}`, control, run)
          expectUnseenLive(control, run)
        }
      },
    )
})

describe('a broadcast whose URL dies again and again', () => {
  beforeAll(() => Promise.all([startBroadcast('live-hls'), startBroadcast('live-dash')]))
  afterAll(() => Promise.all([endBroadcast('live-hls'), endBroadcast('live-dash')]))

  it('plays exactly as with a lasting URL: HLS with hls.js, HLS and DASH with VHS', LONG, async ({ play }) => {
    const [control] = FORMS
    for (const [index, [lasting, expiring]] of (await watchBeside(play, control, ...FORMS)).entries()) {
      const { title, source } = FORMS[index] ?? control
      report(title, lasting, expiring)
      expectUnseenLive(lasting, expiring)
      if (source.type === DASH) expect(withoutGcoreNames(expiring.log)).toEqual([])
      recordRow('live', rowOf(title, lasting, expiring))
    }
  })
})

it('DASH with Gcore names plays in VHS through expiries, and each segment request keeps the segment’s own query', async ({
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

describe('low-latency HLS whose URL keeps expiring', () => {
  it.for(ENGINES)(
    'plays with %s exactly as with a lasting URL, signed in the path or in the query',
    LONG,
    async ([title, engine], { play }) => {
      const inPath: Form = { title, engine, source: { src: 'low-latency/master.m3u8', type: HLS } }
      // A media playlist by itself, whose reloads carry credentials and directives in one query.
      const inQuery: Form = { title, engine, source: { src: LOW_LATENCY, type: HLS }, settings: IN_QUERY }
      for (const [index, [control, run]] of (await watchBeside(play, inPath, inPath, inQuery)).entries()) {
        report(`low latency by ${title}, signed in the ${index === 0 ? 'path' : 'query'}`, control, run)
        expectUnseenLive(control, run)
        const reloads = run.log.filter(({ path }) => path.endsWith('low-latency.m3u8'))
        for (const directive of [/[?&]_HLS_msn=\d+/, /[?&]_HLS_part=\d/, /[?&]_HLS_skip=YES/]) {
          const answered = reloads.filter(({ url, status }) => directive.test(url) && status === 200)
          const issues = new Set(answered.map(({ issue }) => issue))
          expect(issues.size, `issues used with ${directive}`).toBeGreaterThanOrEqual(2)
        }
        expect(run.log.filter(({ path }) => /\d{5}\.\d\.m4s$/.test(path)).length, 'parts').toBeGreaterThan(10)
      }
    },
  )
})

/** How far behind the live edge a player stays that has just joined, plus one segment. */
const AT_EDGE_S = 10

describe('a broadcast paused for three URL lifetimes', () => {
  beforeAll(() => startBroadcast('live-hls'))
  afterAll(() => endBroadcast('live-hls'))

  /** Pauses, resumes, and plays for 3 s more once `isBack` holds. */
  const pauseAndPlay = async (play: Play, form: Form, isBack: (snapshot: Snapshot) => boolean) => {
    const video = await open(play, form, SHORT_LIFE_MS)
    await video.do('player.pause()')
    const paused = await takeSnapshot(video)
    await sleep(PAUSE_MS)
    await video.do('void player.play()')
    const back = await video.until(({ position }) => position > paused.sighting.position, 'playback to resume')
    let snapshot = await takeSnapshot(video)
    for (let at = back.position; !isBack(snapshot); at += 1) {
      await video.reaches(at + 1)
      snapshot = await takeSnapshot(video)
    }
    await video.reaches(snapshot.sighting.position + 3)
    const log = await video.log()
    const resumed = await takeSnapshot(video)
    return {
      ...between(paused, resumed),
      advancedS: resumed.sighting.position - paused.sighting.position,
      behind: snapshot.behind,
      log,
    }
  }
  type Resumed = Awaited<ReturnType<typeof pauseAndPlay>>

  const reportResumed = (title: string, { advancedS, behind, disturbances: events, seen, log }: Resumed) =>
    console.info(
      `live, paused for ${PAUSE_MS / 1000} s, ${title}: ${advancedS.toFixed(1)} s on, ${behind.toFixed(1)} s behind the edge,`,
      `events [${events.join()}], ${seen.stats.refreshes} refreshes, ${refused(log).length} refused`,
    )

  it.for(ENGINES)(
    'resumes with %s at its position while that is still in the window',
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
    'resumes with %s at the live edge after its position has left the window',
    FULL,
    async ([title, engine], { play }) => {
      const source = { src: 'live-hls/master.m3u8', type: HLS }
      // A player first plays what it had buffered, in the window or not, so the buffer is small here.
      const form: Form = { title, engine, source, hls: { maxBufferLength: 4, maxMaxBufferLength: 4 } }
      const resumed = await pauseAndPlay(play, form, ({ behind }) => behind < AT_EDGE_S)
      reportResumed(`out of the window, ${title}`, resumed)
      expect(resumed.seen.error).toBeNull()
      expect(resumed.advancedS).toBeGreaterThan(PAUSE_MS / 2000)
      expect(refused(resumed.log)).toEqual([])
    },
  )
})
