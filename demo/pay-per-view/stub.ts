import { find } from '../dom.js'
import { formatLeft } from '../ticket.js'

/** The stub of the ticket: how long it is good, and the button that buys one. */
export class Stub {
  readonly #time: HTMLElement
  readonly #bar: HTMLElement
  readonly #note: HTMLElement
  readonly #buy: HTMLButtonElement

  constructor(page: ParentNode) {
    this.#time = find(page, '#ticket-left', HTMLElement)
    this.#bar = find(page, '#ticket-bar', HTMLElement)
    this.#note = find(page, '#ticket-note', HTMLElement)
    this.#buy = find(page, '#buy', HTMLButtonElement)
  }

  /** `leftMs` is undefined before the first ticket. */
  show(leftMs: number | undefined, ticketMs: number): void {
    const isGood = leftMs !== undefined && leftMs > 0
    write(this.#time, leftMs === undefined ? '–' : formatLeft(Math.max(0, leftMs)))
    write(
      this.#note,
      isGood ? 'until this ticket ends' : leftMs === undefined ? 'No ticket yet.' : 'This ticket has ended.',
    )
    write(this.#buy, leftMs === undefined ? 'Buy a ticket' : isGood ? 'Bought' : 'Buy another ticket')
    // A button that is disabled would lose the focus.
    this.#buy.setAttribute('aria-disabled', String(isGood))
    this.#bar.style.transform = `scaleX(${isGood ? Math.min(1, leftMs / ticketMs) : 0})`
  }
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}
