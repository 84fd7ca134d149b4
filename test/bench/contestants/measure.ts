import { setTimeout as wait } from 'node:timers/promises'
import type { LogEntry } from '../../../demo/server/stages.js'
import type { Browser } from '../../support/browsers/index.js'
import { bytesTwice } from '../../support/bytes-twice.js'
import { roomForAWindow } from '../../support/machine.js'
import { refused, signingsAsked } from '../../support/stage.js'
import type { Contestant } from './contestants.js'
import type { Figures } from './figures.js'
import type { Recording } from './pages/recorder.js'
import { Visit } from './visit.js'

/** What was seen in the page and logged by the servers in one run. */
export interface Run {
  readonly seen: Recording
  readonly log: readonly LogEntry[]
}

export interface Conditions {
  readonly lifeMs: number
  readonly seconds: number
}

/** Plays for `seconds` from the first frame on, with nothing beside it. */
export async function playOnce(
  browser: Browser,
  siteUrl: string,
  contestant: Contestant,
  { lifeMs, seconds }: Conditions,
): Promise<Run> {
  await roomForAWindow()
  const visit = await Visit.start(browser, siteUrl, contestant, { lifeMs })
  try {
    await wait(1_000 * seconds)
    const seen = await visit.see()
    return { seen, log: await visit.stage.log() }
  } finally {
    await visit.close()
  }
}

/** The run's figures, less those of a control run in which nothing expires. */
export function figuresOf(run: Run, control: Run): Figures {
  const lower = lowerRenditions(run.log)
  const beyond = (value: number, same: number) => Math.max(0, value - same)
  return {
    stalledMs: beyond(run.seen.stalledMs, control.seen.stalledMs),
    longestMs: beyond(run.seen.longestMs, control.seen.longestMs),
    events: heardBeyond(run, control).length,
    bytesTwice: beyond(bytesTwice(run.log), bytesTwice(control.log)),
    refused: refused(run.log).length,
    signings: signingsAsked(run.log).length,
    lower: lower === null ? null : beyond(lower, lowerRenditions(control.log) ?? 0),
  }
}

/** The events that a page hears more often than in the control run. */
export function heardBeyond({ seen }: Run, control: Run): string[] {
  return Object.entries(seen.events).flatMap(([type, count]) =>
    Array.from({ length: Math.max(0, count - (control.seen.events[type] ?? 0)) }, () => type),
  )
}

/** Segments of a lower rendition, once the best one was reached. Null without renditions. */
export function lowerRenditions(log: readonly LogEntry[]): number | null {
  const heights = log.flatMap((entry) => {
    const [, height] = /^(\d+)p\/\d+\.m4s$/.exec(entry.path) ?? []
    return height !== undefined && entry.status < 300 ? [Number(height)] : []
  })
  const best = Math.max(...heights)
  const reached = heights.indexOf(best)
  return reached < 0 ? null : heights.slice(reached).filter((height) => height < best).length
}
