import { setTimeout as wait } from 'node:timers/promises'
import type { Sighting } from '../browser/pages/lab.js'
import type { BrowserName, Page } from '../support/browsers/index.js'
import type { InBrowser } from '../support/in-browser.js'
import { untilSeen } from '../support/site.js'
import type { Video } from '../support/video.js'
import type { Outcome } from './cell.js'
import { type Engine, isFile } from './engines.js'
import type { Ending, Fault, Scene } from './fault.js'
import { type Entry, FaultyOrigin, WELL } from './faulty-origin.js'
import { type PageRecord, recordPage } from './page-recorder.js'
import { ThirdOrigin } from './third-origin.js'

/** The fault happens behind this position, s. */
const HAPPENS_AT_S = 2
const BUFFER_S = 6
const PLAY_S = 12
/** No row takes as long on a busy machine, except one that never ends. */
const STUCK_MS = 75_000
/** Without the plugin many rows never end. */
const STUCK_CONTROL_MS = 40_000
/** After `refresh()` the video has gone on when it has played so much, s. */
const GONE_ON_S = 2
const GO_ON_MS = 20_000
/** For an analytics request to arrive. */
const ARRIVAL_MS = 300

/** Everything that a row is judged by. */
export interface PlayedCell {
  readonly outcome: Outcome
  readonly seen: Sighting
  /** The requests from the fault on. */
  readonly log: readonly Entry[]
  readonly record: PageRecord
  /** Where the video stood when it had gone on after its error, s. */
  readonly wentOnAt: number | undefined
  /** What the browser's console and a third origin got. */
  readonly heardOutside: readonly string[]
  readonly tokens: readonly string[]
  /** Whether a request met the fault. */
  readonly wasMet: boolean
}

/** Starts a video, with the plugin or as pages do without it. `before` runs on its page before there is a player. */
export type Start = (
  play: InBrowser['play'],
  how: { origin: FaultyOrigin; engine: Engine; fault: Fault; bufferS: number; before: (page: Page) => Promise<void> },
) => Promise<Video>

interface CellToPlay {
  readonly fault: Fault
  readonly engine: Engine
  readonly browser: BrowserName
  readonly start: Start
  /** Played without the plugin, beside the cell. */
  readonly isControl: boolean
}

/** Plays one cell: starts the video, causes the fault, ends it, and waits until the video has gone on or has failed. */
export async function playCell(play: InBrowser['play'], cell: CellToPlay): Promise<PlayedCell> {
  const { fault, engine, browser, start } = cell
  const { given, fromStart, bufferS = BUFFER_S } = fault
  const [origin, third] = await Promise.all([FaultyOrigin.open({ ...given, ...fromStart }), ThirdOrigin.open()])
  try {
    const before = async (page: Page) => {
      await engine.prepare?.(page)
      await page.evaluate(recordPage, third.origin)
    }
    const video = await start(play, { origin, engine, fault, bufferS, before })
    const played = await playThrough({ origin, video, engine, browser }, cell, bufferS)
    await video.page.evaluate('void faultRecorder.look()')
    await wait(ARRIVAL_MS)
    return {
      ...played,
      record: await video.page.evaluate<PageRecord>('faultRecorder.read()'),
      heardOutside: [...video.page.consoleText(), ...third.received],
      tokens: [...origin.tokens.keys()],
      wasMet: origin.log.some(({ isFaulty }) => isFaulty),
    }
  } finally {
    await Promise.all([origin.close(), third.close()])
  }
}

async function playThrough(scene: Scene, { fault, isControl }: CellToPlay, bufferS: number) {
  const { origin, video, engine } = scene
  const before = fault.fromStart ? undefined : await untilHappening(video, engine, bufferS)
  const from = before ? origin.log.length : 0
  if (before) await happen(scene, fault)
  const over = fault.lastsMs === undefined ? undefined : wait(fault.lastsMs).then(() => lift(scene, fault))
  let isOver = over === undefined
  void over?.then(() => {
    isOver = true
  })
  const goal = (before?.position ?? 0) + (fault.playS ?? PLAY_S)
  const { seen, isStuck } = await untilEnded(
    video,
    (now) => now.error !== null || (isOver && now.position >= goal),
    isControl ? STUCK_CONTROL_MS : STUCK_MS,
  )
  const log = origin.log.slice(from)
  await over
  const outcome: Outcome = {
    ending: isStuck ? 'stuck' : endingOf(seen),
    stillMs: Math.round(stillMs(seen, engine) - (before ? stillMs(before, engine) : 0)),
    signings: log.filter(({ kind }) => kind === 'sign').length,
    refused: log.filter(({ kind, status }) => kind === 'media' && [401, 403, 410].includes(status)).length,
    ...(seen.error && { message: seen.error.message }),
  }
  const wentOnAt = seen.error && !isControl ? await goOn(scene, fault, seen.position) : undefined
  return { outcome, seen, log, wentOnAt }
}

/** Waits until the video plays, with `bufferS` ahead where that is up to the engine. */
function untilHappening(video: Video, engine: Engine, bufferS: number): Promise<Sighting> {
  // Engines load whole segments, and none while less than one is missing.
  const aheadS = isFile(engine) && bufferS === BUFFER_S ? 0 : bufferS - 2
  return video.until(
    ({ position, bufferedEnd, error }) =>
      error !== null || (position >= HAPPENS_AT_S && bufferedEnd - position >= aheadS),
    'the moment of the fault',
  )
}

async function happen(scene: Scene, fault: Fault): Promise<void> {
  const caused = await fault.cause?.(scene)
  if (caused) Object.assign(scene.origin.conditions, caused)
  if (fault.cuts && isFile(scene.engine)) scene.origin.cut()
}

async function lift(scene: Scene, fault: Fault): Promise<void> {
  // An address that has changed stays so.
  const { address } = scene.origin.conditions
  Object.assign(scene.origin.conditions, WELL, fault.given, { address })
  await fault.lift?.(scene)
}

async function untilEnded(video: Video, hasEnded: (seen: Sighting) => boolean, patienceMs = STUCK_MS) {
  const end = Date.now() + patienceMs
  const isLate = () => Date.now() > end
  const seen = await untilSeen(
    () => video.see(),
    (now) => hasEnded(now) || isLate(),
    'the end of the row',
    2 * patienceMs,
  )
  return { seen, isStuck: !hasEnded(seen) }
}

/** How long it has stood still: for lack of data or, where the element loads by itself and a swap ends what it had, for whatever reason. */
function stillMs({ starvedMs, lostMs }: Sighting, engine: Engine): number {
  return isFile(engine) ? lostMs : starvedMs
}

function endingOf({ error, events }: Sighting): Ending {
  const types = events.map(({ type, data }) => ({ type, data }))
  if (!error) return types.some(({ type }) => type === 'error') ? 'media-error' : 'recovers'
  return (error.errorType as Ending | undefined) ?? 'media-error'
}

/** Ends the fault and has the plugin refresh, as a viewer does with "Try again". Returns where the video then stands, s. */
async function goOn(scene: Scene, fault: Fault, position: number): Promise<number | undefined> {
  const { video } = scene
  await lift(scene, fault)
  await video.do('player.signedUrl().refresh().catch(() => {}); undefined')
  const { seen, isStuck } = await untilEnded(
    video,
    (now) => now.error === null && now.position >= position + GONE_ON_S,
    GO_ON_MS,
  )
  return isStuck ? undefined : seen.position
}
