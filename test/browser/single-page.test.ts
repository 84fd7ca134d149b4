import { describe, expect } from 'vitest'
import type { Page } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { DASH, MP4, openStage, refused, signings, signingsAsked, until, untilSeen } from '../support/site.js'
import { FILM, Video, type VideoOptions } from '../support/video.js'
import type { Leftovers } from './pages/leftovers.js'

/* A page that is never loaded anew: players come and go, some of them before their video has been signed. */

const it = inBrowser('chromium')
const PAGE = '/test/browser/pages/single-page.html'
const BY_ELEMENT = { src: 'film/film.mp4', type: MP4 }
const BY_VHS = { src: 'film/manifest.mpd', type: DASH }
const FOR_EVER = { lifeMs: 3_600_000 }
/** For as long as a row looks: nothing waits for the end of it. */
const LONG_MS = 60_000

type Play = (settings?: object, options?: VideoOptions) => Promise<Video>

/** What the console says, without what the test's own site, React's development build and VHS (about the buffer that rows set) greet with. */
const said = (page: Page) =>
  page.consoleText().filter((text) => !/^\[vite\]|React DevTools|GOAL_BUFFER_LENGTH is UNSAFE/.test(text))

const leftovers = (page: Page) => page.evaluate<Leftovers>('leftovers()')

/** What is there comes down to what a player without the plugin leaves. */
async function expectNothingMoreThan(before: Leftovers, page: Page): Promise<void> {
  const more = async () => {
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
    more,
    (now) => JSON.stringify(now) === JSON.stringify(nothing),
    'nothing to be left',
  ).catch(more)
  expect(left).toEqual(nothing)
}

/** A player without the plugin has been there and gone: what Video.js and VHS leave behind is theirs. Returns that, once it stays the same. */
async function playBare(play: Play): Promise<{ page: Page; before: Leftovers }> {
  const source = { src: '/demo/media/film/master.m3u8', type: FILM.type }
  const bare = await play({}, { in: PAGE, name: 'bare', plugin: null, source })
  await bare.reaches(0.2)
  await bare.do('player.dispose()')
  const { page } = bare
  // Video.js's own delays after the end of a player are shorter than so many looks.
  let before = await leftovers(page)
  let same = 0
  await until(async () => {
    const now = await leftovers(page)
    same = JSON.stringify(now) === JSON.stringify(before) ? same + 1 : 0
    before = now
    return same === 8
  }, 'what Video.js leaves to stay the same')
  return { page, before }
}

describe('a player with the plugin leaves no request, listener, timer or object URL behind when it is disposed', () => {
  for (const { when, sources, moment, ...options } of [
    { when: 'in the turn that sets the source', sources: [FILM], moment: 'none' },
    { when: 'in the middle of signing', sources: [FILM], moment: 'signing' },
    { when: 'in the middle of signing an MP4', sources: [BY_ELEMENT], moment: 'signing', ...FULL },
    {
      when: 'in the middle of signing a source without a type',
      sources: [{ src: 'film' }],
      moment: 'signing',
      ...FULL,
    },
    { when: 'while hls.js plays', sources: [FILM], moment: 'position' },
    { when: 'while VHS plays', sources: [BY_VHS], moment: 'position', ...FULL },
    { when: 'while the element plays', sources: [BY_ELEMENT], moment: 'position', ...FULL },
    { when: 'after five sources', sources: [BY_VHS, BY_ELEMENT, FILM, BY_ELEMENT, FILM], moment: 'signing' },
  ])
    it(when, options, async ({ play }) => {
      const { page, before } = await playBare(play)
      const settings = { ...FOR_EVER, endpointDelayMs: moment === 'signing' ? LONG_MS : 0 }
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
      const asked = (await video.log()).length
      // Another player plays: whatever this one still had to do is done.
      const other = await play({}, { in: page, name: 'other' })
      await other.reaches(1)
      expect(await video.log()).toHaveLength(asked)
      expect(signings(await video.log())).toHaveLength(moment === 'position' ? 1 : 0)
      expect(said(page)).toEqual([])
    })
})

describe('a view of a React application in strict mode', () => {
  const show = (page: Page, film?: object) => page.evaluate((given: never) => window.showView(given), film as never)

  it('has its video signed once, though it is set up twice, and leaves nothing behind', FULL, async ({ play }) => {
    const { page, before } = await playBare(play)
    const stage = await openStage(FOR_EVER)
    await show(page, { endpoint: stage.endpoint, source: FILM })
    const video = new Video(page, stage, 'film')
    await video.reaches(1)
    expect(signings(await stage.log())).toHaveLength(1)
    await video.refresh()
    const { error, stats } = await video.reaches(2)
    expect({ error, refreshes: stats.refreshes }).toEqual({ error: null, refreshes: 1 })
    expect(refused(await stage.log())).toEqual([])
    await show(page)
    await expectNothingMoreThan(before, page)
    expect(said(page)).toEqual([])
  })

  it('can be left and come back to while its video is being signed', FULL, async ({ play }) => {
    const { page, before } = await playBare(play)
    const stage = await openStage({ ...FOR_EVER, endpointDelayMs: LONG_MS })
    const film = { endpoint: stage.endpoint, source: FILM }
    for (const view of [film, undefined, { ...film, source: BY_ELEMENT }, undefined, film]) {
      const asked = signingsAsked(await stage.log()).length
      if (view === film && asked > 0) await stage.set({ endpointDelayMs: 0 })
      await show(page, view)
      if (view) await until(async () => signingsAsked(await stage.log()).length > asked, 'signing')
    }
    const { error, currentSource, events } = await new Video(page, stage, 'film').reaches(1)
    expect({ error, currentSource }).toEqual({ error: null, currentSource: FILM })
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
    expect(signingsAsked(await stage.log()).map(({ path }) => path)).toEqual(['film', 'film/film.mp4', 'film'])
    const media = (await stage.log()).filter(({ kind }) => kind === 'media')
    expect(new Set(media.map(({ issue }) => issue)).size, 'issues that media were fetched with').toBe(1)
    await show(page)
    await expectNothingMoreThan(before, page)
    expect(said(page)).toEqual([])
  })
})
