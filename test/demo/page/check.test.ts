import { getByRole } from '@testing-library/dom'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Check } from '../../../demo/check.js'
import type { CheckOptions, CheckReport } from '../../../src/check/index.js'
import { until } from '../../support/until.js'
import { openPage } from './page.js'

const REPORT: CheckReport = {
  version: 1,
  url: 'https://cdn.example/film.m3u8',
  kind: 'hls',
  findings: [{ code: 'date-hidden', problem: 'Scripts can’t read `Date`.', fix: 'Send `expiresIn`.' }],
  seen: ['The URL lives for 10 s.'],
  notChecked: [{ topic: 'redirects', reason: 'A browser hides them.' }],
}

describe('Check', () => {
  let page: HTMLElement
  const check = vi.fn<(options: CheckOptions) => Promise<CheckReport>>()
  const sign = vi.fn(async () => 'https://cdn.example/film.m3u8?token=1')
  const press = () => getByRole(page, 'button', { name: 'Check the CDN and the endpoint' }).click()
  const says = (text: string) => until(() => expect(page.querySelector('#check-status')?.textContent).toBe(text))
  const lines = () => [...page.querySelectorAll('#check-report li')].map(({ textContent }) => textContent)

  beforeEach(() => {
    vi.resetAllMocks()
    sign.mockResolvedValue('https://cdn.example/film.m3u8?token=1')
    page = openPage()
    new Check(page, { endpoint: '/api/playback-url', resource: () => 'film', sign }, check)
  })

  it('shows what is wrong with its fix, what was seen, and what could not be checked', async () => {
    check.mockResolvedValue(REPORT)
    press()
    await says('1 fault found.')
    expect(lines()).toEqual([
      'Scripts can’t read `Date`. Send `expiresIn`.',
      'The URL lives for 10 s.',
      'Not checked: redirects. A browser hides them.',
    ])
    expect(check.mock.calls[0]?.[0]).toMatchObject({
      url: 'https://cdn.example/film.m3u8?token=1',
      endpoint: '/api/playback-url',
      resource: 'film',
    })
  })

  it('says that it waits, and that nothing is wrong', async () => {
    check.mockImplementation(async ({ onWait }) => {
      onWait?.(9_200)
      await says('Waiting 10 s for the URL to expire …')
      return { ...REPORT, findings: [] }
    })
    press()
    await says('Nothing is wrong.')
  })

  it('says why it could not check, and can be pressed again', async () => {
    check.mockRejectedValueOnce(new Error('cdn.example does not answer.')).mockResolvedValueOnce(REPORT)
    press()
    await says('cdn.example does not answer.')
    await until(() => expect(getByRole(page, 'button', { name: /^Check/ })).toHaveProperty('disabled', false))
    press()
    await says('1 fault found.')
  })
})
