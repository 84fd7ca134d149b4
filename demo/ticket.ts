import { find } from './dom.js'

export interface TicketState {
  /** The status of the plugin. */
  readonly status: 'idle' | 'signing' | 'fresh' | 'expired' | 'failed'
  /** Until the CDN refuses the current URL. Undefined before the first URL. */
  readonly leftMs: number | undefined
  readonly lifeMs: number
}

/** The ticket: how long the current URL is valid, and a choice of how long the next ones live. */
export class Ticket {
  readonly #time: HTMLElement
  readonly #bar: HTMLElement
  readonly #note: HTMLElement
  readonly #choices: readonly HTMLInputElement[]

  constructor(page: ParentNode, onChoice: (lifeMs: number) => Promise<void>) {
    this.#time = find(page, '#time-left', HTMLElement)
    this.#bar = find(page, '#time-left-bar', HTMLElement)
    this.#note = find(page, '#time-left-note', HTMLElement)
    this.#choices = [...page.querySelectorAll<HTMLInputElement>('#life input')]
    for (const choice of this.#choices) {
      // Browsers restore the choice of an earlier visit, which the stage doesn't remember.
      choice.checked = choice.defaultChecked
      choice.addEventListener('change', () => {
        onChoice(Number(choice.value)).catch(() => write(this.#note, 'The server does not answer.'))
      })
    }
  }

  /** Shows the choice of the page's address. */
  choose(lifeMs: number): void {
    for (const choice of this.#choices) choice.checked = Number(choice.value) === lifeMs
  }

  show(state: TicketState): void {
    const leftMs = Math.max(0, state.leftMs ?? 0)
    write(this.#time, state.leftMs === undefined ? '–' : formatLeft(leftMs))
    write(this.#note, describe(state))
    this.#bar.style.transform = `scaleX(${Math.min(1, leftMs / state.lifeMs)})`
  }
}

/** Formats whole seconds, or minutes from 100 s on. Shows 0 only when nothing is left. */
export function formatLeft(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1000)
  if (seconds < 100) return `${seconds} s`
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`
}

function describe({ status, leftMs }: TicketState): string {
  if (status === 'failed') return 'The endpoint signs no more URLs for you.'
  if (leftMs === undefined) return 'Nothing is signed before you press play.'
  if (leftMs > 0) return 'until this URL dies'
  return 'This URL is dead. The next comes on demand.'
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}
