/** The longest delay that browsers' 32-bit timers can hold; a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Resolves after `ms` (clamped to the longest timer), or rejects with the signal's reason; leaves nothing behind either way. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return settleOnce(signal, (resolve) => {
    const timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER_MS))
    return () => clearTimeout(timer)
  })
}

/** A promise that `start` settles or the signal rejects. The function that `start` returns is called in either case. */
export function settleOnce<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = () => settle(() => reject(signal.reason))
    let stop: (() => void) | undefined
    let settled = false
    const settle = (finish: () => void) => {
      if (settled) return
      settled = true
      signal.removeEventListener('abort', onAbort)
      stop?.()
      finish()
    }
    signal.addEventListener('abort', onAbort)
    stop = start(
      (value) => settle(() => resolve(value)),
      (reason) => settle(() => reject(reason)),
    )
    if (settled) stop()
  })
}

/** A controller that also aborts with `parent`; `release` removes its listener from the parent. */
export function linkedController(parent: AbortSignal): { controller: AbortController; release: () => void } {
  const controller = new AbortController()
  const onAbort = () => controller.abort(parent.reason)
  if (parent.aborted) onAbort()
  else parent.addEventListener('abort', onAbort)
  return { controller, release: () => parent.removeEventListener('abort', onAbort) }
}

interface TimeLimit<T> {
  readonly timeoutMs: number
  /** Ends it sooner. */
  readonly signal: AbortSignal
  /** What comes of it when the time is up. */
  readonly late: () => T
}

/** What `run` brings in time. The signal that it gets aborts when this is over. Rejects with the signal's reason when that aborts. */
export async function inTime<T>(
  { timeoutMs, signal, late }: TimeLimit<T>,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { controller, release } = linkedController(signal)
  try {
    return await Promise.race([run(controller.signal), wait(timeoutMs, controller.signal).then(late)])
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown
  } finally {
    controller.abort()
    release()
  }
}
