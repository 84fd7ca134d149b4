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

/** When viewers are there, and when they request segments. Each is asked about in the order of time. */
export class Presence {
  readonly #world: World
  /** The pause that the viewer is in, or the next one. */
  readonly #awayFrom: Float64Array
  readonly #awayUntil: Float64Array
  readonly #pauses: Uint16Array
  /** When the viewer last came back. */
  readonly #backAt: Float64Array

  /** What doesn't change is worked out once. */
  readonly #roundTripMs: Float64Array
  readonly #clockErrorMs: Float64Array

  constructor(world: World) {
    this.#world = world
    this.#roundTripMs = Float64Array.from({ length: world.viewers }, (_, viewer) => this.#roundTrip(viewer))
    this.#clockErrorMs = Float64Array.from({ length: world.viewers }, (_, viewer) => this.#clockError(viewer))
    this.#awayFrom = new Float64Array(world.viewers)
    this.#awayUntil = new Float64Array(world.viewers)
    this.#pauses = new Uint16Array(world.viewers)
    this.#backAt = new Float64Array(world.viewers)
  }

  joinsAt(viewer: number): number {
    const { early, ramp, atOnce } = ARRIVALS[this.#world.arrivals]
    const kind = this.#chance(viewer, USE.arrival)
    const when = this.#chance(viewer, USE.when)
    if (kind < early) return when * KICK_OFF
    if (kind < early + atOnce) return KICK_OFF + when * COUNTDOWN
    if (kind >= early + atOnce + ramp) return KICK_OFF + when * (JOINED - KICK_OFF)
    const at = KICK_OFF - RAMP_BEFORE + RAMP_DEVIATION * normal(when, this.#chance(viewer, USE.also))
    return at > 0 && at < JOINED ? at : when * JOINED
  }

  /** By how much the device's clock is ahead of the server's, ms. */
  clockErrorOf(viewer: number): number {
    return this.#clockErrorMs[viewer] ?? 0
  }

  roundTripOf(viewer: number): number {
    return this.#roundTripMs[viewer] ?? 0
  }

  /** The first segment request at `from` or later. A viewer who comes back requests one at once. */
  nextSegmentAt(viewer: number, from: number): number {
    const back = this.#returnFrom(viewer, from)
    if (back !== undefined) return back
    for (let count = segmentAt(from - SEGMENT_DELAY - SEGMENT_JITTER); ; count += 1) {
      const at = this.#requestedAt(viewer, count)
      if (at >= from) return this.#returnFrom(viewer, at) ?? at
    }
  }

  /** The last segment request before the one at `at`. */
  lastSegmentAt(viewer: number, at: number): number {
    for (let count = segmentAt(at); count >= 0; count -= 1) {
      const before = this.#requestedAt(viewer, count)
      if (before < at) return before
    }
    return 0
  }

  #requestedAt(viewer: number, count: number): number {
    const delay = SEGMENT_DELAY * this.#chance(viewer, USE.delay)
    return count * SEGMENT_EVERY + delay + SEGMENT_JITTER * this.#chance(viewer, USE.jitter, count)
  }

  /** When a timer runs that is due at `at`: timers sleep with the device. */
  timerAt(viewer: number, at: number): number {
    return this.#isSleeper(viewer) ? (this.#returnFrom(viewer, at) ?? at) : at
  }

  /** Whether the viewer has been there from `since` until `until`. */
  hasStayed(viewer: number, since: number, until: number): boolean {
    const isAway = (this.#awayFrom[viewer] ?? 0) < until && (this.#awayUntil[viewer] ?? 0) > since
    return !isAway && (this.#backAt[viewer] ?? 0) <= since
  }

  /** When a viewer who is away at `at` comes back. */
  #returnFrom(viewer: number, at: number): number | undefined {
    while (at >= (this.#awayUntil[viewer] ?? 0)) {
      const pauses = this.#pauses[viewer] ?? 0
      const since = pauses === 0 ? this.joinsAt(viewer) : (this.#awayUntil[viewer] ?? 0)
      const lengthMs = this.#isSleeper(viewer) ? SLEEP_LENGTH : PAUSE_LENGTH
      const from = since + exponential(PAUSE_EVERY, this.#chance(viewer, USE.gap, pauses))
      this.#backAt[viewer] = this.#awayUntil[viewer] ?? 0
      this.#awayFrom[viewer] = from
      this.#awayUntil[viewer] = from + exponential(lengthMs, this.#chance(viewer, USE.away, pauses))
      this.#pauses[viewer] = pauses + 1
    }
    return at >= (this.#awayFrom[viewer] ?? 0) ? this.#awayUntil[viewer] : undefined
  }

  #roundTrip(viewer: number): number {
    return SHORTEST_ROUND_TRIP + (LONGEST_ROUND_TRIP - SHORTEST_ROUND_TRIP) * this.#chance(viewer, USE.trip) ** 3
  }

  #clockError(viewer: number): number {
    const kind = this.#chance(viewer, USE.clock)
    const size = 2 * this.#chance(viewer, USE.wrong) - 1
    if (kind < WRONG_BY_HOURS) return size * 12 * HOUR
    return kind < WRONG_BY_HOURS + WRONG_BY_MINUTES ? size * (HOUR / 6) : size * 500
  }

  #isSleeper(viewer: number): boolean {
    return this.#chance(viewer, USE.sleeper) < SLEEPERS
  }

  #chance(viewer: number, use: number, count = 0): number {
    return chanceFor(this.#world.seed, viewer, use, count)
  }
}

/** The segment that has been published last. */
function segmentAt(at: number): number {
  return Math.max(0, Math.floor(at / SEGMENT_EVERY))
}
