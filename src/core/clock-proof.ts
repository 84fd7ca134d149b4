import { type Clock, moveInto } from './clock.js'

/* What the CDN's verdicts prove of its clock. */

/** The CDN accepted a URL that ends at `expiresAt` (server's clock) at the device's time `at`: its clock is not later than that. */
export function proveByAcceptance(clock: Clock, expiresAt: number, at: number): void {
  if (clock.skew > expiresAt - at) clock.prove(expiresAt - at)
}

/** The CDN found a URL expired at `at` that it had last accepted at `acceptedAt` (undefined: never, so that nothing bounds the skew from above). */
export function proveByExpiry(clock: Clock, expiresAt: number, at: number, acceptedAt: number | undefined): void {
  const low = expiresAt - at
  const high = acceptedAt === undefined ? Math.max(low, clock.skew) : expiresAt - acceptedAt
  clock.prove(moveInto(clock.skew, low, high))
}
