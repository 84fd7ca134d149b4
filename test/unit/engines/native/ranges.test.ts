import { describe, expect, it } from 'vitest'
import { bufferedEnd, isBuffered, isLoadedToEnd, placeInLive } from '../../../../src/engines/native/ranges.js'
import { timeRanges } from '../../../support/time-ranges.js'

/** A film of 72 s: its beginning is loaded, and what followed a seek to 40 s. */
const FILM = {
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
    expect(bufferedEnd(FILM, position)).toBe(end)
  })

  it.each([
    ['between two ranges', 30],
    ['more than a tenth of a second before a range', 39.89],
    ['at the end of a range', 18],
    ['a tenth of a second behind a range', 18.09],
    ['more than that behind it', 18.11],
    ['behind the last range', 60],
  ])('is the position itself, %s', (_where, position) => {
    expect(bufferedEnd(FILM, position)).toBe(position)
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
  ])('says that a seek %s asks for nothing', (_where, position) => {
    expect(isBuffered(FILM, position)).toBe(true)
  })

  it.each([
    ['to the end of a range, where the next byte is wanted,', 18],
    ['just behind a range', 18.09],
    ['between two ranges', 30],
    ['to more than a tenth of a second before a range', 39.89],
    ['behind the last range', 52],
  ])('says that a seek %s asks for more', (_where, position) => {
    expect(isBuffered(FILM, position)).toBe(false)
  })

  it('says that any seek asks for more while nothing is loaded', () => {
    expect(isBuffered(NOTHING, 0)).toBe(false)
  })
})

describe('isLoadedToEnd', () => {
  const film = (buffered: [number, number][], currentTime: number, duration = 72) => ({
    buffered: timeRanges(buffered),
    currentTime,
    duration,
  })

  it.each([
    ['the film is loaded whole', film([[0, 72]], 0)],
    ['the rest of it is', film([[40, 72]], 45)],
    ['the last range ends a tenth of a second before the film does', film([[0, 71.91]], 10)],
    ['the film is over', film([], 72)],
  ])('is true when %s', (_title, element) => {
    expect(isLoadedToEnd(element)).toBe(true)
  })

  it.each([
    ['the last range ends earlier than that', film([[0, 71.89]], 10)],
    [
      'a gap lies ahead',
      film(
        [
          [0, 18],
          [40, 72],
        ],
        10,
      ),
    ],
    ['nothing is loaded here', film([[40, 72]], 10)],
    ['the stream is live', film([[0, 30]], 10, Number.POSITIVE_INFINITY)],
    ['there is no metadata yet', film([], 0, Number.NaN)],
  ])('is false when %s', (_title, element) => {
    expect(isLoadedToEnd(element)).toBe(false)
  })
})

describe('placeInLive', () => {
  /** A window of a minute, in which the viewer was 20 s behind the edge. */
  const before = timeRanges([[40, 100]])
  const position = 80

  it.each([
    ['the new load counts its time from another beginning', [[0, 60]], 40],
    ['the edge has gone on', [[45, 105]], 85],
    ['the place is the oldest moment of the window', [[40, 60]], 40],
    [
      'there are several ranges',
      [
        [0, 20],
        [30, 60],
      ],
      40,
    ],
  ])('is as far behind the edge as before, when %s', (_title, now, place) => {
    expect(placeInLive(position, before, timeRanges(now))).toBe(place)
  })

  it('is the oldest moment there is when the place has left the window', () => {
    expect(placeInLive(position, before, timeRanges([[41, 60]]))).toBe(41)
  })

  it.each([
    ['before', timeRanges([]), timeRanges([[0, 60]])],
    ['now', before, timeRanges([])],
  ])('is unknown where the browser told no edge %s', (_when, then, now) => {
    expect(placeInLive(position, then, now)).toBeUndefined()
  })
})
