import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Clock, proveByAcceptance, proveByExpiry } from '../../../src/core/clock.js'
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
  it("starts at the device's time and follows it", async () => {
    expect(clock.now()).toBe(START_AT)
    await time.pass(90_000)
    expect(clock.now()).toBe(START_AT + 90_000)
  })

  it('counts the time that the device sleeps, although the monotonic clock stands still', async () => {
    await time.pass(1000)
    time.moveWall(HOUR_MS)
    expect(clock.now()).toBe(START_AT + HOUR_MS + 1000)
  })

  it('follows the monotonic clock when the wall clock is set back, so that no URL appears to live longer', async () => {
    await time.pass(1000)
    time.moveWall(-HOUR_MS)
    expect(clock.now()).toBe(START_AT + 1000)
    await time.pass(30_000)
    expect(clock.now()).toBe(START_AT + 31_000)
  })

  it('keeps running after the wall clock is set forward by mistake and back again', async () => {
    time.moveWall(HOUR_MS)
    const mistaken = clock.now()
    time.moveWall(-HOUR_MS)
    await time.pass(30_000)
    expect(clock.now()).toBe(mistaken + 30_000)
  })

  it('counts a sleep after the wall clock is set back', async () => {
    time.moveWall(-HOUR_MS)
    await time.pass(1000)
    const before = clock.now()
    time.moveWall(2 * HOUR_MS)
    expect(clock.now()).toBeGreaterThanOrEqual(before + HOUR_MS)
  })

  it('never goes backward', async () => {
    let before = clock.now()
    for (const byMs of [5000, -9000, HOUR_MS, -2 * HOUR_MS, 1, -1]) {
      time.moveWall(byMs)
      await time.pass(10)
      expect(clock.now()).toBeGreaterThanOrEqual(before)
      before = clock.now()
    }
  })
})

describe('Clock.skew, from what the endpoint reports about its own clock', () => {
  it('is zero without evidence', () => {
    expect(clock.skew).toBe(0)
  })

  it.each([HOUR_MS, -HOUR_MS])('follows a server that is %i ms off, to within the round trip', (offMs) => {
    const sentAt = START_AT
    const receivedAt = START_AT + 200
    clock.serverSaid(START_AT + offMs + 100, 0, sentAt, receivedAt)
    expect(clock.skew).toBeGreaterThanOrEqual(offMs - 100)
    expect(clock.skew).toBeLessThanOrEqual(offMs + 100)
  })

  it.each([
    ['the earliest server time', -999],
    ['the latest server time', 0],
  ])('ignores a Date header within its margin of error, one second plus the round trip: %s', (_, offMs) => {
    clock.serverSaid(START_AT + offMs, 1000, START_AT, START_AT + 200)
    expect(clock.skew).toBe(0)
  })

  it('takes the latest time that the evidence allows, because an early refresh costs less than a refusal', () => {
    clock.serverSaid(START_AT + HOUR_MS, 1000, START_AT, START_AT + 200)
    expect(clock.skew).toBe(HOUR_MS + 1000)
  })

  it('keeps an estimate that agrees with later evidence', () => {
    clock.serverSaid(START_AT + HOUR_MS, 0, START_AT, START_AT)
    clock.serverSaid(START_AT + HOUR_MS, 1000, START_AT, START_AT + 300)
    expect(clock.skew).toBe(HOUR_MS)
  })
})

describe('Clock.skew, from what the CDN proves', () => {
  const expiresAt = START_AT + 60_000

  it('does not change when a URL that looks valid is accepted', () => {
    proveByAcceptance(clock, expiresAt, START_AT + 59_999)
    expect(clock.skew).toBe(0)
  })

  it('falls when a URL that looks expired is accepted, because the server’s clock has not passed its expiry', () => {
    proveByAcceptance(clock, expiresAt, START_AT + HOUR_MS)
    expect(clock.skew).toBe(60_000 - HOUR_MS)
  })

  it('rises when a URL that looks valid turns out to be expired', () => {
    proveByExpiry(clock, expiresAt, START_AT + 10_000, START_AT + 8000)
    // Between 50 s (it has expired now) and 52 s (it had not 2 s ago): the later server clock is the safer guess.
    expect(clock.skew).toBe(52_000)
  })

  it('rises only as far as is proven when the URL was never accepted', () => {
    proveByExpiry(clock, expiresAt, START_AT + 10_000, undefined)
    expect(clock.skew).toBe(50_000)
  })

  it('does not change when a URL that looks expired turns out to be expired', () => {
    proveByExpiry(clock, expiresAt, START_AT + 61_000, START_AT + 59_000)
    expect(clock.skew).toBe(0)
  })

  it('does not change when a URL that looks expired and was never accepted turns out to be expired', () => {
    proveByExpiry(clock, START_AT - HOUR_MS, START_AT, undefined)
    expect(clock.skew).toBe(0)
  })

  it('outranks what the endpoint later reports about its own clock', () => {
    proveByExpiry(clock, expiresAt, START_AT + 10_000, START_AT + 8000)
    clock.serverSaid(START_AT + 10_000, 0, START_AT + 10_000, START_AT + 10_000)
    expect(clock.skew).toBe(52_000)
  })
})
