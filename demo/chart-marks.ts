import { isRefused, isSigning } from './origin-log.js'
import type { LogEntry } from './stage.js'
import type { Timeline } from './timeline.js'

export type Lane = 'urls' | 'signings' | 'media' | 'buffer'

/** Something on the chart that has a name. */
export interface Mark {
  /** Epoch ms. */
  readonly at: number
  readonly lane: Lane
  /** What it is, without the time. */
  readonly text: string
}

/** Returns everything on the chart since `since`, oldest first. */
export function marksOf(timeline: Timeline, since: number): Mark[] {
  const marks = [...urlMarks(timeline), ...timeline.requests.map(requestMark), ...stallMarks(timeline)]
  return marks.filter(({ at }) => at >= since).sort((one, other) => one.at - other.at)
}

/** Returns the mark with its time, as seen at `now`. */
export function describeMark({ at, text }: Mark, now: number): string {
  const seconds = Math.round(Math.abs(now - at) / 100) / 10
  return `${at > now ? `in ${seconds} s` : `${seconds} s ago`}: ${text}`
}

/** How a request ended, in one word, which is its look on the chart. */
export function outcomeOf(entry: Pick<LogEntry, 'kind' | 'status'>): 'good' | 'refused' | 'failed' | 'open' {
  if (entry.status === 0) return 'open'
  if (isRefused(entry)) return 'refused'
  return entry.status < 400 ? 'good' : 'failed'
}

function urlMarks({ urls }: Timeline): Mark[] {
  return urls.flatMap(({ number, startsAt, endsAt, wasKilled }) => {
    const seconds = Math.round((endsAt - startsAt) / 1000)
    const begins = number === 1 ? 'The first URL' : `A refresh: URL ${number}`
    return [
      { at: startsAt, lane: 'urls', text: `${begins}, good for ${seconds} s` },
      { at: endsAt, lane: 'urls', text: wasKilled ? `URL ${number} was killed` : `URL ${number} expires` },
    ] as const
  })
}

function requestMark(entry: LogEntry): Mark {
  const { at, path, status, issue, range } = entry
  const outcome = { good: '', refused: 'refused', failed: 'failed', open: 'no answer yet' }[outcomeOf(entry)]
  const details = [status > 0 && `status ${status}`, outcome, issue !== undefined && `issue ${issue}`, range]
  const what = isSigning(entry) ? `Signing request for ${path}` : `Media request for ${path}`
  return { at, lane: isSigning(entry) ? 'signings' : 'media', text: [what, ...details].filter(Boolean).join(', ') }
}

function stallMarks({ samples }: Timeline): Mark[] {
  return samples.flatMap(({ at, isStalled }, i) => {
    if (!isStalled || samples[i - 1]?.isStalled) return []
    const rest = samples.slice(i)
    const end = rest.find((sample) => !sample.isStalled) ?? rest.at(-1)
    const seconds = Math.round(((end?.at ?? at) - at) / 100) / 10
    return [{ at, lane: 'buffer', text: `A stall of ${seconds} s` } as const]
  })
}
