import { describe, expect } from 'vitest'
import { FULL, inBrowser } from '../support/in-browser.js'
import { describeRun, expectNoneRefused, expectUnseen } from '../support/judge.js'
import { DASH, disturbances, MP4, until } from '../support/site.js'
import { FILM, issuesUsed, type Video } from '../support/video.js'

/* The same promise with Video.js 7, loaded by script tags with the build for script tags and hls.js. */

const PAGE = '/test/browser/pages/video-js-7.html'
const DASH_FILM = { src: 'film/manifest.mpd', type: DASH }
const QUICK = { maxAttempts: 2, baseDelayMs: 50, maxDelayMs: 100 }
/** Of Gcore's URLs. */
const TOKEN = /\/videos\/[^/]+\/([\w-]{22})\//
const HEAVY = { src: 'heavy/film.mp4', type: MP4 }

describe('Video.js 7', () => {
  const it = inBrowser('chromium')
  const version = (video: Video) => video.page.evaluate<string>('videojs.VERSION')
  /** What loads the video, as the page can see it: VHS belongs to the tech. */
  const hasVhs = (video: Video) => video.do<boolean>('!!player.tech(true).vhs')

  for (const { what, source, player, isVhs } of [
    { what: 'HLS by hls.js', source: FILM, player: {}, isVhs: false },
    {
      what: 'HLS by VHS, which the page has configured by its older name',
      source: FILM,
      player: { html5: { hls: { overrideNative: true } } },
      isVhs: true,
    },
    { what: 'DASH by VHS', source: DASH_FILM, player: {}, isVhs: true },
  ])
    it(`plays ${what} through three URL lifetimes, and nothing is noticed`, FULL, async ({ play }) => {
      const video = await play({ lifeMs: 3_000 }, { in: PAGE, source, player })
      const run = await video.outlives(3)
      console.info(describeRun(`Video.js 7, ${what}`, run))
      expect(await version(video)).toMatch(/^7\./)
      expect(await hasVhs(video)).toBe(isVhs)
      expectUnseen(run)
      expectNoneRefused(run)
      expect(run.seen).toMatchObject({ currentSource: source, src: source.src, currentSrc: source.src })
      expect(run.seen.stats.seamlessRefreshes).toBe(run.seen.stats.refreshes)
    })

  it(
    'plays MP4 through three URL lifetimes, wherever the viewer seeks, and fires only the events of the seeks',
    FULL,
    async ({ play }) => {
      const video = await play({ lifeMs: 2_000, bytesPerSecond: 400_000 }, { in: PAGE, source: HEAVY })
      await video.reaches(0.5)
      expect(await version(video)).toMatch(/^7\./)
      for (const [index, position] of [25, 50, 75].entries()) {
        await until(() => video.do<boolean>('player.signedUrl().expiresAt + 1_000 < Date.now()'), 'the URL to expire')
        await video.do(`player.currentTime(${position}); undefined`)
        const seen = await video.reaches(position + 0.5)
        expect(seen.error).toBeNull()
        expect(seen.stats.swaps).toBe(index + 1)
        // The element itself waits for data after a seek.
        const heard = disturbances(seen).filter((type) => type !== 'waiting' && type !== 'stalled')
        expect(heard).toEqual(Array(index + 1).fill('seeking'))
        expect(seen).toMatchObject({ currentSource: HEAVY, src: HEAVY.src, currentSrc: HEAVY.src })
      }
      expect(issuesUsed(await video.log())).toBeGreaterThanOrEqual(4)
    },
  )

  for (const [format, source] of [
    ['HLS', FILM],
    ['DASH', DASH_FILM],
  ] as const) {
    it(`gets a fresh URL when the first one is refused: ${format} by VHS`, FULL, async ({ play }) => {
      const video = await play({ refuseIssues: 1 }, { in: PAGE, source, plugin: { engine: 'vhs' } })
      expect((await video.reaches(2)).error).toBeNull()
    })

    it(
      `ends in one error, which holds no token, when everything is refused: ${format} by VHS`,
      FULL,
      async ({ play }) => {
        const video = await play({ refuse: 'all' }, { in: PAGE, source, plugin: { engine: 'vhs', retry: QUICK } })
        const { error, events } = await video.fails()
        expect(error).toMatchObject({ code: 2, errorType: 'signed-url-refused' })
        expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
        expect(video.page.consoleText().join('\n')).not.toMatch(TOKEN)
        await video.stage.set({ refuse: 'none' })
        await video.refresh()
        expect((await video.reaches(1)).error).toBeNull()
      },
    )
  }

  it('runs `beforeRequest` of the page on the URL that is sent', FULL, async ({ play }) => {
    const video = await play({ lifeMs: 3_000 }, { in: PAGE, source: null, plugin: { engine: 'vhs' } })
    await video.do(`{
      const seen = []
      Object.assign(window, { seen })
      player.on('loadstart', () => {
        player.tech(true).vhs.xhr.beforeRequest = (options) => {
          seen.push(options.uri)
          return options
        }
      })
    }`)
    await video.set(FILM)
    await video.outlives(3)
    const seen = await video.page.evaluate<string[]>('seen')
    expect(new Set(seen.map((url) => TOKEN.exec(url)?.[1])).size).toBeGreaterThanOrEqual(3)
  })

  it('shows the error, and "Try again" plays on', FULL, async ({ play }) => {
    const video = await play({ endpointStatus: 402 }, { in: PAGE, plugin: { retry: QUICK } })
    const { error } = await video.fails()
    expect(error).toMatchObject({ code: 2, errorType: 'signed-url-denied' })
    await video.stage.set({ endpointStatus: null })
    await video.page.click('.vjs-signed-url-try-again')
    expect((await video.reaches(1)).error).toBeNull()
  })
})
