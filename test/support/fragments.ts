/* Fragmented MP4 with so little in it that only its times can be read. */

const TIMESCALE = 1000

function box(type: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}

/** The content of a full box of version 0 with 32-bit fields. */
const fields = (...values: number[]) => {
  const bytes = Buffer.alloc(4 + 4 * values.length)
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value, 4 + 4 * index)
  })
  return bytes
}

export function initSegment(handler: 'vide' | 'soun' = 'vide'): Buffer {
  const hdlr = box('hdlr', fields(0), Buffer.from(handler, 'latin1'))
  return box('moov', box('trak', box('mdia', box('mdhd', fields(0, 0, TIMESCALE, 0)), hdlr)))
}

/** A segment of fragments that start at `times`, in seconds. The `mdat` of each identifies it. */
export function segment(times: readonly number[]): Buffer {
  const fragments = times.map((time) => [
    box('sidx', Buffer.alloc(4)),
    box('moof', box('traf', box('tfdt', fields(Math.round(time * TIMESCALE))))),
    box('mdat', Buffer.from(`from ${time.toFixed(3)}`)),
  ])
  return Buffer.concat([box('styp'), ...fragments.flat()])
}
