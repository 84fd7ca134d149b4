type Loaded = Pick<HTMLMediaElement, 'buffered' | 'duration' | 'currentTime'>

/** Nearer than this to a range counts as inside: a seek lands on a frame, and a buffer ends in the middle of one. */
const TOLERANCE_S = 0.1

/** Where the loaded range ends that `position` lies in; `position` itself where nothing is loaded. */
export function bufferedEnd({ buffered }: Pick<Loaded, 'buffered'>, position: number): number {
  for (let index = 0; index < buffered.length; index += 1) {
    const end = buffered.end(index)
    if (buffered.start(index) <= position + TOLERANCE_S && position <= end + TOLERANCE_S) return Math.max(position, end)
  }
  return position
}

/** Whether a seek to `position` asks for nothing. */
export function isBuffered(element: Pick<Loaded, 'buffered'>, position: number): boolean {
  return bufferedEnd(element, position) > position
}

/** Whether the film can play from where it is to its end with no further request. */
export function isLoadedToEnd({ buffered, duration, currentTime }: Loaded): boolean {
  return bufferedEnd({ buffered }, currentTime) >= duration - TOLERANCE_S
}
