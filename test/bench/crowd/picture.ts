import { KICK_OFF } from './world.js'

/* Requests per second as an SVG, written by hand: light and dark as the reader's system is. */

export interface Line {
  readonly label: string
  /** By second since the doors open. */
  readonly requests: Uint32Array
  readonly isFaint?: boolean
}

export interface Picture {
  readonly title: string
  /** Seconds since the doors open. */
  readonly from: number
  readonly until: number
  readonly lines: readonly Line[]
  /** Times that are shaded, and what is written there. */
  readonly bands: readonly { readonly from: number; readonly until: number; readonly label: string }[]
}

const WIDTH = 700
const HEIGHT = 300
const PLOT = { left: 84, right: 28, top: 62, bottom: 40 }
const TICK_S = 300
const INNER = { width: WIDTH - PLOT.left - PLOT.right, height: HEIGHT - PLOT.top - PLOT.bottom }

const STYLE = `
  svg { color-scheme: light dark; background: #fff; font: 13px system-ui, sans-serif; }
  text { fill: #333; } .title { font-size: 15px; font-weight: 600; }
  .grid { stroke: #ddd; } .band { fill: #d9480f; opacity: .13; }
  .line { fill: none; stroke: #1864ab; stroke-width: 1.8; } .area { fill: #1864ab; opacity: .15; }
  .faint { fill: none; stroke: #d9480f; stroke-width: 1.2; }
  @media (prefers-color-scheme: dark) {
    svg { background: #16181d; } text { fill: #ddd; } .grid { stroke: #383c44; } .band { fill: #ffa94d; }
    .line { stroke: #74c0fc; } .area { fill: #74c0fc; } .faint { stroke: #ffa94d; }
  }`

export function toSvg({ title, from, until, lines, bands }: Picture): string {
  const paths = lines.map((line) => ({ ...line, points: busiestOf(line.requests, from, until) }))
  const top = niceTop(Math.max(...paths.flatMap(({ points }) => points.map(({ value }) => value))))
  const x = (second: number) => (PLOT.left + ((second - from) / (until - from)) * INNER.width).toFixed(1)
  const y = (value: number) => (PLOT.top + (1 - value / top) * INNER.height).toFixed(1)
  const bottom = PLOT.top + INNER.height
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * top)
  const firstTick = TICK_S * Math.ceil(from / TICK_S)
  const minutes = Array.from(
    { length: Math.floor((until - firstTick) / TICK_S) + 1 },
    (_, index) => firstTick + TICK_S * index,
  )
  const body = [
    `<text class="title" x="${PLOT.left}" y="22">${title}</text>`,
    ...ticks.map((value) => {
      const line = `<line class="grid" x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${y(value)}" y2="${y(value)}"/>`
      return `${line}<text x="${PLOT.left - 8}" y="${Number(y(value)) + 4}" text-anchor="end">${value.toLocaleString('en-US')}</text>`
    }),
    ...minutes.map(
      (at) => `<text x="${x(at)}" y="${bottom + 18}" text-anchor="middle">${(at - KICK_OFF / 1_000) / 60} min</text>`,
    ),
    ...bands.map((band) => {
      const width = (Number(x(band.until)) - Number(x(band.from))).toFixed(1)
      const area = `<rect class="band" x="${x(band.from)}" y="${PLOT.top}" width="${width}" height="${INNER.height}"/>`
      return `${area}<text x="${Number(x(band.from)) + 4}" y="${PLOT.top + 14}">${band.label}</text>`
    }),
    ...paths.map(({ points, isFaint }) => {
      const path = points.map(({ at, value }, index) => `${index === 0 ? 'M' : 'L'}${x(at)} ${y(value)}`).join('')
      if (isFaint) return `<path class="faint" d="${path}"/>`
      return `<path class="area" d="${path}L${x(until)} ${bottom}L${x(from)} ${bottom}Z"/><path class="line" d="${path}"/>`
    }),
    ...legend(lines),
  ]
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`
  return `${head}\n<title>${title}</title>\n<style>${STYLE}\n</style>\n${body.join('\n')}\n</svg>\n`
}

function legend(lines: readonly Line[]): string[] {
  return lines.map(({ label, isFaint }, index) => {
    const x = PLOT.left + 310 * index
    const stroke = `<line class="${isFaint ? 'faint' : 'line'}" x1="${x}" x2="${x + 22}" y1="42" y2="42"/>`
    return `${stroke}<text x="${x + 28}" y="46">${label}</text>`
  })
}

/** The busiest second of each few, so that no peak is lost to the width of the picture. */
function busiestOf(requests: Uint32Array, from: number, until: number): { at: number; value: number }[] {
  const step = Math.ceil((until - from) / 500)
  return Array.from({ length: Math.floor((until - from) / step) }, (_, index) => {
    const at = from + index * step
    return { at, value: requests.subarray(at, at + step).reduce((most, count) => Math.max(most, count), 0) }
  })
}

function niceTop(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return ([1, 1.2, 1.6, 2, 3, 4, 6, 8, 10].find((factor) => factor * unit >= value) ?? 10) * unit
}
