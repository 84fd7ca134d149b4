import { expect } from 'vitest'
import { disturbances, fetchedTwice, refused, signings } from './site.js'
import { issuesUsed, type Run } from './video.js'

/* What every row that plays through expiries promises. */

/** A busy machine holds a video up with data ahead, and one video more than the one beside it: by so much of the time played. */
const MACHINE_SHARE = 0.1

/**
 * The viewer and the page's scripts saw nothing, and the CDN had nothing to do twice. Standing for want of data is a fault;
 * standing with data ahead is the machine's, and is held against the `control` that played in the same minute.
 */
export function expectUnseen({ seen, log }: Run, control?: Run): void {
  expect(seen.error).toBeNull()
  expect(seen.starvedMs, 'stood for want of data, ms').toBe(0)
  expect(disturbances(seen), 'events').toEqual([])
  expect(fetchedTwice(log), 'fetched twice').toEqual([])
  if (!control) return
  const allowedMs = control.seen.stalledMs + MACHINE_SHARE * 1000 * seen.position
  expect(seen.stalledMs, 'stood with data ahead, ms').toBeLessThanOrEqual(allowedMs)
}

/** With an honest clock no request is refused. */
export function expectNoneRefused({ log }: Pick<Run, 'log'>): void {
  expect(refused(log), 'refused').toEqual([])
}

/** One line for whoever reads the figures. */
export function describeRun(title: string, { seen, log }: Run): string {
  return [
    `${title}: ${seen.position.toFixed(1)} s played`,
    `stood ${Math.round(seen.stalledMs)} ms, ${Math.round(seen.starvedMs)} ms of it for want of data`,
    `events [${disturbances(seen).join()}]`,
    `${seen.stats.refreshes} refreshes by ${signings(log).length} signing requests`,
    `segments by ${issuesUsed(log)} issues`,
    `${refused(log).length} refused`,
    `${fetchedTwice(log).length} fetched twice`,
  ].join(', ')
}
