import { proveByAcceptance, proveByExpiry } from '../../../src/core/clock.js'
import { following, limitsOf, spreadMs, toIssue } from '../../../src/core/issue.js'
import { DEFAULT_RETRY, pauseMs, retryDelayMs } from '../../../src/core/signing/retry.js'
import type { CrowdAnswer, CrowdEndpoint } from './endpoint.js'
import type { Presence } from './presence.js'
import { chanceOf, nextState } from './random.js'
import type { CrowdListener } from './recorder.js'
import { STATE, Viewers } from './viewers.js'
import { EPOCH, type World } from './world.js'

/**
 * The viewers of one event. Every decision (when a URL is due, how long a refresh waits, when a failed one is tried again, what an answer shows) is made by the
 * plugin's own functions. What is written again here is only the order in which `Refreshable` calls them, without its promises; a unit test compares the two.
 */
export class Crowd {
  readonly #world: World
  readonly #presence: Presence
  readonly #endpoint: CrowdEndpoint
  readonly #listener: CrowdListener
  readonly viewers: Viewers
  /** Whose random numbers are drawn. */
  #viewer = 0

  constructor(world: World, presence: Presence, endpoint: CrowdEndpoint, listener: CrowdListener) {
    this.#world = world
    this.#presence = presence
    this.#endpoint = endpoint
    this.#listener = listener
    this.viewers = new Viewers(world, presence)
  }

  /** Handles the viewer's next event. Returns when it has another one. */
  step(viewer: number): number {
    const { nextAt, state } = this.viewers
    const at = nextAt[viewer] ?? 0
    this.#viewer = viewer
    const next = this.#handle(viewer, state[viewer] ?? 0, at)
    nextAt[viewer] = next
    return next
  }

  #handle(viewer: number, state: number, at: number): number {
    if (state === STATE.idle) return this.#request(viewer, at)
    if (state === STATE.failed) return this.#tryAgain(viewer, at)
    if (state === STATE.planned && this.#isRefused(viewer, at)) this.#learn(viewer, at)
    return this.#sign(viewer, at, 'expiring')
  }

  /** A segment request that finds the URL due or expired, or that the CDN refuses. As in `Signature.ready`. */
  #request(viewer: number, at: number): number {
    const issue = this.viewers.issueOf(viewer)
    const pace = this.viewers.paceOf(viewer)
    const skew = this.viewers.skew[viewer] ?? 0
    const now = this.viewers.deviceTime(viewer, at)
    const limits = limitsOf(issue, skew, pace)
    if (limits && now >= limits.expiredAt) return this.#wait(viewer, at, 'expired')
    if (this.#isRefused(viewer, at)) {
      this.#learn(viewer, at)
      return this.#wait(viewer, at, 'refused')
    }
    if (!limits) return this.#idle(viewer, at)
    const delayMs = this.#world.isSpread ? spreadMs(limits.expiredAt - now, pace, this.#random) : 0
    return this.#turn(viewer, STATE.planned, this.#presence.timerAt(viewer, at + delayMs))
  }

  /** A request waits for the next URL. As in `Refreshable.next`: no sooner than the pause after a failed background refresh is over. */
  #wait(viewer: number, at: number, reason: string): number {
    const { restUntil, failures } = this.viewers
    const rest = restUntil[viewer] ?? 0
    if (!failures[viewer] || at >= rest) return this.#sign(viewer, at, reason)
    return this.#turn(viewer, STATE.failed, this.#presence.timerAt(viewer, rest))
  }

  /** The next single try: sent where a request waits, as in `Refreshable`. */
  #tryAgain(viewer: number, at: number): number {
    const since = this.#waitsSince(viewer)
    if (since <= at) return this.#sign(viewer, at, 'expired')
    return this.#turn(viewer, STATE.idle, this.viewers.hasIssue(viewer) ? since : at)
  }

  #sign(viewer: number, at: number, reason: string): number {
    const roundTripMs = this.#presence.roundTripOf(viewer)
    const answer = this.#endpoint.answer(at + roundTripMs / 2, reason)
    const answeredAt = at + roundTripMs
    this.#listener.requested(viewer, at, answer !== undefined)
    if (!answer) return this.#fail(viewer, answeredAt)
    if (answeredAt > this.#expiresAt(viewer)) this.#noteWait(viewer, answeredAt)
    this.#take(viewer, answer, at, answeredAt)
    this.viewers.failures[viewer] = 0
    return this.#idle(viewer, answeredAt)
  }

  /** Requests have waited for a URL. A device that slept meanwhile showed no stall. */
  #noteWait(viewer: number, freshAt: number): void {
    const since = this.#waitsSince(viewer)
    if (this.#presence.hasStayed(viewer, since, freshAt)) this.#listener.refreshed(since, freshAt)
  }

  /** As in `acquire` and `Refreshable`. */
  #fail(viewer: number, at: number): number {
    const { failures, restUntil } = this.viewers
    const failed = (failures[viewer] ?? 0) + 1
    failures[viewer] = failed
    const delayMs = retryDelayMs(failed, DEFAULT_RETRY, this.#random)
    if (delayMs !== undefined) return this.#turn(viewer, STATE.retrying, this.#presence.timerAt(viewer, at + delayMs))
    const until = at + pauseMs(failed, DEFAULT_RETRY, this.#random)
    if (at >= this.#expiresAt(viewer)) return this.#turn(viewer, STATE.failed, this.#presence.timerAt(viewer, until))
    restUntil[viewer] = until
    return this.#idle(viewer, at)
  }

  /** As in `Signature.take`. */
  #take(viewer: number, { expiresAt, signedAt }: CrowdAnswer, sentAt: number, receivedAt: number): void {
    const { viewers } = this
    const skew = viewers.skew[viewer] ?? 0
    const now = viewers.deviceTime(viewer, receivedAt)
    const signing = {
      answer: {
        url: '',
        type: undefined,
        covers: undefined,
        serverTime: undefined,
        expiresAt,
        expiresInMs: this.#world.tellsTime ? expiresAt - EPOCH - (sentAt + receivedAt) / 2 : undefined,
      },
      sentAt: viewers.deviceTime(viewer, sentAt),
      receivedAt: now,
    }
    const first = toIssue(signing, { skew, now: () => now })
    const isSame = viewers.signedAt[viewer] === signedAt
    const hasFailed = (viewers.failures[viewer] ?? 0) > 0
    const issue = viewers.hasIssue(viewer)
      ? following(first, viewers.issueOf(viewer), { isSame, hasFailed, skew, now })
      : first
    viewers.keep(viewer, issue, signedAt, expiresAt - EPOCH)
  }

  /** Nothing happens before the first request that finds the URL due, expired or refused. */
  #idle(viewer: number, at: number): number {
    const { viewers } = this
    const limits = limitsOf(viewers.issueOf(viewer), viewers.skew[viewer] ?? 0, viewers.paceOf(viewer))
    const sooner = limits ? Math.min(limits.dueAt, limits.expiredAt) : Number.POSITIVE_INFINITY
    const from = Math.min(viewers.atDevice(viewer, sooner), viewers.endsAt[viewer] ?? 0)
    return this.#turn(viewer, STATE.idle, this.#presence.nextSegmentAt(viewer, Math.max(at, from)))
  }

  #turn(viewer: number, state: number, at: number): number {
    this.viewers.state[viewer] = state
    return at
  }

  /** When the URL expires, by what the device knows. */
  #expiresAt(viewer: number): number {
    const { viewers } = this
    if (!viewers.hasIssue(viewer)) return Number.NEGATIVE_INFINITY
    const limits = limitsOf(viewers.issueOf(viewer), viewers.skew[viewer] ?? 0, viewers.paceOf(viewer))
    return Math.min(
      limits ? viewers.atDevice(viewer, limits.expiredAt) : Number.POSITIVE_INFINITY,
      viewers.endsAt[viewer] ?? 0,
    )
  }

  /** The first request that has to wait. */
  #waitsSince(viewer: number): number {
    const from = this.#expiresAt(viewer)
    if (from === Number.NEGATIVE_INFINITY) return from
    return this.#presence.nextSegmentAt(viewer, from)
  }

  /** Whether the CDN refuses a request: only where a device's clock or the endpoint doesn't tell when the URL expires. */
  #isRefused(viewer: number, at: number): boolean {
    return !this.#world.tellsTime && at >= (this.viewers.endsAt[viewer] ?? 0)
  }

  /** The refusal shows what the time is at the CDN. As in `Signature.accept` and `Refusals`. */
  #learn(viewer: number, at: number): void {
    const { viewers } = this
    const expiresAt = EPOCH + (viewers.endsAt[viewer] ?? 0)
    const servedAt = Math.max(this.#presence.lastSegmentAt(viewer, at), viewers.issuedAt[viewer] ?? 0)
    const acceptedAt = viewers.deviceTime(viewer, servedAt)
    const clock = {
      skew: viewers.skew[viewer] ?? 0,
      prove(skew: number) {
        this.skew = skew
      },
    }
    proveByAcceptance(clock, expiresAt, acceptedAt)
    proveByExpiry(clock, expiresAt, viewers.deviceTime(viewer, at), acceptedAt)
    viewers.skew[viewer] = clock.skew
    this.#listener.refused()
  }

  readonly #random = (): number => {
    const { luck } = this.viewers
    const state = nextState(luck[this.#viewer] ?? 0)
    luck[this.#viewer] = state
    return chanceOf(state)
  }
}
