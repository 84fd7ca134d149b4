import { describe, expect, it } from 'vitest'
import {
  bufferedEnd,
  isAtEnd,
  isBuffered,
  isLoadedToEnd,
  isSeekable,
  placeInLive,
} from '../../../../src/engines/native/ranges.js'
import { timeRanges } from '../../../support/time-ranges.js'

/** A 72 s video, loaded at its beginning and after a seek to 40 s. */
const VIDEO = {
  buffered: timeRanges([
    [0, 18],
    [40, 52],
  ]),
  duration: 72,
}
const NOTHING = { buffered: timeRanges([]), duration: 72 }

describe('bufferedEnd', () => {
  it.each([
    ['at the start', 0, 18],
    ['inside a range', 7.5, 18],
    ['a frame before the end of a range', 17.96, 18],
    ['at the start of a later range', 40, 52],
    ['a tenth of a second before a range', 39.91, 52],
    ['inside a later range', 45, 52],
  ])('is the end of the range, %s', (_where, position, end) => {
    expect(bufferedEnd(VIDEO, position)).toBe(end)
  })

  it.each([
    ['between two ranges', 30],
    ['more than a tenth of a second before a range', 39.89],
    ['at the end of a range', 18],
    ['almost a tenth of a second after a range', 18.09],
    ['more than a tenth of a second after a range', 18.11],
    ['after the last range', 60],
  ])('is the position itself, %s', (_where, position) => {
    expect(bufferedEnd(VIDEO, position)).toBe(position)
  })

  it('is the position itself while nothing is loaded', () => {
    expect(bufferedEnd(NOTHING, 0)).toBe(0)
  })
})

describe('isBuffered', () => {
  it.each([
    ['to the start', 0],
    ['into a range', 12],
    ['to the last frame of a range', 17.96],
    ['to a tenth of a second before a range', 39.91],
  ])('is true for a seek %s', (_where, position) => {
    expect(isBuffered(VIDEO, position)).toBe(true)
  })

  it.each([
    ['to the end of a range, where the next byte is needed', 18],
    ['to just after a range', 18.09],
    ['to between two ranges', 30],
    ['to more than a tenth of a second before a range', 39.89],
    ['after the last range', 52],
  ])('is false for a seek %s', (_where, position) => {
    expect(isBuffered(VIDEO, position)).toBe(false)
  })

  it('is false for any seek while nothing is loaded', () => {
    expect(isBuffered(NOTHING, 0)).toBe(false)
  })
})

describe('isLoadedToEnd', () => {
  const video = (buffered: [number, number][], currentTime: number, duration = 72) => ({
    buffered: timeRanges(buffered),
    currentTime,
    duration,
  })

  it.each([
    ['the whole video is loaded', video([[0, 72]], 0)],
    ['the rest of the video is loaded', video([[40, 72]], 45)],
    ['the last range ends a tenth of a second before the video does', video([[0, 71.91]], 10)],
    ['the video has ended', video([], 72)],
  ])('is true when %s', (_title, element) => {
    expect(isLoadedToEnd(element)).toBe(true)
  })

  it.each([
    ['the last range ends more than a tenth of a second before the video does', video([[0, 71.89]], 10)],
    [
      'a gap lies ahead',
      video(
        [
          [0, 18],
          [40, 72],
        ],
        10,
      ),
    ],
    ['nothing is loaded here', video([[40, 72]], 10)],
    ['the stream is live', video([[0, 30]], 10, Number.POSITIVE_INFINITY)],
    ['there is no metadata yet', video([], 0, Number.NaN)],
  ])('is false when %s', (_title, element) => {
    expect(isLoadedToEnd(element)).toBe(false)
  })
})

describe('placeInLive', () => {
  /** A window of a minute, with the viewer 20 s behind the live edge. */
  const before = timeRanges([[40, 100]])
  const position = 80

  it.each([
    ['the new load has another time origin', [[0, 60]], 40],
    ['the live edge has moved on', [[45, 105]], 85],
    ['the position is the oldest in the window', [[40, 60]], 40],
    [
      'there are several ranges',
      [
        [0, 20],
        [30, 60],
      ],
      40,
    ],
  ])('is as far behind the live edge as before when %s', (_title, now, place) => {
    expect(placeInLive(position, before, timeRanges(now))).toBe(place)
  })

  it('is the oldest position when the viewer’s position has left the window', () => {
    expect(placeInLive(position, before, timeRanges([[41, 60]]))).toBe(41)
  })

  it.each([
    ['before', timeRanges([]), timeRanges([[0, 60]])],
    ['after', before, timeRanges([])],
  ])('is unknown when the browser reports no live edge %s the swap', (_when, then, now) => {
    expect(placeInLive(position, then, now)).toBeUndefined()
  })
})

describe('isSeekable', () => {
  it.each([
    ['a file of a server with ranges', timeRanges([[0, 71.96]]), 72, true],
    ['a file of which nothing is known yet', timeRanges([]), 72, true],
    ['a live stream', timeRanges([[30, 90]]), Number.POSITIVE_INFINITY, true],
    ['what Firefox has loaded from a server without ranges', timeRanges([[0, 18]]), 72, false],
    ['the same in Chromium', timeRanges([[0, 0]]), 72, false],
  ])('%s', (_what, seekable, duration, expected) => {
    expect(isSeekable({ seekable, duration })).toBe(expected)
  })
})

describe('isAtEnd', () => {
  it.each([
    [72, true],
    [71.95, true],
    [71.8, false],
  ])('of a video of 72 s at %s: %s', (position, expected) => {
    expect(isAtEnd({ duration: 72 }, position)).toBe(expected)
  })
})
