import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Clock } from '../../../src/core/clock.js'
import { proveByAcceptance, proveByExpiry } from '../../../src/core/clock-proof.js'
import { FakeTime, START_AT } from '../../support/fake-time.js'

const HOUR_MS = 3_600_000

let time: FakeTime
let clock: Clock
beforeEach(() => {
  time = new FakeTime()
  clock = new Clock(time)
})
afterEach(() => time.restore())

describe('Clock.now', () => {
  it("starts at the device's time and goes with it", async () => {
    expect(clock.now()).toBe(START_AT)
    await time.pass(90_000)
    expect(clock.now()).toBe(START_AT + 90_000)
  })

  it('counts the time that the device slept, though the monotonic clock stood still', async () => {
    await time.pass(1000)
    time.moveWall(HOUR_MS)
    expect(clock.now()).toBe(START_AT + HOUR_MS + 1000)
  })

  it('goes on with the monotonic clock when the wall is set back, so that no URL seems to live longer', async () => {
    await time.pass(1000)
    time.moveWall(-HOUR_MS)
    expect(clock.now()).toBe(START_AT + 1000)
    await time.pass(30_000)
    expect(clock.now()).toBe(START_AT + 31_000)
  })

  it('does not stand still after the wall was set forward by mistake and back again', async () => {
    time.moveWall(HOUR_MS)
    const mistaken = clock.now()
    time.moveWall(-HOUR_MS)
    await time.pass(30_000)
    expect(clock.now()).toBe(mistaken + 30_000)
  })

  it('counts a sleep that follows a wall set back', async () => {
    time.moveWall(-HOUR_MS)
    await time.pass(1000)
    const before = clock.now()
    time.moveWall(2 * HOUR_MS)
    expect(clock.now()).toBeGreaterThanOrEqual(before + HOUR_MS)
  })

  it('never goes backwards', async () => {
    let before = clock.now()
    for (const byMs of [5000, -9000, HOUR_MS, -2 * HOUR_MS, 1, -1]) {
      time.moveWall(byMs)
      await time.pass(10)
      expect(clock.now()).toBeGreaterThanOrEqual(before)
      before = clock.now()
    }
  })
})

describe('Clock.skew, from what the endpoint says of its own clock', () => {
  it('is nothing without evidence', () => {
    expect(clock.skew).toBe(0)
  })

  it.each([HOUR_MS, -HOUR_MS])('follows a server that is %i ms away, to within the round trip', (offMs) => {
    const sentAt = START_AT
    const receivedAt = START_AT + 200
    clock.serverSaid(START_AT + offMs + 100, 0, sentAt, receivedAt)
    expect(clock.skew).toBeGreaterThanOrEqual(offMs - 100)
    expect(clock.skew).toBeLessThanOrEqual(offMs + 100)
  })

  it.each([
    ['at the server’s earliest', -999],
    ['at the server’s latest', 0],
  ])('ignores a Date header within its own error, a second and the round trip: %s', (_, offMs) => {
    clock.serverSaid(START_AT + offMs, 1000, START_AT, START_AT + 200)
    expect(clock.skew).toBe(0)
  })

  it('takes the later time where the evidence leaves room: an early refresh costs less than a refusal', () => {
    clock.serverSaid(START_AT + HOUR_MS, 1000, START_AT, START_AT + 200)
    expect(clock.skew).toBe(HOUR_MS + 1000)
  })

  it('keeps an estimate that later evidence allows', () => {
    clock.serverSaid(START_AT + HOUR_MS, 0, START_AT, START_AT)
    clock.serverSaid(START_AT + HOUR_MS, 1000, START_AT, START_AT + 300)
    expect(clock.skew).toBe(HOUR_MS)
  })
})

describe('Clock.skew, from what the CDN proves', () => {
  const expiresAt = START_AT + 60_000

  it('stays when a URL is accepted that looks valid', () => {
    proveByAcceptance(clock, expiresAt, START_AT + 59_999)
    expect(clock.skew).toBe(0)
  })

  it('falls when a URL is accepted that looks expired: the server’s clock is not later than its expiry', () => {
    proveByAcceptance(clock, expiresAt, START_AT + HOUR_MS)
    expect(clock.skew).toBe(60_000 - HOUR_MS)
  })

  it('rises when a URL is found expired that looks valid', () => {
    proveByExpiry(clock, expiresAt, START_AT + 10_000, START_AT + 8000)
    // Between 50 s (now is past it) and 52 s (2 s ago was not): the later server clock is the safer guess.
    expect(clock.skew).toBe(52_000)
  })

  it('rises as far as is proven when the URL was never accepted', () => {
    proveByExpiry(clock, expiresAt, START_AT + 10_000, undefined)
    expect(clock.skew).toBe(50_000)
  })

  it('stays when a URL is found expired that looks expired', () => {
    proveByExpiry(clock, expiresAt, START_AT + 61_000, START_AT + 59_000)
    expect(clock.skew).toBe(0)
  })

  it('stays when a URL is found expired that looks expired and was never accepted: it says what we knew', () => {
    proveByExpiry(clock, START_AT - HOUR_MS, START_AT, undefined)
    expect(clock.skew).toBe(0)
  })

  it('outranks what the endpoint says of its own clock afterwards', () => {
    proveByExpiry(clock, expiresAt, START_AT + 10_000, START_AT + 8000)
    clock.serverSaid(START_AT + 10_000, 0, START_AT + 10_000, START_AT + 10_000)
    expect(clock.skew).toBe(52_000)
  })
})
