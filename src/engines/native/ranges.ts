type Loaded = Pick<HTMLMediaElement, 'buffered' | 'duration' | 'currentTime'>

/** Nearer than this to a range counts as inside: a seek lands on a frame, and a buffer ends in the middle of one. */
const TOLERANCE_S = 0.1

/** Where the loaded range ends that `position` lies in; undefined where nothing is loaded. */
function rangeEnd({ buffered }: Pick<Loaded, 'buffered'>, position: number): number | undefined {
  for (let index = 0; index < buffered.length; index += 1) {
    const end = buffered.end(index)
    if (buffered.start(index) <= position + TOLERANCE_S && position <= end + TOLERANCE_S) return Math.max(position, end)
  }
  return undefined
}

/** Where the loaded range ends that `position` lies in; `position` itself where nothing is loaded. */
export function bufferedEnd(element: Pick<Loaded, 'buffered'>, position: number): number {
  return rangeEnd(element, position) ?? position
}

/** Whether a seek to `position` asks for nothing. */
export function isBuffered(element: Pick<Loaded, 'buffered' | 'duration'>, position: number): boolean {
  const end = rangeEnd(element, position) ?? Number.NEGATIVE_INFINITY
  return end > position || end >= element.duration - TOLERANCE_S
}

/** Whether the film can play from where it is to its end with no further request. */
export function isLoadedToEnd({ buffered, duration, currentTime }: Loaded): boolean {
  return bufferedEnd({ buffered }, currentTime) >= duration - TOLERANCE_S
}

/**
 * Where a live stream goes on that is loaded anew: as far behind the live edge as it was, because the new load may count its time from another beginning;
 * at the oldest moment there is when that has left the window. Undefined where the browser doesn't tell the edge: it starts there by itself.
 */
export function placeInLive(position: number, before: TimeRanges, now: TimeRanges): number | undefined {
  if (before.length === 0 || now.length === 0) return undefined
  const edge = now.end(now.length - 1)
  return Math.max(now.start(0), edge - (before.end(before.length - 1) - position))
}
