type Loaded = Pick<HTMLMediaElement, 'buffered' | 'duration' | 'currentTime'>

/** A position this close to a range counts as inside it: a seek lands on a frame, and a buffer ends in the middle of one. */
const TOLERANCE_S = 0.1

/** The end of the loaded range around `position`; undefined where nothing is loaded. */
function rangeEnd({ buffered }: Pick<Loaded, 'buffered'>, position: number): number | undefined {
  for (let index = 0; index < buffered.length; index += 1) {
    const end = buffered.end(index)
    if (buffered.start(index) <= position + TOLERANCE_S && position <= end + TOLERANCE_S) return Math.max(position, end)
  }
  return undefined
}

/** The end of the loaded range around `position`; `position` itself where nothing is loaded. */
export function bufferedEnd(element: Pick<Loaded, 'buffered'>, position: number): number {
  return rangeEnd(element, position) ?? position
}

/** Whether a seek to `position` needs no request. */
export function isBuffered(element: Pick<Loaded, 'buffered' | 'duration'>, position: number): boolean {
  const end = rangeEnd(element, position) ?? Number.NEGATIVE_INFINITY
  return end > position || isAtEnd(element, end)
}

/** Whether the browser can seek in all of a file. Without ranges on the server, it goes no further than what is loaded, or back to the start. */
export function isSeekable({ seekable, duration }: Pick<HTMLMediaElement, 'seekable' | 'duration'>): boolean {
  if (seekable.length === 0 || duration === Number.POSITIVE_INFINITY) return true
  return seekable.end(seekable.length - 1) >= duration - TOLERANCE_S
}

/** Whether `position` is the end of the video, or so near that nothing is left to see. */
export function isAtEnd({ duration }: Pick<Loaded, 'duration'>, position: number): boolean {
  return position >= duration - TOLERANCE_S
}

/** Whether the video can play from where it is to its end without another request. */
export function isLoadedToEnd({ buffered, duration, currentTime }: Loaded): boolean {
  return isAtEnd({ duration }, bufferedEnd({ buffered }, currentTime))
}

/**
 * Where a live stream resumes after a second load: as far behind the live edge as before, because the new load may count time from another start.
 * If that point has left the window, it resumes at the oldest position. Undefined where the browser doesn't report the edge: then the browser starts
 * at the edge by itself.
 */
export function placeInLive(position: number, before: TimeRanges, now: TimeRanges): number | undefined {
  if (before.length === 0 || now.length === 0) return undefined
  const edge = now.end(now.length - 1)
  return Math.max(now.start(0), edge - (before.end(before.length - 1) - position))
}
