/** Milliseconds since the epoch, and milliseconds since some start that no clock setting moves. */
export interface TimeSource {
  wall(): number
  monotonic(): number
}

export const deviceTime: TimeSource = { wall: () => Date.now(), monotonic: () => performance.now() }

/** How coarse a `Date` header and whole-second times are. */
export const SECOND_MS = 1000

/**
 * The server's clock as seen from this device.
 *
 * `now()` is the device's time. It follows the wall clock forward (so that sleep counts) and the monotonic clock when the wall is set back
 * (so that no URL seems to live longer). `skew` is server minus device. Each piece of evidence bounds the skew from below and above; an estimate that
 * lies outside moves to the upper bound, because believing the server's clock to be later than it is costs an early refresh, and the contrary a refusal.
 * What the CDN proves (a URL accepted or refused) outranks what the endpoint says of its own clock.
 */
export class Clock {
  readonly #time: TimeSource
  #wall: number
  #monotonic: number
  #now: number
  #skew = 0
  #proven = false

  constructor(time: TimeSource = deviceTime) {
    this.#time = time
    this.#wall = time.wall()
    this.#monotonic = time.monotonic()
    this.#now = this.#wall
  }

  now(): number {
    const wall = this.#time.wall()
    const monotonic = this.#time.monotonic()
    this.#now += Math.max(wall - this.#wall, monotonic - this.#monotonic)
    this.#wall = wall
    this.#monotonic = monotonic
    return this.#now
  }

  get skew(): number {
    return this.#skew
  }

  /** The server said `serverTime` at some instant between `sentAt` and `receivedAt`; `grainMs` is how much may have been cut off it. */
  serverSaid(serverTime: number, grainMs: number, sentAt: number, receivedAt: number): void {
    if (this.#proven) return
    this.#skew = moveInto(this.#skew, serverTime - receivedAt, serverTime + grainMs - sentAt)
  }

  /** What the CDN proves outranks what the endpoint says of its own clock. */
  prove(skew: number): void {
    this.#proven = true
    this.#skew = skew
  }
}

/** An estimate that lies outside its bounds moves to the upper one. */
export function moveInto(estimate: number, low: number, high: number): number {
  return estimate < low || estimate > high ? Math.max(low, high) : estimate
}
