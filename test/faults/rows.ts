import { describe, expect } from 'vitest'
import type { BrowserName } from '../support/browsers/index.js'
import { inBrowser } from '../support/in-browser.js'
import { ENGINES, type EngineName } from './engines.js'
import type { Fault } from './fault.js'
import { FAULTS } from './faults.js'
import { type PlayedCell, playCell } from './play-cell.js'
import { leaksOf } from './secrecy.js'
import { withPlugin } from './start.js'

/** Shorter steps back are the granularity of the position's clock. */
const FRAME_S = 0.1
/** hls.js nudges a video that a busy machine has stalled. */
const NUDGE_S = 0.5

/** The column of an engine in a browser. */
export function column(browser: BrowserName, name: EngineName): void {
  const it = inBrowser(browser)
  const engine = ENGINES[name]
  const faults = FAULTS.filter(({ everywhere }) => browser === 'chromium' || everywhere)
  describe(`${engine.title}, in ${browser}`, () => {
    for (const fault of faults)
      it(`${fault.group}: ${fault.title}`, async ({ play, task, skip }) => {
        const key = { fault: fault.id, engine: name, browser }
        const notApplicable = fault.notIn?.(engine, browser)
        if (notApplicable !== undefined) {
          task.meta.cell = { ...key, notApplicable }
          return skip(notApplicable)
        }
        const played = await playCell(play, { fault, engine, browser, start: withPlugin })
        task.meta.cell = { ...key, outcome: played.outcome }
        judge(played, fault, fault.endsIn?.[name] ?? fault.ends)
      })
  })
}

function judge(played: PlayedCell, { signings, title }: Fault, ending: string): void {
  const { outcome, record, wentOnAt, seen, log } = played
  expect(leaksOf(played), 'lines with a token').toEqual([])
  expect(outcome, title).toMatchObject({ ending })
  expect(record.movedBackS, 'the largest step back, s').toBeLessThanOrEqual(FRAME_S)
  expect(record.movedAheadS, 'the largest step ahead, s').toBeLessThanOrEqual(NUDGE_S)
  expect(outcome.signings, 'signing requests').toBeLessThanOrEqual(signings)
  expect(log.length).toBeGreaterThan(0)
  if (!seen.error) return
  expect(outcome.message, 'what viewers read').toMatch(/^[A-Z].*\.$/)
  expect(wentOnAt, 'where it went on, s').toBeGreaterThan(seen.position)
}
