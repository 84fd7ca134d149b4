import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownTable } from '../../support/markdown-table.js'
import { FORMATS, type Format } from './contestants.js'
import {
  CHECKS,
  type Check,
  type Column,
  type Comparison,
  hasPlayed,
  placesOf,
  type Recovery,
  type Result,
  recoveryPlacesOf,
  summaryOf,
  wasDisturbed,
} from './figures.js'
import { picturesOf } from './pictures.js'
import { REASONS } from './reasons.js'

/* The parts of docs/comparison.md that hold figures. Each stands between `<!-- comparison:name -->` and `<!-- /comparison:name -->`. */

interface ColumnText {
  readonly title: string
  readonly write: (value: number) => string
}

const count = (value: number) => value.toLocaleString('en-US')

const COLUMNS: Readonly<Record<Column, ColumnText>> = {
  stalledMs: { title: 'Stalled, ms', write: count },
  longestMs: { title: 'Longest stall, ms', write: count },
  events: { title: 'Events', write: count },
  bytesTwice: { title: 'Fetched twice, kB', write: (value) => count(Math.round(value / 1_000)) },
  refused: { title: 'Refused', write: count },
  signings: { title: 'Signed', write: count },
  lower: { title: 'Lower segments', write: count },
}
const COLUMN_NAMES = Object.keys(COLUMNS) as Column[]

const CHECK_TITLES: Readonly<Record<Check, string>> = {
  clock: 'Clock an hour behind',
  slow: 'Slow endpoint',
  early: 'Refused early',
  pause: 'Paused for ten lives',
  file: 'One file refused',
}

/** What the test of the document looks for: a reason has to be found and written. */
export const NO_REASON = 'No reason is known.'

/** Stalls shorter than this are not worth a number. */
const NOTICED_MS = 100

export function blocksOf(comparison: Comparison): Record<string, string> {
  const { browser } = comparison
  return {
    [`${browser}-run`]: aboutRun(comparison),
    [`${browser}-figures`]: `${ofFormats(comparison, figures)}\n\n${imagesOf(browser)}`,
    [`${browser}-recoveries`]: wereChecked(comparison)
      ? ofFormats(comparison, recoveries)
      : 'Recoveries were not checked in this run.',
    [`${browser}-places`]: places(comparison),
  }
}

function aboutRun({ browser, browserVersion, runs, seconds, lifeMs, versions }: Comparison): string {
  const name = browser[0]?.toUpperCase() + browser.slice(1)
  const times = runs === 1 ? 'One run' : `${runs} runs`
  return `${name} ${browserVersion}. ${times} of ${seconds} s each, with URLs that live for ${lifeMs / 1_000} to ${lifeMs / 1_000 + 1} s. Packages: ${versions.map((version) => `\`${version}\``).join(', ')}.`
}

function imagesOf(browser: string): string {
  return [
    `![How long each video stood still, as bars](figures/comparison-${browser}-stalled.svg)`,
    '',
    `![How much each fetched twice, as bars](figures/comparison-${browser}-twice.svg)`,
  ].join('\n')
}

function ofFormats({ results }: Comparison, table: (format: Format, results: readonly Result[]) => string): string {
  const present = FORMATS.filter((format) => results.some((result) => result.format === format))
  return present
    .map((format) =>
      table(
        format,
        results.filter((result) => result.format === format),
      ),
    )
    .join('\n\n')
}

function figures(format: Format, results: readonly Result[]): string {
  const columns = COLUMN_NAMES.filter((column) => results.some((result) => summaryOf(result, column)))
  const rows = results.map((result) => [
    result.title + (hasPlayed(result) || result.failed !== null ? '' : ' †'),
    ...columns.map((column) => cellOf(result, column)),
  ])
  const table = markdownTable([[format, ...columns.map((column) => COLUMNS[column].title)], ...rows])
  const heard = results
    .filter((result) => result.heard.length > 0)
    .map((result) => `${result.title}: ${listOf(result.heard)}`)
  const failed = results.flatMap(({ title, failed: why }) => (why === null ? [] : `${title} failed: “${why}”`))
  const notes = [...failed, ...heard].map((note) => `- ${note}`)
  return notes.length === 0 ? table : `${table}\n\n${notes.join('\n')}`
}

function cellOf(result: Result, column: Column): string {
  const summary = summaryOf(result, column)
  if (!summary) return result.failed === null ? '' : 'failed'
  const { write } = COLUMNS[column]
  const { median, least, most } = summary
  const range = write(least) === write(most) ? '' : ` (${write(least)} to ${write(most)})`
  return `${write(median)}${range}${wasDisturbed(column, summary) ? ' ‡' : ''}`
}

/** `2 loadstart, 1 seeking` */
function listOf(heard: readonly string[]): string {
  return [...new Set(heard)].map((type) => `${heard.filter((one) => one === type).length} \`${type}\``).join(', ')
}

function wereChecked({ results }: Comparison): boolean {
  return results.some(({ recoveries: found }) => Object.keys(found).length > 0)
}

function recoveries(format: Format, results: readonly Result[]): string {
  const checks = CHECKS.filter((check) => results.some(({ recoveries: found }) => found[check]))
  const rows = results.map(({ title, failed, recoveries: found }) => [
    title,
    ...checks.map((check) => (failed === null ? recoveryText(found[check]) : 'failed')),
  ])
  return markdownTable([[format, ...checks.map((check) => CHECK_TITLES[check])], ...rows])
}

function recoveryText(recovery: Recovery | null | undefined): string {
  if (!recovery) return ''
  const { hasRecovered, starvedMs, said } = recovery
  const seconds = `${(starvedMs / 1_000).toFixed(1)} s`
  if (!hasRecovered) return `no: stalls for ${seconds}${said === null ? '' : `, “${said}”`}`
  return starvedMs < NOTICED_MS ? 'plays on' : `plays on after ${seconds}`
}

/** A sentence for each column in which this project is behind. */
function places({ results }: Comparison): string {
  const behind = FORMATS.flatMap((format) => {
    const ofFormat = results.filter((result) => result.format === format)
    const figureLines = COLUMN_NAMES.flatMap((column) =>
      placesOf(ofFormat, column)
        .filter(({ rank }) => rank === 'behind')
        .map(
          ({ ours, first }) =>
            `${format}, ${COLUMNS[column].title}: ${first.title} has ${cellOf(first, column)}, ${ours.title} ${cellOf(ours, column)}. ${reasonFor(column)}`,
        ),
    )
    const checkLines = CHECKS.flatMap((check) =>
      recoveryPlacesOf(ofFormat, check)
        .filter(({ rank }) => rank === 'behind')
        .map(
          ({ ours, first }) =>
            `${format}, ${CHECK_TITLES[check]}: ${first.title} ${recoveryText(first.recoveries[check])}, ${ours.title} ${recoveryText(ours.recoveries[check])}. ${reasonFor(check)}`,
        ),
    )
    return [...figureLines, ...checkLines]
  })
  if (behind.length === 0) return 'This plugin is first, or no further behind than the runs differ, in every column.'
  return `This plugin is first, or no further behind than the runs differ, in every column but these:\n\n${behind.map((line) => `- ${line}`).join('\n')}`
}

const reasonFor = (where: Column | Check) => REASONS[where] ?? NO_REASON

export function terminalText(comparison: Comparison): string {
  return Object.values(blocksOf(comparison)).join('\n\n')
}

/** `text` with the figures in their places. */
export function withFigures(text: string, comparison: Comparison): string {
  return Object.entries(blocksOf(comparison)).reduce((page, [name, block]) => {
    const place = new RegExp(`(<!-- comparison:${name} -->\n)[\\s\\S]*?(<!-- /comparison:${name} -->)`)
    if (!place.test(page)) throw new Error(`docs/comparison.md has no place for ${name}.`)
    return page.replace(place, (_all, before: string, after: string) => `${before}\n${block}\n\n${after}`)
  }, text)
}

/** Writes the figures, the pictures and their parts of the page. */
export function write(comparison: Comparison): void {
  const folder = join('docs', 'figures')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `comparison-${comparison.browser}.json`), `${JSON.stringify(comparison, null, 2)}\n`)
  for (const [file, svg] of Object.entries(picturesOf(comparison))) writeFileSync(join(folder, file), svg)
  const page = join('docs', 'comparison.md')
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), comparison))
}
