import type { SignedUrlErrorCode } from '../errors.js'

/** How failed signing requests are retried. */
export interface RetryPolicy {
  /** Signing requests in a row before the plugin gives up; at least 1. */
  readonly maxAttempts: number
  /** Upper bound of the first random wait, doubled for each further one. */
  readonly baseDelayMs: number
  /** Upper bound of every random wait. */
  readonly maxDelayMs: number
  /** How long one signing request may take, its body included. */
  readonly timeoutMs: number
}

export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 4, baseDelayMs: 500, maxDelayMs: 8_000, timeoutMs: 10_000 }

const DENIED = [401, 402, 403, 404, 410, 451]
const PASSING = [408, 425, 429]

/** What the endpoint's HTTP status means: undefined for an answer; a status that the protocol does not name counts as an unusable answer. */
export function endpointFailure(status: number): SignedUrlErrorCode | undefined {
  if (status === 200) return undefined
  if (DENIED.includes(status)) return 'signed-url-denied'
  return PASSING.includes(status) || status >= 500 ? 'signed-url-unavailable' : 'signed-url-invalid'
}

/**
 * Full-jitter backoff: a random wait below an exponentially growing bound, never sooner than `retryAfterMs`.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(failures: number, policy: RetryPolicy, random: () => number, retryAfterMs = 0): number {
  const bound = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (failures - 1))
  return Math.max(retryAfterMs, random() * bound)
}

/** Where an endpoint's `Retry-After` is longer, it counts as unavailable: no viewer would wait for it. */
export const LONGEST_PATIENCE_MS = 30_000

/** How long to wait before the next attempt, after `failures` in a row; undefined when it is time to give up. */
export function retryDelayMs(
  failures: number,
  policy: RetryPolicy,
  random: () => number,
  retryAfterMs = 0,
): number | undefined {
  if (failures >= policy.maxAttempts || retryAfterMs > LONGEST_PATIENCE_MS) return undefined
  return backoffMs(failures, policy, random, retryAfterMs)
}

const FIRST_PAUSE_MS = 7_000
const LONGEST_PAUSE_MS = 20_000
/** What the viewer does, and a page that wakes up, make the next try come sooner, but not sooner than this after the last one. */
export const SHORTEST_PAUSE_MS = 15_000

/**
 * How long to wait between single tries once `policy.maxAttempts` have failed: 7 to 10 s, 14 to 21 s, then 20 to 30 s each, at random, so that viewers don't come back in
 * step. That makes at most eight signing requests in the first minute, with the default policy. `failures`: how many in a row.
 */
export function pauseMs(failures: number, policy: RetryPolicy, random: () => number): number {
  const least = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - policy.maxAttempts))
  return least * (1 + random() / 2)
}

/**
 * `Retry-After` in ms: delta seconds or an HTTP date (RFC 9110 section 10.2.3); undefined when absent, unreadable or over. `now`: server's clock, epoch ms, as well as
 * it is known.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const seconds = Number(header)
  return Math.max(0, Number.isNaN(seconds) ? Date.parse(header ?? '') - now : seconds * 1000) || undefined
}
