import { describe, expect } from 'vitest'
import type { Page } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { DASH, MP4, openStage, refused, signings, signingsAsked, until, untilSeen } from '../support/site.js'
import { AD_S, StreamWithAd } from '../support/stream-ads.js'
import { FILM, Video, type VideoOptions } from '../support/video.js'
import type { Leftovers } from './pages/leftovers.js'

/* A page that never reloads: players come and go, some of them before their video is signed. */

const it = inBrowser('chromium')
const PAGE = '/test/browser/pages/single-page.html'
const MP4_FILM = { src: 'film/film.mp4', type: MP4 }
const DASH_FILM = { src: 'film/manifest.mpd', type: DASH }
const FOREVER = { lifeMs: 3_600_000 }
/** Longer than any row. Nothing waits for it to end. */
const LONG_MS = 60_000

type Play = (settings?: object, options?: VideoOptions) => Promise<Video>

/** The console's lines, without those that Vite, React's development build and VHS (about the buffer that rows set) always print. */
const consoleLines = (page: Page) =>
  page.consoleText().filter((text) => !/^\[vite\]|React DevTools|GOAL_BUFFER_LENGTH is UNSAFE/.test(text))

const leftovers = (page: Page) => page.evaluate<Leftovers>('leftovers()')

/** Waits until a page holds nothing beyond what a player without the plugin leaves. */
async function expectNothingMoreThan(before: Leftovers, page: Page): Promise<void> {
  const extra = async () => {
    const now = await leftovers(page)
    const listeners = [...before.listeners]
    return {
      listeners: now.listeners.filter((name) => listeners.splice(listeners.indexOf(name) >>> 0, 1).length === 0),
      timers: Math.max(0, now.timers - before.timers),
      requests: Math.max(0, now.requests - before.requests),
      objectUrls: Math.max(0, now.objectUrls - before.objectUrls),
    }
  }
  const nothing = { listeners: [], timers: 0, requests: 0, objectUrls: 0 }
  const left = await untilSeen(
    extra,
    (now) => JSON.stringify(now) === JSON.stringify(nothing),
    'nothing to be left over',
  ).catch(extra)
  expect(left).toEqual(nothing)
}

/** Plays and disposes a player without the plugin. Returns what Video.js and VHS leave behind, once that has settled. */
async function playBare(play: Play): Promise<{ page: Page; before: Leftovers }> {
  const source = { src: '/demo/media/film/master.m3u8', type: FILM.type }
  const bare = await play({}, { in: PAGE, name: 'bare', plugin: null, source })
  await bare.reaches(0.2)
  await bare.do('player.dispose()')
  const { page } = bare
  // Video.js's own delays after dispose are shorter than eight polls.
  let before = await leftovers(page)
  let unchangedPolls = 0
  await until(async () => {
    const now = await leftovers(page)
    unchangedPolls = JSON.stringify(now) === JSON.stringify(before) ? unchangedPolls + 1 : 0
    before = now
    return unchangedPolls === 8
  }, 'what Video.js leaves to settle')
  return { page, before }
}

describe('a player with the plugin leaves no request, listener, timer or object URL behind when it is disposed', () => {
  for (const { when, sources, moment, ...options } of [
    { when: 'in the task that sets the source', sources: [FILM], moment: 'none' },
    { when: 'during signing', sources: [FILM], moment: 'signing' },
    { when: 'during signing of an MP4', sources: [MP4_FILM], moment: 'signing', ...FULL },
    {
      when: 'during signing of a source without a type',
      sources: [{ src: 'film' }],
      moment: 'signing',
      ...FULL,
    },
    { when: 'while hls.js plays', sources: [FILM], moment: 'position' },
    { when: 'while VHS plays', sources: [DASH_FILM], moment: 'position', ...FULL },
    { when: 'while the element plays', sources: [MP4_FILM], moment: 'position', ...FULL },
    { when: 'after five sources', sources: [DASH_FILM, MP4_FILM, FILM, MP4_FILM, FILM], moment: 'signing' },
  ])
    it(when, options, async ({ play }) => {
      const { page, before } = await playBare(play)
      const settings = { ...FOREVER, endpointDelayMs: moment === 'signing' ? LONG_MS : 0 }
      const video = await play(settings, { in: page, source: null })
      await video.do(`
        for (const source of ${JSON.stringify(sources)}) player.src(source)
        player.play()?.catch(() => {})
        if (${moment === 'none'}) player.dispose()`)
      // Of several sources in one task only the last is signed.
      if (moment === 'signing') await until(async () => signingsAsked(await video.log()).length === 1, 'signing')
      if (moment === 'position') await video.reaches(1)
      if (moment !== 'none') await video.do('player.dispose()')
      await expectNothingMoreThan(before, page)
      const requestCount = (await video.log()).length
      // By the time another player plays, this one has sent whatever it still had to send.
      const other = await play({}, { in: page, name: 'other' })
      await other.reaches(1)
      expect(await video.log()).toHaveLength(requestCount)
      expect(signings(await video.log())).toHaveLength(moment === 'position' ? 1 : 0)
      expect(consoleLines(page)).toEqual([])
    })
})

describe('an ad in the stream', () => {
  it('leaves nothing behind when the player is disposed while it plays', FULL, async ({ play }) => {
    const stream = await StreamWithAd.open('pre-roll', FOREVER.lifeMs / 1000)
    try {
      const { page, before } = await playBare(play)
      const video = await play({}, { in: page, source: FILM, plugin: { endpoint: stream.film.endpoint } })
      await until(
        () => video.do<boolean>(`Math.round(player.duration()) === ${AD_S} && player.currentTime() > 1`),
        'the ad',
      )
      await video.do('player.dispose()')
      await expectNothingMoreThan(before, page)
      const requestCount = stream.log.length + stream.ads.log.length
      const other = await play({}, { in: page, name: 'other' })
      await other.reaches(1)
      expect(stream.log.length + stream.ads.log.length).toBe(requestCount)
      expect(consoleLines(page)).toEqual([])
    } finally {
      await stream.close()
    }
  })
})

describe('a React view in strict mode', () => {
  const render = (page: Page, video?: object) =>
    page.evaluate((given: never) => window.renderView(given), video as never)

  it('signs its video once although it mounts twice, and leaves nothing behind', FULL, async ({ play }) => {
    const { page, before } = await playBare(play)
    const stage = await openStage(FOREVER)
    await render(page, { endpoint: stage.endpoint, source: FILM })
    const video = new Video(page, stage, 'film')
    await video.reaches(1)
    expect(signings(await stage.log())).toHaveLength(1)
    await video.refresh()
    const { error, stats } = await video.reaches(2)
    expect({ error, refreshes: stats.refreshes }).toEqual({ error: null, refreshes: 1 })
    expect(refused(await stage.log())).toEqual([])
    await render(page)
    await expectNothingMoreThan(before, page)
    expect(consoleLines(page)).toEqual([])
  })

  it('can be left and opened again while its video is being signed', FULL, async ({ play }) => {
    const { page, before } = await playBare(play)
    const stage = await openStage({ ...FOREVER, endpointDelayMs: LONG_MS })
    const filmView = { endpoint: stage.endpoint, source: FILM }
    for (const view of [filmView, undefined, { ...filmView, source: MP4_FILM }, undefined, filmView]) {
      const signingCount = signingsAsked(await stage.log()).length
      if (view === filmView && signingCount > 0) await stage.set({ endpointDelayMs: 0 })
      await render(page, view)
      if (view) await until(async () => signingsAsked(await stage.log()).length > signingCount, 'signing')
    }
    const { error, currentSource, events } = await new Video(page, stage, 'film').reaches(1)
    expect({ error, currentSource }).toEqual({ error: null, currentSource: FILM })
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
    expect(signingsAsked(await stage.log()).map(({ path }) => path)).toEqual(['film', 'film/film.mp4', 'film'])
    const media = (await stage.log()).filter(({ kind }) => kind === 'media')
    expect(new Set(media.map(({ issue }) => issue)).size, 'issues used for media requests').toBe(1)
    await render(page)
    await expectNothingMoreThan(before, page)
    expect(consoleLines(page)).toEqual([])
  })
})
