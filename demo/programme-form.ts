import { readAddress } from './address.js'
import { find } from './dom.js'
import {
  canPlay,
  canSign,
  ENGINES,
  engineFor,
  optionsOf,
  type Programme,
  sourceOf,
  TOKENS,
  wayOf,
} from './programme.js'

/** What the page knows about the worker and the current showing. */
export interface WorkerState {
  /** Whether the element loads the film from this site, which only the worker can serve. Undefined before it loads one. */
  readonly isServing: boolean | undefined
  /** Whether a worker controls the page, so that it serves the next film. */
  readonly isReady: boolean
}

/** The choice of film, tokens and engine, and the parts of the page that depend on it (`data-for`: a film, or a way past an expiry). */
export class ProgrammeForm {
  readonly #page: ParentNode
  readonly #form: HTMLFormElement
  readonly #note: HTMLElement
  #shown: Programme | undefined

  constructor(page: ParentNode, onChoice: (programme: Programme) => Promise<void>) {
    this.#page = page
    this.#form = find(page, '#programme', HTMLFormElement)
    this.#note = find(page, '#programme-note', HTMLElement)
    this.#form.addEventListener('change', () => {
      const chosen = this.#read()
      this.show(chosen)
      onChoice(chosen).catch(() => this.tell('The server does not answer.'))
    })
  }

  show(programme: Programme): void {
    this.#shown = programme
    const { film, tokens, engine } = programme
    const chosen = new Map(Object.entries({ film, tokens, engine }))
    for (const input of this.#form.querySelectorAll('input')) {
      input.checked = chosen.get(input.name) === input.value
      input.disabled = !isOffered(input, programme)
    }
    const kinds = [film, wayOf(programme)]
    for (const part of this.#page.querySelectorAll<HTMLElement>('[data-for]'))
      part.hidden = !part.dataset.for?.split(' ').some((kind) => kinds.some((one) => one === kind))
    const { src, type } = sourceOf(programme)
    find(this.#page, '#code-source', HTMLElement).textContent = `{ src: '${src}', type: '${type}' }`
    find(this.#page, '#code-resource', HTMLElement).textContent = encodeURIComponent(src)
    find(this.#page, '#code-options', HTMLElement).textContent = codeOf(programme)
    for (const resource of this.#page.querySelectorAll('[data-resource]')) resource.textContent = src
    if (wayOf(programme) !== 'worker') this.tell('')
  }

  tellWorker(state: WorkerState): void {
    this.tell(describe(state))
  }

  tell(text: string): void {
    if (this.#note.textContent !== text) this.#note.textContent = text
  }

  /** The faults and the life of a URL are chosen elsewhere on the page. */
  #read(): Programme {
    const chosen = this.#form.querySelectorAll<HTMLInputElement>('input:checked')
    const { programme } = readAddress(
      String(new URLSearchParams(Array.from(chosen, ({ name, value }) => [name, value]))),
    )
    const { lifeMs, faults, from } = this.#shown ?? programme
    return { ...programme, lifeMs, faults, from }
  }
}

function isOffered({ name, value }: HTMLInputElement, { film }: Programme): boolean {
  if (name === 'tokens') return TOKENS.some((tokens) => tokens === value && canSign(tokens, film))
  return name !== 'engine' || ENGINES.some((engine) => engine === value && canPlay(engine, film))
}

/** Returns the options that a site sets besides the endpoint. */
function codeOf(programme: Programme): string {
  const { engine, scope } = optionsOf(programme)
  const isDefault = engine === 'auto' || engine === engineFor(programme.film)
  return `${isDefault ? '' : `, engine: '${engine}'`}${scope === 'auto' ? '' : `, scope: '${scope}'`}`
}

function describe({ isServing, isReady }: WorkerState): string {
  if (isServing === true) return 'This showing comes through the service worker.'
  if (isServing === false && isReady)
    return 'This showing started before the worker was there, so it is played with swaps. The next one comes through the worker.'
  if (isReady) return 'The worker is there, and waits for the film.'
  return 'The worker does not control this page yet, so the film is played with swaps. It comes through the worker when you load the page again.'
}
