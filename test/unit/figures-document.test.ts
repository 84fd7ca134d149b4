import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { recordedRows } from '../figures/record.js'
import { TABLES, type TableName, tableOf } from '../figures/tables.js'
import { ROOT } from '../support/documents.js'
import { fillPage } from '../support/fill-page.js'
import { markdownTable } from '../support/markdown-table.js'

/*
 * docs/figures.md and the README's table, compared with docs/figures/runs/, which the long runs write.
 * `npm run docs:figures` puts the rows into the pages.
 */

const NAMES = Object.keys(TABLES) as TableName[]
const TABLES_OF_IT = Object.fromEntries(NAMES.map((name) => [name, tableOf(name, recordedRows(name))]))

const brief = recordedRows('hls').filter(({ clock }) => clock === 'as the device’s')
const README_TABLE = markdownTable([
  ['Browser', 'Refreshes', 'Requests refused', 'Stalled'],
  ...brief.map(({ browser, refreshes, refused, starvedMs }) => [
    `${browser}`,
    `${refreshes}`,
    `${refused}`,
    `${starvedMs} ms`,
  ]),
])

const PAGES = [
  ['docs/figures.md', TABLES_OF_IT],
  ['README.md', { brief: README_TABLE }],
] as const

const read = (file: string) => readFileSync(`${ROOT}/${file}`, 'utf8')
if (process.env.UPDATE_DOCS)
  for (const [file, blocks] of PAGES) writeFileSync(`${ROOT}/${file}`, fillPage(read(file), 'figures', blocks))

describe('the figures', () => {
  it.each(PAGES)('in %s are those of the last runs', (file, blocks) => {
    expect(fillPage(read(file), 'figures', blocks)).toBe(read(file))
  })

  it.each(NAMES)('of %s have been measured, each row once', (name) => {
    const { keys } = TABLES[name]
    const rows = recordedRows(name).map((row) => keys.map((key) => row[key]).join(', '))
    expect(rows).not.toEqual([])
    expect(new Set(rows).size).toBe(rows.length)
  })
})
