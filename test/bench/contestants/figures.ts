import type { BrowserName } from '../../support/browsers/index.js'
import type { Contestant } from './contestants.js'

/* What is measured, and what it says: medians, ranges, who is first. */

/** What a contestant did in one run, less what it does in a control run whose URLs don't expire. */
export interface Figures {
  readonly stalledMs: number
  readonly longestMs: number
  readonly events: number
  readonly bytesTwice: number
  readonly refused: number
  readonly signings: number
  /** Segments of a lower rendition after the best one was reached. Null for media without renditions. */
  readonly lower: number | null
}

export type Column = keyof Figures

export const CHECKS = ['clock', 'slow', 'early', 'pause', 'file'] as const
export type Check = (typeof CHECKS)[number]

/** How a fault ended. */
export interface Recovery {
  readonly hasRecovered: boolean
  /** How long the video stood still since the fault. */
  readonly starvedMs: number
  readonly said: string | null
}

export interface Result extends Pick<Contestant, 'name' | 'title' | 'format' | 'isOurs'> {
  readonly runs: readonly Figures[]
  /** What a page heard more often than in the control run, in the run with the median number. */
  readonly heard: readonly string[]
  /** In how many runs the video stood still at the end. */
  readonly stops: number
  /** Why there are no figures. */
  readonly failed: string | null
  /** Null for a check that doesn't apply. */
  readonly recoveries: Readonly<Partial<Record<Check, Recovery | null>>>
}

export interface Comparison {
  readonly browser: BrowserName
  /** As the browser itself says. */
  readonly browserVersion: string
  readonly runs: number
  readonly seconds: number
  readonly lifeMs: number
  /** Packages with their versions. */
  readonly versions: readonly string[]
  readonly results: readonly Result[]
}

/** Runs that differ by more were disturbed by something else on the machine, or the contestant is a matter of chance. */
export const BOUNDS: Readonly<Record<Column, number>> = {
  stalledMs: 500,
  longestMs: 300,
  events: 3,
  bytesTwice: 250_000,
  refused: 3,
  signings: 2,
  lower: 2,
}

export interface Summary {
  readonly median: number
  readonly least: number
  readonly most: number
}

export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = (sorted.length - 1) / 2
  const at = (index: number) => sorted[index] ?? Number.NaN
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, least: at(0), most: at(sorted.length - 1) }
}

/** Undefined where nothing was measured. */
export function summaryOf({ runs }: Pick<Result, 'runs'>, column: Column): Summary | undefined {
  const values = runs.map((run) => run[column]).filter((value) => value !== null)
  return values.length === 0 ? undefined : summarize(values)
}

export function wasDisturbed(column: Column, { least, most }: Summary): boolean {
  return most - least > BOUNDS[column]
}

/** Who stands still is refused little and signs little, so only those are compared who play to the end. */
export function hasPlayed({ runs, stops }: Pick<Result, 'runs' | 'stops'>): boolean {
  return 2 * stops < runs.length
}

export interface Place {
  readonly ours: Result
  readonly first: Result
  /** `first`: nobody has less. `within`: no further behind than the runs of one of the two differ. */
  readonly rank: 'first' | 'within' | 'behind'
}

/** Compares each of this project's contestants with the best of the others. Empty where there is nothing to compare. */
export function placesOf(results: readonly Result[], column: Column): Place[] {
  const costs = results.filter(hasPlayed).flatMap((result) => {
    const summary = summaryOf(result, column)
    return summary ? [{ result, cost: summary.median, spread: summary.most - summary.least }] : []
  })
  return rank(costs)
}

/** A recovery is one run, so a shorter stall than this is chance. */
const SAME_MS = 500

/** As `placesOf`, for a check: who plays on comes first, then who stands still for less. */
export function recoveryPlacesOf(results: readonly Result[], check: Check): Place[] {
  const costs = results.flatMap((result) => {
    const recovery = result.recoveries[check]
    if (!recovery) return []
    return [{ result, cost: recovery.hasRecovered ? recovery.starvedMs : Number.POSITIVE_INFINITY, spread: SAME_MS }]
  })
  return rank(costs)
}

interface Cost {
  readonly result: Result
  readonly cost: number
  /** How much the runs differ. */
  readonly spread: number
}

function rank(costs: readonly Cost[]): Place[] {
  const others = costs.filter(({ result }) => !result.isOurs)
  const first = others.reduce<Cost | undefined>(
    (best, other) => (best && best.cost <= other.cost ? best : other),
    undefined,
  )
  if (!first) return []
  return costs
    .filter(({ result }) => result.isOurs)
    .map((ours) => {
      const isWithin = ours.cost - first.cost <= Math.max(ours.spread, first.spread)
      const place = ours.cost <= first.cost ? 'first' : isWithin ? 'within' : 'behind'
      return { ours: ours.result, first: first.result, rank: place }
    })
}
