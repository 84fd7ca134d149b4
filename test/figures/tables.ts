import { markdownTable } from '../support/markdown-table.js'

/* The tables of docs/figures.md. The runs that measure them write a file each into docs/figures/runs/. */

export type Value = string | number
export type Row = Readonly<Record<string, Value | undefined>>
type Column = readonly [title: string, cell: (row: Row) => string]

/** One table, and the values of a row that tell it from the others. */
export interface Table {
  readonly keys: readonly string[]
  readonly columns: readonly Column[]
}

const number = (value: Value | undefined) => (typeof value === 'number' ? value.toLocaleString('en-US') : (value ?? ''))
const text = (title: string, key: string): Column => [title, (row) => number(row[key])]
const measure = (title: string, key: string, unit: string, digits: number): Column => [
  title,
  ({ [key]: value }) =>
    typeof value === 'number'
      ? `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`
      : (value ?? ''),
]
/** Of milliseconds. */
const seconds = (title: string, key: string): Column => [
  title,
  ({ [key]: value }) => (typeof value === 'number' ? `${(Math.max(0, value) / 1000).toFixed(1)} s` : (value ?? '')),
]
const milliseconds = (title: string, key: string, digits = 0) => measure(title, key, 'ms', digits)
const megabytes = (title: string, key: string) => measure(title, key, 'MB', 1)
const beside = (title: string, ours: string, theirs: string, unit: string): Column => [
  title,
  (row) =>
    row[theirs] === undefined ? number(row[ours]) : `${number(row[ours])} ${unit} (${number(row[theirs])} ${unit})`,
]
const outOf = (title: string, part: string, whole: string): Column => [
  title,
  (row) =>
    [row[part], row[whole]].includes(undefined) ? number(row[part]) : `${number(row[part])} of ${number(row[whole])}`,
]

const PLAYED = measure('Played', 'playedS', 's', 0)
const RUN: readonly Column[] = [
  text('Refreshes', 'refreshes'),
  text('Signing requests', 'signings'),
  text('Refused', 'refused'),
  milliseconds('Stalled', 'starvedMs'),
  outOf('Fetched twice', 'twice', 'segments'),
]

export const TABLES = {
  hls: {
    keys: ['browser', 'clock'],
    columns: [text('Browser', 'browser'), text("CDN's clock", 'clock'), PLAYED, ...RUN],
  },
  vhs: {
    keys: ['video', 'browser'],
    columns: [text('Video', 'video'), text('Browser', 'browser'), text("CDN's clock", 'clock'), PLAYED, ...RUN],
  },
  live: {
    keys: ['video'],
    columns: [
      text('Broadcast', 'video'),
      PLAYED,
      text('Refreshes', 'refreshes'),
      text('Refused', 'refused'),
      milliseconds('Stalled', 'starvedMs'),
      outOf('Fetched twice', 'twice', 'segments'),
      beside('Further behind the live edge (control)', 'driftS', 'controlDriftS', 's'),
    ],
  },
  mp4: {
    keys: ['browser', 'by'],
    columns: [
      text('A minute at 160 kB/s, URLs of 6 s', 'browser'),
      text('By', 'by'),
      text('Swaps', 'swaps'),
      milliseconds('Longest gap', 'longestMs'),
      seconds('Lost', 'lostMs'),
      text('Refused', 'refused'),
    ],
  },
  'mp4-swap': {
    keys: ['browser'],
    columns: [
      text('From a dead URL to the next frame, at 400 kB/s', 'browser'),
      milliseconds('The swap, the least of three', 'leastMs'),
      milliseconds('`src` set by hand', 'byHandMs'),
    ],
  },
  'mp4-cuts': {
    keys: ['browser'],
    columns: [
      text('Two cuts in 25 s at 160 kB/s, URLs of 6 s', 'browser'),
      text('Swaps', 'swaps'),
      seconds('Lost by the swaps', 'lostMs'),
      seconds('Lost with `src` set by hand', 'byHandMs'),
    ],
  },
  'mp4-lives': {
    keys: ['browser', 'line'],
    columns: [
      text('Five lives', 'browser'),
      text('Line', 'line'),
      seconds('Lost by swaps', 'swapMs'),
      seconds('Lost by the service worker', 'workerMs'),
      seconds('Lost with a URL that lasts', 'controlMs'),
    ],
  },
  scopes: {
    keys: ['video', 'engine'],
    columns: [text('Video', 'video'), text('Engine', 'engine'), text('Scope', 'scope'), ...RUN],
  },
  'file-scope': {
    keys: ['video', 'engine'],
    columns: [text('Video', 'video'), text('Engine', 'engine'), ...RUN],
  },
  failures: {
    keys: ['fault'],
    columns: [
      text('Fault', 'fault'),
      text('Outcome', 'outcome'),
      text('Without the plugin', 'alone'),
      seconds('Starved', 'starvedMs'),
      text('Signing requests', 'signings'),
      text('Refused', 'refused'),
    ],
  },
  sizes: {
    keys: ['part'],
    columns: [
      text('Part, minified and compressed with brotli', 'part'),
      text('Bytes', 'bytes'),
      text('Budget', 'budget'),
    ],
  },
  cost: {
    keys: ['part'],
    columns: [text('A request, after 70 refreshes', 'part'), measure('Script time', 'us', 'µs', 1)],
  },
  refreshes: {
    keys: ['engine'],
    columns: [
      text('A thousand refreshes in one sitting', 'engine'),
      megabytes('Heap after 500', 'halfMb'),
      megabytes('after 1,000', 'wholeMb'),
      text('Listeners after 500', 'halfListeners'),
      text('after 1,000', 'wholeListeners'),
    ],
  },
  players: {
    keys: ['engine'],
    columns: [
      text('Two hundred players made and disposed', 'engine'),
      megabytes('Heap after 100', 'halfMb'),
      megabytes('after 200', 'wholeMb'),
      text('Listeners after 100', 'halfListeners'),
      text('after 200', 'wholeListeners'),
    ],
  },
  'twelve-hours': {
    keys: ['video'],
    columns: [
      text('Twelve hours live in virtual time, URLs of 60 s', 'video'),
      megabytes('Heap after 2 h', 'earlyMb'),
      megabytes('after 12 h', 'lateMb'),
      milliseconds('CPU time an hour, with the simulation', 'cpuMs'),
    ],
  },
  'many-files': {
    keys: ['video'],
    columns: [
      text('A signature for each file', 'video'),
      milliseconds('To read the playlist', 'readMs'),
      megabytes('Held', 'heldMb'),
      text('Signing requests to start', 'signings'),
    ],
  },
  windows: {
    keys: ['links'],
    columns: [
      text('Links of a live playlist that is signed anew at each reload', 'links'),
      milliseconds('Script time for a reload', 'reloadMs', 1),
    ],
  },
  'first-frame': {
    keys: ['title', 'rttMs'],
    columns: [
      text('First frame', 'title'),
      milliseconds('To every server', 'rttMs'),
      milliseconds('With the plugin', 'ms'),
      milliseconds('By hand', 'byHandMs'),
      text('Ratio', 'ratio'),
    ],
  },
  resume: {
    keys: ['title'],
    columns: [
      text('Resume far away after a pause, 40 ms to every server', 'title'),
      milliseconds('The URL is dead', 'ms'),
      milliseconds('The URL lives', 'livingMs'),
      text('Ratio', 'ratio'),
    ],
  },
} as const satisfies Record<string, Table>

export type TableName = keyof typeof TABLES

/** The measured rows as a Markdown table. */
export function tableOf(name: TableName, rows: readonly Row[]): string {
  const { columns }: Table = TABLES[name]
  const cells = rows.map((row) => columns.map(([, cell]) => cell(row)))
  return markdownTable([columns.map(([title]) => title), ...cells])
}
