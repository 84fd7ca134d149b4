import type { PlayedCell } from './play-cell.js'

/** Lines that only a person at the browser's own tools sees: no script of the page can read them. */
const BROWSERS_OWN =
  /^(?:Access to \S+ at '|(?:Error: )?Cross-Origin Request Blocked:|Failed to load resource:|(?:GET|HEAD) http)/

/** Lines with a token of the row, from wherever a script of the page, an analytics service or a third origin gets them. */
export function leaksOf({ record, heardOutside, tokens }: PlayedCell): string[] {
  const lines = [...record.lines, ...heardOutside.filter((line) => !BROWSERS_OWN.test(line))]
  return lines.flatMap((line) => {
    const at = Math.min(...tokens.map((token) => line.indexOf(token)).filter((index) => index >= 0))
    return Number.isFinite(at) ? [`${line.slice(0, 80)} … ${line.slice(Math.max(0, at - 120), at + 60)}`] : []
  })
}
