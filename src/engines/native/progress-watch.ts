import { bufferedEnd } from './ranges.js'

/** A connection that has brought nothing for so long is not relied on. */
const SILENT_MS = 1_000
/** A film that stands for so long does so for a reason. */
const STUCK_MS = 4_000

/** Where a film and its buffer stand, and since when (device's clock): what a browser doesn't tell. */
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

  /** The film is about to move; waiting counts from here. */
  expectMove(now: number): void {
    this.#movedAt = now
  }

  noteArrival(now: number): void {
    this.#arrivedAt = now
  }

  /** Seconds loaded ahead, as of the last look. */
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
