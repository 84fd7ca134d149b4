import { type FileKind, type Reaction, react } from './blame.js'
import { proveByExpiry } from './clock.js'
import { ClockClaim } from './clock-claim.js'
import { withoutDirectives } from './coverage/directives.js'
import type { Part } from './coverage/part.js'
import { deadUrlError, type SignedUrlError } from './errors.js'
import type { Issue } from './issue.js'
import { putLast } from './recent.js'
import { redact } from './redact.js'
import type { Signature } from './signature.js'

/** One try of a request, as it was sent. */
export interface Try {
  /** As the engine names it. */
  readonly askedUrl: string
  readonly url: string
  readonly kind: FileKind
  readonly part: Part
  /** Device's clock. */
  readonly at: number
  /** It carried the newest credentials: carrying them onto its URL again changes nothing, and they were issued before it was sent (cookies change under one URL). */
  readonly isCurrent: boolean
  /** With what the request was refused before. */
  readonly refused: RefusedIssue | undefined
}

/** An issue that was refused. What it teaches of the CDN's clock is learned once it is certain that the refusal was about the issue. */
export interface RefusedIssue {
  readonly issue: Issue
  /** Of the first request that was refused. */
  readonly status: number
  /** When the refused request was sent, device's clock. */
  readonly at: number
  readonly lookedAlive: boolean
}

/** What requests of one kind have met. */
interface KindRecord {
  /** The last file that was served, and when it was requested with which issue. */
  served?: { readonly askedUrl: string; readonly at: number; readonly signature: Signature; readonly issue: Issue }
  /** The last control, and when it was answered. */
  control?: { readonly isServed: boolean; readonly at: number }
  asking?: Promise<boolean> | undefined
  /** Issues in a row that were refused, and the last of them. */
  refusedIssues: number
  lastRefused?: Issue
  /** The signature that has given up because of this kind, and why. */
  givenUp?: { readonly signature: Signature; readonly error: SignedUrlError } | undefined
}

/** How long the outcome of a control stands for other refusals of that kind, in whatever rendition. */
const VERDICT_MS = 5_000
/** Files that are refused by themselves: more than a video has gaps. */
const MOST_OWN_REFUSALS = 256
/** `refused`: with what the request was refused, which its next try brings back. */
export type Outcome = { readonly again: false } | { readonly again: true; readonly refused: RefusedIssue | undefined }

interface RefusalsSettings {
  /** The media's own. */
  readonly signature: Signature
  /** The option: what one signature covers. */
  readonly scope: string
  partOf(url: string): Part | undefined
  /** Whether the CDN serves a file now, as the engine names it. `signature`: the media's own. */
  isServed(askedUrl: string, part: Part | undefined, signature: Signature): Promise<boolean>
}

/**
 * Finds out what it means that the CDN refuses files of one media: that a file is missing or forbidden, or that the credentials are dead. `react` decides; what it
 * decides by is remembered here.
 */
export class Refusals {
  readonly #settings: RefusalsSettings
  readonly #kinds = new Map<FileKind, KindRecord>()
  /** Files that were found to be refused whatever they are requested with, and the status; the latest last. */
  readonly #own = new Map<string, number>()
  /** Issues in a row that were refused with 401 or 403 although they had been accepted and looked alive. */
  #early = 0
  /** The last issue that was refused, and the last that something was learned from. */
  #lastRefused: RefusedIssue | undefined
  #lastLearned: Issue | undefined
  #claim: ClockClaim | undefined
  #lastOwn = ''

  constructor(settings: RefusalsSettings) {
    this.#settings = settings
  }

  /** The last refusal that was about the file itself, for the cause of an engine's own error. Holds no token. */
  get lastOwn(): string {
    return this.#lastOwn
  }

  /**
   * Whether `status` counts as a refusal. Status 0 is an error whose status the browser hides, as it does for a refusal without CORS headers. It counts near expiry and
   * after it, and once per accepted URL before.
   */
  isRefusal(status: number, { part, isCurrent }: Try): boolean {
    const { signature } = part
    const { issue, settings } = signature
    if (status !== 0) return settings.refusedStatuses.includes(status)
    if (!issue || !settings.environment.isOnline()) return false
    if (!isCurrent || signature.isNearExpiry) return true
    if (issue.isSuspected || issue.acceptedAt === undefined) return false
    signature.suspect()
    return true
  }

  noteServed({ askedUrl, url, kind, part, at, isCurrent, refused }: Try): void {
    const { signature } = part
    const { issue } = signature
    if (!isCurrent || !issue) return
    if (!part.coverage.withCredentials) this.#testClaim(issue, url)
    // The same file is served with another issue: so it was the issue that was refused.
    if (refused && !isSame(refused.issue, issue)) {
      this.#learn(refused)
      if (refused.lookedAlive) part.coverage.issueDied?.(refused.at)
    }
    this.#own.delete(askedUrl)
    const record = this.#recordOf(kind)
    if (at >= (record.served?.at ?? 0)) record.served = { askedUrl, at, signature, issue }
    this.#recover(record)
  }

  /** Takes the refusal of `sent` in, and says whether the request is to be sent again. A promise only where a control has to be asked. */
  note(status: number, sent: Try): Outcome | Promise<Outcome> {
    const { signature } = sent.part
    const { issue } = signature
    signature.settings.stats.refusals += 1
    const reaction = this.#react(status, sent)
    if (reaction !== 'ask-control') return this.#carryOut(reaction, status, sent)
    return this.#ask(sent.kind).then((isBack) => {
      // The issue may have been replaced meanwhile.
      const isStill = issue !== undefined && isSame(signature.issue, issue)
      return this.#carryOut(isStill && !isBack ? this.#react(status, sent) : 'send-again', status, sent)
    })
  }

  #react(status: number, { askedUrl, kind, part, at, isCurrent, refused }: Try): Reaction {
    const { signature } = part
    const { issue } = signature
    const { served, control, lastRefused, refusedIssues } = this.#recordOf(kind)
    if (!issue) return 'send-again'
    const { tries, retry } = signature.settings
    const isRepeated = refused !== undefined && !isSame(refused.issue, issue)
    const isNew = !issue.isRefused && issue.acceptedAt === undefined
    const isRecent = control !== undefined && this.#now() - control.at < VERDICT_MS
    const known = control?.isServed ? 'served' : 'refused'
    return react({
      isCurrent,
      isFresh: signature.looksFresh,
      isHidden: status === 0,
      isRepeated,
      isKnown: this.#own.has(askedUrl),
      wasOtherServed:
        served?.signature === signature &&
        isSame(served.issue, issue) &&
        served.at > at &&
        served.askedUrl !== askedUrl,
      control: served ? (isRecent ? known : 'unasked') : 'none',
      isExhausted:
        refusedIssues + (isSame(lastRefused, issue) ? 0 : 1) >= retry.maxAttempts ||
        (isRepeated && tries.failed + (isNew ? 1 : 0) >= retry.maxAttempts),
    })
  }

  #carryOut(reaction: Reaction, status: number, sent: Try): Outcome {
    const { askedUrl, kind, part, refused } = sent
    const { signature } = part
    const { issue } = signature
    if (reaction === 'pass-on') return this.#passOn(askedUrl, status)
    if (reaction === 'send-again' || !issue) return { again: true, refused }
    // Neither another issue nor another file helps.
    if (refused && !isSame(refused.issue, issue)) this.#learn(refused)
    const record = this.#recordOf(kind)
    if (!isSame(record.lastRefused, issue)) record.refusedIssues += 1
    record.lastRefused = issue
    if (!isSame(this.#lastRefused?.issue, issue)) {
      this.#lastRefused = { issue, status, at: sent.at, lookedAlive: signature.validity !== 'expired' }
      signature.refuse(status)
    }
    if (reaction === 'give-up') {
      const error = deadUrlError(this.#explain(kind, status), issue.isDoubtful, status)
      record.givenUp ??= { signature, error }
      signature.giveUp(record.givenUp.error)
    }
    return { again: true, refused: this.#lastRefused }
  }

  #passOn(askedUrl: string, status: number): Outcome {
    if (status !== 0)
      this.#lastOwn = ` The CDN refuses ${redact(askedUrl)} with ${status}, while it accepts the signed URL.`
    putLast(this.#own, askedUrl, status, MOST_OWN_REFUSALS)
    return { again: false }
  }

  /** One control stands for all refusals of a kind. True where what was given up is served again: then the file may be, too. */
  #ask(kind: FileKind): Promise<boolean> {
    const record = this.#recordOf(kind)
    record.asking ??= this.#askAbout(record).finally(() => {
      record.asking = undefined
    })
    return record.asking
  }

  async #askAbout(record: KindRecord): Promise<boolean> {
    const { signature, partOf, isServed: ask } = this.#settings
    const askedUrl = withoutDirectives(record.served?.askedUrl ?? '')
    const isServed = await ask(askedUrl, partOf(askedUrl), signature)
    record.control = { isServed, at: this.#now() }
    const isBack = isServed && record.givenUp !== undefined
    if (isBack) this.#recover(record)
    return isBack
  }

  /** A CDN that refuses what looked alive shows what its clock is. */
  #learn({ issue, status, at, lookedAlive }: RefusedIssue): void {
    if (isSame(this.#lastLearned, issue)) return
    this.#lastLearned = issue
    const { expiresAt, measuredEndsAt, acceptedAt, issuedAt, isDoubtful } = issue
    if (expiresAt === undefined || measuredEndsAt !== undefined) return
    const isEarly = lookedAlive && acceptedAt !== undefined && status !== 0
    this.#early = isEarly ? this.#early + 1 : 0
    // 410 says "expired". 401 and 403 may also mean another address: one alone says nothing about clocks.
    const isExpiry = status === 410 || this.#early >= 2
    if (!isExpiry || !(lookedAlive || isDoubtful)) return
    const { clock } = this.#settings.signature.settings
    const priorSkew = clock.skew
    proveByExpiry(clock, expiresAt, at, acceptedAt)
    // A second one bears the first one out. An issue that has lived for most of its life has hardly been revoked.
    const isDoubted = this.#early < 2 && at - issuedAt < (expiresAt - priorSkew - issuedAt) / 2
    this.#claim = isDoubted && !this.#claim ? new ClockClaim(priorSkew, at - (acceptedAt ?? at)) : undefined
  }

  /** `url` was served with credentials of `issue`. */
  #testClaim(issue: Issue, url: string): void {
    const claim = this.#claim
    const { signature, isServed } = this.#settings
    const { clock } = signature.settings
    const tested = claim?.test(issue, url, clock.skew, this.#now())
    if (!claim || tested === undefined) return
    this.#claim = undefined
    // Rejects when the media ends.
    isServed(tested, undefined, signature).then(
      (isStill) => isStill && clock.retract(claim.priorSkew),
      () => {},
    )
  }

  /** What the CDN refuses and what it serves, and which option or rule decides that. For developers. */
  #explain(kind: FileKind, status: number): string {
    const { scope } = this.#settings
    const seen = status === 0 ? 'without a readable status (CORS?)' : `with ${status}`
    const served = [...this.#kinds].flatMap(([other, record]) => (record.served ? [`${other}s`] : []))
    if (served.length === 0 || served.includes(`${kind}s`)) {
      return `The CDN refuses fresh URLs too (${kind}s, ${seen}): check the signing secret, what the token is bound to, and the clocks.`
    }
    const decides = /auto|directory/.test(scope)
      ? "`scope: 'file'`, or `covers` in the answer"
      : `what \`scope: '${scope}'\` sends`
    return `The CDN serves the ${served.join(' and ')} but refuses all ${kind}s ${seen}, with fresh URLs too: see ${decides}.`
  }

  /** Files of a kind are served, so nothing is given up any more. */
  #recover(record: KindRecord): void {
    record.refusedIssues = 0
    record.givenUp?.signature.recover(record.givenUp.error)
    record.givenUp = undefined
  }

  #recordOf(kind: FileKind): KindRecord {
    const known = this.#kinds.get(kind)
    if (known) return known
    const record: KindRecord = { refusedIssues: 0 }
    this.#kinds.set(kind, record)
    return record
  }

  #now(): number {
    return this.#settings.signature.settings.clock.now()
  }
}

/** What becomes of an issue makes a new object. */
function isSame(one: Issue | undefined, other: Issue): boolean {
  return one?.signing === other.signing
}
