import type { Engine } from './engines.js'
import type { ViewerPromise } from './promises.js'

export type Outcome = 'kept' | 'broken' | 'not tried'

/** What was seen of one promise with one engine. */
export interface Result {
  readonly engine: Pick<Engine, 'title'>
  readonly promise: Pick<ViewerPromise, 'title'>
  readonly outcome: Outcome
  readonly seen: string
}

/** What the report says of the browser. */
export interface Setting {
  readonly userAgent: string
  readonly abilities: string
  readonly versions: string
  readonly at: Date
}

/** Returns the report as Markdown, for an issue or a mail. It holds no URL and no token. */
export function writeReport({ userAgent, abilities, versions, at }: Setting, results: readonly Result[]): string {
  const rows = results.map(({ engine, promise, outcome, seen }) =>
    [engine.title, promise.title, outcome, seen].map(inCell).join(' | '),
  )
  return [
    'Self-test of videojs-signed-url',
    '',
    `- ${summarize(results)}`,
    `- Browser: ${userAgent}`,
    `- It has: ${abilities}`,
    `- Versions: ${versions}`,
    `- Date: ${at.toISOString()}`,
    '',
    '| Engine | Promise | Outcome | Seen |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n')
}

export function summarize(results: readonly Result[]): string {
  const count = (wanted: Outcome) => results.filter(({ outcome }) => outcome === wanted).length
  return `${count('kept')} kept, ${count('broken')} broken, ${count('not tried')} not tried`
}

function inCell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\s+/g, ' ')
}
