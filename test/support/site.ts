import { inject } from 'vitest'
import type { BroadcastName } from '../../demo/server/broadcasts.js'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import type { LogEntry } from '../../demo/server/stages.js'
import type { Film, Lab, SeenEvent, Sighting } from '../browser/pages/lab.js'
import type { Page } from './browsers/index.js'
import { isSegment, openStageOn, type Stage } from './stage.js'

export { isSegment, refused, type Stage, signings, signingsAsked } from './stage.js'

declare global {
  interface Window {
    lab: Lab
    /** Reads frames of `heavy/film.mp4`. Available after `installFrameReader`. */
    readFrameNumber(video: HTMLVideoElement): number
  }
}

export const openStage = (settings: Partial<StageSettings> = {}): Promise<Stage> =>
  openStageOn(inject('siteUrl'), settings)

/** Makes ffmpeg start a broadcast, which is a video of that name. Resolves when a viewer can join. */
export const startBroadcast = (name: BroadcastName): Promise<void> => controlBroadcast(name, 'PUT')
export const endBroadcast = (name: BroadcastName): Promise<void> => controlBroadcast(name, 'DELETE')

async function controlBroadcast(name: BroadcastName, method: string): Promise<void> {
  const response = await fetch(`${inject('siteUrl')}/__broadcasts/${name}`, { method })
  if (!response.ok) throw new Error(await response.text())
}

export const HLS = 'application/x-mpegURL'
export const DASH = 'application/dash+xml'
export const MP4 = 'video/mp4'
/** At full speed the whole video loads within seconds. A small buffer makes it load through its expiries. */
export const SMALL_BUFFER = { maxBufferLength: 6, maxMaxBufferLength: 6 }

export async function openPage(page: Page, path = '/test/browser/pages/player.html'): Promise<void> {
  await page.goto(`${inject('siteUrl')}${path}`)
  await until(() => page.evaluate<boolean>('document.documentElement.dataset.ready === "true"'), 'the page to be ready')
}

export function installFrameReader(page: Page): Promise<void> {
  return page.evaluate(
    "import('/test/browser/pages/frame-number.ts').then((reader) => void Object.assign(window, reader))",
  )
}

export function startVideo(page: Page, video: Film): Promise<void> {
  return page.evaluate((given: Film) => window.lab.start(given), video)
}

/** Sets another source as a page does: `src()` and `play()` in one turn. */
export function setSource(page: Page, source: object, name = 'film'): Promise<void> {
  return page.evaluate(
    (given: { source: object; name: string }) => {
      const player = window.lab.player(given.name)
      player.src(given.source)
      player.play()?.catch(() => {})
    },
    { source, name },
  )
}

export function see(page: Page, name: string): Promise<Sighting> {
  return page.evaluate((given: string) => window.lab.see(given), name)
}

/** Often enough to see what lasts for some frames. More often would take CPU time away from the videos. */
const POLL_MS = 200
/** Far longer than anything takes on a busy machine. */
const PATIENCE_MS = 120_000

/** Polls until `condition` holds; `what` names it in the error. */
export async function until(condition: () => Promise<boolean>, what: string, timeoutMs?: number): Promise<void> {
  await untilSeen(condition, (holds) => holds, what, timeoutMs)
}

/** Polls `look` and returns the sighting for which `condition` held, because the next one could differ. */
export async function untilSeen<T>(
  look: () => Promise<T>,
  condition: (seen: T) => boolean,
  what: string,
  timeoutMs = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const seen = await look()
    if (condition(seen)) return seen
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs} ms for ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

export async function untilPosition(page: Page, name: string, position: number, timeoutMs?: number): Promise<Sighting> {
  const hasReached = `(lab.player(${JSON.stringify(name)}).currentTime() ?? 0) >= ${position}`
  await until(() => page.evaluate<boolean>(hasReached), `${name} to reach ${position} s`, timeoutMs)
  return see(page, name)
}

/**
 * Types of the events that a viewer or another script would notice, from the first frame on. Leaves out the effects of a slow machine:
 * `waiting` and `stalled` with data ahead, and the seek by a fraction of a second with which an engine reacts to such a stall.
 */
export function disturbances({ events, firstFrameMs = 0 }: Pick<Sighting, 'events' | 'firstFrameMs'>): string[] {
  const disturbing = ['error', 'waiting', 'stalled', 'loadstart', 'emptied', 'abort', 'pause', 'seeking', 'sourceset']
  const isMachine = ({ type, ahead, jump }: SeenEvent) =>
    ahead > STARVED_S && (type === 'waiting' || type === 'stalled' || (type === 'seeking' && Math.abs(jump) < NUDGE_S))
  return events
    .filter((event) => event.atMs > firstFrameMs && disturbing.includes(event.type) && !isMachine(event))
    .map(({ type }) => type)
}

/** As in the lab: with less than this ahead, the video stalls for lack of data. */
const STARVED_S = 0.5
/** hls.js nudges by up to three times 0.1 s, VHS to the current position. */
const NUDGE_S = 0.5

/** Segments (with their range) that were fetched more than once. */
export function fetchedTwice(log: readonly LogEntry[]): string[] {
  const keys = log
    .filter((entry) => isSegment(entry) && entry.status < 300)
    .map(({ path, range }) => `${path} ${range ?? ''}`)
  return keys.filter((key, index) => keys.indexOf(key) !== index)
}
