import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { availableBrowsers, type Browser, launch } from '../support/browsers/index.js'
import {
  disturbances,
  fetchedTwice,
  HLS,
  isSegment,
  isThorough,
  openPage,
  openStage,
  refused,
  SMALL_BUFFER,
  type Stage,
  see,
  signings,
  startFilm,
  untilPosition,
} from '../support/site.js'
import type { Sighting } from './pages/lab.js'

/** Tokens live 4 s (up to 5: their expiry is a whole second). A row plays three lives, `npm run soak` 60 s. */
const LIFE_MS = 4_000
const PLAY_S = process.env.SOAK ? 60 : 14
/** Room for a machine that has other things to do: it holds a film up with data ahead, a dead URL doesn't. */
const MACHINE_MS = 100 * PLAY_S
const FOR_EVER = { lifeMs: 3_600_000 }

const browsers = availableBrowsers()
if (browsers.length < 3) console.warn(`Skipped for want of a browser: all but ${browsers.join(', ')}.`)

for (const name of browsers) {
  describe(`a film whose URL dies every 4 s, in ${name}`, () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await launch(name)
    })
    afterAll(() => browser?.close())

    /** Plays the film under `settings`, each row in a window of its own. */
    const play = async (settings: Parameters<typeof openStage>[0]) => {
      const stage = await openStage(settings)
      const page = await browser.newPage()
      await openPage(page)
      const plugin = { endpoint: stage.endpoint, hls: SMALL_BUFFER }
      await startFilm(page, { name: 'film', plugin, source: { src: 'film', type: HLS } })
      const sighting = await untilPosition(page, 'film', PLAY_S, PLAY_S * 1000 + 60_000)
      const log = await stage.log()
      const afterwards = await see(page, 'film')
      await page.close()
      return { sighting, log, afterwards }
    }

    it('shows the viewer nothing that a film with a lasting URL does not show', { timeout: 180_000 }, async () => {
      const [control, dying] = await Promise.all([play(FOR_EVER), play({ lifeMs: LIFE_MS })])
      report(name, 'honest clock', dying, control)
      expect(signings(control.log)).toHaveLength(1)
      expectUnseen(control, dying)
      expect(refused(dying.log)).toEqual([])
      expectOneSigningPerRefreshPoint(dying)
    })

    // What is learned is the core's, not the browser's.
    it.skipIf(name !== 'chromium' && !isThorough).each([
      ['an hour ahead of the device', 3_600_000],
      ['an hour behind the device', -3_600_000],
    ])(
      'learns that the CDN is %s from at most two refusals, unseen',
      { timeout: 180_000 },
      async (_title, clockSkewMs) => {
        // Nothing but the CDN's verdicts tells: the endpoint's `Date` agrees with the device.
        const dying = await play({ lifeMs: LIFE_MS, clockSkewMs, endpointClock: 'machine' })
        report(name, `CDN ${clockSkewMs > 0 ? 'ahead' : 'behind'}`, dying)
        expectNoStall(dying)
        expect(disturbances(dying.sighting)).toEqual([])
        expect(fetchedTwice(dying.log)).toEqual([])
        expect(refused(dying.log).length).toBeLessThanOrEqual(2)
        expect(issuesUsed(dying)).toBeGreaterThanOrEqual(3)
      },
    )
  })
}

/** What was seen up to the end, what the servers logged until then, and what was seen a moment later. */
type Run = { sighting: Sighting; log: Awaited<ReturnType<Stage['log']>>; afterwards: Sighting }

function issuesUsed({ log }: Run): number {
  return new Set(log.filter((entry) => isSegment(entry) && entry.status < 300).map(({ issue }) => issue)).size
}

/** Never a moment without data; and what a busy machine holds up, it holds up in the control run too. */
function expectNoStall({ sighting }: Run, control?: Run): void {
  expect(sighting.starvedMs).toBe(0)
  expect(sighting.stalledMs).toBeLessThanOrEqual((control?.sighting.stalledMs ?? 0) + MACHINE_MS)
}

function expectUnseen(control: Run, dying: Run): void {
  expectNoStall(dying, control)
  expect(disturbances(dying.sighting)).toEqual(disturbances(control.sighting))
  expect(fetchedTwice(dying.log)).toEqual([])
  expect(dying.sighting.error).toBeNull()
  expect(issuesUsed(dying), 'URLs that segments really came by').toBeGreaterThanOrEqual(3)
}

/** No URL is replaced before its refresh point (a fifth of its life before its end), and none asked for that nobody uses. */
function expectOneSigningPerRefreshPoint(run: Run): void {
  const asked = signings(run.log).map(({ at }) => at)
  const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0))
  for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(0.75 * LIFE_MS)
  expect(asked.length).toBeGreaterThanOrEqual(1 + countOf('signedurlrefreshed', run.sighting))
  expect(asked.length).toBeLessThanOrEqual(1 + countOf('signedurlrefreshing', run.afterwards))
}

function countOf(event: string, { events }: Sighting): number {
  return events.filter(({ type }) => type === event).length
}

function report(browser: string, row: string, { sighting, log }: Run, control?: Run): void {
  const stalled = ({ stalledMs, starvedMs }: Sighting) =>
    `${Math.round(stalledMs)} ms (${Math.round(starvedMs)} ms for want of data)`
  console.info(
    [
      `${browser}, ${row}: ${sighting.position.toFixed(1)} s played`,
      `stalled ${stalled(sighting)}${control ? `, control ${stalled(control.sighting)}` : ''}`,
      `${countOf('signedurlrefreshed', sighting)} refreshes`,
      `${signings(log).length} signing requests`,
      `${refused(log).length} refused`,
      `${log.filter(isSegment).length} segments`,
      `${fetchedTwice(log).length} fetched twice`,
    ].join(', '),
  )
}
