import { CrowdEndpoint } from './endpoint.js'
import { type CrowdListener, type OutageRecord, Recorder } from './recorder.js'
import { Viewer } from './viewer.js'
import type { World } from './world.js'

export interface Simulation {
  /** By second since the doors open. */
  readonly requests: Uint32Array
  readonly signatures: Uint32Array
  readonly outages: readonly OutageRecord[]
  readonly refusals: number
}

/** Plays the event from its doors to its end. The same world gives the same numbers. */
export function simulate(world: World): Simulation {
  const recorder = new Recorder(world)
  const { requests, signatures } = play(world, recorder)
  return { requests, signatures, outages: recorder.outages, refusals: recorder.refusals }
}

/** The same for another listener. Returns the endpoint as it is at the end. */
export function play(world: World, listener: CrowdListener): CrowdEndpoint {
  const endpoint = new CrowdEndpoint(world)
  for (let number = 0; number < world.viewers; number += 1) new Viewer(number, world, endpoint, listener).watch()
  return endpoint
}

export interface Rate {
  readonly mean: number
  readonly busiest: number
  readonly ratio: number
}

/** Requests per second from `from` to `until`, ms. */
export function rateOf(requests: Uint32Array, from: number, until: number): Rate {
  const seconds = requests.subarray(Math.ceil(from / 1_000), Math.floor(until / 1_000))
  const mean = seconds.reduce((sum, count) => sum + count, 0) / seconds.length
  const busiest = seconds.reduce((most, count) => Math.max(most, count), 0)
  return { mean, busiest, ratio: busiest / mean }
}
