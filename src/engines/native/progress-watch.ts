import { bufferedEnd } from './ranges.js'

/** After this long without data, a connection no longer counts as delivering. */
const SILENT_MS = 1_000
/** A video that hasn't moved for this long is stuck. */
const STUCK_MS = 4_000

/** Tracks when the position and the buffer last moved (device's clock), which no event reports. */
export class ProgressWatch {
  #position = 0
  #end = 0
  #movedAt = 0
  #arrivedAt = 0

  look(element: Pick<HTMLMediaElement, 'currentTime' | 'buffered'>, now: number): void {
    const { currentTime: position } = element
    const end = bufferedEnd(element, position)
    if (position !== this.#position) this.#movedAt = now
    if (end > this.#end) this.#arrivedAt = now
    this.#position = position
    this.#end = end
  }

  /** The video is about to move: the time until it counts as stuck starts now. */
  expectMove(now: number): void {
    this.#movedAt = now
  }

  noteArrival(now: number): void {
    this.#arrivedAt = now
  }

  /** Seconds loaded ahead at the last `look`. */
  get ahead(): number {
    return this.#end - this.#position
  }

  isFlowing(now: number): boolean {
    return now - this.#arrivedAt < SILENT_MS
  }

  isStuck(now: number): boolean {
    return now - this.#movedAt > STUCK_MS
  }
}
