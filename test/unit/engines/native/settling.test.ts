import { describe, expect, it } from 'vitest'
import { Settling } from '../../../../src/engines/native/settling.js'

/** A swap has come out at 10 s. */
function swapped() {
  const settling = new Settling()
  settling.begin(10)
  return settling
}

describe('Settling', () => {
  it.each(['canplay', 'playing', 'canplaythrough', 'seeked', 'loadeddata', 'resize'])(
    'holds back the %s of a swap’s load',
    (type) => {
      expect(swapped().holds(type, 10)).toBe(true)
    },
  )

  it.each(['timeupdate', 'progress', 'volumechange', 'ratechange', 'ended'])('lets %s through', (type) => {
    expect(swapped().holds(type, 10)).toBe(false)
  })

  it('holds nothing back before there was a swap', () => {
    expect(new Settling().holds('waiting', 10)).toBe(false)
    expect(new Settling().look(10, true)).toBe(false)
  })

  it.each([
    ['within two seconds of film', 12, true],
    ['after that', 12.1, false],
  ])('holds back the same events %s', (_title, position, isHeld) => {
    const settling = swapped()
    settling.look(position, false)
    expect(settling.holds('canplaythrough', position)).toBe(isHeld)
    expect(settling.holds('waiting', position)).toBe(isHeld)
  })

  it.each(['seeking', 'play', 'pause'])('is over when the viewer acts: %s', (type) => {
    const settling = swapped()
    expect(settling.holds(type, 10.5)).toBe(false)
    expect(settling.holds('playing', 10.5)).toBe(false)
  })

  it('holds back a stop after the first frames, and what ends it, however late that comes', () => {
    const settling = swapped()
    expect(settling.holds('waiting', 11)).toBe(true)
    settling.look(12.5, false)
    expect(['canplay', 'playing', 'canplaythrough'].map((type) => settling.holds(type, 12.5))).toEqual([
      true,
      true,
      true,
    ])
    settling.look(14.6, false)
    expect(settling.holds('waiting', 14.6)).toBe(false)
  })

  it('tells of a stop that lasts, once, and of what ends it', () => {
    const settling = swapped()
    settling.holds('waiting', 11)
    expect(settling.look(11, false)).toBe(false)
    expect(settling.look(11, true)).toBe(true)
    expect(settling.look(11, true)).toBe(false)
    expect(settling.holds('playing', 11)).toBe(false)
  })
})
