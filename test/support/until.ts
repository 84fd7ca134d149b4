import { vi } from 'vitest'

/** Waits for `assertion` to hold. By default `vi.waitFor` polls every 50 ms, but what unit tests wait for takes one or two. */
export function until<T>(assertion: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { interval: 2 })
}
