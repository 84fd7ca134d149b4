/** What the timing of a refresh depends on. All in ms. */
export interface RefreshTiming {
  /** From issue to expiry. */
  readonly lifeMs: number
  /** How long signing took lately. */
  readonly signingMs: number
  /** How long a request took to be answered lately. */
  readonly sendMs: number
  /** The option `leadTimeMs`. */
  readonly leadTimeMs: number | undefined
  /** Other viewers hold the same URL: their refreshes come due at the same instant. */
  readonly shared: boolean
}

const LONGEST_LEAD_MS = 60_000
const SMALLEST_GUARD_MS = 250
const SIGNING_MARGIN = 1.5

/**
 * How long before expiry a URL is due. A fifth of its life, at most a minute, at least one and a half signing times, at most half the life:
 * a shared URL gets the whole of that half, so that a crowd that holds it has room to spread.
 */
export function leadMs({ lifeMs, signingMs, leadTimeMs, shared }: RefreshTiming): number {
  if (shared) return lifeMs / 2
  const wanted = leadTimeMs ?? Math.min(lifeMs / 5, LONGEST_LEAD_MS)
  return Math.min(Math.max(wanted, SIGNING_MARGIN * signingMs), lifeMs / 2)
}

/** How long before `expiresAt` a URL counts as expired: the way to the CDN and whole-second expiries eat into its end. */
export function guardMs({ lifeMs, sendMs }: RefreshTiming): number {
  return Math.min(Math.max(SMALLEST_GUARD_MS, 2 * sendMs), lifeMs / 4)
}

/** How long a due refresh waits: a random part of what is left, leaving time to sign. Spreads viewers who ask in step. */
export function spreadMs(timeLeftMs: number, { signingMs }: RefreshTiming, random: () => number): number {
  return random() * Math.max(0, timeLeftMs - SIGNING_MARGIN * signingMs)
}
