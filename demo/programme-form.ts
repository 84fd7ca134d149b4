import { find } from './dom.js'
import { canSign, isTokens, type Programme, readProgramme, wayOf } from './programme.js'

/** What the page knows about the worker and the current showing. */
export interface WorkerState {
  /** Whether the element loads the film from this site, which only the worker can serve. Undefined before it loads one. */
  readonly isServing: boolean | undefined
  /** Whether a worker controls the page, so that it serves the next film. */
  readonly isReady: boolean
}

/** The choice of film, tokens and worker, and the parts of the page that depend on it (`data-for`). */
export class ProgrammeForm {
  readonly #page: ParentNode
  readonly #form: HTMLFormElement
  readonly #note: HTMLElement

  constructor(page: ParentNode, onChoice: (programme: Programme) => Promise<void>) {
    this.#page = page
    this.#form = find(page, '#programme', HTMLFormElement)
    this.#note = find(page, '#programme-note', HTMLElement)
    this.#form.addEventListener('change', () => {
      const chosen = this.#read()
      this.show(chosen)
      onChoice(chosen).catch(() => this.#tell('The server does not answer.'))
    })
  }

  show(programme: Programme): void {
    const chosen = { film: programme.reel, tokens: programme.tokens, worker: programme.worker ? 'on' : 'off' }
    for (const input of this.#form.querySelectorAll('input')) {
      input.checked = new Map(Object.entries(chosen)).get(input.name) === input.value
      input.disabled = !isOffered(input, programme)
    }
    const way = wayOf(programme)
    for (const part of this.#page.querySelectorAll<HTMLElement>('[data-for]'))
      part.hidden = !part.dataset.for?.split(' ').includes(way)
    if (way !== 'worker') this.#tell('')
  }

  tellWorker(state: WorkerState): void {
    this.#tell(describe(state))
  }

  #read(): Programme {
    const chosen = this.#form.querySelectorAll<HTMLInputElement>('input:checked')
    return readProgramme(String(new URLSearchParams(Array.from(chosen, ({ name, value }) => [name, value]))))
  }

  #tell(text: string): void {
    if (this.#note.textContent !== text) this.#note.textContent = text
  }
}

function isOffered({ name, value }: HTMLInputElement, { reel }: Programme): boolean {
  if (name === 'tokens') return isTokens(value) && canSign(value, reel)
  return name !== 'worker' || reel === 'mp4'
}

function describe({ isServing, isReady }: WorkerState): string {
  if (isServing === true) return 'This showing comes through the service worker.'
  if (isServing === false && isReady)
    return 'This showing began before the worker was there, and goes by swaps. The next one comes through the worker.'
  if (isReady) return 'The worker is there, and waits for the film.'
  return 'The worker is not in charge of this page yet: the film goes by swaps, and comes through the worker when you load the page again.'
}
