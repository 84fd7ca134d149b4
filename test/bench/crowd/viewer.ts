import { spreadMs } from '../../../src/core/issue.js'
import { DEFAULT_RETRY, pauseMs, retryDelayMs } from '../../../src/core/signing/retry.js'
import { Device } from './device.js'
import type { CrowdEndpoint } from './endpoint.js'
import { Presence } from './presence.js'
import { chanceFor, chanceOf, nextState } from './random.js'
import type { CrowdListener } from './recorder.js'
import type { World } from './world.js'

/** What happens to a viewer next. */
interface Step {
  readonly at: number
  readonly act: (at: number) => Step
}

/**
 * One viewer, from joining to the end. Every decision (when a URL is due, how long a refresh waits, when a failed one is tried again, what an answer shows) is made by the
 * plugin's own functions. What is written again here is only the order in which `Refreshable` calls them, without its promises; a unit test compares the two.
 */
export class Viewer {
  readonly #number: number
  readonly #world: World
  readonly #endpoint: CrowdEndpoint
  readonly #listener: CrowdListener
  readonly #presence: Presence
  readonly #device: Device
  /** Failures in a row. */
  #failures = 0
  /** The state of the random numbers that the plugin draws. */
  #luck: number

  constructor(number: number, world: World, endpoint: CrowdEndpoint, listener: CrowdListener) {
    this.#number = number
    this.#world = world
    this.#endpoint = endpoint
    this.#listener = listener
    this.#presence = new Presence(world, number)
    this.#device = new Device(world, this.#presence)
    this.#luck = firstLuck(world.seed, number)
  }

  watch(): void {
    let step: Step = { at: this.#presence.joinsAt, act: this.#sign }
    while (step.at < this.#world.endsAt) step = step.act(step.at)
  }

  /** A segment request that finds the URL due or expired, or that the CDN refuses. As in `Signature.ready`. */
  readonly #request = (at: number): Step => {
    const { limits } = this.#device
    if (limits && at >= limits.expiredAt) return this.#wait(at)
    if (this.#isRefused(at)) {
      this.#learn(at)
      return this.#wait(at)
    }
    if (!limits) return this.#idle(at)
    const delayMs = this.#world.isSpread ? spreadMs(limits.expiredAt - at, this.#device.pace, this.#random) : 0
    return { at: this.#presence.timerAt(at + delayMs), act: this.#refresh }
  }

  readonly #refresh = (at: number): Step => {
    if (this.#isRefused(at)) this.#learn(at)
    return this.#sign(at)
  }

  /** A request waits for the next URL. As in `Refreshable.next`: no sooner than the pause after a failed background refresh is over. */
  #wait(at: number): Step {
    const { restUntil } = this.#device
    if (this.#failures === 0 || at >= restUntil) return this.#sign(at)
    return { at: this.#presence.timerAt(restUntil), act: this.#tryAgain }
  }

  /** The next single try: sent where a request waits, as in `Refreshable`. */
  readonly #tryAgain = (at: number): Step => {
    const since = this.#waitsSince()
    return since <= at ? this.#sign(at) : { at: since, act: this.#request }
  }

  readonly #sign = (at: number): Step => {
    const answeredAt = at + this.#presence.roundTripMs
    const answer = this.#endpoint.answer((at + answeredAt) / 2)
    this.#listener.requested(this.#number, at, answer !== undefined)
    if (!answer) return this.#fail(answeredAt)
    if (answeredAt > this.#expiresAt()) this.#noteWait(answeredAt)
    this.#device.take(answer, at, answeredAt, this.#failures > 0)
    this.#failures = 0
    return this.#idle(answeredAt)
  }

  /** As in `acquire` and `Refreshable`. */
  #fail(at: number): Step {
    this.#failures += 1
    const delayMs = retryDelayMs(this.#failures, DEFAULT_RETRY, this.#random)
    if (delayMs !== undefined) return { at: this.#presence.timerAt(at + delayMs), act: this.#sign }
    const until = at + pauseMs(this.#failures, DEFAULT_RETRY, this.#random)
    if (at >= this.#expiresAt()) return { at: this.#presence.timerAt(until), act: this.#tryAgain }
    this.#device.rest(until)
    return this.#idle(at)
  }

  /** Nothing happens before the first request that finds the URL due, expired or refused. */
  #idle(at: number): Step {
    const { limits, endsAt } = this.#device
    const from = limits ? Math.min(limits.dueAt, limits.expiredAt, endsAt) : endsAt
    return { at: this.#presence.nextSegmentAt(Math.max(at, from)), act: this.#request }
  }

  /** Requests have waited for a URL. A device that slept meanwhile showed no stall. */
  #noteWait(freshAt: number): void {
    const since = this.#waitsSince()
    if (this.#presence.hasStayed(since, freshAt)) this.#listener.refreshed(since, freshAt)
  }

  /** The first request that has to wait. */
  #waitsSince(): number {
    return this.#device.hasIssue ? this.#presence.nextSegmentAt(this.#expiresAt()) : this.#presence.joinsAt
  }

  #expiresAt(): number {
    const { limits, endsAt, hasIssue } = this.#device
    if (!hasIssue) return Number.NEGATIVE_INFINITY
    return limits ? Math.min(limits.expiredAt, endsAt) : endsAt
  }

  /** Only where the endpoint doesn't tell when the URL expires. */
  #isRefused(at: number): boolean {
    return !this.#world.tellsTime && at >= this.#device.endsAt
  }

  #learn(at: number): void {
    this.#device.learn(at)
    this.#listener.refused()
  }

  readonly #random = (): number => {
    this.#luck = nextState(this.#luck)
    return chanceOf(this.#luck)
  }
}

/** The state from which a viewer's random numbers go on. */
export function firstLuck(seed: number, viewer: number): number {
  return Math.trunc(2 ** 32 * chanceFor(seed, viewer, 0)) | 0
}
