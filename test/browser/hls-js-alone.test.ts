import { describe, expect } from 'vitest'
import { playSignedHls } from '../support/bare-hls.js'
import { BROWSERS } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { openStage, refused, signings, until, untilSeen } from '../support/site.js'
import { issuesUsed } from '../support/video.js'
import { seeVideo, watchVideo } from '../support/watch-video.js'

/* `videojs-signed-url/hls`: hls.js in a bare `<video>`, on a page without Video.js. */

const LIFE_MS = 3_000
const EMPTY_PAGE = '/test/browser/pages/player.html'

for (const name of BROWSERS)
  describe(`hls.js alone, in ${name}`, () => {
    const it = inBrowser(name)

    it('plays through three lives of its URL', name === 'chromium' ? {} : FULL, async ({ openWindow }) => {
      const stage = await openStage({ lifeMs: LIFE_MS })
      const page = await openWindow(EMPTY_PAGE)
      await playSignedHls(page, `{ endpoint: ${JSON.stringify(stage.endpoint)}, resource: 'film' }`)
      await watchVideo(page)
      await until(async () => issuesUsed(await stage.log()) >= 3, 'three lives of the URL')
      expect(await seeVideo(page)).toMatchObject({ error: null, hasBegun: true, starvedMs: 0 })
      expect(refused(await stage.log())).toEqual([])
      const reports = await page.evaluate<string[]>('window.bareReports')
      expect(reports.filter((reason) => reason !== 'expiring' && reason !== 'expired')).toEqual([])
      expect(reports.length).toBeGreaterThanOrEqual(2)
    })
  })

describe('hls.js alone', () => {
  const it = inBrowser('chromium')

  it('plays on without a stall where the CDN refuses the URL early', async ({ openWindow }) => {
    const stage = await openStage({ lifeMs: 60_000 })
    const page = await openWindow(EMPTY_PAGE)
    await playSignedHls(page, `{ endpoint: ${JSON.stringify(stage.endpoint)}, resource: 'film' }`)
    await watchVideo(page)
    await untilSeen(
      () => seeVideo(page),
      ({ position }) => position > 2,
      'the video to play',
    )
    await stage.set({ clockSkewMs: 61_000 })
    await until(async () => issuesUsed(await stage.log()) >= 2, 'a second URL')
    const { position } = await seeVideo(page)
    const seen = await untilSeen(
      () => seeVideo(page),
      (now) => now.position > position + 4,
      'the video to play on',
    )
    expect(seen).toMatchObject({ error: null, hasBegun: true, starvedMs: 0 })
    expect(await page.evaluate<unknown>('[window.bareReports[0], window.bareError]')).toEqual(['refused', null])
  })

  it('reports a denial, and begins after a refresh that succeeds', async ({ openWindow }) => {
    const stage = await openStage({ endpointStatus: 403 })
    const page = await openWindow(EMPTY_PAGE)
    const playing = playSignedHls(page, `{ endpoint: ${JSON.stringify(stage.endpoint)}, resource: 'film' }`)
    await until(() => page.evaluate<boolean>('window.bareReports?.length > 0'), 'a report')
    expect(await page.evaluate<unknown>('window.bareReports')).toEqual(['signed-url-denied'])
    await stage.set({ endpointStatus: null })
    await page.evaluate('bareMedia.refresh()')
    await playing
    await watchVideo(page)
    await untilSeen(
      () => seeVideo(page),
      ({ position }) => position > 1,
      'the video to play',
    )
    expect(signings(await stage.log()).map(({ status }) => status)).toEqual([403, 200])
  })
})
