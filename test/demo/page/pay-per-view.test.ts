import { getByRole, getByText } from '@testing-library/dom'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PlaylistMenu } from '../../../demo/existing-player/playlist-menu.js'
import existingPlayer from '../../../demo/existing-player.html?raw'
import { BoxOffice } from '../../../demo/pay-per-view/box-office.js'
import { Stub } from '../../../demo/pay-per-view/stub.js'
import html from '../../../demo/pay-per-view.html?raw'
import type { StageSettings } from '../../../demo/stage.js'
import { openPage } from './page.js'

describe('the box office', () => {
  const change = vi.fn<(settings: Partial<StageSettings>) => Promise<never>>()
  const last = () => change.mock.lastCall?.[0]

  beforeEach(() => {
    vi.useFakeTimers()
    change.mockReset().mockResolvedValue(undefined as never)
  })
  afterEach(() => vi.useRealTimers())

  it('lets the endpoint sign while the ticket is good, and then says why not', async () => {
    const boxOffice = new BoxOffice({ change }, 30_000)
    await boxOffice.open()
    expect(last()).toMatchObject({ endpointStatus: 402, endpointBody: expect.stringContaining('Buy a ticket') })
    expect(boxOffice.isTicketGood).toBe(false)
    await boxOffice.buy()
    expect(last()).toEqual({ endpointStatus: null, endpointBody: null })
    await vi.advanceTimersByTimeAsync(29_999)
    expect(boxOffice.isTicketGood).toBe(true)
    expect(change).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(boxOffice.isTicketGood).toBe(false)
    expect(last()).toMatchObject({ endpointStatus: 402, endpointBody: '{"message":"Your ticket has ended."}' })
  })

  it('keeps a second ticket good when the first one ends', async () => {
    const boxOffice = new BoxOffice({ change }, 30_000)
    await boxOffice.buy()
    await vi.advanceTimersByTimeAsync(20_000)
    await boxOffice.buy()
    await vi.advanceTimersByTimeAsync(29_999)
    expect(last()).toEqual({ endpointStatus: null, endpointBody: null })
  })
})

describe('the stub', () => {
  it.each([
    [undefined, '–', 'No ticket yet.', 'Buy a ticket', false],
    [12_001, '13 s', 'until this ticket ends', 'Bought', true],
    [0, '0 s', 'This ticket has ended.', 'Buy another ticket', false],
    [-5_000, '0 s', 'This ticket has ended.', 'Buy another ticket', false],
  ])('shows %s ms', (leftMs, time, note, button, isDisabled) => {
    const page = openPage(html)
    new Stub(page).show(leftMs, 30_000)
    expect(getByRole(page, 'timer').textContent).toBe(time)
    expect(getByText(page, note)).toBeTruthy()
    expect(getByRole(page, 'button', { name: button }).getAttribute('aria-disabled')).toBe(String(isDisabled))
  })
})

describe('the playlist menu', () => {
  it('marks the film that plays, and reports a choice', () => {
    const page = openPage(existingPlayer)
    const choose = vi.fn()
    const menu = new PlaylistMenu(page, { names: ['One', 'Two'], choose })
    menu.show(0)
    menu.show(1)
    expect(getByRole(page, 'button', { current: true }).textContent).toBe('Two')
    getByRole(page, 'button', { name: 'One' }).click()
    expect(choose).toHaveBeenCalledWith(0)
  })
})
