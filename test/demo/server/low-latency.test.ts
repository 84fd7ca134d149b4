import { describe, expect, it } from 'vitest'
import {
  findMedia,
  type LowLatencyMoment,
  lowLatencyPlaylist,
  readDirectives,
  waitsUntil,
} from '../../../demo/server/low-latency.js'
import { readRendition } from '../../../demo/server/renditions.js'
import { initSegment, segment } from '../../support/fragments.js'

/** 20 segments of 2 s, each of four parts. The 21st only marks the end of the 20th. */
const FILES = Array.from({ length: 21 }, (_, n) => ({
  file: `${String(n + 1).padStart(5, '0')}.m4s`,
  bytes: segment([0, 0.5, 1, 1.5].map((offset) => 2 * n + offset)),
}))
const RENDITION = readRendition(initSegment(), FILES)

const BEGAN = Date.UTC(2026, 0, 7, 10)
const playlist = (edge: number, more: Partial<LowLatencyMoment> = {}) =>
  lowLatencyPlaylist(RENDITION, { edge, windowS: 24, filmBeganAt: BEGAN, skip: false, ...more })
/** The lines of a playlist, without dates. */
const lines = (text: string) => text.split('\n').filter((line) => line && !line.startsWith('#EXT-X-PROGRAM'))

describe('reading the fragments of a video', () => {
  it('finds the parts of each segment, which together cover all its bytes', () => {
    expect(RENDITION).toHaveLength(20)
    const [{ parts, startsAt, file } = { parts: [], startsAt: -1, file: '' }] = RENDITION.slice(3)
    expect([file, startsAt]).toEqual(['00004.m4s', 6])
    expect(parts.map(({ duration }) => duration)).toEqual([0.5, 0.5, 0.5, 0.5])
    expect(parts.map(({ start }) => start)).toEqual([0, ...parts.slice(0, -1).map(({ end }) => end + 1)])
    expect(parts.at(-1)?.end).toBe((FILES[3]?.bytes.length ?? 0) - 1)
  })

  it('marks the first part of each video segment and every part of audio as independent', () => {
    const flags = (init: Buffer) => readRendition(init, FILES)[0]?.parts.map(({ isIndependent }) => isIndependent)
    expect(flags(initSegment('vide'))).toEqual([true, false, false, false])
    expect(flags(initSegment('soun'))).toEqual([true, true, true, true])
  })
})

describe('the low-latency playlist', () => {
  it('lists the parts at its end, those of the segment in progress and a hint at the next one', () => {
    expect(lines(playlist(33.2))).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:9',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=6,CAN-SKIP-UNTIL=12',
      '#EXT-X-PART-INF:PART-TARGET=0.50000',
      '#EXT-X-MEDIA-SEQUENCE:4',
      '#EXT-X-MAP:URI="init.mp4"',
      ...Array.from({ length: 9 }, (_, n) => ['#EXTINF:2.00000,', `000${String(n + 5).padStart(2, '0')}.m4s`]).flat(),
      ...[14, 15, 16].flatMap((number) => [
        `#EXT-X-PART:DURATION=0.50000,URI="000${number}.0.m4s",INDEPENDENT=YES`,
        `#EXT-X-PART:DURATION=0.50000,URI="000${number}.1.m4s"`,
        `#EXT-X-PART:DURATION=0.50000,URI="000${number}.2.m4s"`,
        `#EXT-X-PART:DURATION=0.50000,URI="000${number}.3.m4s"`,
        '#EXTINF:2.00000,',
        `000${number}.m4s`,
      ]),
      '#EXT-X-PART:DURATION=0.50000,URI="00017.0.m4s",INDEPENDENT=YES',
      '#EXT-X-PART:DURATION=0.50000,URI="00017.1.m4s"',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="00017.2.m4s"',
    ])
  })

  it('dates each segment', () => {
    expect(playlist(33.2)).toContain('#EXT-X-PROGRAM-DATE-TIME:2026-01-07T10:00:08.000Z\n#EXTINF:2.00000,\n00005.m4s')
  })

  it.each([
    [32, '00017.0.m4s'],
    [32.49, '00017.0.m4s'],
    [32.5, '00017.1.m4s'],
    [33.99, '00017.3.m4s'],
    [34, '00018.0.m4s'],
  ])('at %s s hints at %s', (edge, hint) => {
    expect(lines(playlist(edge)).at(-1)).toBe(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${hint}"`)
  })

  it('omits segments older than the skip boundary on request', () => {
    const [whole, delta] = [lines(playlist(33.2)), lines(playlist(33.2, { skip: true }))]
    expect(delta).toContain('#EXT-X-SKIP:SKIPPED-SEGMENTS=6')
    expect(delta).toContain('#EXT-X-MEDIA-SEQUENCE:4')
    expect(delta.slice(8)).toEqual(whole.slice(7 + 2 * 6))
  })

  it('skips nothing while every segment is recent', () => {
    expect(playlist(13, { skip: true })).toBe(playlist(13))
  })

  it('ends with the video', () => {
    expect(lines(playlist(40)).at(-1)).toBe('#EXT-X-ENDLIST')
    expect(lines(playlist(39.9)).at(-1)).toBe('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="00020.3.m4s"')
  })
})

describe('a blocking reload', () => {
  it.each([
    ['', { msn: undefined, part: undefined, skip: false }],
    ['_HLS_msn=7&_HLS_part=2&_HLS_skip=YES', { msn: 7, part: 2, skip: true }],
    ['_HLS_msn=0&hdnts=exp=1~hmac=2', { msn: 0, part: undefined, skip: false }],
    ['_HLS_part=2', undefined],
    ['_HLS_msn=x', undefined],
    ['_HLS_msn=1.5', undefined],
    ['_HLS_msn=1&_HLS_part=-1', undefined],
  ])('is read from %o', (query, directives) => {
    expect(readDirectives(new URLSearchParams(query))).toEqual(directives)
  })

  it.each([
    ['no particular segment', {}, 0],
    ['an existing segment', { msn: 3 }, 8],
    ['the segment in progress', { msn: 16 }, 34],
    ['its next part', { msn: 16, part: 2 }, 33.5],
    ['the segment after that', { msn: 17 }, 36],
    ['a part beyond its last, which is the first part of the next segment', { msn: 16, part: 4 }, 34.5],
  ])('for %s waits until it is available', (_title, directives, until) => {
    expect(waitsUntil(RENDITION, directives, 33.2)).toBe(until)
  })

  it('for a segment two segments ahead is rejected', () => {
    expect(waitsUntil(RENDITION, { msn: 18 }, 33.2)).toBeUndefined()
    expect(waitsUntil(RENDITION, { msn: 18 }, 34)).toBe(38)
  })
})

describe('the media of the low-latency video', () => {
  it('is available once it has been broadcast', () => {
    expect(findMedia(RENDITION, '00017.m4s')).toEqual({ file: '00017.m4s', endsAt: 34, span: undefined })
    expect(findMedia(RENDITION, '00017.2.m4s')).toMatchObject({ file: '00017.m4s', endsAt: 33.5 })
  })

  it('has the bytes of each part', () => {
    const { start = 0, end = 0 } = findMedia(RENDITION, '00017.2.m4s')?.span ?? {}
    expect(FILES[16]?.bytes.subarray(start, end + 1).toString('latin1')).toContain('from 33.000')
  })

  it.each(['00017.4.m4s', '00021.m4s', '17.m4s', 'init.mp4', '00017.ts'])('does not include %s', (name) => {
    expect(findMedia(RENDITION, name)).toBeUndefined()
  })
})
