import { FORMATS } from './contestants.js'
import { type Column, type Comparison, hasPlayed, type Result, summaryOf } from './figures.js'
import { type Bar, toBars } from './picture.js'

/** The pictures of docs/comparison.md, by file. */
export function picturesOf(comparison: Comparison): Record<string, string> {
  const { browser, seconds } = comparison
  const groups = (column: Column) =>
    FORMATS.map((format) => ({
      title: format,
      bars: comparison.results.filter((result) => result.format === format).map((result) => barOf(result, column)),
    }))
  return {
    [`comparison-${browser}-stalled.svg`]: toBars({
      title: `How long the video stood still, in ${seconds} s`,
      write: (value) => `${(value / 1_000).toFixed(1)} s`,
      groups: groups('stalledMs'),
    }),
    [`comparison-${browser}-twice.svg`]: toBars({
      title: `Media fetched twice, in ${seconds} s`,
      write: (value) => `${Math.round(value / 1_000).toLocaleString('en-US')} kB`,
      groups: groups('bytesTwice'),
    }),
  }
}

function barOf(result: Result, column: Column): Bar {
  const label = result.title.replaceAll('`', '')
  const summary = summaryOf(result, column)
  if (!summary) return { label, median: 0, least: 0, most: 0, isOurs: result.isOurs, note: 'failed' }
  const bar = { label, ...summary, isOurs: result.isOurs }
  if (hasPlayed(result)) return bar
  return column === 'stalledMs' ? { ...bar, remark: ', stopped' } : { ...bar, note: 'stopped' }
}
