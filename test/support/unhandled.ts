import { afterEach, beforeEach } from 'vitest'

/** Collects the unhandled rejections of each test in a file. Returns a function that reads them. */
export function watchUnhandledRejections(): () => readonly unknown[] {
  let unhandled: unknown[] = []
  const onUnhandled = (reason: unknown) => unhandled.push(reason)
  beforeEach(() => {
    unhandled = []
    process.on('unhandledRejection', onUnhandled)
  })
  afterEach(() => {
    process.off('unhandledRejection', onUnhandled)
  })
  return () => unhandled
}
