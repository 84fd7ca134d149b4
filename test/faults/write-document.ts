import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import type { Cell } from './cell.js'
import { keyOf, withCells } from './document.js'

const PAGE = 'docs/faults.md'
const FIGURES = 'docs/figures/faults.json'

/** Puts the cells that were played into docs/figures/faults.json and docs/faults.md. Those that were not keep what they had. */
export default class WriteDocument implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const played = modules.flatMap(cellsOf)
    if (played.length === 0) return
    const before: readonly Cell[] = existsSync(FIGURES) ? JSON.parse(readFileSync(FIGURES, 'utf8')) : []
    const cells = new Map([...before, ...played].map((cell) => [keyOf(cell), cell]))
    const sorted = [...cells].sort(([one], [other]) => one.localeCompare(other)).map(([, cell]) => cell)
    mkdirSync('docs/figures', { recursive: true })
    writeFileSync(FIGURES, `${JSON.stringify(sorted, null, 2)}\n`)
    writeFileSync(PAGE, withCells(readFileSync(PAGE, 'utf8'), sorted))
  }
}

function cellsOf({ children }: TestModule): Cell[] {
  return [...children.allTests()].flatMap((test) => {
    const { cell } = test.meta()
    const { state, errors } = test.result()
    if (!cell) return []
    return [state === 'failed' ? { ...cell, failure: errors[0]?.message.split('\n')[0] ?? 'It failed.' } : cell]
  })
}
