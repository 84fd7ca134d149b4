import { getByLabelText, getByRole, getByText } from '@testing-library/dom'
import { describe, expect, it, vi } from 'vitest'
import { formatLeft, Ticket } from '../../../demo/ticket.js'
import { until } from '../../support/until.js'
import { openPage } from './page.js'

const quiet = async () => {}

describe('Ticket', () => {
  it.each([
    ['idle', undefined, '–', 'Nothing is signed before you press play.'],
    ['fresh', 7400, '8 s', 'until this URL dies'],
    ['expired', -3000, '0 s', 'This URL is dead. The next comes on demand.'],
    ['failed', 0, '0 s', 'The endpoint signs no more URLs for you.'],
  ] as const)('shows the remaining life of the URL (%s)', (status, leftMs, time, note) => {
    const page = openPage()
    new Ticket(page, quiet).show({ status, leftMs, lifeMs: 10_000 })
    expect(getByRole(page, 'timer', { name: 'Time left of the present URL' }).textContent).toBe(time)
    expect(getByText(page, note)).toBeTruthy()
  })

  it('offers five lifetimes, ten seconds by default', () => {
    const page = openPage()
    new Ticket(page, quiet)
    const group = getByRole(page, 'group', { name: 'A signed URL lives for' })
    expect(Array.from(group.querySelectorAll('label'), (label) => label.textContent)).toEqual([
      '5 s',
      '10 s',
      '30 s',
      '1 min',
      '5 min',
    ])
    expect(getByLabelText<HTMLInputElement>(page, '10 s').checked).toBe(true)
  })

  it('reports the lifetime that the viewer chooses', () => {
    const page = openPage()
    const onChoice = vi.fn(quiet)
    new Ticket(page, onChoice)
    getByLabelText(page, '5 min').click()
    expect(onChoice).toHaveBeenCalledExactlyOnceWith(300_000)
  })

  it('shows a message when the server does not accept the choice', async () => {
    const page = openPage()
    new Ticket(page, () => Promise.reject(new Error('gone')))
    getByLabelText(page, '5 s').click()
    await until(() => expect(getByText(page, 'The server does not answer.')).toBeTruthy())
  })
})

describe('formatLeft', () => {
  it.each([
    [0, '0 s'],
    [1, '1 s'],
    [1000, '1 s'],
    [1001, '2 s'],
    [99_000, '99 s'],
    [99_001, '1:40 min'],
    [300_000, '5:00 min'],
  ])('formats %d ms as %s', (leftMs, text) => {
    expect(formatLeft(leftMs)).toBe(text)
  })
})
