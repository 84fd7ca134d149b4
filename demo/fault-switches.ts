import { find } from './dom.js'
import { canMeet, FAULT_IDS, type FaultId, faultOf, isFault, rivalOf } from './faults.js'
import type { Programme } from './programme.js'

export type FaultChoice = Pick<Programme, 'faults' | 'from'>

const GROUPS = { endpoint: 'The endpoint …', cdn: 'The CDN …', time: 'Clocks and addresses' }

/** A switch for each fault of the servers, and when they begin. */
export class FaultSwitches {
  readonly #page: ParentNode

  constructor(page: ParentNode, onChoice: (choice: FaultChoice) => void) {
    this.#page = page
    const box = find(page, '#faults', HTMLElement)
    const groups = Object.entries(GROUPS).map(([group, legend]) => {
      const set = document.createElement('fieldset')
      const name = document.createElement('legend')
      name.textContent = legend
      set.append(name, ...FAULT_IDS.filter((id) => faultOf(id).group === group).map(faultSwitch))
      return set
    })
    box.prepend(...groups)
    box.addEventListener('change', ({ target }) => {
      const chosen = this.#read()
      // The newest choice wins over those that can't be caused together with it.
      const id = target instanceof HTMLInputElement && isFault(target.value) ? target.value : undefined
      const faults =
        id && chosen.faults.includes(id)
          ? [...chosen.faults.filter((other) => other !== id && !rivalOf(id, [other])), id]
          : chosen.faults
      onChoice({ ...chosen, faults })
    })
  }

  show({ faults, from, film }: Programme): void {
    for (const input of this.#inputs()) {
      input.checked = input.name === 'from' ? input.value === from : faults.some((id) => id === input.value)
      if (isFault(input.value)) input.disabled = !canMeet(input.value, film)
    }
  }

  #read(): FaultChoice {
    const checked = this.#inputs().filter((input) => input.checked)
    return {
      faults: checked.map(({ value }) => value).filter(isFault),
      from: checked.some(({ value }) => value === 'middle') ? 'middle' : 'start',
    }
  }

  #inputs(): HTMLInputElement[] {
    return [...this.#page.querySelectorAll<HTMLInputElement>('#faults input')]
  }
}

function faultSwitch(id: FaultId): HTMLElement {
  const label = document.createElement('label')
  const input = document.createElement('input')
  Object.assign(input, { type: 'checkbox', name: 'fault', value: id })
  label.append(input, faultOf(id).title)
  return label
}
