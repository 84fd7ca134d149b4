import { getByLabelText, getByRole, getByText } from '@testing-library/dom'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Abilities, describeAbilities, readAbilities } from '../../../demo/self-test/abilities.js'
import { ENGINES, readEngines } from '../../../demo/self-test/engines.js'
import { type Result, writeReport } from '../../../demo/self-test/report.js'
import { type Bench, SelfTest } from '../../../demo/self-test/self-test.js'
import html from '../../../demo/self-test.html?raw'
import { until } from '../../support/until.js'
import { openPage } from './page.js'

const ALL: Abilities = {
  hasMediaSource: true,
  hasManagedMediaSource: false,
  isSecure: true,
  hasServiceWorker: true,
  nativeHls: 'maybe',
  nativeMp4: 'probably',
}
const IPHONE: Abilities = { ...ALL, hasMediaSource: false, hasManagedMediaSource: true }
const OLD_IPHONE: Abilities = { ...IPHONE, hasManagedMediaSource: false }
const INSECURE: Abilities = { ...ALL, isSecure: false, hasServiceWorker: false }

const reasonsOf = (abilities: Abilities) =>
  Object.fromEntries(ENGINES.map((engine) => [engine.id, engine.whyNot(abilities)]).filter(([, why]) => why))

describe('the engines of the self-test', () => {
  it('are all tried where the browser has everything', () => {
    expect(reasonsOf(ALL)).toEqual({})
  })

  it.each([
    [IPHONE, { vhs: expect.stringContaining('no MediaSource'), dash: expect.stringContaining('no MediaSource') }],
    [
      OLD_IPHONE,
      {
        'hls.js': 'This browser has no Media Source Extensions.',
        vhs: expect.stringContaining('no MediaSource'),
        dash: expect.stringContaining('no MediaSource'),
      },
    ],
    [INSECURE, { worker: 'This page is insecure: service workers need https.' }],
    [{ ...ALL, hasServiceWorker: false }, { worker: 'This browser has no service workers.' }],
    [{ ...ALL, nativeHls: '' }, { 'native-hls': 'This browser can’t play HLS by itself.' }],
  ])('say why they are not tried: %o', (abilities, expected) => {
    expect(reasonsOf(abilities)).toEqual(expected)
  })

  it.each([
    ['?engines=vhs,swap', ['vhs', 'swap']],
    ['?engines=swap,rtmp', ['swap']],
    ['?engines=rtmp', ENGINES.map(({ id }) => id)],
    ['', ENGINES.map(({ id }) => id)],
  ])('are chosen by the address: %s', (query, expected) => {
    expect(readEngines(query).map(({ id }) => id)).toEqual(expected)
  })
})

describe('readAbilities', () => {
  it('reads what the window has', () => {
    const page = {
      ManagedMediaSource: class {},
      isSecureContext: true,
      navigator: { serviceWorker: {} },
      document: { createElement: () => ({ canPlayType: (type: string) => (type.includes('mpegurl') ? 'maybe' : '') }) },
    }
    expect(readAbilities(page as never)).toEqual({ ...IPHONE, nativeMp4: '' })
  })

  it('is put into words', () => {
    expect(describeAbilities(INSECURE)).toBe(
      'MediaSource yes, ManagedMediaSource no, service workers no, secure page no, native HLS maybe, native MP4 probably',
    )
  })
})

describe('writeReport', () => {
  it('is a table in Markdown, whatever is in its cells', () => {
    const results: Result[] = [
      { engine: { title: 'HLS' }, promise: { title: 'Plays' }, outcome: 'broken', seen: 'one | two\nthree' },
    ]
    const at = new Date('2026-11-28T12:00:00Z')
    expect(writeReport({ userAgent: 'Safari', abilities: 'all', versions: '1', at }, results)).toContain(
      '| HLS | Plays | broken | one \\| two three |',
    )
  })
})

describe('the self-test page', () => {
  let page: HTMLElement
  const tryPromise = vi.fn<Bench['tryPromise']>()
  const copy = vi.fn<Bench['copy']>()
  const report = (results: readonly Result[]) => results.map(({ outcome }) => outcome).join()
  const open = (abilities = ALL, query = '?engines=vhs') =>
    new SelfTest(page, readEngines(query), { abilities, tryPromise, report, copy })
  const outcomes = () => [...page.querySelectorAll<HTMLElement>('[data-promise]')].map(({ dataset }) => dataset.outcome)
  const press = (name: string) => getByRole(page, 'button', { name }).click()
  const status = () => getByRole(page, 'status').textContent

  beforeEach(() => {
    vi.resetAllMocks()
    tryPromise.mockResolvedValue({ outcome: 'kept', seen: 'at 9 s' })
    copy.mockResolvedValue()
    page = openPage(html)
  })

  it('tries each promise with the chosen engines, and shows what was seen', async () => {
    tryPromise.mockResolvedValueOnce({ outcome: 'broken', seen: 'Error 4' })
    open()
    getByLabelText<HTMLInputElement>(page, 'DASH by VHS').click()
    press('Start')
    await until(() => expect(status()).toBe('Done: 7 kept, 1 broken, 0 not tried.'))
    expect(outcomes()).toEqual(['broken', ...Array(7).fill('kept')])
    expect(getByText(page, 'Error 4')).toBeTruthy()
    expect([...page.querySelectorAll('[scope="rowgroup"]')].map(({ textContent }) => textContent)).toEqual([
      'HLS by VHS',
      'DASH by VHS',
    ])
  })

  it('says what the browser could not try', async () => {
    open(OLD_IPHONE)
    press('Start')
    await until(() => expect(status()).toBe('Done: 0 kept, 0 broken, 4 not tried.'))
    expect(tryPromise).not.toHaveBeenCalled()
    expect(page.querySelector('[data-promise="lives"]')?.textContent).toContain('no MediaSource, which VHS needs.')
  })

  it('stops after the video that plays', async () => {
    let end = () => {}
    tryPromise.mockImplementationOnce(
      () =>
        new Promise((resolve) => {
          end = () => resolve({ outcome: 'kept', seen: '' })
        }),
    )
    open()
    press('Start')
    press('Stop')
    expect(status()).toBe('Stopping …')
    end()
    await until(() => expect(status()).toBe('Stopped: 1 kept, 0 broken, 0 not tried.'))
    expect(getByRole<HTMLButtonElement>(page, 'button', { name: 'Start again' }).disabled).toBe(false)
  })

  it('copies the report, or selects it where the browser forbids that', async () => {
    open()
    press('Start')
    await until(() => expect(status()).toContain('Done'))
    press('Copy the report')
    await until(() => expect(status()).toBe('Copied.'))
    expect(copy).toHaveBeenCalledWith('kept,kept,kept,kept')
    copy.mockRejectedValueOnce(new TypeError('no clipboard'))
    press('Copy the report')
    await until(() => expect(status()).toContain('copy it yourself'))
  })

  it('says when the server does not answer, or nothing is chosen', async () => {
    tryPromise.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    open()
    press('Start')
    await until(() => expect(status()).toBe('The demo’s server does not answer. Failed to fetch'))
    getByLabelText<HTMLInputElement>(page, 'HLS by VHS').click()
    press('Start again')
    expect(status()).toBe('Choose at least one.')
  })
})
