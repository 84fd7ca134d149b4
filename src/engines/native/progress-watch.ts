import { bufferedEnd } from './ranges.js'

/** After this long without data, a connection no longer counts as delivering. */
const SILENT_MS = 2_000
/** A video that hasn't moved for this long stands still. Without data it is stuck, and after each load that didn't help it gets twice as long. */
const STILL_MS = 4_000
const MOST_DOUBLINGS = 2
/** A position this close to that of the last load is the same place. */
const SAME_PLACE_S = 1

/** Tracks when the position and the buffer last moved (device's clock), which no event reports, and how many loads that took. */
export class ProgressWatch {
  #position = 0
  #end = 0
  #movedAt = 0
  #arrivedAt = 0
  /** Where `src` was last set again, and how often there. */
  #place = 0
  #loads = 0

  look(element: Pick<HTMLMediaElement, 'currentTime' | 'buffered'>, now: number): void {
    const { currentTime: position } = element
    const end = bufferedEnd(element, position)
    if (position !== this.#position) this.#movedAt = now
    if (end > this.#end) this.#arrivedAt = now
    this.#position = position
    this.#end = end
  }

  /** The video is about to move: the time until it counts as standing still starts now. */
  expectMove(now: number): void {
    this.#movedAt = now
  }

  noteArrival(now: number): void {
    this.#arrivedAt = now
  }

  /** `src` is set again at `position`. */
  noteLoad(position: number, now: number): void {
    this.#loads = this.loadsAt(position) + 1
    this.#place = position
    this.#end = 0
    this.expectMove(now)
    this.noteArrival(now)
  }

  /** The page wants another attempt. */
  startOver(): void {
    this.#loads = 0
  }

  /** How often `src` has been set again at `position`. */
  loadsAt(position: number): number {
    return Math.abs(position - this.#place) < SAME_PLACE_S ? this.#loads : 0
  }

  /** Seconds loaded ahead at the last `look`. */
  get ahead(): number {
    return this.#end - this.#position
  }

  isFlowing(now: number): boolean {
    return now - this.#arrivedAt < SILENT_MS
  }

  isStill(now: number): boolean {
    return now - this.#movedAt > STILL_MS
  }

  /** It stands still, and nothing has arrived for as long. */
  isStuck(now: number, position: number): boolean {
    const patienceMs = STILL_MS * 2 ** Math.min(this.loadsAt(position), MOST_DOUBLINGS)
    return now - Math.max(this.#movedAt, this.#arrivedAt) > patienceMs
  }
}
