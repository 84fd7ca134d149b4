import { find } from '../dom.js'
import type { Abilities } from './abilities.js'
import { ENGINES, type Engine } from './engines.js'
import { PROMISES, type ViewerPromise } from './promises.js'
import { type Result, summarize } from './report.js'
import { ResultsTable } from './results-table.js'
import type { Trial } from './trials.js'

/** What the self-test needs of the browser. */
export interface Bench {
  readonly abilities: Abilities
  /** Rejects when the demo's server doesn't answer. */
  tryPromise(engine: Engine, promise: ViewerPromise): Promise<Trial>
  /** The report of what has been seen so far. */
  report(results: readonly Result[]): string
  copy(text: string): Promise<void>
}

/** The page: a choice of engines, a button that starts and stops, a table of results, and the report. */
export class SelfTest {
  readonly #bench: Bench
  readonly #page: ParentNode
  readonly #table: ResultsTable
  readonly #status: HTMLElement
  readonly #start: HTMLButtonElement
  readonly #report: HTMLTextAreaElement
  readonly #copy: HTMLButtonElement
  #results: Result[] = []
  #isRunning = false

  constructor(page: ParentNode, chosen: readonly Engine[], bench: Bench) {
    this.#bench = bench
    this.#page = page
    this.#table = new ResultsTable(page)
    this.#status = find(page, '#status', HTMLElement)
    this.#start = find(page, '#start', HTMLButtonElement)
    this.#report = find(page, '#report', HTMLTextAreaElement)
    this.#copy = find(page, '#copy', HTMLButtonElement)
    find(page, '#engines', HTMLElement).append(...ENGINES.map((engine) => choice(engine, chosen.includes(engine))))
    this.#table.clear(chosen, PROMISES)
    this.#start.addEventListener('click', () => (this.#isRunning ? this.#stop() : void this.#run()))
    this.#copy.addEventListener('click', () => this.#copyReport())
  }

  async #run(): Promise<void> {
    const engines = this.#chosen()
    if (engines.length === 0) return this.#tell('Choose at least one.')
    this.#isRunning = true
    this.#results = []
    this.#start.textContent = 'Stop'
    this.#copy.disabled = true
    this.#table.clear(engines, PROMISES)
    try {
      for (const engine of engines) for (const promise of PROMISES) await this.#try(engine, promise)
      this.#tell(`${this.#isRunning ? 'Done' : 'Stopped'}: ${summarize(this.#results)}.`)
    } catch (cause) {
      this.#tell(`The demo’s server does not answer. ${cause instanceof Error ? cause.message : ''}`)
    }
    this.#isRunning = false
    this.#start.disabled = false
    this.#start.textContent = 'Start again'
    this.#report.value = this.#bench.report(this.#results)
    this.#copy.disabled = false
  }

  async #try(engine: Engine, promise: ViewerPromise): Promise<void> {
    if (!this.#isRunning) return
    const reason = engine.whyNot(this.#bench.abilities)
    if (reason === undefined) {
      this.#table.tellRunning(engine, promise)
      this.#tell(`${engine.title}: ${promise.title} …`)
    }
    const trial: Trial =
      reason === undefined ? await this.#bench.tryPromise(engine, promise) : { outcome: 'not tried', seen: reason }
    this.#table.show(engine, promise, trial)
    this.#results.push({ engine, promise, ...trial })
    this.#report.value = this.#bench.report(this.#results)
  }

  /** The video that plays ends first. */
  #stop(): void {
    this.#isRunning = false
    this.#start.disabled = true
    this.#tell('Stopping …')
  }

  #copyReport(): void {
    this.#bench.copy(this.#report.value).then(
      () => this.#tell('Copied.'),
      () => {
        this.#report.select()
        this.#tell('The browser did not let the page copy. The report is selected: copy it yourself.')
      },
    )
  }

  #chosen(): readonly Engine[] {
    const checked = [...this.#page.querySelectorAll<HTMLInputElement>('#engines input:checked')].map(
      ({ value }) => value,
    )
    return ENGINES.filter(({ id }) => checked.includes(id))
  }

  #tell(text: string): void {
    this.#status.textContent = text
  }
}

function choice({ id, title }: Engine, isChosen: boolean): HTMLElement {
  const label = document.createElement('label')
  const input = document.createElement('input')
  Object.assign(input, { type: 'checkbox', value: id, checked: isChosen })
  const name = document.createElement('span')
  name.textContent = title
  label.append(input, name)
  return label
}
