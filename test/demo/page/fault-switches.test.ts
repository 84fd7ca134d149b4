import { getByLabelText } from '@testing-library/dom'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type FaultChoice, FaultSwitches } from '../../../demo/fault-switches.js'
import { FAULT_IDS } from '../../../demo/faults.js'
import { OPENING_PROGRAMME as OPENING } from '../../../demo/programme.js'
import { openPage } from './page.js'

describe('FaultSwitches', () => {
  let page: HTMLElement
  let switches: FaultSwitches
  const onChoice = vi.fn<(choice: FaultChoice) => void>()
  const box = (label: string) => getByLabelText<HTMLInputElement>(page, label)

  beforeEach(() => {
    onChoice.mockClear()
    page = openPage()
    switches = new FaultSwitches(page, onChoice)
    switches.show(OPENING)
  })

  it('has a switch for each fault, in groups', () => {
    expect(page.querySelectorAll('#faults [type="checkbox"]')).toHaveLength(FAULT_IDS.length)
    expect([...page.querySelectorAll('#faults legend')].map(({ textContent }) => textContent)).toEqual([
      'The endpoint …',
      'The CDN …',
      'Clocks and addresses',
      'It begins',
    ])
  })

  it('reports what is chosen', () => {
    box('is down').click()
    expect(onChoice).toHaveBeenLastCalledWith({ faults: ['endpoint-down'], from: 'start' })
    box('8 s into the film').click()
    expect(onChoice).toHaveBeenLastCalledWith({ faults: ['endpoint-down'], from: 'middle' })
  })

  it('drops a fault that can’t be caused together with the one just chosen', () => {
    switches.show({ ...OPENING, faults: ['clock-ahead', 'endpoint-down'] })
    box('The CDN’s clock is 1 h behind').click()
    expect(onChoice).toHaveBeenLastCalledWith({ faults: ['endpoint-down', 'clock-behind'], from: 'start' })
  })

  it('offers what can happen to the film', () => {
    expect(box('has replaced the file').disabled).toBe(true)
    switches.show({ ...OPENING, film: 'mp4' })
    expect(box('has replaced the file').disabled).toBe(false)
    expect(box('breaks off in the middle of a file').disabled).toBe(true)
  })
})
