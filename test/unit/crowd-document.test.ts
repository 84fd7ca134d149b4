import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { blocksOf, withFigures } from '../bench/crowd/document.js'
import type { CrowdFigures } from '../bench/crowd/figures.js'
import { toSvg } from '../bench/crowd/picture.js'
import { SCENARIOS } from '../bench/crowd/scenarios.js'
import { WORLD } from '../bench/crowd/world.js'
import { ROOT } from '../support/documents.js'

/*
 * docs/crowd.md, compared with docs/figures/crowd.json, which `npm run bench:crowd` writes.
 * `UPDATE_DOCS=1 npx vitest run --project unit test/unit/crowd-document.test.ts` puts the figures into the page.
 */

const FILE = `${ROOT}/docs/crowd.md`
const figures: CrowdFigures = JSON.parse(readFileSync(`${ROOT}/docs/figures/crowd.json`, 'utf8'))
if (process.env.UPDATE_DOCS) writeFileSync(FILE, withFigures(readFileSync(FILE, 'utf8'), figures))
const PAGE = readFileSync(FILE, 'utf8')

describe('docs/crowd.md', () => {
  it('has the figures of the last run', () => {
    expect(withFigures(PAGE, figures)).toBe(PAGE)
  })

  it('begins with the answer', () => {
    const { answer = '' } = blocksOf(figures)
    expect(PAGE.indexOf(answer)).toBeGreaterThan(0)
    expect(PAGE.slice(0, PAGE.indexOf(answer)).split('\n').length).toBeLessThanOrEqual(5)
  })

  it('is about every scenario, with a million viewers', () => {
    expect(Object.keys(figures.scenarios)).toEqual(SCENARIOS.map(({ name }) => name))
    expect(figures).toMatchObject({ viewers: 1_000_000, seed: WORLD.seed })
  })

  it('shows an endpoint whose busiest second is at most twice its mean', () => {
    const spread = Object.entries(figures.scenarios).filter(([name]) => !name.endsWith('-unspread'))
    expect(spread.filter(([, { ratio }]) => ratio > 2)).toEqual([])
  })

  it('shows at most eight requests of a viewer in the first minute of an outage', () => {
    const outages = Object.values(figures.scenarios).flatMap((scenario) => scenario.outages)
    expect(outages.length).toBeGreaterThan(0)
    expect(Math.max(...outages.map(({ mostInFirstMinute }) => mostInFirstMinute))).toBeLessThanOrEqual(8)
  })

  it('fails where the page lost the place of a figure', () => {
    expect(() => withFigures('# A page', figures)).toThrow('no place for answer')
  })
})

describe('a picture', () => {
  const requests = Uint32Array.from({ length: 1_200 }, (_, second) => (second === 700 ? 950 : 100))
  const bands = [{ from: 600, until: 630, label: 'down for 30 s' }]
  const svg = toSvg({ title: 'A second', from: 0, until: 1_200, bands, lines: [{ label: 'the plugin', requests }] })

  it('shows the busiest second, however many are drawn as one', () => {
    const heights = [...svg.matchAll(/L[\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y))
    expect(svg).toContain('>1,000</text>')
    expect(Math.min(...heights)).toBeLessThan(75)
  })

  it('is legible by day and by night, and to a screen reader', () => {
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).toContain('<title>A second</title>')
    expect(svg).toContain('>down for 30 s</text>')
  })
})
