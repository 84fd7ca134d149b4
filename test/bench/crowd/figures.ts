import type { Scenario } from './scenarios.js'
import { rateOf, type Simulation } from './simulate.js'
import { END } from './world.js'

/* What docs/figures/crowd.json holds. */

export interface CrowdFigures {
  readonly viewers: number
  readonly seed: number
  readonly scenarios: Record<string, ScenarioFigures>
  readonly endpoint: readonly LoadFigures[]
}

export interface ScenarioFigures {
  /** Requests per second once the joining is over. */
  readonly mean: number
  readonly busiest: number
  readonly ratio: number
  readonly signaturesPerSecond: number
  /** Segment requests that the CDN refused, from the doors on. */
  readonly refusals: number
  readonly outages: readonly OutageFigures[]
}

export interface OutageFigures {
  readonly seconds: number
  readonly affected: number
  readonly requestsInFirstMinute: number
  readonly mostInFirstMinute: number
  readonly busiestDuring: number
  readonly busiestAfter: number
  /** Requests in the busiest second between the first and the tenth minute after the endpoint's return. */
  readonly busiestLater: number
  readonly stalled: number
  readonly longestStallSeconds: number
  readonly lastFreshAfterSeconds: number
}

/** Of the real endpoint on the machine that ran this. */
export interface LoadFigures {
  readonly processes: number
  readonly isShared: boolean
  /** Requests per second of processor time of the server's processes. */
  readonly requestsPerCore: number
}

const MINUTE = 60_000

export function figuresOf(
  { world, from }: Scenario,
  { requests, signatures, outages, refusals }: Simulation,
): ScenarioFigures {
  const [first] = world.outages
  const until = first?.from ?? world.endsAt
  const { mean, busiest, ratio } = rateOf(requests, from, until)
  return {
    mean: Math.round(mean),
    busiest,
    ratio: round(ratio, 2),
    signaturesPerSecond: Number(rateOf(signatures, from, until).mean.toPrecision(3)),
    refusals,
    outages: outages.map((record, index) => {
      const { from: at, until: back } = world.outages[index] ?? { from: 0, until: 0 }
      const next = world.outages[index + 1]?.from ?? END
      return {
        seconds: (back - at) / 1_000,
        affected: record.affected,
        requestsInFirstMinute: round(record.requestsInFirstMinute / record.affected, 1),
        mostInFirstMinute: record.mostInFirstMinute,
        busiestDuring: rateOf(requests, at, back).busiest,
        busiestAfter: rateOf(requests, back, back + MINUTE).busiest,
        busiestLater: rateOf(requests, back + MINUTE, next).busiest,
        stalled: record.stalled,
        longestStallSeconds: Math.round(record.longestStallMs / 1_000),
        lastFreshAfterSeconds: Math.round(record.lastFreshAfterMs / 1_000),
      }
    }),
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
