import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../demo/server/stages.js'
import { CONTESTANTS } from '../bench/contestants/contestants.js'
import { blocksOf, NO_REASON, withFigures, write } from '../bench/contestants/document.js'
import {
  CHECKS,
  type Comparison,
  type Figures,
  placesOf,
  type Result,
  summarize,
  wasDisturbed,
} from '../bench/contestants/figures.js'
import { lowerRenditions } from '../bench/contestants/measure.js'
import { picturesOf } from '../bench/contestants/pictures.js'
import { bytesTwice } from '../support/bytes-twice.js'
import { ROOT } from '../support/documents.js'

/*
 * docs/comparison.md, compared with the figures that `npm run bench` writes.
 * `UPDATE_DOCS=1 npx vitest run --project unit test/unit/comparison-document.test.ts` puts the figures into the page and the pictures.
 */

const read = (file: string) => readFileSync(`${ROOT}/docs/${file}`, 'utf8')
const comparisons: Comparison[] = ['chromium', 'firefox']
  .map((browser) => `figures/comparison-${browser}.json`)
  .filter((file) => existsSync(`${ROOT}/docs/${file}`))
  .map((file) => JSON.parse(read(file)))
if (process.env.UPDATE_DOCS) comparisons.forEach(write)

describe('docs/comparison.md', () => {
  const page = read('comparison.md')

  it.each(comparisons)('has the figures of the last run in $browser', (comparison) => {
    expect(withFigures(page, comparison)).toBe(page)
    for (const [file, svg] of Object.entries(picturesOf(comparison))) expect(read(`figures/${file}`)).toBe(svg)
  })

  it.each(comparisons)('is about every contestant in $browser', ({ results }) => {
    expect(results.map(({ name, title }) => [name, title])).toEqual(CONTESTANTS.map(({ name, title }) => [name, title]))
  })

  it.each(comparisons)('gives a reason wherever the plugin is behind in $browser', (comparison) => {
    expect(Object.values(blocksOf(comparison)).join()).not.toContain(NO_REASON)
  })

  it('has each recovery in Chromium, or why there is none', () => {
    const chromium = comparisons.find(({ browser }) => browser === 'chromium')
    const played = chromium?.results.filter(({ failed }) => failed === null) ?? []
    expect(played.filter(({ recoveries }) => CHECKS.some((check) => !(check in recoveries)))).toEqual([])
  })
})

const NONE: Figures = { stalledMs: 0, longestMs: 0, events: 0, bytesTwice: 0, refused: 0, signings: 4, lower: 0 }
const contestant = (given: Partial<Result>): Result => ({
  name: 'one',
  title: 'One',
  format: 'HLS',
  isOurs: false,
  runs: [NONE],
  heard: [],
  stops: 0,
  failed: null,
  recoveries: {},
  ...given,
})
const stalled = (...values: number[]) => values.map((stalledMs) => ({ ...NONE, stalledMs }))

describe('the figures', () => {
  it('are the median, and the range of the runs', () => {
    expect(summarize([9, 1, 4])).toEqual({ median: 4, least: 1, most: 9 })
    expect(summarize([1, 4])).toEqual({ median: 2.5, least: 1, most: 4 })
  })

  it('were disturbed when the runs differ by more than the bound', () => {
    expect(wasDisturbed('stalledMs', summarize([0, 500]))).toBe(false)
    expect(wasDisturbed('stalledMs', summarize([0, 501]))).toBe(true)
  })

  it.each([
    ['nobody has less', stalled(100), stalled(100), 'first'],
    ['it is no further behind than the runs differ', stalled(100, 140, 180), stalled(80), 'within'],
    ['the runs of the first differ by as much', stalled(100), stalled(40, 70, 100), 'within'],
    ['it is further behind', stalled(100), stalled(80, 85), 'behind'],
  ] as const)('have the place of the plugin when %s', (_, own, others, rank) => {
    const ours = contestant({ isOurs: true, runs: own })
    expect(placesOf([contestant({ runs: others }), ours], 'stalledMs').map((place) => place.rank)).toEqual([rank])
  })

  it('are not compared with those of a contestant that stands still at the end, or failed', () => {
    const ours = contestant({ isOurs: true })
    const stopped = contestant({ runs: [{ ...NONE, signings: 1 }], stops: 1 })
    expect(placesOf([ours, stopped, contestant({ runs: [], failed: 'no' })], 'signings')).toEqual([])
  })

  it('count bytes that were sent again', () => {
    const sent = (path: string, range: string | null, bytes: number) =>
      ({ kind: 'media', status: 206, path, range, bytes }) as LogEntry
    const film = [
      sent('film.mp4', 'bytes=0-', 100),
      sent('film.mp4', 'bytes=80-', 50),
      sent('film.mp4', 'bytes=130-', 9),
    ]
    expect(bytesTwice([...film, sent('1.m4s', null, 70), sent('1.m4s', null, 70)])).toBe(20 + 70)
  })

  it('count segments of a lower rendition after the best one', () => {
    const fetched = (...paths: string[]) => paths.map((path) => ({ path, status: 200 }) as LogEntry)
    expect(lowerRenditions(fetched('360p/000.m4s', '720p/001.m4s', '360p/002.m4s'))).toBe(1)
    expect(lowerRenditions(fetched('film.mp4'))).toBeNull()
  })
})

describe('the page', () => {
  const comparison: Comparison = {
    browser: 'chromium',
    browserVersion: '156',
    runs: 2,
    seconds: 20,
    lifeMs: 4_500,
    versions: [],
    results: [
      contestant({ runs: stalled(0, 900) }),
      contestant({ title: 'Two', runs: [], failed: 'It did not start.' }),
    ],
  }
  const text = Object.values(blocksOf(comparison)).join('\n')

  it('says what a contestant said that failed', () => {
    expect(text).toContain('Two failed: “It did not start.”')
    expect(picturesOf(comparison)['comparison-chromium-stalled.svg']).toContain('>failed</text>')
  })

  it('marks a run that was disturbed', () => {
    expect(text).toContain('450 (0 to 900) ‡')
  })

  it('is drawn for day and night, and for screen readers', () => {
    const svg = picturesOf(comparison)['comparison-chromium-stalled.svg']
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).toContain('<title>How long')
  })
})
