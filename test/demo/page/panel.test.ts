import { getByText } from '@testing-library/dom'
import { beforeEach, describe, expect, it } from 'vitest'
import { Panel } from '../../../demo/panel.js'
import { openPage } from './page.js'

const figures = {
  stalledMs: 0,
  refreshes: 7,
  swaps: 0,
  longestGapMs: 0,
  signings: { page: 8, origin: 8 },
  refusals: { page: 2, origin: 3 },
}

describe('Panel', () => {
  let page: HTMLElement
  let panel: Panel
  const row = (name: string) => getByText(page, name).parentElement?.textContent?.replace(/\s+/g, ' ').trim()

  beforeEach(() => {
    page = openPage()
    panel = new Panel(page)
  })

  it('shows the plugin’s counts next to the server’s', () => {
    panel.show(figures)
    expect(row('URL refreshes')).toContain('URL refreshes 7')
    expect(row('Signing requests')).toBe('Signing requests 8 endpoint counts 8')
    expect(row('Refused requests')).toBe('Refused requests 2 origin counts 3')
  })

  it('shows how many refreshes needed a swap, and the longest gap', () => {
    panel.show({ ...figures, swaps: 3, longestGapMs: 41.6 })
    expect(row('URL refreshes')).toBe('URL refreshes 7 3 by swap, the longest gap 42 ms')
  })

  it('shows how long the video has stalled, in milliseconds', () => {
    panel.show(figures)
    expect(row('stalled since the first frame')).toBe('stalled since the first frame 0 ms')
    panel.show({ ...figures, stalledMs: 12_345 })
    expect(row('stalled since the first frame')).toBe('stalled since the first frame 12,345 ms')
  })

  it('marks a video that has stalled', () => {
    const dl = () => page.querySelector('#figures')?.className
    panel.show(figures)
    expect(dl()).not.toContain('has-stalled')
    panel.show({ ...figures, stalledMs: 1 })
    expect(dl()).toContain('has-stalled')
  })
})
