import { getByRole } from '@testing-library/dom'
import { describe, expect, it, vi } from 'vitest'
import { describeMark, type Mark, marksOf, outcomeOf } from '../../../demo/chart-marks.js'
import { ChartReader } from '../../../demo/chart-reader.js'
import type { LogEntry } from '../../../demo/stage.js'
import { Timeline } from '../../../demo/timeline.js'
import { openPage } from './page.js'

const entry = (given: Partial<LogEntry>): LogEntry => ({
  at: 0,
  kind: 'media',
  method: 'GET',
  status: 200,
  path: '360p/004.m4s',
  range: null,
  bytes: 0,
  issue: 2,
  reason: undefined,
  url: '',
  host: '',
  ...given,
})

describe('the marks of the chart', () => {
  it('name URLs, refreshes, requests and stalls, in their order', () => {
    const timeline = new Timeline(60_000)
    timeline.addUrl(1_000, 11_000)
    timeline.addUrl(9_000, 19_000)
    timeline.killUrls(15_000)
    timeline.setRequests([
      entry({ at: 1_500, kind: 'sign', path: 'film', issue: 1 }),
      entry({ at: 12_000, status: 403 }),
      entry({ at: 12_500, status: 206, range: 'bytes=0-99' }),
    ])
    for (const [at, isStalled] of [
      [13_000, false],
      [13_250, true],
      [13_500, true],
      [13_750, false],
    ] as const)
      timeline.addSample({ at, ahead: 0, isStalled })
    expect(marksOf(timeline, 1_200).map(({ lane, text }) => `${lane}: ${text}`)).toEqual([
      'signings: Signing request for film, status 200, issue 1',
      'urls: A refresh: URL 2, good for 6 s',
      'urls: URL 1 expires',
      'media: Media request for 360p/004.m4s, status 403, refused, issue 2',
      'media: Media request for 360p/004.m4s, status 206, issue 2, bytes=0-99',
      'buffer: A stall of 0.5 s',
      'urls: URL 2 was killed',
    ])
  })

  it.each([
    ['media', 0, 'open'],
    ['media', 206, 'good'],
    ['media', 410, 'refused'],
    ['media', 404, 'failed'],
    ['sign', 403, 'failed'],
  ] as const)('have an outcome: %s %i is %s', (kind, status, expected) => {
    expect(outcomeOf({ kind, status })).toBe(expected)
  })

  it('are told with their distance in time', () => {
    const mark: Mark = { at: 10_000, lane: 'urls', text: 'URL 1 expires' }
    expect(describeMark(mark, 12_340)).toBe('2.3 s ago: URL 1 expires')
    expect(describeMark(mark, 7_000)).toBe('in 3 s: URL 1 expires')
  })
})

describe('the reader of the chart', () => {
  it('steps through the marks from the newest, by buttons that a keyboard reaches', () => {
    const page = openPage()
    const marks: Mark[] = [1, 2].map((n) => ({ at: n, lane: 'media', text: `request ${n}` }))
    new ChartReader(page, () => ({ marks: () => marks, markAt: vi.fn() }))
    const text = () => page.querySelector('#mark')?.textContent
    getByRole(page, 'button', { name: 'The mark before' }).click()
    expect(text()).toContain('request 2')
    getByRole(page, 'button', { name: 'The mark before' }).click()
    expect(text()).toContain('request 1')
    getByRole(page, 'button', { name: 'The mark before' }).click()
    expect(text()).toBe('There is no other mark.')
    getByRole(page, 'button', { name: 'The mark after' }).click()
    expect(text()).toContain('request 2')
  })
})
