import { describe, expect } from 'vitest'
import type { BrowserName } from '../support/browsers/index.js'
import { inBrowser } from '../support/in-browser.js'
import { ENGINES, type Engine, type EngineName, isFile } from './engines.js'
import { type Fault, type Scene, saidOf } from './fault.js'
import { FAULTS } from './faults.js'
import { type PlayedCell, playCell } from './play-cell.js'
import { leaksOf } from './secrecy.js'
import { withoutPlugin, withPlugin } from './start.js'

/** Shorter steps back are the granularity of the position's clock. */
const FRAME_S = 0.1
/** After an error of the element, a swap goes to the place of its last `timeupdate`, which comes four times a second. */
const TIMEUPDATE_S = 0.3
/** Room for a busy machine where the promise is none. */
const UNSEEN_MS = 500
/** hls.js nudges a video that a busy machine has stalled. */
const NUDGE_S = 0.5

const STANDS_STILL =
  'Without a GPU, WebKitGTK often stands still after a swap when other pages play, with everything loaded. The tests of MP4 play swaps there.'

/** The column of an engine in a browser: each fault with the plugin and, with `controls`, without it too. */
export function column(browser: BrowserName, name: EngineName, { controls = false } = {}): void {
  const engine = ENGINES[name]
  const faults = FAULTS.filter(({ everywhere }) => browser === 'chromium' || everywhere)
  describe(`${engine.title}, in ${browser}`, () => {
    for (const fault of faults) {
      const it = inBrowser(browser, fault.launch)
      const key = { fault: fault.id, engine: name, browser }
      const notApplicable = whyNotIn(engine, browser) ?? fault.notIn?.(engine, browser)
      it(`${fault.group}: ${fault.title}`, async ({ play, task, skip }) => {
        const cell = { ...key, isControl: false }
        if (notApplicable !== undefined) {
          task.meta.cell = { ...cell, notApplicable }
          return skip(notApplicable)
        }
        const played = await playCell(play, { fault, engine, browser, start: withPlugin, isControl: false })
        const todo = saidOf(fault.todo, name, browser)
        const notes = saidOf(fault.notes, name, browser)
        task.meta.cell = { ...cell, outcome: played.outcome, ...(notes && { notes }), ...(todo && { todo }) }
        expect(leaksOf(played), 'lines with a token').toEqual([])
        if (!todo) judge(played, fault, { engine, browser })
      })
      if (controls && fault.hasControl && notApplicable === undefined)
        it(`${fault.group}: ${fault.title}, without the plugin`, async ({ play, task }) => {
          const played = await playCell(play, { fault, engine, browser, start: withoutPlugin, isControl: true })
          task.meta.cell = { ...key, isControl: true, outcome: played.outcome }
          // What the plugin hides is there to be found.
          if (isFile(engine)) expect(leaksOf(played), 'lines with a token').not.toEqual([])
        })
    }
  })
}

function whyNotIn(engine: Engine, browser: BrowserName): string | undefined {
  return browser === 'webkit' && isFile(engine) ? STANDS_STILL : undefined
}

function judge(played: PlayedCell, fault: Fault, { engine, browser }: Pick<Scene, 'engine' | 'browser'>): void {
  const { outcome, record, wentOnAt, seen, wasMet } = played
  expect(outcome).toMatchObject({ ending: saidOf(fault.endsIn, engine.name, browser) ?? fault.ends })
  if (fault.isUnseen && !isFile(engine)) expect(outcome.stillMs, 'stood still, ms').toBeLessThanOrEqual(UNSEEN_MS)
  expect(record.movedBackS, 'the largest step back, s').toBeLessThanOrEqual(isFile(engine) ? TIMEUPDATE_S : FRAME_S)
  // Firefox runs through what it missed where a connection is silent, without the plugin too.
  if (!(isFile(engine) && browser === 'firefox'))
    expect(record.movedAheadS, 'the largest step ahead, s').toBeLessThanOrEqual(NUDGE_S)
  expect(outcome.signings, 'signing requests').toBeLessThanOrEqual(fault.signings)
  if (fault.group !== 'device' && !fault.unmetIn?.includes(engine.name))
    expect(wasMet, 'a request met the fault').toBe(true)
  if (!seen.error) return
  expect(outcome.message, 'what viewers read').toMatch(/^[A-Z].*\.$/)
  // An error of the engine's own is no matter of the URL, and takes another source.
  if (seen.error.errorType) expect(wentOnAt, 'where it went on, s').toBeGreaterThan(seen.position)
}
