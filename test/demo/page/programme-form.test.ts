import { getByLabelText, getByRole, getByText } from '@testing-library/dom'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Programme, readProgramme } from '../../../demo/programme.js'
import { ProgrammeForm } from '../../../demo/programme-form.js'
import { until } from '../../support/until.js'
import { openPage } from './page.js'

describe('ProgrammeForm', () => {
  let page: HTMLElement
  let form: ProgrammeForm
  const onChoice = vi.fn<(programme: Programme) => Promise<void>>(async () => {})
  const radio = (label: string) => getByLabelText<HTMLInputElement>(page, label)
  const code = () => [...page.querySelectorAll('pre [data-for]:not([hidden])')].map((part) => part.textContent).join('')

  beforeEach(() => {
    vi.clearAllMocks()
    page = openPage()
    form = new ProgrammeForm(page, onChoice)
  })

  it('matches the markup of the page when the address has no query', () => {
    const before = page.innerHTML
    form.show(readProgramme(''))
    expect(page.innerHTML).toBe(before)
    expect(['HLS', 'Gcore', 'off'].map((label) => radio(label).checked)).toEqual([true, true, true])
  })

  it('offers single-file tokens and the worker for MP4 only', () => {
    const enabled = () => ['PUSHR', 'ClubEvent', 'Bits on the Run', 'on'].map((label) => !radio(label).disabled)
    form.show(readProgramme(''))
    expect(enabled()).toEqual([true, false, false, false])
    radio('MP4').click()
    expect(enabled()).toEqual([true, true, true, true])
    expect(onChoice).toHaveBeenLastCalledWith({ reel: 'mp4', tokens: 'gcore', worker: false })
  })

  it('reports each choice, and returns to Gcore when HLS does not support the tokens', () => {
    form.show({ reel: 'mp4', tokens: 'gcore', worker: false })
    radio('ClubEvent').click()
    expect(onChoice).toHaveBeenLastCalledWith({ reel: 'mp4', tokens: 'clubEvent', worker: false })
    radio('on').click()
    expect(onChoice).toHaveBeenLastCalledWith({ reel: 'mp4', tokens: 'clubEvent', worker: true })
    radio('HLS').click()
    expect(onChoice).toHaveBeenLastCalledWith({ reel: 'hls', tokens: 'gcore', worker: true })
    expect(radio('Gcore').checked).toBe(true)
  })

  it('shows the code that a site needs for it', () => {
    form.show(readProgramme(''))
    expect(code()).toContain("src: 'film', type: 'application/x-mpegURL'")
    expect(code()).not.toContain('serviceWorker')
    form.show({ reel: 'mp4', tokens: 'gcore', worker: false })
    expect(code()).toContain("src: 'film/film.mp4', type: 'video/mp4'")
    expect(code()).not.toContain('serviceWorker')
    form.show({ reel: 'mp4', tokens: 'gcore', worker: true })
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
