import { COUNTDOWN, JOINED, KICK_OFF, SHORT_OUTAGE, WORLD, type World } from './world.js'

export interface Scenario {
  readonly name: string
  readonly world: World
  /** From when on requests are compared with their mean: the joining is over. */
  readonly from: number
}

const MINUTE = 60_000
/** Without outages, up to where they would begin. */
const CALM = { outages: [], endsAt: SHORT_OUTAGE.from }
const COUNTED_DOWN = { ...CALM, arrivals: 'countdown' } as const

function scenario(name: string, changes: Partial<World>): Scenario {
  const from = changes.arrivals === 'countdown' ? KICK_OFF + COUNTDOWN + 5_000 : JOINED
  return { name, world: { ...WORLD, ...changes }, from }
}

/** The long ones first, so that two processes end at about the same time. */
export const SCENARIOS: readonly Scenario[] = [
  scenario('own-60', {}),
  scenario('shared-60', { cacheForMs: MINUTE }),
  scenario('own-60-unspread', { ...CALM, isSpread: false }),
  scenario('shared-60-unspread', { ...CALM, cacheForMs: MINUTE, isSpread: false }),
  scenario('countdown-60', COUNTED_DOWN),
  scenario('countdown-60-unspread', { ...COUNTED_DOWN, isSpread: false }),
  scenario('countdown-shared-60', { ...COUNTED_DOWN, cacheForMs: MINUTE }),
  scenario('url-alone-60', { ...CALM, tellsTime: false }),
  scenario('own-300', { urlLifeMs: 5 * MINUTE }),
  scenario('shared-300', { urlLifeMs: 5 * MINUTE, cacheForMs: MINUTE }),
  scenario('own-300-unspread', { ...CALM, urlLifeMs: 5 * MINUTE, isSpread: false }),
  scenario('shared-300-unspread', { ...CALM, urlLifeMs: 5 * MINUTE, cacheForMs: MINUTE, isSpread: false }),
]
