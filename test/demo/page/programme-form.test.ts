import { getByLabelText, getByRole, getByText } from '@testing-library/dom'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { OPENING_PROGRAMME as OPENING, type Programme } from '../../../demo/programme.js'
import { ProgrammeForm } from '../../../demo/programme-form.js'
import { until } from '../../support/until.js'
import { openPage } from './page.js'

describe('ProgrammeForm', () => {
  let page: HTMLElement
  let form: ProgrammeForm
  const onChoice = vi.fn<(programme: Programme) => Promise<void>>(async () => {})
  const radio = (label: string) => getByLabelText<HTMLInputElement>(page, label)
  const code = () => {
    const shown = page.querySelector('pre')?.cloneNode(true)
    if (!(shown instanceof HTMLElement)) return ''
    for (const part of shown.querySelectorAll('[hidden]')) part.remove()
    return shown.textContent
  }

  beforeEach(() => {
    vi.clearAllMocks()
    page = openPage()
    form = new ProgrammeForm(page, onChoice)
  })

  it('matches the markup of the page when the address has no query', () => {
    const before = page.innerHTML
    form.show(OPENING)
    expect(page.innerHTML).toBe(before)
    expect(['HLS', 'Gcore', 'hls.js'].map((label) => radio(label).checked)).toEqual([true, true, true])
  })

  it('offers the tokens and the engines that go with the film', () => {
    const enabled = () =>
      ['Cookie', 'ClubEvent', 'In the playlist', 'VHS', 'worker'].map((label) => !radio(label).disabled)
    form.show(OPENING)
    expect(enabled()).toEqual([true, true, true, true, false])
    radio('MP4').click()
    expect(enabled()).toEqual([false, true, false, false, true])
    expect(onChoice).toHaveBeenLastCalledWith({ ...OPENING, film: 'mp4', engine: 'native' })
  })

  it('reports each choice, and returns to Gcore and to the film’s engine where another does not go with it', () => {
    form.show({ ...OPENING, film: 'mp4', engine: 'native', faults: ['endpoint-down'], lifeMs: 5_000 })
    radio('ClubEvent').click()
    radio('worker').click()
    expect(onChoice).toHaveBeenLastCalledWith({
      ...OPENING,
      film: 'mp4',
      tokens: 'clubEvent',
      engine: 'worker',
      faults: ['endpoint-down'],
      lifeMs: 5_000,
    })
    radio('DASH').click()
    expect(onChoice.mock.lastCall?.[0]).toMatchObject({ film: 'dash', tokens: 'gcore', engine: 'vhs' })
    expect(radio('Gcore').checked).toBe(true)
  })

  it('shows the code that a site needs for it', () => {
    form.show(OPENING)
    expect(code()).toContain("player.src({ src: 'film', type: 'application/x-mpegURL' })")
    expect(code()).toContain("signedUrl: { endpoint: '/api/playback-url' }")
    form.show({ ...OPENING, engine: 'vhs', tokens: 'clubEvent' })
    expect(code()).toContain("signedUrl: { endpoint: '/api/playback-url', engine: 'vhs', scope: 'file' }")
    form.show({ ...OPENING, film: 'mp4', engine: 'native' })
    expect(code()).toContain("player.src({ src: 'film/film.mp4', type: 'video/mp4' })")
    expect(code()).not.toContain('serviceWorker')
    form.show({ ...OPENING, film: 'mp4', engine: 'worker' })
    expect(code()).toContain("serviceWorker: '/signed-url-worker.js'")
  })

  it.each([
    [{ isServing: true, isReady: true }, 'This showing comes through the service worker.'],
    [{ isServing: undefined, isReady: true }, 'waits for the film'],
    [{ isServing: false, isReady: true }, 'The next one comes through the worker.'],
    [{ isServing: false, isReady: false }, 'when you load the page again'],
    [{ isServing: undefined, isReady: false }, 'when you load the page again'],
  ])('describes the state of the worker: %o', (state, text) => {
    form.tellWorker(state)
    expect(getByText(page, text, { exact: false }).id).toBe('programme-note')
  })

  it('shows a message when the server does not accept the choice', async () => {
    onChoice.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    radio('MP4').click()
    await until(() => expect(getByText(page, 'The server does not answer.')).toBeTruthy())
    expect(getByRole(page, 'group', { name: 'Film' })).toBeTruthy()
  })
})
