/** Milliseconds since the epoch, and milliseconds since a start that setting the clock does not move. */
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
 * `now()` is the device's time. It follows the wall clock forward (so that sleep counts) and the monotonic clock when the wall clock is set back
 * (so that no URL seems to live longer). `skew` is server minus device. Each piece of evidence bounds the skew from below and above. An estimate outside its bounds
 * moves to the upper one: taking the server's clock to be later than it is costs an early refresh, the opposite costs a refusal.
 * What the CDN proves (a URL accepted or refused) outranks what the endpoint says about its own clock.
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

  /** The server reported `serverTime` at some instant between `sentAt` and `receivedAt`, rounded down by up to `grainMs`. */
  serverSaid(serverTime: number, grainMs: number, sentAt: number, receivedAt: number): void {
    if (this.#proven) return
    this.#skew = moveInto(this.#skew, serverTime - receivedAt, serverTime + grainMs - sentAt)
  }

  /** From now on only the CDN's verdicts move the skew. */
  prove(skew: number): void {
    this.#proven = true
    this.#skew = skew
  }

  /** What a verdict of the CDN seemed to prove is wrong: `skew` is what was believed before. */
  retract(skew: number): void {
    this.#proven = false
    this.#skew = skew
  }
}

/** Moves an estimate that lies outside its bounds to the upper one. */
export function moveInto(estimate: number, low: number, high: number): number {
  return estimate < low || estimate > high ? Math.max(low, high) : estimate
}

/** The CDN accepted a URL that ends at `expiresAt` (server's clock) at the device's time `at`: its clock is not later than that. */
export function proveByAcceptance(clock: Pick<Clock, 'skew' | 'prove'>, expiresAt: number, at: number): void {
  if (clock.skew > expiresAt - at) clock.prove(expiresAt - at)
}

/**
 * The CDN found a URL expired at the device's time `at` that it had last accepted at `acceptedAt`.
 * Where it never accepted it (`acceptedAt` undefined), nothing bounds the skew from above.
 */
export function proveByExpiry(
  clock: Pick<Clock, 'skew' | 'prove'>,
  expiresAt: number,
  at: number,
  acceptedAt: number | undefined,
): void {
  const low = expiresAt - at
  const high = acceptedAt === undefined ? Math.max(low, clock.skew) : expiresAt - acceptedAt
  clock.prove(moveInto(clock.skew, low, high))
}
