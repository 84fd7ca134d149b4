import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import { HLS, openPage, openStage, refused, signings, startFilm, until, untilPosition } from '../support/site.js'
import type { Leftovers } from './pages/leftovers.js'

/* A page that is never loaded anew: players come and go, some of them before their film has been signed. */

const FILM = { src: 'film', type: HLS }
const MP4 = { src: 'film/film.mp4', type: 'video/mp4' }
const DASH = { src: 'film/manifest.mpd', type: 'application/dash+xml' }
const FOR_EVER = { lifeMs: 3_600_000 }

let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await launch('chromium')
})
afterAll(() => browser?.close())
beforeEach(async () => {
  page = await browser.newPage()
  await openPage(page, '/test/browser/pages/single-page.html')
})
afterEach(() => page?.close())

const leftovers = () => page.evaluate<Leftovers>('leftovers()')

/** What the console says, without what the test's own site and React's development build greet with. */
const told = () => page.consoleText().filter((text) => !/^\[vite\]|React DevTools/.test(text))

/** What is there comes down to `before` again, within the last of Video.js's own delays. */
async function expectNothingMoreThan(before: Leftovers): Promise<void> {
  const rest = async () => JSON.stringify(await leftovers())
  await until(async () => (await rest()) === JSON.stringify(before), 'what is left', 3_000).catch(() => {})
  expect(await leftovers()).toEqual(before)
}

/** A player without the plugin has been there and gone: what Video.js and VHS leave behind is theirs. */
async function playBare(): Promise<Leftovers> {
  await startFilm(page, { name: 'bare', source: { src: '/demo/media/film/master.m3u8', type: HLS } })
  await untilPosition(page, 'bare', 0.2)
  await page.evaluate(`lab.player('bare').dispose()`)
  await new Promise((resolve) => setTimeout(resolve, 500))
  return leftovers()
}

describe('a player with the plugin leaves no request, listener, timer or object URL behind when it is disposed', () => {
  const dispose = () => page.evaluate(`lab.player('film').dispose()`)
  const until1 = async () => void (await untilPosition(page, 'film', 1))

  it.each([
    ['in the turn that sets the source', [FILM], 'none'],
    ['in the middle of signing', [FILM], 'signing'],
    ['in the middle of signing an MP4', [MP4], 'signing'],
    ['in the middle of signing a source without a type', [{ src: 'film' }], 'signing'],
    ['while hls.js plays', [FILM], 'position'],
    ['while VHS plays', [DASH], 'position'],
    ['while the element plays', [MP4], 'position'],
    ['after five sources', [DASH, MP4, FILM, MP4, FILM], 'signing'],
  ])('%s', async (_when, sources, moment) => {
    const before = await playBare()
    const stage = await openStage({ ...FOR_EVER, endpointDelayMs: moment === 'signing' ? 1_000 : 0 })
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint }, play: false })
    await page.evaluate(
      (given: { sources: object[]; moment: string }) => {
        const player = window.lab.player('film')
        for (const source of given.sources) player.src(source)
        player.play()?.catch(() => {})
        if (given.moment === 'none') player.dispose()
      },
      { sources, moment },
    )
    if (moment === 'signing') await until(async () => signings(await stage.log()).length === sources.length, 'signing')
    if (moment === 'position') await until1()
    if (moment !== 'none') await dispose()
    await expectNothingMoreThan(before)
    const asked = (await stage.log()).length
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(await stage.log()).toHaveLength(asked)
    expect(told()).toEqual([])
  })
})

describe('a view of a React application in strict mode', () => {
  const show = (film?: object) => page.evaluate((given: never) => window.showView(given), film as never)

  it('has its film signed once, though it is set up twice, and leaves nothing behind', async () => {
    const before = await playBare()
    const stage = await openStage(FOR_EVER)
    await show({ endpoint: stage.endpoint, source: FILM })
    await untilPosition(page, 'film', 1)
    expect(signings(await stage.log())).toHaveLength(1)
    await page.evaluate(() => window.lab.player('film').signedUrl().refresh())
    const { error, stats } = await untilPosition(page, 'film', 2)
    expect({ error, refreshes: stats.refreshes }).toEqual({ error: null, refreshes: 1 })
    expect(refused(await stage.log())).toEqual([])
    await show()
    await expectNothingMoreThan(before)
    expect(told()).toEqual([])
  })

  it('can be left and come back to while its film is being signed', async () => {
    const before = await playBare()
    const stage = await openStage({ ...FOR_EVER, endpointDelayMs: 600 })
    const film = { endpoint: stage.endpoint, source: FILM }
    for (const view of [film, undefined, { ...film, source: MP4 }, undefined, film]) {
      const asked = signings(await stage.log()).length
      await show(view)
      if (view) await until(async () => signings(await stage.log()).length > asked, 'signing')
    }
    const { error, currentSource, events } = await untilPosition(page, 'film', 1)
    expect({ error, currentSource }).toEqual({ error: null, currentSource: FILM })
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
    expect(signings(await stage.log()).map(({ path }) => path)).toEqual(['film', 'film/film.mp4', 'film'])
    const media = (await stage.log()).filter(({ kind }) => kind === 'media')
    expect(new Set(media.map(({ issue }) => issue)).size, 'issues that media were fetched with').toBe(1)
    await show()
    await expectNothingMoreThan(before)
    expect(told()).toEqual([])
  })
})
