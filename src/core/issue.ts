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
  /** This endpoint's URLs don't always live equally long. */
  readonly livesVary: boolean
  /** Others may have got theirs in the same second: the first one, as at kick-off, and the first one after a failure, as when the endpoint is back. */
  readonly isFirst: boolean
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

/** From when on an issue is due, and expired: device's clock. */
export interface Limits {
  readonly dueAt: number
  readonly expiredAt: number
}

export interface RefreshTiming extends Pace {
  /** From issue to expiry, ms. */
  readonly lifeMs: number
  readonly isShared: boolean
  readonly isFirst: boolean
}

/** A signature that expires on the full minute is usually cached and handed to many viewers (the seed on Bits on the Run). */
const SHARED_GRAIN_MS = 60_000
/** By how much whole seconds and an estimated skew make equal lives differ. */
const LIFE_TOLERANCE_MS = 2_000
const LONGEST_LEAD_MS = 60_000
const LONGEST_FIRST_LEAD_MS = 300_000
const SMALLEST_GUARD_MS = 250
const SIGNING_MARGIN = 1.5
/** Share of a URL's life after which an error without a status counts as a refusal. */
const NEAR_EXPIRY = 0.8

/** What `expiresIn` says comes first, then `expiresAt`, then the expiry that the URL itself carries. */
export function toIssue(signing: Signing, clock: Pick<Clock, 'now' | 'skew'>): Issue {
  const { answer, sentAt } = signing
  const { url, type, expiresInMs } = answer
  const absolute = answer.expiresAt ?? expiryIn(url)
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
    livesVary: false,
    isFirst: true,
    acceptedAt: undefined,
    isRefused: false,
    isSuspected: false,
    restUntil: 0,
  }
  const endsAt = endOf(issue, clock.skew)
  return { ...issue, isDoubtful: endsAt !== undefined && endsAt <= clock.now() }
}

function expiryIn(url: string): number | undefined {
  const seconds = readExpiry(url)
  return seconds === undefined ? undefined : seconds * SECOND_MS
}

/** By how much a life in whole seconds may be too long: most servers cut the expiry to a whole second, and `expiresIn` is what they added to the time. */
function roundedMs(expiresInMs: number): number {
  return expiresInMs % SECOND_MS === 0 ? Math.min(SECOND_MS, expiresInMs / 4) : 0
}

/** What `following` depends on besides the issues. */
interface Succession {
  /** It has the URL of the one before. */
  readonly isSame: boolean
  /** Signing had failed in between. */
  readonly hasFailed: boolean
  readonly skew: number
  readonly now: number
}

/** `issue`, with what the one before shows of it. */
export function following(issue: Issue, before: Issue, moment: Succession): Issue {
  const compared = { ...comparedTo(issue, before, moment.skew), isFirst: moment.hasFailed }
  return moment.isSame ? repeated(compared, before, moment) : compared
}

/** The endpoint answered with the URL of `before` again, as servers do that share signatures. The next one is requested at half of what remains. */
function repeated(issue: Issue, before: Issue, { skew, now }: { skew: number; now: number }): Issue {
  const endsAt = endOf(issue, skew)
  const restUntil = endsAt === undefined ? issue.restUntil : now + (endsAt - now) / 2
  return { ...issue, acceptedAt: before.acceptedAt, isShared: true, restUntil }
}

/**
 * Where one issue lives longer than the other, the endpoint hands out URLs that it has signed before: its viewers share them, and they all expire at the same time.
 * Nothing is concluded from a URL that was signed into the page, which may have been there for a while.
 */
function comparedTo(issue: Issue, before: Issue, skew: number): Issue {
  const lives = [lifeOf(issue, skew), lifeOf(before, skew)] as const
  const livesVary = before.livesVary || (!before.signing.isAdopted && Math.abs(lives[0] - lives[1]) > LIFE_TOLERANCE_MS)
  return { ...issue, livesVary, isShared: issue.isShared || livesVary }
}

/** From issue to expiry, ms; NaN when unknown. */
function lifeOf(issue: Issue, skew: number): number {
  return (endOf(issue, skew) ?? Number.NaN) - issue.issuedAt
}

/** When `issue` expires by the device's clock, as far as is known. */
export function endOf(issue: Issue, skew: number): number | undefined {
  if (issue.measuredEndsAt !== undefined || issue.expiresAt === undefined) return issue.measuredEndsAt
  return issue.expiresAt - skew
}

export function validityOf(issue: Issue, { skew, now, pace }: { skew: number; now: number; pace: Pace }): Validity {
  if (issue.isRefused) return 'expired'
  const limits = limitsOf(issue, skew, pace)
  if (!limits) return 'fresh'
  if (now >= limits.expiredAt) return 'expired'
  return now >= limits.dueAt ? 'due' : 'fresh'
}

/** Undefined where an issue is used until the CDN refuses it. */
export function limitsOf(issue: Issue, skew: number, pace: Pace): Limits | undefined {
  const endsAt = endOf(issue, skew)
  if (endsAt === undefined || issue.isDoubtful) return undefined
  const timing = timingOf(issue, endsAt, pace)
  return { dueAt: Math.max(endsAt - leadMs(timing), issue.restUntil), expiredAt: endsAt - guardMs(timing) }
}

/** Where the expiry is unknown, it may be near at any time. */
export function isNearExpiry(issue: Issue, { skew, now }: { skew: number; now: number }): boolean {
  const endsAt = endOf(issue, skew)
  if (endsAt === undefined || issue.isDoubtful) return true
  return now >= issue.issuedAt + NEAR_EXPIRY * (endsAt - issue.issuedAt)
}

function timingOf({ issuedAt, isShared, isFirst }: Issue, endsAt: number, pace: Pace): RefreshTiming {
  const { signingMs, sendMs, leadTimeMs } = pace
  return { signingMs, sendMs, leadTimeMs, lifeMs: Math.max(0, endsAt - issuedAt), isShared, isFirst }
}

/**
 * How long before expiry a URL is due: a fifth of its life, at most a minute, at least one and a half signing times, at most half the life.
 * A shared URL is due for the whole of that half, so that the viewers who hold it can spread out; so is a first one, for up to five minutes.
 */
export function leadMs({ lifeMs, signingMs, leadTimeMs, isShared, isFirst }: RefreshTiming): number {
  if (isShared) return lifeMs / 2
  const wanted = leadTimeMs ?? (isFirst ? LONGEST_FIRST_LEAD_MS : Math.min(lifeMs / 5, LONGEST_LEAD_MS))
  return Math.min(Math.max(wanted, SIGNING_MARGIN * signingMs), lifeMs / 2)
}

/** How long before `expiresAt` a URL counts as expired: whole-second expiries and the way to the CDN shorten its life. */
export function guardMs({ lifeMs, sendMs }: RefreshTiming): number {
  return Math.min(Math.max(SMALLEST_GUARD_MS, 2 * sendMs), lifeMs / 4)
}

/** How long a due refresh waits: a random part of the time left that still leaves time to sign. Viewers who load in step don't sign in step. */
export function spreadMs(timeLeftMs: number, { signingMs }: Pick<Pace, 'signingMs'>, random: () => number): number {
  return random() * Math.max(0, timeLeftMs - SIGNING_MARGIN * signingMs)
}
