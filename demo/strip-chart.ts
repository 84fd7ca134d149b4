import {
  type Colours,
  drawBuffer,
  drawMedia,
  drawRefreshes,
  drawSignings,
  drawUrls,
  type Scene,
} from './chart-lanes.js'
import { type Lane, type Mark, marksOf } from './chart-marks.js'
import type { Timeline } from './timeline.js'

/** The tops of the lanes' names. Each lane starts `NAME` below. */
const LANES = { urls: 0, signings: 78, media: 111, buffer: 146 }
const NAME = 17
const BUFFER_HEIGHT = 70
/** What the full height of the buffer lane stands for: the player's limit plus a segment. An MP4 further ahead scales the lane. */
const MOST_SECONDS = 9
const AXIS = 18
export const CHART_HEIGHT = LANES.buffer + NAME + BUFFER_HEIGHT + AXIS

/** How much of the future the strip shows, for the next expiry. */
const FUTURE_MS = 12_000
/** A narrower strip shows half the past. */
const NARROW = 560
/** How near a pointer has to be to a mark. */
const REACH = 14

/**
 * Draws the timeline as a strip of paper that runs to the left, with the present at a line near the right end and the next expiries
 * beyond it. The colors are custom properties of the page, so that each theme has its own.
 */
export class StripChart {
  readonly #canvas: HTMLCanvasElement
  readonly #timeline: Timeline

  constructor(canvas: HTMLCanvasElement, timeline: Timeline) {
    this.#canvas = canvas
    this.#timeline = timeline
    canvas.style.height = `${CHART_HEIGHT}px`
  }

  /** Everything on the strip, oldest first. */
  marks(now: number): Mark[] {
    return marksOf(this.#timeline, now - pastOf(this.#canvas.clientWidth))
  }

  /** Returns the mark nearest to a place on the canvas, of the lane there. */
  markAt(left: number, top: number): Mark | undefined {
    const now = Date.now()
    const x = scaleOf(this.#canvas.clientWidth, now)
    const lane = laneAt(top)
    const distance = ({ at }: Mark) => Math.abs(x(at) - left)
    const [nearest] = this.marks(now)
      .filter((mark) => mark.lane === lane)
      .sort((one, other) => distance(one) - distance(other))
    return nearest && distance(nearest) <= REACH ? nearest : undefined
  }

  /** `read`: the mark that is read, which stands out. */
  draw(now: number, read?: Mark): void {
    const pen = this.#canvas.getContext('2d')
    const width = this.#canvas.clientWidth
    if (!pen || width === 0) return
    this.#fit(pen, width)
    const pastMs = pastOf(width)
    const x = scaleOf(width, now)
    const scene: Scene = { pen, timeline: this.#timeline, now, width, x, colours: readColours(this.#canvas) }

    drawGrid(scene, pastMs)
    drawRefreshes(scene, LANES.urls + NAME, CHART_HEIGHT - AXIS)
    const mostSeconds = Math.max(MOST_SECONDS, ...this.#timeline.samples.map(({ ahead }) => 1.1 * ahead))
    drawBuffer(scene, LANES.buffer + NAME, BUFFER_HEIGHT, mostSeconds)
    drawMedia(scene, LANES.media + NAME)
    drawSignings(scene, LANES.signings + NAME)
    drawUrls(scene, LANES.urls + NAME + 4)
    if (read) drawRead(scene, read)
    drawNames(scene)
    if (this.#timeline.samples.length === 0) drawHint(scene)
  }

  /** Matches canvas pixels to device pixels whenever either changes. */
  #fit(pen: CanvasRenderingContext2D, width: number): void {
    const ratio = window.devicePixelRatio
    const [across, down] = [Math.round(width * ratio), Math.round(CHART_HEIGHT * ratio)]
    if (this.#canvas.width !== across) this.#canvas.width = across
    if (this.#canvas.height !== down) this.#canvas.height = down
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    pen.clearRect(0, 0, width, CHART_HEIGHT)
    pen.font = `12px ${getComputedStyle(this.#canvas).fontFamily}`
  }
}

function pastOf(width: number): number {
  return width < NARROW ? 30_000 : 60_000
}

function scaleOf(width: number, now: number): (at: number) => number {
  const pastMs = pastOf(width)
  return (at) => (width * (at - now + pastMs)) / (pastMs + FUTURE_MS)
}

function laneAt(top: number): Lane {
  if (top < LANES.signings) return 'urls'
  if (top < LANES.media) return 'signings'
  return top < LANES.buffer ? 'media' : 'buffer'
}

/** Draws a frame around the mark's place in its lane. */
function drawRead({ pen, x, colours }: Scene, { at, lane }: Mark): void {
  const top = LANES[lane] + NAME - 3
  const height = { urls: 62, signings: 18, media: 20, buffer: BUFFER_HEIGHT + 3 }[lane]
  pen.strokeStyle = colours.ink
  pen.lineWidth = 1.5
  pen.strokeRect(Math.round(x(at)) - 8.5, top, 17, height)
}

function drawGrid({ pen, now, width, x, colours }: Scene, pastMs: number): void {
  const foot = CHART_HEIGHT - AXIS
  pen.fillStyle = colours.muted
  pen.strokeStyle = colours.line
  pen.lineWidth = 1
  for (let ago = 10_000; ago < pastMs; ago += 10_000) {
    const at = Math.round(x(now - ago)) + 0.5
    drawLine(pen, [at, 0], [at, foot])
    const text = `${ago / 1000} s ago`
    if (ago % 20_000 === 0 || pastMs < 40_000)
      pen.fillText(text, at - pen.measureText(text).width / 2, CHART_HEIGHT - 4)
  }
  drawLine(pen, [0, foot + 0.5], [width, foot + 0.5])
  pen.strokeStyle = pen.fillStyle = colours.ink
  const present = Math.round(x(now)) + 0.5
  drawLine(pen, [present, 0], [present, foot])
  pen.fillText('now', present - pen.measureText('now').width / 2, CHART_HEIGHT - 4)
}

function drawLine(pen: CanvasRenderingContext2D, from: [number, number], to: [number, number]): void {
  pen.beginPath()
  pen.moveTo(...from)
  pen.lineTo(...to)
  pen.stroke()
}

function drawHint({ pen, width, colours }: Scene): void {
  const hint = 'The strip starts with the film.'
  const across = pen.measureText(hint).width
  pen.fillStyle = colours.surface
  pen.fillRect((width - across) / 2 - 8, CHART_HEIGHT / 2 - 16, across + 16, 24)
  pen.fillStyle = colours.muted
  pen.fillText(hint, (width - across) / 2, CHART_HEIGHT / 2)
}

function drawNames({ pen, colours }: Scene): void {
  const names = [
    ['signed URLs', LANES.urls],
    ['signing requests', LANES.signings],
    ['media requests', LANES.media],
    ['loaded ahead', LANES.buffer],
  ] as const
  for (const [name, top] of names) {
    pen.fillStyle = colours.surface
    pen.fillRect(0, top + 1, pen.measureText(name).width + 6, 13)
    pen.fillStyle = colours.muted
    pen.fillText(name, 0, top + 11)
  }
}

function readColours(element: Element): Colours {
  const style = getComputedStyle(element)
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    ink: read('ink'),
    muted: read('muted'),
    line: read('line'),
    surface: read('surface'),
    url: read('chart-url'),
    expiry: read('chart-expiry'),
    signing: read('chart-signing'),
    media: read('chart-media'),
    refused: read('chart-refused'),
    failed: read('chart-failed'),
    buffer: read('chart-buffer'),
  }
}
