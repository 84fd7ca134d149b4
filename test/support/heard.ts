import type { SeenEvent, Sighting } from '../browser/pages/lab.js'
import { until } from './site.js'
import type { Video } from './video.js'

/* What a page hears of a video that the element loads by itself. */

const WAITS = ['waiting', 'canplay', 'canplaythrough', 'playing', 'suspend']
/** With less than this buffered ahead, a video stalls for lack of data. */
const STARVED_S = 0.5

/**
 * The player's events since `mark`. Viewers and scripts may cause them, a swap must not. Leaves out waits with data buffered ahead and what follows
 * from them: a busy machine causes those.
 */
export function heard({ events }: Pick<Sighting, 'events'>, mark: number): string[] {
  let isLate = false
  return events.slice(mark).flatMap(({ type, ahead }) => {
    if (type === 'waiting' && ahead > STARVED_S) isLate = true
    else if (!WAITS.includes(type)) isLate = false
    return type.startsWith('signedurl') || (isLate && WAITS.includes(type)) ? [] : [type]
  })
}

/** Whether an event is something other than an element's own waiting for data, which happens with or without an expiry. */
export function isNoWait(type: string): boolean {
  return !WAITS.includes(type)
}

/** The events heard once the video played, except the plugin's own. */
export function unexpected({ events }: Sighting): string[] {
  const start = Math.max(
    events.findIndex(({ type }) => type === 'playing'),
    events.findIndex(({ type }) => type === 'canplaythrough'),
  )
  const isDue = ({ type, position }: SeenEvent) => type.startsWith('signedurl') || (type === 'suspend' && position < 1)
  const since = events.slice(start + 1)
  return heard({ events: since.filter((event) => !isDue(event)) }, 0)
}

/** Waits until the player's URL has expired by every clock. */
export async function untilExpired(video: Video): Promise<void> {
  await until(() => video.do<boolean>('player.signedUrl().expiresAt + 1_000 < Date.now()'), 'the URL to expire')
}
