import type { LogEntry } from '../../demo/server/stages.js'
import { isSegment } from './stage.js'

/** The bytes of media that were sent although they had been sent before. */
export function bytesTwice(log: readonly LogEntry[]): number {
  const spans = log.filter((entry) => entry.kind === 'media' && isSegment(entry) && entry.status < 300)
  const files = new Set(spans.map(({ path }) => path))
  return [...files].reduce((sum, file) => sum + overlapOf(spans.filter(({ path }) => path === file)), 0)
}

function overlapOf(entries: readonly LogEntry[]): number {
  const startOf = ({ range }: LogEntry) => Number(/^bytes=(\d+)/.exec(range ?? '')?.[1] ?? 0)
  const sorted = [...entries].sort((one, other) => startOf(one) - startOf(other))
  let sentTo = 0
  return sorted.reduce((sum, entry) => {
    const start = startOf(entry)
    const end = start + entry.bytes
    const again = Math.max(0, Math.min(end, sentTo) - start)
    sentTo = Math.max(sentTo, end)
    return sum + again
  }, 0)
}
