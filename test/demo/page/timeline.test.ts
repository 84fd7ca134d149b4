import { beforeEach, describe, expect, it } from 'vitest'
import { bufferAhead, Timeline } from '../../../demo/timeline.js'

const at = (seconds: number) => seconds * 1000

describe('Timeline', () => {
  let timeline: Timeline
  beforeEach(() => {
    timeline = new Timeline(at(60))
  })

  it('puts overlapping lifetimes on separate rows, and reuses a free row', () => {
    timeline.addUrl(at(0), at(10))
    timeline.addUrl(at(8), at(18))
    timeline.addUrl(at(16), at(26))
    timeline.addUrl(at(17), at(22))
    expect(timeline.urls.map(({ number, row }) => [number, row])).toEqual([
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 2],
    ])
  })

  it('ends killed URLs at the time of the kill, and leaves expired ones unchanged', () => {
    timeline.addUrl(at(0), at(10))
    timeline.addUrl(at(8), at(18))
    timeline.killUrls(at(12))
    expect(timeline.urls.map(({ endsAt, wasKilled }) => [endsAt, wasKilled])).toEqual([
      [at(10), false],
      [at(12), true],
    ])
  })

  it('drops what has left the strip', () => {
    timeline.addUrl(at(0), at(10))
    timeline.addUrl(at(8), at(18))
    for (const second of [0, 12, 75]) timeline.addSample({ at: at(second), ahead: 6, isStalled: false })
    expect(timeline.samples.map((sample) => sample.at)).toEqual([at(75)])
    expect(timeline.urls.map(({ number }) => number)).toEqual([2])
  })
})

describe('bufferAhead', () => {
  const buffered = (...ranges: [number, number][]) => ({
    length: ranges.length,
    start: (i: number) => ranges[i]?.[0] ?? 0,
    end: (i: number) => ranges[i]?.[1] ?? 0,
  })

  it.each([
    ['the rest of the current range', buffered([0, 8]), 2, 6],
    ['the part before a gap', buffered([0, 4], [5, 9]), 3, 1],
    ['zero in a gap', buffered([0, 4], [5, 9]), 4.5, 0],
    ['zero at the very end', buffered([0, 4]), 4, 0],
    ['zero when nothing is buffered', buffered(), 0, 0],
  ])('is %s', (_, ranges, position, expected) => {
    expect(bufferAhead(ranges, position)).toBe(expected)
  })
})
