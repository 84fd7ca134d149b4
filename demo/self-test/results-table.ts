import { find } from '../dom.js'
import type { Engine } from './engines.js'
import type { ViewerPromise } from './promises.js'
import type { Outcome, Result } from './report.js'

const SIGNS: Record<Outcome, string> = { kept: '✓', broken: '✗', 'not tried': '–' }

/** The table of results: a group of rows for each engine, a row for each promise. */
export class ResultsTable {
  readonly #table: HTMLTableElement

  constructor(page: ParentNode) {
    this.#table = find(page, '#results', HTMLTableElement)
  }

  /** Shows rows without results. */
  clear(engines: readonly Engine[], promises: readonly ViewerPromise[]): void {
    for (const body of [...this.#table.tBodies]) body.remove()
    for (const engine of engines) {
      const body = this.#table.createTBody()
      body.dataset.engine = engine.id
      const name = header('rowgroup', engine.title)
      name.colSpan = 3
      body.insertRow().append(name)
      for (const { id, title } of promises) {
        const row = body.insertRow()
        row.dataset.promise = id
        row.append(header('row', title))
        row.insertCell()
        row.insertCell()
      }
    }
  }

  tellRunning(engine: Engine, promise: ViewerPromise): void {
    this.#write(engine, promise, 'running', '…', 'Running')
  }

  show(engine: Engine, promise: ViewerPromise, { outcome, seen }: Pick<Result, 'outcome' | 'seen'>): void {
    this.#write(engine, promise, outcome, `${SIGNS[outcome]} ${outcome}`, seen)
  }

  #write(engine: Engine, promise: ViewerPromise, state: string, outcome: string, seen: string): void {
    const row = find(this.#table, `[data-engine="${engine.id}"] [data-promise="${promise.id}"]`, HTMLTableRowElement)
    row.dataset.outcome = state
    const [first, second] = row.querySelectorAll('td')
    if (first) first.textContent = outcome
    if (second) second.textContent = seen
  }
}

function header(scope: 'rowgroup' | 'row', text: string): HTMLTableCellElement {
  const cell = document.createElement('th')
  cell.scope = scope
  cell.textContent = text
  return cell
}
