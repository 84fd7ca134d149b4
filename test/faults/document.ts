import { type BrowserName, TITLES } from '../support/browsers/index.js'
import { fillPage } from '../support/fill-page.js'
import { markdownTable } from '../support/markdown-table.js'
import type { Cell, Outcome } from './cell.js'
import { ENGINES, type Engine, type EngineName } from './engines.js'
import type { Fault } from './fault.js'
import { FAULTS } from './faults.js'

/* The parts of docs/faults.md that a run writes. */

const GROUPS: readonly Fault['group'][] = ['endpoint', 'cdn', 'device']
const COLUMNS: readonly Engine[] = Object.values(ENGINES)
const OTHERS: readonly { browser: BrowserName; title: string }[] = [
  { browser: 'firefox', title: TITLES.firefox },
  { browser: 'webkit', title: TITLES.webkit },
]
const OTHER_ENGINES: readonly EngineName[] = ['hls.js', 'swap']

type Key = Pick<Cell, 'fault' | 'engine' | 'browser' | 'isControl'>

/** The page with the cells in their places. */
export const withCells = (page: string, cells: readonly Cell[]): string => fillPage(page, 'faults', blocksOf(cells))

export function blocksOf(cells: readonly Cell[]): Record<string, string> {
  const find = (key: Key) => cells.find((cell) => keyOf(cell) === keyOf(key))
  return {
    answer: answer(cells),
    ...Object.fromEntries(GROUPS.map((group) => [group, overview(group, find)])),
    ...Object.fromEntries(COLUMNS.map(({ name }) => [name, details(name, find)])),
    ...Object.fromEntries(OTHERS.map(({ browser }) => [browser, inBrowser(browser, find)])),
    notes: notes(cells),
  }
}

export function keyOf({ fault, engine, browser, isControl }: Key): string {
  return [fault, engine, browser, isControl].join(' ')
}

const inPlay = (cells: readonly Cell[]) => cells.filter(({ outcome, isControl }) => outcome && !isControl)

function answer(cells: readonly Cell[]): string {
  const played = inPlay(cells)
  const goesOn = played.filter(({ outcome }) => outcome?.ending === 'recovers').length
  const stands = played.filter(({ outcome }) => outcome?.ending === 'stuck').length
  const errors = played.length - goesOn - stands
  const known = played.filter(({ todo, failure }) => todo ?? failure).length
  return `${FAULTS.length} faults of the endpoint, the CDN and the device, in ${played.length} combinations with engines and browsers: in ${goesOn} the video goes on by itself, in ${errors} the viewer reads what is wrong, and in ${stands} it stands still without a word. ${known} combinations have a fault that is [known](#notes).`
}

type Find = (key: Key) => Cell | undefined

function overview(group: Fault['group'], find: Find): string {
  const rows = FAULTS.filter((fault) => fault.group === group).map(({ id, title }) => [
    title,
    ...COLUMNS.map(({ name }) => endOf(find({ fault: id, engine: name, browser: 'chromium', isControl: false }))),
  ])
  return markdownTable([['Fault', ...COLUMNS.map(({ title }) => title)], ...rows])
}

function details(engine: EngineName, find: Find): string {
  const key = { engine, browser: 'chromium' } as const
  const rows = FAULTS.flatMap(({ id, title }) => {
    const cell = find({ ...key, fault: id, isControl: false })
    const control = find({ ...key, fault: id, isControl: true })
    return cell?.outcome ? [[title, ...figures(cell, cell.outcome), beside(control?.outcome)]] : []
  })
  const head = ['Fault', 'End', 'Stood still', 'Signing requests', 'Refused', 'Without the plugin']
  const isCompared = rows.some((row) => row.at(-1) !== '')
  return markdownTable([head, ...rows].map((row) => (isCompared ? row : row.slice(0, -1))))
}

function inBrowser(browser: BrowserName, find: Find): string {
  const faults = FAULTS.filter(({ everywhere }) => everywhere)
  const rows = faults.flatMap(({ id, title }) =>
    OTHER_ENGINES.flatMap((engine) => {
      const cell = find({ fault: id, engine, browser, isControl: false })
      const rest = cell?.outcome ? figures(cell, cell.outcome) : [endOf(cell), '', '', '']
      return [[title, ENGINES[engine].title, ...rest]]
    }),
  )
  return markdownTable([['Fault', 'Engine', 'End', 'Stood still', 'Signing requests', 'Refused'], ...rows])
}

function figures(cell: Cell, { stillMs, signings, refused }: Outcome): string[] {
  return [endOf(cell), `${Math.max(0, stillMs).toLocaleString('en-US')} ms`, String(signings), String(refused)]
}

function beside(outcome: Outcome | undefined): string {
  if (!outcome) return ''
  const { ending, stillMs } = outcome
  return `${WORDS[ending]}${ending === 'recovers' ? `, ${Math.max(0, stillMs).toLocaleString('en-US')} ms` : ''}`
}

const WORDS: Readonly<Record<Outcome['ending'], string>> = {
  recovers: 'goes on',
  'media-error': 'media error',
  stuck: 'stands still',
  'signed-url-denied': '`denied`',
  'signed-url-unavailable': '`unavailable`',
  'signed-url-invalid': '`invalid`',
  'signed-url-refused': '`refused`',
}

function endOf(cell: Cell | undefined): string {
  if (!cell) return 'not run'
  if (!cell.outcome) return 'not applicable'
  const mark = cell.failure ? ' (red)' : cell.todo ? ' (†)' : cell.notes ? ' (*)' : ''
  return `${WORDS[cell.outcome.ending]}${mark}`
}

/** The page says why this whole column is not played. */
const isLeftOut = ({ engine, browser }: Cell) => engine === 'swap' && browser === 'webkit'

/** What stands behind the marks, and why cells are not applicable. Cells with the same reason share a line. */
function notes(cells: readonly Cell[]): string {
  const lines = FAULTS.flatMap(({ id, title }) => {
    const reasons = new Map<string, string[]>()
    for (const cell of cells.filter((one) => one.fault === id && !one.isControl && !isLeftOut(one))) {
      const { failure, todo, notes: why, notApplicable, engine, browser } = cell
      const reason =
        failure ??
        (todo && `† ${todo}`) ??
        (why && `\\* ${why}`) ??
        (notApplicable && `Not applicable: ${notApplicable}`)
      if (!reason) continue
      const where = browser === 'chromium' ? ENGINES[engine].title : `${ENGINES[engine].title}, ${browser}`
      reasons.set(reason, [...(reasons.get(reason) ?? []), where])
    }
    return [...reasons].map(([reason, where]) => `- **${title}** (${where.join('; ')}). ${reason}`)
  })
  return lines.join('\n')
}
