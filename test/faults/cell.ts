import type { BrowserName } from '../support/browsers/index.js'
import type { EngineName } from './engines.js'
import type { Ending } from './fault.js'

/** What became of a video in one cell of the matrix. */
export interface Outcome {
  readonly ending: Ending | 'stuck'
  /** How long the video stood still from the fault on, ms: HLS for lack of data, MP4 for whatever reason. */
  readonly stillMs: number
  readonly signings: number
  readonly refused: number
  /** What viewers read, where there is an error. */
  readonly message?: string
}

/** One cell, as docs/figures/faults.json keeps it. */
export interface Cell {
  readonly fault: string
  readonly engine: EngineName
  readonly browser: BrowserName
  /** Played without the plugin, for comparison. */
  readonly isControl: boolean
  /** Why there is nothing to play. */
  readonly notApplicable?: string
  readonly outcome?: Outcome
  /** Why it ended so. */
  readonly notes?: string
  /** What is known to be wrong. */
  readonly todo?: string
  /** What a run found that no one expected. */
  readonly failure?: string
}

declare module 'vitest' {
  interface TaskMeta {
    cell?: Cell
  }
}
