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
  ])('calls a video that has not moved for %s ms stuck: %s', (ms, isStuck) => {
    const watch = new ProgressWatch()
    watch.look(element(10, 20), 1_000)
    watch.look(element(10, 20), 1_000 + ms)
    expect(watch.isStuck(1_000 + ms)).toBe(isStuck)
    watch.expectMove(1_000 + ms)
    expect(watch.isStuck(1_000 + ms)).toBe(false)
  })

  it.each([
    [999, true],
    [1_000, false],
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
    const owed = new OwedEvents()
    owed.heard(first)
    expect(owed.has(second)).toBe(true)
    owed.heard(second)
    expect(owed.has(second)).toBe(false)
  })

  it('does not owe playing after a pause', () => {
    const owed = new OwedEvents()
    owed.heard('play')
    owed.heard('pause')
    expect(owed.has('playing')).toBe(false)
  })
})
