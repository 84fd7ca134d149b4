import { describe, expect, it } from 'vitest'
import { OwedEvents } from '../../../../src/engines/native/owed-events.js'
import { ProgressWatch } from '../../../../src/engines/native/progress-watch.js'
import { timeRanges } from '../../../support/time-ranges.js'

const element = (currentTime: number, end: number) => ({ currentTime, buffered: timeRanges([[0, end]]) })

describe('ProgressWatch', () => {
  it('measures how much is loaded ahead', () => {
    const watch = new ProgressWatch()
    watch.look(element(10, 14.5), 0)
    expect(watch.ahead).toBe(4.5)
  })

  it.each([
    [4_000, false],
    [4_001, true],
  ])('after %s ms without a move says that the video stands still: %s', (ms, isStill) => {
    const watch = new ProgressWatch()
    watch.look(element(10, 20), 1_000)
    watch.look(element(10, 20), 1_000 + ms)
    expect(watch.isStill(1_000 + ms)).toBe(isStill)
    watch.expectMove(1_000 + ms)
    expect(watch.isStill(1_000 + ms)).toBe(false)
  })

  it('calls a video that stands still stuck only once no data have come for as long', () => {
    const watch = new ProgressWatch()
    watch.look(element(10, 20), 1_000)
    watch.noteArrival(3_000)
    expect(watch.isStuck(7_000, 10)).toBe(false)
    expect(watch.isStuck(7_001, 10)).toBe(true)
  })

  it('waits twice as long after each load at one place, up to 16 s', () => {
    const watch = new ProgressWatch()
    const patience = [0, 1, 2, 3, 4].map((load) => {
      watch.noteLoad(10, 1_000)
      watch.look(element(10, 10), 1_000)
      const ms = 4_000 * 2 ** Math.min(load + 1, 2)
      return [watch.isStuck(1_000 + ms, 10), watch.isStuck(1_001 + ms, 10)]
    })
    expect(patience).toEqual(Array(5).fill([false, true]))
  })

  it('counts the loads at a place until the video has moved on by a second', () => {
    const watch = new ProgressWatch()
    watch.noteLoad(10, 0)
    watch.noteLoad(10.9, 0)
    expect(watch.loadsAt(10.9)).toBe(2)
    expect(watch.loadsAt(11.9)).toBe(0)
    watch.noteLoad(11.9, 0)
    expect(watch.loadsAt(11.9)).toBe(1)
  })

  it.each([
    [1_999, true],
    [2_000, false],
  ])('calls a connection that delivered data %s ms ago flowing: %s', (ms, isFlowing) => {
    const watch = new ProgressWatch()
    watch.look(element(10, 20), 0)
    watch.look(element(11, 21), 5_000)
    watch.look(element(12, 21), 5_000 + ms)
    expect(watch.isFlowing(5_000 + ms)).toBe(isFlowing)
  })
})

describe('OwedEvents', () => {
  it.each([
    ['seeking', 'seeked'],
    ['play', 'playing'],
    ['waiting', 'playing'],
  ])('after %s owes listeners %s until it fires', (first, second) => {
    const owed = new OwedEvents(true)
    owed.heard(first)
    expect(owed.has(second)).toBe(true)
    owed.heard(second)
    expect(owed.has(second)).toBe(false)
  })

  it('knows what listeners have heard of play and pause', () => {
    const owed = new OwedEvents(true)
    owed.heard('play')
    expect(owed.isPaused).toBe(false)
    owed.heard('pause')
    expect(owed.isPaused).toBe(true)
  })

  it('does not owe playing after a pause', () => {
    const owed = new OwedEvents(true)
    owed.heard('play')
    owed.heard('pause')
    expect(owed.has('playing')).toBe(false)
  })
})
