import { getByRole } from '@testing-library/dom'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Mischief, type World } from '../../../demo/mischief.js'
import { until } from '../../support/until.js'
import { openPage } from './page.js'

describe('Mischief', () => {
  let page: HTMLElement
  const world = {
    change: vi.fn<World['change']>(async () => {}),
    lastIssue: vi.fn<World['lastIssue']>(async () => 7),
    killUrls: vi.fn<World['killUrls']>(),
    refresh: vi.fn<World['refresh']>(async () => {}),
  }
  const press = (name: string) => getByRole(page, 'button', { name }).click()
  const says = (text: string) => until(() => expect(getByRole(page, 'status').textContent).toContain(text))

  beforeEach(() => {
    vi.clearAllMocks()
    page = openPage()
    new Mischief(page, world)
  })

  it('kills the URLs issued so far, but no later one', async () => {
    press('Kill the URL now')
    await says('Killed')
    expect(world.change).toHaveBeenCalledExactlyOnceWith({ refuseIssues: 7 })
    expect(world.killUrls).toHaveBeenCalledOnce()
  })

  it('sets the CDN’s clock ahead, and back on the second press', async () => {
    const button = getByRole(page, 'button', { name: 'CDN’s clock 1 h ahead' })
    button.click()
    await says('an hour ahead')
    expect(button.getAttribute('aria-pressed')).toBe('true')
    button.click()
    await says('right again')
    expect(button.getAttribute('aria-pressed')).toBe('false')
    expect(world.change.mock.calls).toEqual([[{ clockSkewMs: 3_600_000 }], [{ clockSkewMs: 0 }]])
  })

  it('makes the endpoint fail three times', async () => {
    press('Endpoint fails 3 times')
    await says('will fail')
    expect(world.change).toHaveBeenCalledExactlyOnceWith({ endpointStatus: 503, endpointFailures: 3 })
  })

  it('takes the ticket away, and resumes playback when it is given back', async () => {
    press('Take the ticket away')
    await says('says no')
    expect(world.change).toHaveBeenLastCalledWith({ endpointStatus: 403, endpointFailures: null })
    press('Endpoint fails 3 times')
    await says('Give the ticket back first')
    expect(world.refresh).not.toHaveBeenCalled()
    press('Take the ticket away')
    await says('valid again')
    expect(world.change).toHaveBeenLastCalledWith({ endpointStatus: null, endpointFailures: null })
    expect(world.refresh).toHaveBeenCalledOnce()
  })

  it('shows a message when the server is gone', async () => {
    world.change.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    press('Kill the URL now')
    await says('npm start')
  })
})
