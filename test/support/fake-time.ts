import { vi } from 'vitest'
import type { TimeSource } from '../../src/core/clock.js'

/** The Gcore seed's own date, at an odd second: whole-minute expiries have a meaning of their own. */
export const START_AT = Date.UTC(2026, 0, 7, 10, 30, 7)

/** The device's wall clock, its monotonic clock and its timers, in step until a test moves the wall. */
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

  /** Lets time go by: timers fire, and what they settle settles. */
  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
  }

  /** Lets everything settle that needs no time. */
  async settle(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0)
  }

  /** Someone moves the wall clock, or the device slept while its timers and its monotonic clock stood still. */
  moveWall(byMs: number): void {
    vi.setSystemTime(Date.now() + byMs)
  }

  /** Timers that would still fire. */
  get timers(): number {
    return vi.getTimerCount()
  }

  restore(): void {
    vi.useRealTimers()
  }
}
