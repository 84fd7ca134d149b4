import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** One independently loadable piece of a segment: a `moof` with its `mdat`, and what stands before it. */
export interface Part {
  /** Bytes of the segment's file, both ends included. */
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

/** What a client asks of a reload. @see draft-pantos-hls-rfc8216bis section 6.2.5 */
export interface Directives {
  readonly msn?: number | undefined
  readonly part?: number | undefined
  readonly skip: boolean
}

const TARGET_S = 2
/** Far more than the three parts that the standard recommends: a busy machine is no reason to run dry. */
const PART_HOLD_BACK_S = 6
const SKIP_UNTIL_S = 6 * TARGET_S
/** Parts of older segments are not listed any more. */
const PARTS_FOR_S = 3 * TARGET_S

export function readDirectives(query: URLSearchParams): Directives | undefined {
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined)
  const [msn, part] = [number('_HLS_msn'), number('_HLS_part')]
  const isWrong = [msn, part].some((value) => value !== undefined && !(Number.isInteger(value) && value >= 0))
  if (isWrong || (part !== undefined && msn === undefined)) return undefined
  return { msn, part, skip: query.get('_HLS_skip') === 'YES' }
}

/**
 * When the playlist holds what `directives` wait for, in seconds of the rendition; 0 if they wait for nothing.
 * A part number past the segment's last one means the first part of the next segment. Undefined for what is too far ahead of `edge`: that is a 400.
 */
export function waitsUntil(
  rendition: Rendition,
  { msn, part }: Pick<Directives, 'msn' | 'part'>,
  edge: number,
): number | undefined {
  if (msn === undefined) return 0
  const complete = rendition.filter((segment) => endOf(segment) <= edge).length
  if (msn > complete + 1) return undefined
  const segment = rendition[msn]
  if (!segment) return 0
  if (part === undefined) return endOf(segment)
  if (part < segment.parts.length) return endOf(segment, part)
  return waitsUntil(rendition, { msn: msn + 1, part: 0 }, edge)
}

/**
 * When a segment `00012.m4s`, or a part of one, `00012.3.m4s`, has been broadcast, in seconds of the rendition, and where it stands in the file.
 * Undefined for another file.
 */
export function findMedia(
  rendition: Rendition,
  name: string,
): { file: string; endsAt: number; span: { start: number; end: number } | undefined } | undefined {
  const [, number = '', part] = /^(\d+)(?:\.(\d+))?\.m4s$/.exec(name) ?? []
  const segment = rendition.find(({ file }) => file === `${number}.m4s`)
  if (!segment) return undefined
  if (part === undefined) return { file: segment.file, endsAt: endOf(segment), span: undefined }
  const found = segment.parts[Number(part)]
  return found && { file: segment.file, endsAt: endOf(segment, Number(part)), span: found }
}

export interface LowLatencyMoment {
  /** How much of the rendition has been broadcast, and how much of that can be gone back to, in seconds. */
  readonly edge: number
  readonly windowS: number
  /** Epoch ms. */
  readonly filmBeganAt: number
  /** Leave out what is older than the skip boundary. */
  readonly skip: boolean
}

/** The playlist at a moment of the broadcast. */
export function lowLatencyPlaylist(
  rendition: Rendition,
  { edge, windowS, filmBeganAt, skip }: LowLatencyMoment,
): string {
  const first = rendition.findIndex((segment) => endOf(segment) > edge - windowS)
  const begun = first < 0 ? [] : rendition.slice(first).filter((segment) => endOf(segment, 0) <= edge)
  const next = rendition[Math.max(first, 0) + begun.length]
  const skippable = begun.filter((segment) => endOf(segment) < edge - SKIP_UNTIL_S).length
  const skipped = skip ? skippable : 0
  const longest = Math.max(...rendition.flatMap(({ parts }) => parts.map(({ duration }) => duration)))
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    `#EXT-X-TARGETDURATION:${TARGET_S}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${PART_HOLD_BACK_S},CAN-SKIP-UNTIL=${SKIP_UNTIL_S}`,
    `#EXT-X-PART-INF:PART-TARGET=${longest.toFixed(5)}`,
    `#EXT-X-MEDIA-SEQUENCE:${first < 0 ? rendition.length : first}`,
    '#EXT-X-MAP:URI="init.mp4"',
    ...(skipped > 0 ? [`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`] : []),
    ...begun.slice(skipped).flatMap((segment) => linesOf(segment, edge, filmBeganAt)),
  ]
  const last = begun.at(-1)
  if (last && endOf(last) > edge) {
    const hinted = last.parts.findIndex((_, index) => endOf(last, index) > edge)
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${partName(last, hinted)}"`)
  } else if (next) {
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${partName(next, 0)}"`)
  } else {
    lines.push('#EXT-X-ENDLIST')
  }
  return `${lines.join('\n')}\n`
}

function linesOf(segment: Segment, edge: number, filmBeganAt: number): string[] {
  const end = endOf(segment)
  const isListed = end > edge - PARTS_FOR_S
  const parts = segment.parts.flatMap(({ duration, isIndependent }, index) => {
    if (!isListed || endOf(segment, index) > edge) return []
    const flag = isIndependent ? ',INDEPENDENT=YES' : ''
    return `#EXT-X-PART:DURATION=${duration.toFixed(5)},URI="${partName(segment, index)}"${flag}`
  })
  const date = `#EXT-X-PROGRAM-DATE-TIME:${new Date(filmBeganAt + 1000 * segment.startsAt).toISOString()}`
  const whole = end > edge ? [] : [`#EXTINF:${(end - segment.startsAt).toFixed(5)},`, segment.file]
  return [date, ...parts, ...whole]
}

function partName({ file }: Segment, index: number): string {
  return file.replace('.m4s', `.${index}.m4s`)
}

/** When the segment, or its part `index`, has been broadcast whole. */
function endOf({ startsAt, parts }: Segment, index = parts.length - 1): number {
  return parts.slice(0, index + 1).reduce((end, { duration }) => end + duration, startsAt)
}

/** Reads the renditions of films whose segments, `00001.m4s` and so on beside `init.mp4`, are made of fragments; each once. */
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
      files.sort().map((name) => ({ file: basename(name), bytes: readFileSync(join(folder, name)) })),
    )
    this.#read.set(folder, rendition)
    return rendition
  }
}

/** The last segment, whose end no later one tells, is left out. */
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

/** A fragment reaches from the end of the one before it, segment index and all, to the end of its `mdat`. */
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

function* boxes(bytes: Buffer): Generator<{ type: string; body: Buffer; end: number }> {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const end = at + bytes.readUInt32BE(at)
    yield { type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + 8, end), end }
    at = Math.max(end, at + 8)
  }
}
