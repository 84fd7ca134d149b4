import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A piece of a segment that loads independently: a `moof` with its `mdat`, and what precedes it. */
export interface Part {
  /** Byte range in the segment's file, both ends included. */
  readonly start: number
  readonly end: number
  /** Seconds. */
  readonly duration: number
  readonly isIndependent: boolean
}

export interface Segment {
  readonly file: string
  /** Seconds of the rendition. */
  readonly startsAt: number
  readonly parts: readonly Part[]
}

/** One track's segments, in order. */
export type Rendition = readonly Segment[]

/** Returns when the whole segment, or its part `index`, has been broadcast. */
export function endOf({ startsAt, parts }: Segment, index = parts.length - 1): number {
  return parts.slice(0, index + 1).reduce((end, { duration }) => end + duration, startsAt)
}

/** Reads the renditions of films whose segments (`00001.m4s` and so on, beside `init.mp4`) consist of fragments. Caches each. */
export class Renditions {
  readonly #read = new Map<string, Rendition>()

  of(initPath: string): Rendition {
    const folder = dirname(initPath)
    const known = this.#read.get(folder)
    if (known) return known
    const init = readFileSync(initPath)
    const files = readdirSync(folder).filter((name) => /^\d+\.m4s$/.test(name))
    const rendition = readRendition(
      init,
      files.sort().map((name) => ({ file: name, bytes: readFileSync(join(folder, name)) })),
    )
    this.#read.set(folder, rendition)
    return rendition
  }
}

/** Leaves out the last segment, because its end is known only from a later one. */
export function readRendition(init: Buffer, files: readonly { file: string; bytes: Buffer }[]): Rendition {
  const [mdhd] = boxesAt(init, 'moov', 'trak', 'mdia', 'mdhd')
  if (!mdhd) throw new Error('no mdhd in the init segment')
  const timescale = mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12)
  const isSound = init.includes('soun')
  const fragments = files.map(({ file, bytes }) => ({ file, pieces: fragmentsOf(bytes) }))
  const times = fragments.flatMap(({ pieces }) => pieces.map(({ time }) => time / timescale))
  let index = 0
  return fragments.slice(0, -1).map(({ file, pieces }) => {
    const startsAt = times[index] ?? 0
    const parts = pieces.map(({ start, end }, position) => {
      const duration = (times[index + 1] ?? 0) - (times[index] ?? 0)
      index += 1
      return { start, end, duration, isIndependent: isSound || position === 0 }
    })
    return { file, startsAt, parts }
  })
}

/** A fragment extends from the end of the previous one, including any segment index, to the end of its `mdat`. */
function fragmentsOf(bytes: Buffer): { start: number; end: number; time: number }[] {
  const fragments: { start: number; end: number; time: number }[] = []
  let start = 0
  let time = 0
  for (const { type, body, end } of boxes(bytes)) {
    if (type === 'moof') {
      const [tfdt] = boxesAt(body, 'traf', 'tfdt')
      if (!tfdt) throw new Error('no tfdt in a fragment')
      time = tfdt[0] === 1 ? Number(tfdt.readBigUInt64BE(4)) : tfdt.readUInt32BE(4)
    }
    if (type !== 'mdat') continue
    fragments.push({ start, end: end - 1, time })
    start = end
  }
  return fragments
}

function boxesAt(bytes: Buffer, ...path: string[]): Buffer[] {
  const [type, ...rest] = path
  const found = [...boxes(bytes)].filter((box) => box.type === type).map(({ body }) => body)
  return rest.length === 0 ? found : found.flatMap((body) => boxesAt(body, ...rest))
}

/** Yields the boxes of an MP4, or of a box's body, with their positions. */
export function* boxes(bytes: Buffer): Generator<{ type: string; body: Buffer; start: number; end: number }> {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const end = at + bytes.readUInt32BE(at)
    yield { type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + 8, end), start: at, end }
    at = Math.max(end, at + 8)
  }
}
