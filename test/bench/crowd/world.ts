/* The live event that is simulated: what is assumed of it. All times are ms since the doors open. */

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** The doors open at this instant of the server's clock: not on a full minute, because expiries there have a meaning of their own. */
export const EPOCH = Date.UTC(2026, 0, 7, 19, 50, 7)

export const KICK_OFF = 10 * MINUTE
export const JOINED = 15 * MINUTE
export const SHORT_OUTAGE = { from: 25 * MINUTE, until: 25 * MINUTE + 30 * SECOND }
export const LONG_OUTAGE = { from: 35 * MINUTE, until: 40 * MINUTE }
export const END = 50 * MINUTE

/** How viewers arrive: shares of all, the rest comes evenly between kick-off and `JOINED`. */
export const ARRIVALS = {
  ramp: {
    /** Evenly from the doors on. */
    early: 0.2,
    /** Around a minute before kick-off, with a standard deviation of two and a half. */
    ramp: 0.65,
    /** Within ten seconds of kick-off. */
    atOnce: 0,
  },
  countdown: { early: 0.1, ramp: 0, atOnce: 0.8 },
} as const
export const RAMP_BEFORE = MINUTE
export const RAMP_DEVIATION = 2.5 * MINUTE
export const COUNTDOWN = 10 * SECOND

/** Every viewer requests a segment when it is published, after a delay of its own, and a jitter each time. */
export const SEGMENT_EVERY = 2 * SECOND
export const SEGMENT_DELAY = 300
export const SEGMENT_JITTER = 200

/** What a player has loaded when a request has to wait. */
export const BUFFER = 20 * SECOND

/** Round trips to the endpoint; most are short. */
export const SHORTEST_ROUND_TRIP = 30
export const LONGEST_ROUND_TRIP = 400

/** Every viewer pauses now and then; the devices of some fall asleep instead, and their timers with them. */
export const PAUSE_EVERY = 20 * MINUTE
export const PAUSE_LENGTH = MINUTE
export const SLEEPERS = 0.05
export const SLEEP_LENGTH = 5 * MINUTE

/** Devices whose clock is wrong: by a few minutes, or by up to twelve hours. The others are off by at most half a second. */
export const WRONG_BY_MINUTES = 0.02
export const WRONG_BY_HOURS = 0.01

export interface World {
  readonly viewers: number
  readonly seed: number
  readonly arrivals: keyof typeof ARRIVALS
  readonly urlLifeMs: number
  /** How long the endpoint gives all viewers the same URL; 0 for a URL of each viewer's own. */
  readonly cacheForMs: number
  /** Whether a due refresh waits for a random moment, as the plugin's does. */
  readonly isSpread: boolean
  /** Whether the endpoint says how long a URL lives. Otherwise only the URL shows when it expires, by the server's clock. */
  readonly tellsTime: boolean
  readonly outages: readonly { readonly from: number; readonly until: number }[]
  readonly endsAt: number
}

export const WORLD: World = {
  viewers: 1_000_000,
  seed: 17,
  arrivals: 'ramp',
  urlLifeMs: MINUTE,
  cacheForMs: 0,
  isSpread: true,
  tellsTime: true,
  outages: [SHORT_OUTAGE, LONG_OUTAGE],
  endsAt: END,
}
