import { setTimeout as wait } from 'node:timers/promises'
import type { StageSettings } from '../../../demo/server/stage-settings.js'
import type { Browser } from '../../support/browsers/index.js'
import type { Contestant } from './contestants.js'
import type { Check, Recovery } from './figures.js'
import { sentenceOf } from './site.js'
import { Visit } from './visit.js'

const LIFE_MS = 3_000
const HOUR_MS = 3_600_000
/** Plays before the fault. */
const BEFORE_S = 2
/** More than any contestant has buffered and a URL lives, so that requests after the fault have succeeded. */
const PLAYED_S = 11
const TIMEOUT_MS = 17_000

interface Fault {
  readonly settings: Partial<StageSettings>
  readonly clockMs?: number
  readonly appliesTo?: (contestant: Contestant) => boolean
  /** What happens once the film plays. */
  readonly happen?: (visit: Visit) => Promise<void>
}

export const FAULTS: Readonly<Record<Check, Fault>> = {
  clock: { settings: { lifeMs: LIFE_MS }, clockMs: -HOUR_MS },
  /** Slower than a page that refreshes a second before the expiry allows for. */
  slow: { settings: { lifeMs: LIFE_MS }, happen: ({ stage }) => stage.set({ endpointDelayMs: 1_500 }) },
  early: {
    settings: { lifeMs: 60_000 },
    async happen({ stage }) {
      const issues = (await stage.log()).map(({ issue }) => issue ?? 0)
      await stage.set({ refuseIssues: Math.max(...issues) })
    },
  },
  pause: {
    settings: { lifeMs: LIFE_MS },
    async happen({ page }) {
      await page.evaluate('window.recorder.pause()')
      await wait(10 * LIFE_MS)
      await page.evaluate('window.recorder.resume()')
    },
  },
  /** A segment of one rendition: the other one has it. An MP4 is a single file. */
  file: {
    settings: { lifeMs: 60_000 },
    appliesTo: ({ format }) => format !== 'MP4',
    async happen({ stage }) {
      const segments = (await stage.log())
        .map(({ path }) => /^(\d+p)\/(\d+)\.m4s$/.exec(path))
        .filter((path) => path !== null)
      const [, rendition, number] = segments.at(-1) ?? []
      await stage.set({ refusedFile: `${rendition}/${String(Number(number) + 2).padStart(3, '0')}.m4s` })
    },
  },
}

/** Whether a contestant plays on after a fault. Null where the fault can't happen to it. */
export async function recovery(
  browser: Browser,
  siteUrl: string,
  contestant: Contestant,
  check: Check,
): Promise<Recovery | null> {
  const { settings, clockMs = 0, appliesTo, happen } = FAULTS[check]
  if (appliesTo && !appliesTo(contestant)) return null
  let visit: Visit | undefined
  try {
    visit = await Visit.start(browser, siteUrl, contestant, { ...settings, clockMs })
    const before = await visit.reaches(BEFORE_S, 2_000 * BEFORE_S)
    await happen?.(visit)
    const goal = before.position + PLAYED_S
    const after = await visit.reaches(goal, TIMEOUT_MS)
    const starvedMs = after.stalledMs - before.stalledMs
    return { hasRecovered: after.position >= goal, starvedMs, said: after.said }
  } catch (error) {
    return { hasRecovered: false, starvedMs: 0, said: sentenceOf(error) }
  } finally {
    await visit?.close()
  }
}
