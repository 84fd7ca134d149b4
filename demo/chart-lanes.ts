import { outcomeOf } from './chart-marks.js'
import { isSigning } from './origin-log.js'
import type { Timeline, UrlLife } from './timeline.js'

/** Where the lanes are drawn, and in which colors. `x` maps an instant to a place. */
export interface Scene {
  readonly pen: CanvasRenderingContext2D
  readonly timeline: Timeline
  readonly now: number
  readonly width: number
  readonly x: (at: number) => number
  readonly colours: Colours
}

export interface Colours {
  readonly ink: string
  readonly muted: string
  readonly line: string
  readonly surface: string
  readonly url: string
  readonly expiry: string
  readonly signing: string
  readonly media: string
  readonly refused: string
  readonly failed: string
  readonly buffer: string
}

const BAR = 14
const ROW = 19

/** Draws a bar for the life of each URL, in rows, because the next is signed before the last one expires. The future is faint. */
export function drawUrls({ pen, timeline, now, x, colours }: Scene, top: number): void {
  for (const url of timeline.urls) {
    const row = top + ROW * url.row
    const [from, here, to] = [x(url.startsAt), x(Math.min(now, url.endsAt)), x(url.endsAt)]
    pen.fillStyle = colours.url
    pen.globalAlpha = 0.3
    pen.fillRect(from, row, to - from, BAR)
    pen.globalAlpha = 1
    pen.fillRect(from, row, here - from, BAR)
    drawName(pen, url, from, here, row, colours.surface)
    pen.strokeStyle = pen.fillStyle = url.wasKilled ? colours.refused : colours.expiry
    pen.lineWidth = 2
    if (url.wasKilled) drawCross(pen, to, row + BAR / 2, 5)
    else drawExpiry(pen, to, row)
  }
}

function drawName(pen: CanvasRenderingContext2D, url: UrlLife, from: number, to: number, row: number, ink: string) {
  const name = `URL ${url.number}`
  const at = Math.max(from, 0) + 6
  if (to - at < pen.measureText(name).width + 6) return
  pen.fillStyle = ink
  pen.fillText(name, at, row + BAR - 3)
}

/** Draws a post with a knob. */
function drawExpiry(pen: CanvasRenderingContext2D, x: number, row: number): void {
  pen.beginPath()
  pen.moveTo(x, row - 2)
  pen.lineTo(x, row + BAR + 2)
  pen.stroke()
  pen.beginPath()
  pen.arc(x, row - 2, 3, 0, 2 * Math.PI)
  pen.fill()
}

/** Draws diamonds, hollow where the endpoint returned no URL. */
export function drawSignings({ pen, timeline, x, colours }: Scene, top: number): void {
  pen.fillStyle = pen.strokeStyle = colours.signing
  pen.lineWidth = 1.5
  for (const { at, status } of timeline.requests.filter(isSigning)) {
    const centre = x(at)
    pen.beginPath()
    for (const [dx, dy] of [[0, 0] as const, [6, 6] as const, [0, 12] as const, [-6, 6] as const]) {
      pen.lineTo(centre + dx, top + dy)
    }
    pen.closePath()
    if (status === 200) pen.fill()
    else pen.stroke()
  }
}

/** Draws media requests as ticks, refused ones as crosses, failed ones as crosses that stand, and those without an answer faintly. */
export function drawMedia({ pen, timeline, x, colours }: Scene, top: number): void {
  for (const entry of timeline.requests.filter(({ kind }) => kind === 'media')) {
    const at = x(entry.at)
    const outcome = outcomeOf(entry)
    pen.lineWidth = 2
    pen.strokeStyle = outcome === 'refused' ? colours.refused : outcome === 'failed' ? colours.failed : colours.media
    if (outcome === 'refused') {
      drawCross(pen, at, top + 7, 5)
      continue
    }
    pen.globalAlpha = outcome === 'open' ? 0.4 : 1
    pen.beginPath()
    pen.moveTo(at, top)
    pen.lineTo(at, top + 14)
    if (outcome === 'failed') {
      pen.moveTo(at - 4, top + 7)
      pen.lineTo(at + 4, top + 7)
    }
    pen.stroke()
    pen.globalAlpha = 1
  }
}

/** Draws a dashed line through all lanes where a URL replaced another. */
export function drawRefreshes({ pen, timeline, x, colours }: Scene, top: number, foot: number): void {
  pen.strokeStyle = colours.url
  pen.lineWidth = 1
  pen.setLineDash([3, 3])
  for (const { startsAt, number } of timeline.urls) {
    if (number === 1) continue
    const at = Math.round(x(startsAt)) + 0.5
    pen.beginPath()
    pen.moveTo(at, top)
    pen.lineTo(at, foot)
    pen.stroke()
  }
  pen.setLineDash([])
}

/** Draws the seconds buffered ahead as an area over `height`, and shades stalls over the whole height. */
export function drawBuffer(scene: Scene, top: number, height: number, mostSeconds: number): void {
  const { pen, timeline, x, width, colours } = scene
  const { samples } = timeline
  const y = (ahead: number) => top + height * (1 - Math.min(1, ahead / mostSeconds))
  drawLevel(pen, y(6), width, colours)
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last) return
  pen.beginPath()
  for (const { at, ahead } of samples) pen.lineTo(x(at), y(ahead))
  pen.strokeStyle = pen.fillStyle = colours.buffer
  pen.lineWidth = 1.5
  pen.stroke()
  pen.lineTo(x(last.at), top + height)
  pen.lineTo(x(first.at), top + height)
  pen.globalAlpha = 0.28
  pen.fill()
  pen.fillStyle = colours.refused
  for (const [i, { at, isStalled }] of samples.entries()) {
    const before = samples[i - 1]
    if (isStalled && before) pen.fillRect(x(before.at), top, x(at) - x(before.at), height)
  }
  pen.globalAlpha = 1
}

function drawLevel(pen: CanvasRenderingContext2D, y: number, width: number, colours: Colours): void {
  pen.setLineDash([2, 4])
  pen.lineWidth = 1
  pen.strokeStyle = colours.muted
  pen.beginPath()
  pen.moveTo(0, y)
  pen.lineTo(width, y)
  pen.stroke()
  pen.setLineDash([])
  pen.fillStyle = colours.muted
  pen.fillText('6 s', width - pen.measureText('6 s').width, y - 4)
}

function drawCross(pen: CanvasRenderingContext2D, x: number, y: number, reach: number): void {
  pen.beginPath()
  pen.moveTo(x - reach, y - reach)
  pen.lineTo(x + reach, y + reach)
  pen.moveTo(x + reach, y - reach)
  pen.lineTo(x - reach, y + reach)
  pen.stroke()
}
