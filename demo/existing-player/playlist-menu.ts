import { find } from '../dom.js'

export interface Menu {
  readonly names: readonly string[]
  choose(index: number): void
}

/** The list of films beside the player. */
export class PlaylistMenu {
  readonly #buttons: readonly HTMLButtonElement[]

  constructor(page: ParentNode, { names, choose }: Menu) {
    this.#buttons = names.map((name, index) => {
      const button = document.createElement('button')
      button.type = 'button'
      button.textContent = name
      button.addEventListener('click', () => choose(index))
      return button
    })
    const items = this.#buttons.map((button) => {
      const item = document.createElement('li')
      item.append(button)
      return item
    })
    find(page, '#playlist', HTMLElement).replaceChildren(...items)
  }

  /** Marks the film that plays. */
  show(current: number): void {
    for (const [index, button] of this.#buttons.entries())
      if (index === current) button.setAttribute('aria-current', 'true')
      else button.removeAttribute('aria-current')
  }
}
