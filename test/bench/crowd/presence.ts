import { chanceFor, exponential, normal } from './random.js'
import {
  ARRIVALS,
  COUNTDOWN,
  JOINED,
  KICK_OFF,
  LONGEST_ROUND_TRIP,
  PAUSE_EVERY,
  PAUSE_LENGTH,
  RAMP_BEFORE,
  RAMP_DEVIATION,
  SEGMENT_DELAY,
  SEGMENT_EVERY,
  SEGMENT_JITTER,
  SHORTEST_ROUND_TRIP,
  SLEEP_LENGTH,
  SLEEPERS,
  type World,
  WRONG_BY_HOURS,
  WRONG_BY_MINUTES,
} from './world.js'

const HOUR = 3_600_000

/** What each random number is for. */
const USE = {
  arrival: 1,
  when: 2,
  also: 3,
  delay: 4,
  jitter: 5,
  trip: 6,
  clock: 7,
  wrong: 8,
  sleeper: 9,
  gap: 10,
  away: 11,
}

/** When a viewer is there, and requests segments. Asked about in the order of time. */
export class Presence {
  readonly #seed: number
  readonly #viewer: number
  readonly joinsAt: number
  readonly roundTripMs: number
  /** By how much the device's clock is ahead of the server's, ms. */
  readonly clockErrorMs: number
  readonly #isSleeper: boolean
  readonly #segmentDelayMs: number
  /** The pause that the viewer is in, or the next one. */
  #awayFrom = 0
  #awayUntil = 0
  #pauses = 0
  /** When the viewer last came back. */
  #backAt = 0

  constructor({ seed, arrivals }: World, viewer: number) {
    this.#seed = seed
    this.#viewer = viewer
    this.joinsAt = this.#join(ARRIVALS[arrivals])
    this.roundTripMs = SHORTEST_ROUND_TRIP + (LONGEST_ROUND_TRIP - SHORTEST_ROUND_TRIP) * this.#chance(USE.trip) ** 3
    this.clockErrorMs = this.#clockError()
    this.#isSleeper = this.#chance(USE.sleeper) < SLEEPERS
    this.#segmentDelayMs = SEGMENT_DELAY * this.#chance(USE.delay)
    this.#awayUntil = this.joinsAt
  }

  /** The first segment request at `from` or later. A viewer who comes back requests one at once. */
  nextSegmentAt(from: number): number {
    const back = this.#returnFrom(from)
    if (back !== undefined) return back
    for (let count = segmentAt(from - SEGMENT_DELAY - SEGMENT_JITTER); ; count += 1) {
      const at = this.#requestedAt(count)
      if (at >= from) return this.#returnFrom(at) ?? at
    }
  }

  /** The last segment request before the one at `at`. */
  lastSegmentAt(at: number): number {
    for (let count = segmentAt(at); count >= 0; count -= 1) {
      const before = this.#requestedAt(count)
      if (before < at) return before
    }
    return 0
  }

  /** When a timer runs that is due at `at`: timers sleep with the device. */
  timerAt(at: number): number {
    return this.#isSleeper ? (this.#returnFrom(at) ?? at) : at
  }

  /** Whether the viewer has been there from `since` until `until`. */
  hasStayed(since: number, until: number): boolean {
    return !(this.#awayFrom < until && this.#awayUntil > since) && this.#backAt <= since
  }

  #requestedAt(count: number): number {
    return count * SEGMENT_EVERY + this.#segmentDelayMs + SEGMENT_JITTER * this.#chance(USE.jitter, count)
  }

  /** When a viewer who is away at `at` comes back. */
  #returnFrom(at: number): number | undefined {
    while (at >= this.#awayUntil) {
      this.#backAt = this.#awayUntil
      this.#awayFrom = this.#backAt + exponential(PAUSE_EVERY, this.#chance(USE.gap, this.#pauses))
      const lengthMs = exponential(this.#isSleeper ? SLEEP_LENGTH : PAUSE_LENGTH, this.#chance(USE.away, this.#pauses))
      this.#awayUntil = this.#awayFrom + lengthMs
      this.#pauses += 1
    }
    return at >= this.#awayFrom ? this.#awayUntil : undefined
  }

  #join({ early, ramp, atOnce }: (typeof ARRIVALS)[keyof typeof ARRIVALS]): number {
    const kind = this.#chance(USE.arrival)
    const when = this.#chance(USE.when)
    if (kind < early) return when * KICK_OFF
    if (kind < early + atOnce) return KICK_OFF + when * COUNTDOWN
    if (kind >= early + atOnce + ramp) return KICK_OFF + when * (JOINED - KICK_OFF)
    const at = KICK_OFF - RAMP_BEFORE + RAMP_DEVIATION * normal(when, this.#chance(USE.also))
    return at > 0 && at < JOINED ? at : when * JOINED
  }

  #clockError(): number {
    const kind = this.#chance(USE.clock)
    const size = 2 * this.#chance(USE.wrong) - 1
    if (kind < WRONG_BY_HOURS) return size * 12 * HOUR
    return kind < WRONG_BY_HOURS + WRONG_BY_MINUTES ? size * (HOUR / 6) : size * 500
  }

  #chance(use: number, count = 0): number {
    return chanceFor(this.#seed, this.#viewer, use, count)
  }
}

/** The segment that has been published last. */
function segmentAt(at: number): number {
  return Math.max(0, Math.floor(at / SEGMENT_EVERY))
}
