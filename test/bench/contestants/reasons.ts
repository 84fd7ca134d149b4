import type { Check, Column } from './figures.js'

/** Why this plugin may be behind in a column. The document shows a reason only where the figures say so. */
export const REASONS: Readonly<Record<Column | Check, string>> = {
  stalledMs: 'No reason is known.',
  longestMs: 'No reason is known.',
  events: 'No reason is known.',
  bytesTwice: 'No reason is known.',
  refused: 'No reason is known.',
  signings: 'No reason is known.',
  lower: 'No reason is known.',
  clock: 'No reason is known.',
  slow: 'No reason is known.',
  early: 'No reason is known.',
  pause: 'No reason is known.',
  file: 'No reason is known.',
}
