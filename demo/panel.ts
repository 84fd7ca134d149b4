import { find } from './dom.js'

/** The plugin's count of something, and the server's count of the same. */
export interface TwoCounts {
  readonly page: number
  readonly origin: number
}

export interface Figures {
  readonly stalledMs: number
  readonly refreshes: number
  /** Swaps of the element's source by the native engine. */
  readonly swaps: number
  /** From a swap's last old frame to its first new one. */
  readonly longestGapMs: number
  readonly signings: TwoCounts
  readonly refusals: TwoCounts
}

/** The figures of the projection room. They change too often to be announced by screen readers. */
export class Panel {
  readonly #root: HTMLElement

  constructor(page: ParentNode) {
    this.#root = find(page, '#figures', HTMLElement)
  }

  show({ stalledMs, refreshes, swaps, longestGapMs, signings, refusals }: Figures): void {
    this.#write('stalled', stalledMs)
    this.#write('refreshes', refreshes)
    this.#write('swaps', swaps)
    this.#write('gap', Math.round(longestGapMs))
    this.#write('signings', signings.page)
    this.#write('signings-origin', signings.origin)
    this.#write('refusals', refusals.page)
    this.#write('refusals-origin', refusals.origin)
    this.#root.classList.toggle('has-stalled', stalledMs > 0)
  }

  #write(name: string, value: number): void {
    const element = find(this.#root, `[data-figure="${name}"]`, HTMLElement)
    const text = value.toLocaleString('en')
    if (element.textContent !== text) element.textContent = text
  }
}
