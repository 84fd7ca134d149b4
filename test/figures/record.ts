import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Row, TABLES, type Table, type TableName } from './tables.js'

const FOLDER = fileURLToPath(new URL('../../docs/figures/runs/', import.meta.url))
const fileOf = (table: TableName) => `${FOLDER}${table}.json`

export function recordedRows(table: TableName): Row[] {
  const file = fileOf(table)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}

/**
 * Puts a row into the table's file, in place of the one that was measured before. Does nothing unless `FIGURES` is set, so that ordinary runs change no figures.
 * All rows of a table are measured in one process.
 */
export function recordRow(table: TableName, row: Row): void {
  if (!process.env.FIGURES) return
  const { keys }: Table = TABLES[table]
  const keyOf = (of: Row) => keys.map((key) => of[key]).join()
  const rows = recordedRows(table)
  const place = rows.findIndex((other) => keyOf(other) === keyOf(row))
  if (place < 0) rows.push(row)
  else rows[place] = row
  // Not in the order in which they ended.
  rows.sort((one, other) => keyOf(one).localeCompare(keyOf(other), 'en', { numeric: true }))
  const file = fileOf(table)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(rows, null, 2)}\n`)
}
