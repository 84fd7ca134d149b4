import { describe, expect, it } from 'vitest'
import { Settling } from '../../../../src/engines/native/settling.js'

/** The state after a swap at 10 s. */
function swapped() {
  const settling = new Settling()
  settling.begin(10)
  return settling
}

describe('Settling', () => {
  it.each(['canplay', 'playing', 'canplaythrough', 'seeked', 'loadeddata', 'resize'])(
    'holds back the %s event of the load for a swap',
    (type) => {
      expect(swapped().holds(type, 10)).toBe(true)
    },
  )

  it.each(['timeupdate', 'progress', 'volumechange', 'ratechange', 'ended'])('lets %s through', (type) => {
    expect(swapped().holds(type, 10)).toBe(false)
  })

  it('holds nothing back before the first swap', () => {
    expect(new Settling().holds('waiting', 10)).toBe(false)
    expect(new Settling().look(10, true)).toBe(false)
  })

  it.each([
    ['holds back', 12, true],
    ['no longer holds back', 12.1, false],
  ])('%s these events at %d s after a swap at 10 s', (_verb, position, isHeld) => {
    const settling = swapped()
    settling.look(position, false)
    expect(settling.holds('canplaythrough', position)).toBe(isHeld)
    expect(settling.holds('waiting', position)).toBe(isHeld)
  })

  it.each(['seeking', 'play', 'pause'])('ends when the viewer acts: %s', (type) => {
    const settling = swapped()
    expect(settling.holds(type, 10.5)).toBe(false)
    expect(settling.holds('playing', 10.5)).toBe(false)
  })

  it('holds back a stall after the first frames and the events that end it, however late they come', () => {
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

  it('reports a lasting stall once, and the event that ends it', () => {
    const settling = swapped()
    settling.holds('waiting', 11)
    expect(settling.look(11, false)).toBe(false)
    expect(settling.look(11, true)).toBe(true)
    expect(settling.look(11, true)).toBe(false)
    expect(settling.holds('playing', 11)).toBe(false)
  })
})
