import { describe, expect } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { BROWSERS } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { describeRun, expectNoneRefused, expectUnseen } from '../support/judge.js'
import { refused, signings } from '../support/site.js'
import { issuesUsed, type Video } from '../support/video.js'
import type { Sighting } from './pages/lab.js'

/** A row plays through three lives, `npm run soak` for 60 s. */
const LIFE_MS = process.env.SOAK ? 4_000 : 3_000
const SOAK_S = 60
const FOR_EVER_MS = 3_600_000

type Play = (settings: Partial<StageSettings>) => Promise<Video>

for (const name of BROWSERS)
  describe(`HLS by hls.js, behind a URL that dies every ${LIFE_MS / 1000} s, in ${name}`, () => {
    const it = inBrowser(name)

    it('shows the viewer nothing that a lasting URL does not show', async ({ play }) => {
      const [control, dying] = await playBeside(play, { lifeMs: LIFE_MS })
      console.info(describeRun(`${name}, honest clock`, dying))
      console.info(describeRun(`${name}, control`, control))
      expectUnseen(control)
      expect(signings(control.log)).toHaveLength(1)
      expectUnseen(dying, control)
      expectNoneRefused(dying)
      expectOneSigningPerRefreshPoint(dying)
    })

    for (const [where, clockSkewMs] of [
      ['ahead of', 3_600_000],
      ['behind', -3_600_000],
    ] as const) {
      // What is learned is the core's, not the browser's.
      const options = name === 'chromium' && clockSkewMs > 0 ? {} : FULL
      it(
        `learns that the CDN is an hour ${where} the device from at most two refusals, unseen`,
        options,
        async ({ play }) => {
          // Nothing but the CDN's verdicts tells: the endpoint's `Date` agrees with the device.
          const [control, dying] = await playBeside(play, { lifeMs: LIFE_MS, clockSkewMs, endpointClock: 'machine' })
          console.info(describeRun(`${name}, CDN ${where} the device`, dying))
          expectUnseen(dying, control)
          // Picture and sound are in flight at once.
          expect(refused(dying.log).length).toBeLessThanOrEqual(2)
        },
      )
    }
  })

/** The video under `settings` and one with a lasting URL, side by side for as long as it takes the one to go through its lives. */
async function playBeside(play: Play, settings: Partial<StageSettings>) {
  const videos = await Promise.all([play({ lifeMs: FOR_EVER_MS }), play(settings)])
  const [lasting, dying] = videos
  const run = process.env.SOAK ? await dying.reaches(SOAK_S).then(() => dying.run()) : await dying.outlives(3)
  expect(issuesUsed(run.log), 'URLs that segments came by').toBeGreaterThanOrEqual(3)
  return [await lasting.run(), run] as const
}

/** No URL is replaced before its refresh point, and none asked for without one. */
function expectOneSigningPerRefreshPoint({ seen, log }: { seen: Sighting; log: Parameters<typeof signings>[0] }): void {
  const asked = signings(log)
  // A refresh begins at most half a life before the end; an expiry rounded up makes no life shorter.
  for (const [index, { at }] of asked.slice(1).entries())
    expect(at - (asked[index]?.at ?? 0), `from signing request ${index + 1} to the next, ms`).toBeGreaterThanOrEqual(
      LIFE_MS / 2,
    )
  // The log was read before the page: what it holds has been begun there.
  expect(asked.length).toBeLessThanOrEqual(1 + countOf('signedurlrefreshing', seen))
  expect(countOf('signedurlrefreshed', seen)).toBeGreaterThanOrEqual(2)
}

function countOf(event: string, { events }: Sighting): number {
  return events.filter(({ type }) => type === event).length
}
