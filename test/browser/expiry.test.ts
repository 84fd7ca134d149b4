import { describe, expect } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { recordRow } from '../figures/record.js'
import { BROWSERS, TITLES } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { describeRun, expectNoneRefused, expectUnseen, figuresOf } from '../support/judge.js'
import { refused, signings } from '../support/site.js'
import { issuesUsed, type Video } from '../support/video.js'
import type { Sighting } from './pages/lab.js'

/** A row plays through three URL lifetimes, `npm run soak` for 60 s. */
const LIFE_MS = process.env.SOAK ? 4_000 : 3_000
const SOAK_S = 60
const FOREVER_MS = 3_600_000

type Play = (settings: Partial<StageSettings>) => Promise<Video>

for (const name of BROWSERS)
  describe(`HLS played by hls.js behind a URL that expires every ${LIFE_MS / 1000} s, in ${name}`, () => {
    const it = inBrowser(name)

    it('plays exactly as with a lasting URL', async ({ play }) => {
      const [control, expiring] = await playBeside(play, { lifeMs: LIFE_MS })
      console.info(describeRun(`${name}, honest clock`, expiring))
      console.info(describeRun(`${name}, control`, control))
      expectUnseen(control)
      expect(signings(control.log)).toHaveLength(1)
      expectUnseen(expiring, control)
      expectNoneRefused(expiring)
      expectOneSigningPerRefreshPoint(expiring)
      recordRow('hls', { browser: TITLES[name], clock: 'as the device’s', ...figuresOf(expiring) })
    })

    for (const [where, clockSkewMs] of [
      ['ahead of', 3_600_000],
      ['behind', -3_600_000],
    ] as const) {
      // The core learns the offset, whatever the browser.
      const options = name === 'chromium' && clockSkewMs > 0 ? {} : FULL
      it(
        `plays without interruption when the CDN’s clock is an hour ${where} the device’s, after at most two refusals and that of a control`,
        options,
        async ({ play }) => {
          // Only the CDN's refusals reveal the offset: the endpoint's `Date` agrees with the device.
          const [control, expiring] = await playBeside(play, { lifeMs: LIFE_MS, clockSkewMs, endpointClock: 'machine' })
          console.info(describeRun(`${name}, CDN ${where} the device`, expiring))
          expectUnseen(expiring, control)
          // Video and audio are in flight at the same time.
          expect(refused(expiring.log).filter(({ range }) => range !== 'bytes=0-0').length).toBeLessThanOrEqual(2)
          expect(refused(expiring.log).length).toBeLessThanOrEqual(3)
          const clock = clockSkewMs > 0 ? 'an hour ahead' : 'an hour behind'
          recordRow('hls', { browser: TITLES[name], clock, ...figuresOf(expiring) })
        },
      )
    }
  })

/** Plays a video with a lasting URL beside one with `settings`, until the latter has gone through its URL lifetimes. */
async function playBeside(play: Play, settings: Partial<StageSettings>) {
  const videos = await Promise.all([play({ lifeMs: FOREVER_MS }), play(settings)])
  const [lasting, expiring] = videos
  const run = process.env.SOAK ? await expiring.reaches(SOAK_S).then(() => expiring.run()) : await expiring.outlives(3)
  expect(issuesUsed(run.log), 'URLs used for segments').toBeGreaterThanOrEqual(3)
  return [await lasting.run(), run] as const
}

/** No URL is replaced before its refresh point, and none is requested without one. */
function expectOneSigningPerRefreshPoint({ seen, log }: { seen: Sighting; log: Parameters<typeof signings>[0] }): void {
  const requests = signings(log)
  // A refresh starts at most half a lifetime before expiry, and rounding the expiry up shortens no lifetime.
  for (const [index, { at }] of requests.slice(1).entries())
    expect(at - (requests[index]?.at ?? 0), `from signing request ${index + 1} to the next, ms`).toBeGreaterThanOrEqual(
      LIFE_MS / 2,
    )
  // The log was read before the page, so every refresh in it has started there.
  expect(requests.length).toBeLessThanOrEqual(1 + countOf('signedurlrefreshing', seen))
  expect(countOf('signedurlrefreshed', seen)).toBeGreaterThanOrEqual(2)
}

function countOf(event: string, { events }: Sighting): number {
  return events.filter(({ type }) => type === event).length
}
