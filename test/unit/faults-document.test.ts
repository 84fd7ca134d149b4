import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../faults/cell.js'
import { withCells } from '../faults/document.js'
import { ENGINES } from '../faults/engines.js'
import { FAULTS } from '../faults/faults.js'
import { ROOT } from '../support/documents.js'

/*
 * docs/faults.md, compared with docs/figures/faults.json, which `npm run test:faults` writes.
 * `UPDATE_DOCS=1 npx vitest run --project unit test/unit/faults-document.test.ts` puts the cells into the page.
 */

const FILE = `${ROOT}/docs/faults.md`
const cells: readonly Cell[] = JSON.parse(readFileSync(`${ROOT}/docs/figures/faults.json`, 'utf8'))
if (process.env.UPDATE_DOCS) writeFileSync(FILE, withCells(readFileSync(FILE, 'utf8'), cells))
const PAGE = readFileSync(FILE, 'utf8')

describe('docs/faults.md', () => {
  it('has the cells of the last run', () => {
    expect(withCells(PAGE, cells)).toBe(PAGE)
  })

  it('has a cell for every fault and every engine', () => {
    const played = cells
      .filter(({ isControl }) => !isControl)
      .map(({ fault, engine, browser }) => [fault, engine, browser].join(' '))
    const wanted = FAULTS.flatMap(({ id, everywhere }) => [
      ...Object.keys(ENGINES).map((engine) => [id, engine, 'chromium'].join(' ')),
      ...(everywhere
        ? ['firefox', 'webkit'].flatMap((browser) =>
            ['hls.js', 'swap'].map((engine) => [id, engine, browser].join(' ')),
          )
        : []),
    ])
    expect(played.sort()).toEqual(wanted.sort())
  })

  it('has no cell that failed, and none that ends without a sentence for viewers', () => {
    expect(cells.filter(({ failure }) => failure)).toEqual([])
    const errors = cells.filter(({ outcome, isControl }) => outcome && !isControl && outcome.ending !== 'recovers')
    expect(errors.filter(({ outcome, todo }) => !todo && !/^[A-Z].*\.$/.test(outcome?.message ?? ''))).toEqual([])
  })

  it('explains what stands out', () => {
    for (const { notApplicable, todo, notes: why } of cells)
      for (const reason of [notApplicable, todo, why]) if (reason) expect(PAGE).toContain(reason)
  })
})
