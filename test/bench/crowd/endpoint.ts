import { isShareable } from '../../../src/signers/shared-urls.js'
import { EPOCH, type World } from './world.js'

/** A signed URL of the endpoint. Epoch ms, server's clock. */
export interface CrowdAnswer {
  readonly signedAt: number
  /** Whole seconds, as CDNs have them. */
  readonly expiresAt: number
}

/**
 * The signing endpoint of the event. It answers as fast as it is asked, and with 503 while it is down. In a large crowd somebody always asks, so a shared URL is replaced
 * as soon as it may no longer be shared. So what it answers depends on nothing but the time, and viewers can be simulated one after the other.
 */
export class CrowdEndpoint {
  readonly #world: World
  /** The shared URLs, oldest first. */
  readonly #shared: CrowdAnswer[] = []
  /** By second: requests, and how many URLs were signed. */
  readonly requests: Uint32Array
  readonly signatures: Uint32Array

  constructor(world: World) {
    this.#world = world
    const seconds = Math.ceil(world.endsAt / 1_000) + 1
    this.requests = new Uint32Array(seconds)
    this.signatures = new Uint32Array(seconds)
    if (world.cacheForMs > 0) this.#shareAll()
  }

  /** A request that arrives at `at`. Undefined while the endpoint is down. */
  answer(at: number): CrowdAnswer | undefined {
    count(this.requests, at)
    if (this.#isDown(at)) return undefined
    if (this.#world.cacheForMs > 0) return this.#sharedAt(at)
    count(this.signatures, at)
    return this.#sign(at)
  }

  #shareAll(): void {
    for (let at = 0; at < this.#world.endsAt; at += 1) {
      const last = this.#shared.at(-1)
      if (this.#isDown(at) || (last && isShareable(last, EPOCH + at, this.#world.cacheForMs, ''))) continue
      this.#shared.push(this.#sign(at))
      count(this.signatures, at)
    }
  }

  /** The last that was signed by then. */
  #sharedAt(at: number): CrowdAnswer | undefined {
    let index = this.#shared.length - 1
    while ((this.#shared[index]?.signedAt ?? 0) > EPOCH + at) index -= 1
    return this.#shared[index]
  }

  #sign(at: number): CrowdAnswer {
    const signedAt = EPOCH + at
    return { signedAt, expiresAt: 1_000 * Math.floor((signedAt + this.#world.urlLifeMs) / 1_000) }
  }

  #isDown(at: number): boolean {
    return this.#world.outages.some(({ from, until }) => at >= from && at < until)
  }
}

function count(seconds: Uint32Array, at: number): void {
  const second = Math.floor(at / 1_000)
  if (second < seconds.length) seconds[second] = (seconds[second] ?? 0) + 1
}
