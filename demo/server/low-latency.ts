import { endOf, type Rendition, type Segment } from './renditions.js'

/** What a client requests with a reload. @see draft-pantos-hls-rfc8216bis section 6.2.5 */
export interface Directives {
  readonly msn?: number | undefined
  readonly part?: number | undefined
  readonly skip: boolean
}

const TARGET_S = 2
/** Far more than the three parts that the standard recommends, so that a busy machine does not run dry. */
const PART_HOLD_BACK_S = 6
const SKIP_UNTIL_S = 6 * TARGET_S
/** The playlist lists no parts of older segments. */
const PARTS_FOR_S = 3 * TARGET_S

export function readDirectives(query: URLSearchParams): Directives | undefined {
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined)
  const [msn, part] = [number('_HLS_msn'), number('_HLS_part')]
  const isWrong = [msn, part].some((value) => value !== undefined && !(Number.isInteger(value) && value >= 0))
  if (isWrong || (part !== undefined && msn === undefined)) return undefined
  return { msn, part, skip: query.get('_HLS_skip') === 'YES' }
}

/**
 * Returns when the playlist holds what `directives` wait for, in seconds of the rendition, or 0 if they wait for nothing.
 * A part number past the segment's last one means the first part of the next segment. Returns undefined for what is too far ahead of `edge`, which is a 400.
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
 * Returns when a segment, `00012.m4s`, or a part of one, `00012.3.m4s`, has been broadcast, in seconds of the rendition, and its position in the file.
 * Returns undefined for any other file.
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
  /** How much of the rendition has been broadcast, and how much of that the window holds, in seconds. */
  readonly edge: number
  readonly windowS: number
  /** Epoch ms. */
  readonly filmBeganAt: number
  /** Whether to omit what is older than the skip boundary. */
  readonly skip: boolean
}

/** Returns the playlist at a moment of the broadcast. */
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
