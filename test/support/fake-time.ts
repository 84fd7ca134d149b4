import { vi } from 'vitest'
import type { TimeSource } from '../../src/core/clock.js'

/** A time that is not a whole minute, because expiries at a whole minute have a meaning of their own. */
export const START_AT = Date.UTC(2026, 0, 7, 10, 30, 7)

/** The device's wall clock, its monotonic clock and its timers, in step until a test moves the wall clock. */
export class FakeTime implements TimeSource {
  constructor(startAt = START_AT) {
    vi.useFakeTimers({ now: startAt })
  }

  wall(): number {
    return Date.now()
  }

  monotonic(): number {
    return performance.now()
  }

  /** Lets time pass: timers fire, and the promises that they settle settle. */
  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
  }

  /** Settles everything that needs no time. */
  async settle(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0)
  }

  /** Moves the wall clock, as a user does, or as a sleep does, during which timers and the monotonic clock stand still. */
  moveWall(byMs: number): void {
    vi.setSystemTime(Date.now() + byMs)
  }

  /** The number of pending timers. */
  get timers(): number {
    return vi.getTimerCount()
  }

  restore(): void {
    vi.useRealTimers()
  }
}
