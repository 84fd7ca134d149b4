import { vi } from 'vitest'

/** Waits for `assertion` to hold. By itself `vi.waitFor` looks every 50 ms, and what unit tests wait for takes one or two. */
export function until<T>(assertion: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { interval: 2 })
}
