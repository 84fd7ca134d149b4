import { type Clock, SECOND_MS } from './clock.js'
import { readExpiry } from './expiry/index.js'
import type { Signing } from './signing/signing-client.js'

/** One signed URL and what became of it. Immutable: what happens to it makes a new one. */
export interface Issue {
  /** Where it came from: the same object for all that becomes of one issue. */
  readonly signing: Signing
  readonly url: string
  /** The media type that the endpoint names. */
  readonly type: string | undefined
  /** Server's clock, epoch ms; undefined when unknown. */
  readonly expiresAt: number | undefined
  /** Device's clock, from `expiresIn`: it doesn't depend on the skew. */
  readonly measuredEndsAt: number | undefined
  /** When it was requested, device's clock. */
  readonly issuedAt: number
  /** It looked expired on arrival: either our clock is wrong or the URL is dead, and only the CDN can tell which. */
  readonly isDoubtful: boolean
  /** Other viewers hold the same URL. */
  readonly isShared: boolean
  /** When the last request was sent that the CDN served, device's clock. */
  readonly acceptedAt: number | undefined
  readonly isRefused: boolean
  /** A request failed without a status, and was sent again once on suspicion. */
  readonly isSuspected: boolean
  /** No background refresh before this instant (device's clock): one has just failed, or brought the same URL again. */
  readonly restUntil: number
}

/** Whether requests may be sent with an issue: `fresh` before its refresh point; `due` past it, so a refresh begins behind them; `expired` past expiry, or refused. */
export type Validity = 'fresh' | 'due' | 'expired'

/** What timing depends on besides the issue. All in ms. */
export interface Pace {
  /** How long signing took lately. */
  readonly signingMs: number
  /** How long the CDN took to answer lately. */
  readonly sendMs: number
  /** The option `leadTimeMs`. */
  readonly leadTimeMs: number | undefined
}

export interface RefreshTiming extends Pace {
  /** From issue to expiry, ms. */
  readonly lifeMs: number
  readonly isShared: boolean
}

/** A signature that expires on the full minute is usually cached and handed to many viewers (the seed on Bits on the Run). */
const SHARED_GRAIN_MS = 60_000
const LONGEST_LEAD_MS = 60_000
const SMALLEST_GUARD_MS = 250
const SIGNING_MARGIN = 1.5
/** Share of a URL's life after which an error without a status counts as a refusal. */
const NEAR_EXPIRY = 0.8

/** What `expiresIn` says comes first, then `expiresAt`, then the expiry that the URL itself carries. */
export function toIssue(signing: Signing, clock: Clock): Issue {
  const { answer, sentAt } = signing
  const { url, type, expiresInMs } = answer
  const seconds = readExpiry(url)
  const absolute = answer.expiresAt ?? (seconds === undefined ? undefined : seconds * SECOND_MS)
  const measuredEndsAt = expiresInMs === undefined ? undefined : sentAt + expiresInMs - roundedMs(expiresInMs)
  const issue: Issue = {
    signing,
    url,
    type,
    expiresAt: expiresInMs === undefined ? absolute : sentAt + expiresInMs + clock.skew,
    measuredEndsAt,
    issuedAt: sentAt,
    isDoubtful: false,
    isShared: absolute !== undefined && absolute % SHARED_GRAIN_MS === 0,
    acceptedAt: undefined,
    isRefused: false,
    isSuspected: false,
    restUntil: 0,
  }
  const endsAt = endOf(issue, clock.skew)
  return { ...issue, isDoubtful: endsAt !== undefined && endsAt <= clock.now() }
}

/** By how much a life in whole seconds may be too long: most servers cut the expiry to a whole second, and `expiresIn` is what they added to the time. */
function roundedMs(expiresInMs: number): number {
  return expiresInMs % SECOND_MS === 0 ? Math.min(SECOND_MS, expiresInMs / 4) : 0
}

/** The endpoint answered with the URL of `before` again, as servers do that share signatures. The next one is requested at half of what remains. */
export function repeated(issue: Issue, before: Issue, { skew, now }: { skew: number; now: number }): Issue {
  const endsAt = endOf(issue, skew)
  const restUntil = endsAt === undefined ? issue.restUntil : now + (endsAt - now) / 2
  return { ...issue, acceptedAt: before.acceptedAt, isShared: true, restUntil }
}

/** When `issue` expires by the device's clock, as far as is known. */
export function endOf(issue: Issue, skew: number): number | undefined {
  if (issue.measuredEndsAt !== undefined || issue.expiresAt === undefined) return issue.measuredEndsAt
  return issue.expiresAt - skew
}

export function validityOf(issue: Issue, { skew, now, pace }: { skew: number; now: number; pace: Pace }): Validity {
  if (issue.isRefused) return 'expired'
  const endsAt = endOf(issue, skew)
  if (endsAt === undefined || issue.isDoubtful) return 'fresh'
  const timing = timingOf(issue, endsAt, pace)
  if (now >= endsAt - guardMs(timing)) return 'expired'
  return now >= Math.max(endsAt - leadMs(timing), issue.restUntil) ? 'due' : 'fresh'
}

/** Where the expiry is unknown, it may be near at any time. */
export function isNearExpiry(issue: Issue, { skew, now }: { skew: number; now: number }): boolean {
  const endsAt = endOf(issue, skew)
  if (endsAt === undefined || issue.isDoubtful) return true
  return now >= issue.issuedAt + NEAR_EXPIRY * (endsAt - issue.issuedAt)
}

export function timingOf(issue: Issue, endsAt: number, pace: Pace): RefreshTiming {
  const { signingMs, sendMs, leadTimeMs } = pace
  return { signingMs, sendMs, leadTimeMs, lifeMs: Math.max(0, endsAt - issue.issuedAt), isShared: issue.isShared }
}

/**
 * How long before expiry a URL is due: a fifth of its life, at most a minute, at least one and a half signing times, at most half the life.
 * A shared URL is due for the whole of that half, so that the viewers who hold it can spread out.
 */
export function leadMs({ lifeMs, signingMs, leadTimeMs, isShared }: RefreshTiming): number {
  if (isShared) return lifeMs / 2
  const wanted = leadTimeMs ?? Math.min(lifeMs / 5, LONGEST_LEAD_MS)
  return Math.min(Math.max(wanted, SIGNING_MARGIN * signingMs), lifeMs / 2)
}

/** How long before `expiresAt` a URL counts as expired: whole-second expiries and the way to the CDN shorten its life. */
export function guardMs({ lifeMs, sendMs }: RefreshTiming): number {
  return Math.min(Math.max(SMALLEST_GUARD_MS, 2 * sendMs), lifeMs / 4)
}

/** How long a due refresh waits: a random part of the time left that still leaves time to sign. Viewers who load in step don't sign in step. */
export function spreadMs(timeLeftMs: number, { signingMs }: RefreshTiming, random: () => number): number {
  return random() * Math.max(0, timeLeftMs - SIGNING_MARGIN * signingMs)
}
