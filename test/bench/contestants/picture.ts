/* Medians as bars in an SVG, with the range of the runs: light and dark as the reader's system is. */

export interface Bar {
  readonly label: string
  readonly median: number
  readonly least: number
  readonly most: number
  readonly isOurs: boolean
  /** Instead of a bar: what happened. */
  readonly note?: string
  /** Written behind the number. */
  readonly remark?: string
}

export interface BarGroup {
  readonly title: string
  readonly bars: readonly Bar[]
}

export interface BarPicture {
  readonly title: string
  readonly write: (value: number) => string
  readonly groups: readonly BarGroup[]
}

const WIDTH = 700
const LEFT = 210
const RIGHT = 130
const ROW = 22
const BAR = 14
const TOP = 48

const STYLE = `
  svg { color-scheme: light dark; background: #fff; font: 13px system-ui, sans-serif; }
  text { fill: #333; } .title { font-size: 15px; font-weight: 600; } .group { font-weight: 600; }
  .ours { fill: #1864ab; } .other { fill: #d9480f; } .range { stroke: #333; stroke-width: 1.2; }
  @media (prefers-color-scheme: dark) {
    svg { background: #16181d; } text { fill: #ddd; } .ours { fill: #74c0fc; } .other { fill: #ffa94d; } .range { stroke: #ddd; }
  }`

export function toBars({ title, write, groups }: BarPicture): string {
  const longest = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ most }) => most)))
  const width = (value: number) => ((value / longest) * (WIDTH - LEFT - RIGHT)).toFixed(1)
  let y = TOP
  const body = groups.flatMap(({ title: group, bars }) => {
    const head = `<text class="group" x="16" y="${y + 12}">${group}</text>`
    y += ROW
    const rows = bars.map((bar) => {
      const row = rowOf(bar, y, width, write)
      y += ROW
      return row
    })
    y += ROW / 2
    return [head, ...rows]
  })
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">`
  const heading = `<text class="title" x="16" y="26">${title}</text>`
  return `${head}\n<title>${title}</title>\n<style>${STYLE}\n</style>\n${[heading, ...body].join('\n')}\n</svg>\n`
}

function rowOf(
  { label, median, least, most, isOurs, note, remark = '' }: Bar,
  y: number,
  width: (value: number) => string,
  write: (value: number) => string,
): string {
  const text = (x: number, value: string) => `<text x="${x}" y="${y + 12}">${value}</text>`
  const name = text(16, label)
  if (note !== undefined) return name + text(LEFT, note)
  const bar = `<rect class="${isOurs ? 'ours' : 'other'}" x="${LEFT}" y="${y}" width="${Math.max(2, Number(width(median)))}" height="${BAR}"/>`
  const middle = y + BAR / 2
  const at = (value: number) => LEFT + Number(width(value))
  const range = `<line class="range" x1="${at(least)}" x2="${at(most)}" y1="${middle}" y2="${middle}"/>`
  return name + bar + (least === most ? '' : range) + text(Math.ceil(at(most)) + 8, write(median) + remark)
}
