import { proveByAcceptance, proveByExpiry } from '../../../src/core/clock.js'
import { endOf, following, type Issue, type Limits, limitsOf, type Pace, toIssue } from '../../../src/core/issue.js'
import type { CrowdAnswer } from './endpoint.js'
import type { Presence } from './presence.js'
import { EPOCH, type World } from './world.js'

/** What a viewer's device knows: its clock, and the signed URL. Instants are ms since the doors open, where nothing else is said. */
export class Device {
  readonly #tellsTime: boolean
  readonly #presence: Presence
  /** What its clock shows when the doors open, epoch ms. */
  readonly #opensAt: number
  readonly pace: Pace
  #issue: Issue | undefined
  #answer: CrowdAnswer | undefined
  /** As `Clock` has it. */
  readonly #clock = {
    skew: 0,
    prove(skew: number) {
      this.skew = skew
    },
  }

  constructor({ tellsTime }: World, presence: Presence) {
    this.#tellsTime = tellsTime
    this.#presence = presence
    this.#opensAt = EPOCH + presence.clockErrorMs
    this.pace = { signingMs: presence.roundTripMs, sendMs: presence.roundTripMs / 2, leadTimeMs: undefined }
  }

  get hasIssue(): boolean {
    return this.#issue !== undefined
  }

  /** When the URL is due, and expired, by what the device knows; undefined where it is used until it is refused. */
  get limits(): Limits | undefined {
    const limits = this.#issue && limitsOf(this.#issue, this.#clock.skew, this.pace)
    return limits && { dueAt: limits.dueAt - this.#opensAt, expiredAt: limits.expiredAt - this.#opensAt }
  }

  /** When the CDN refuses the URL. */
  get endsAt(): number {
    return (this.#answer?.expiresAt ?? 0) - EPOCH
  }

  get restUntil(): number {
    return (this.#issue?.restUntil ?? 0) - this.#opensAt
  }

  /** As in `Signature.pauseRefreshes`. */
  rest(until: number): void {
    if (this.#issue) this.#issue = { ...this.#issue, restUntil: this.#opensAt + until }
  }

  /** As in `Signature.take`. */
  take(answer: CrowdAnswer, sentAt: number, receivedAt: number, hasFailed: boolean): void {
    const now = this.#opensAt + receivedAt
    const times = {
      serverTime: undefined,
      expiresAt: answer.expiresAt,
      expiresInMs: this.#tellsTime ? answer.expiresAt - EPOCH - (sentAt + receivedAt) / 2 : undefined,
    }
    const read = { url: '', type: undefined, covers: undefined, ...times }
    const { skew } = this.#clock
    const first = toIssue({ answer: read, sentAt: this.#opensAt + sentAt, receivedAt: now }, { skew, now: () => now })
    const isSame = this.#answer?.signedAt === answer.signedAt
    this.#issue = this.#issue ? following(first, this.#issue, { isSame, hasFailed, skew, now }) : first
    this.#answer = answer
  }

  /** The CDN refuses a request that is sent at `at`, which shows what the time is there. As in `Signature.accept` and `Refusals`. */
  learn(at: number): void {
    if (!this.#issue || endOf(this.#issue, 0) === undefined) return
    const expiresAt = EPOCH + this.endsAt
    const servedAt = Math.max(this.#opensAt + this.#presence.lastSegmentAt(at), this.#issue.issuedAt)
    proveByAcceptance(this.#clock, expiresAt, servedAt)
    proveByExpiry(this.#clock, expiresAt, this.#opensAt + at, servedAt)
  }
}
