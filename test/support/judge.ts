import { expect } from 'vitest'
import { disturbances, fetchedTwice, isSegment, refused, signings } from './site.js'
import { issuesUsed, type Run } from './video.js'

/* The guarantees that every test that plays through expiries checks. */

/** A busy machine stalls a video that has data ahead, and one video more than the next, by up to this share of the time played. */
const MACHINE_SHARE = 0.1

/**
 * Neither the viewer nor the page's scripts noticed anything, and the CDN served nothing twice. A stall for lack of data is a fault.
 * A stall with data ahead is due to the machine, and is compared with the `control` that played in the same minute.
 */
export function expectUnseen({ seen, log }: Run, control?: Run): void {
  expect(seen.error).toBeNull()
  expect(seen.starvedMs, 'stalled for lack of data, ms').toBe(0)
  expect(disturbances(seen), 'events').toEqual([])
  expect(fetchedTwice(log), 'fetched twice').toEqual([])
  if (!control) return
  const allowedMs = control.seen.stalledMs + MACHINE_SHARE * 1000 * seen.position
  expect(seen.stalledMs, 'stalled with data ahead, ms').toBeLessThanOrEqual(allowedMs)
}

/** With a correct clock no request is refused. */
export function expectNoneRefused({ log }: Pick<Run, 'log'>): void {
  expect(refused(log), 'refused').toEqual([])
}

/** A run as a row of docs/figures.md. */
export function figuresOf({ seen, log }: Run) {
  return {
    playedS: Math.round(seen.position),
    refreshes: seen.stats.refreshes,
    signings: signings(log).length,
    refused: refused(log).length,
    starvedMs: Math.round(seen.starvedMs),
    twice: fetchedTwice(log).length,
    segments: log.filter(isSegment).length,
  }
}

/** Summarizes a run in one line. */
export function describeRun(title: string, { seen, log }: Run): string {
  return [
    `${title}: ${seen.position.toFixed(1)} s played`,
    `stalled ${Math.round(seen.stalledMs)} ms, ${Math.round(seen.starvedMs)} ms of it for lack of data`,
    `events [${disturbances(seen).join()}]`,
    `${seen.stats.refreshes} refreshes by ${signings(log).length} signing requests`,
    `segments by ${issuesUsed(log)} issues`,
    `${refused(log).length} refused`,
    `${fetchedTwice(log).length} fetched twice`,
  ].join(', ')
}
