import { isShareable } from '../../../src/signers/shared-urls.js'
import { EPOCH, type World } from './world.js'

/** A signed URL of the endpoint; its instants are on the server's clock. */
export interface CrowdAnswer {
  readonly signedAt: number
  /** Whole seconds, as CDNs have them. */
  readonly expiresAt: number
}

/** The signing endpoint of the event. It answers as fast as it is asked, and with 503 while it is down. */
export class CrowdEndpoint {
  readonly #world: World
  /** By second: requests, and how many URLs were signed for them. */
  readonly requests: Uint32Array
  readonly signatures: Uint32Array
  #shared: CrowdAnswer | undefined

  constructor(world: World) {
    this.#world = world
    const seconds = Math.ceil(world.endsAt / 1_000) + 1
    this.requests = new Uint32Array(seconds)
    this.signatures = new Uint32Array(seconds)
  }

  /** A request that arrives at `at`. Undefined while the endpoint is down. */
  answer(at: number, reason: string): CrowdAnswer | undefined {
    const { outages, cacheForMs } = this.#world
    count(this.requests, at)
    if (outages.some(({ from, until }) => at >= from && at < until)) return undefined
    const now = EPOCH + at
    if (this.#shared && isShareable(this.#shared, now, cacheForMs, reason)) return this.#shared
    count(this.signatures, at)
    const expiresAt = 1_000 * Math.floor((now + this.#world.urlLifeMs) / 1_000)
    this.#shared = { signedAt: now, expiresAt }
    return this.#shared
  }
}

function count(seconds: Uint32Array, at: number): void {
  const second = Math.floor(at / 1_000)
  seconds[second] = (seconds[second] ?? 0) + 1
}
