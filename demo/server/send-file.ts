import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { LogEntry, Stage } from './stages.js'

export type Span = { start: number; end: number }

/**
 * Returns the part of `size` bytes that a `Range` header requests, both ends included. Returns `whole` without a range, or for one that a
 * server may ignore (another unit, several ranges, malformed), and `outside` for one that can't be satisfied.
 *
 * @see RFC 9110 section 14.1.2
 */
export function readRange(header: string | undefined, size: number): Span | 'whole' | 'outside' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    return last === '0' || size === 0 ? 'outside' : { start: Math.max(0, size - Number(last)), end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return 'whole'
  return start >= size ? 'outside' : { start, end }
}

/** How much delay by timers or a busy machine is made up for. Delay by a viewer who stops reading is not. */
const LATE_MS = 200
/** How often a response is checked for the expiry of its URL. */
const LOOK_MS = 50

interface Sending {
  stage: Stage
  entry: LogEntry
  /** Whether the connection has to break. Polled, because a viewer whose buffer is full stops reading, and nothing is sent for minutes. */
  isDead: () => boolean
}

/** Sends `span` of the file at the stage's current speed, and adds to `entry.bytes`. Stops when the viewer leaves. */
export async function sendSpan(
  res: ServerResponse,
  path: string,
  span: Span,
  { stage, entry, isDead }: Sending,
): Promise<void> {
  const gone = new AbortController()
  const look = setInterval(() => isDead() && res.destroy(), LOOK_MS)
  res.once('close', () => {
    clearInterval(look)
    gone.abort()
  })
  res.flushHeaders()
  const file = await open(path)
  let due = performance.now()
  try {
    for (let at = span.start; at <= span.end; ) {
      const { bytesPerSecond, limitAfterBytes, cutAfterBytes } = stage.settings
      const quick = Math.max(0, limitAfterBytes - entry.bytes, stage.cachedTo(path) - at)
      const free = bytesPerSecond > 0 ? quick : Number.POSITIVE_INFINITY
      const left = cutAfterBytes > 0 ? cutAfterBytes - entry.bytes : Number.POSITIVE_INFINITY
      if (left <= 0) return void res.destroy()
      const piece = free > 0 ? Math.min(65_536, free) : Math.ceil(bytesPerSecond / 20)
      const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(piece, left, span.end - at + 1)), {
        position: at,
      })
      if (bytesRead === 0 || res.destroyed) return void res.destroy()
      if (free === 0) {
        due = Math.max(due, performance.now() - LATE_MS) + (1000 * bytesRead) / bytesPerSecond
        await wait(Math.max(0, due - performance.now()), undefined, { signal: gone.signal })
      }
      at += bytesRead
      entry.bytes += bytesRead
      stage.cache(path, at)
      if (!res.write(buffer.subarray(0, bytesRead))) await once(res, 'drain', { signal: gone.signal })
      // What has been written must reach the viewer before the connection breaks.
      if (left !== Number.POSITIVE_INFINITY) await wait(5, undefined, { signal: gone.signal })
    }
    res.end()
  } catch (error) {
    if (!gone.signal.aborted) throw error
  } finally {
    await file.close()
  }
}
