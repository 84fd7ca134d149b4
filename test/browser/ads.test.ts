import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  HLS,
  openPage,
  openStage,
  refused,
  SMALL_BUFFER,
  type Stage,
  setSource,
  signings,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'

/* videojs-contrib-ads, the framework under the ad plugins of Google, Freewheel and others: it plays an ad in the film's own element. */

const LIFE_MS = 3_000
const FILM = { src: 'film', type: HLS }
const MP4 = { src: 'film/film.mp4', type: 'video/mp4' }
/** 12 s, signed by somebody else. */
const AD = '/demo/media/clips/byterange/film.mp4?campaign=7&signature=of-the-ad-server'

interface Row {
  readonly source: object
  readonly options: object
  /** Whether contrib-ads is the first plugin of the player, or comes after this one. */
  readonly isFirst: boolean
}

const ENGINES: [string, Row][] = [
  ['hls.js', { source: FILM, options: { hls: SMALL_BUFFER }, isFirst: true }],
  ['VHS', { source: FILM, options: { engine: 'vhs' }, isFirst: false }],
  ['the element', { source: MP4, options: {}, isFirst: true }],
]

let browser: Browser
beforeAll(async () => {
  browser = await launch('chromium')
})
afterAll(() => browser?.close())

/** Opens a film with a site's ad script beside it, which wants no pre-roll unless `preRoll` is an ad's URL. */
async function openFilm(stage: Stage, { source, options, isFirst }: Row, preRoll = ''): Promise<Page> {
  const page = await browser.newPage()
  await openPage(page, '/test/browser/pages/plugins.html')
  await page.evaluate('Object.assign(videojs.Vhs, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })')
  const signedUrl = { endpoint: stage.endpoint, ...options }
  const plugins = isFirst ? { ads: {}, signedUrl } : { signedUrl, ads: {} }
  await startFilm(page, { name: 'film', player: { plugins }, play: false })
  await page.evaluate(beAdScript, preRoll)
  await setSource(page, source)
  return page
}

/** What an ad plugin does, in the page: it answers contrib-ads, and notes what it is told. */
function beAdScript(preRoll: string): void {
  const player = window.lab.player('film') as ReturnType<typeof window.lab.player> & {
    ads: { startLinearAdMode(): void; endLinearAdMode(): void }
  }
  const told: string[] = []
  player.on(['contentchanged', 'contentupdate', 'readyforpreroll', 'adstart', 'adend'], ({ type }: Event) => {
    told.push(type)
  })
  const playAd = (src: string) => {
    player.ads.startLinearAdMode()
    player.src({ src, type: 'video/mp4' })
    player.one('adplaying', () => player.trigger('ads-ad-started'))
  }
  player.on('contentupdate', () => player.trigger('adsready'))
  player.on('readyforpreroll', () => {
    // Real ones ask their server first.
    if (preRoll) setTimeout(playAd, 300, preRoll)
    else player.trigger('nopreroll')
  })
  Object.assign(window, { told, playAd })
}

const told = (page: Page) => page.evaluate<string[]>('told')

/** What the element really plays. */
const inElement = (page: Page) =>
  page.evaluate(() => {
    const { currentSrc, currentTime } = window.lab.player('film').tech(true).el() as HTMLVideoElement
    return { url: currentSrc.replace(location.origin, ''), position: currentTime }
  })

const untilAd = (page: Page, position: number) =>
  until(async () => {
    const seen = await inElement(page)
    return seen.url === AD && seen.position >= position
  }, `the ad to reach ${position} s`)

describe('a film with ads, played by', () => {
  it.concurrent.each(ENGINES)('%s, comes back to its place after a break, and lives on', async (_name, row) => {
    const stage = await openStage({ lifeMs: LIFE_MS })
    const page = await openFilm(stage, row)
    await untilPosition(page, 'film', 4)
    await page.evaluate(`lab.player('film').signedUrl().refresh()`)
    await page.evaluate(`playAd(${JSON.stringify(AD)})`)
    await untilAd(page, 0.3)
    const before = await page.evaluate<number>(`lab.player('film').ads.snapshot.currentTime`)
    const asked = signings(await stage.log()).length
    // Longer than the film's URL lives.
    await untilAd(page, 4.5)
    expect(signings(await stage.log()), 'signed during the break').toHaveLength(asked)

    await page.evaluate(`lab.player('film').ads.endLinearAdMode()`)
    await until(async () => (await inElement(page)).url !== AD, 'the film to come back')
    const { events, error, currentSource, paused } = await untilPosition(page, 'film', before + 6)
    expect({ error, currentSource, paused }).toEqual({ error: null, currentSource: row.source, paused: false })
    const back = events.filter(({ type }) => type === 'playing').at(-1)
    expect(Math.abs((back?.position ?? 0) - before), 'away from its place, s').toBeLessThan(0.5)
    expect(signings(await stage.log()).length, 'signed anew').toBeGreaterThan(asked)
    expect(refused(await stage.log())).toEqual([])
    expect(await told(page)).toEqual(['contentupdate', 'readyforpreroll', 'adstart', 'adend'])
    await page.close()
  })
})

describe('contrib-ads', () => {
  it.concurrent('takes a swap of the element’s source for no new film', async () => {
    const stage = await openStage({ lifeMs: 2_000, bytesPerSecond: 60_000 })
    const page = await openFilm(stage, { source: MP4, options: {}, isFirst: true })
    await untilPosition(page, 'film', 3)
    await page.evaluate(`void lab.player('film').currentTime(60)`)
    const { stats, error } = await untilPosition(page, 'film', 61)
    expect(error).toBeNull()
    expect(stats.swaps).toBeGreaterThanOrEqual(1)
    expect(await told(page)).toEqual(['contentupdate', 'readyforpreroll'])
    await page.close()
  })

  it.concurrent('plays a pre-roll while the film is still being signed; the film is signed anew after it', async () => {
    const stage = await openStage({ endpointDelayMs: 1_500 })
    const page = await openFilm(stage, { source: FILM, options: {}, isFirst: true }, AD)
    await untilAd(page, 2.5)
    const during = await stage.log()
    expect(signings(during), 'the request that the pre-roll ended').toHaveLength(1)
    expect(during.filter(({ kind }) => kind === 'media')).toEqual([])

    await page.evaluate(`lab.player('film').ads.endLinearAdMode()`)
    await until(async () => (await inElement(page)).url !== AD, 'the film')
    const { error, position } = await untilPosition(page, 'film', 1)
    expect(error).toBeNull()
    expect(position).toBeLessThan(2.5)
    expect(signings(await stage.log())).toHaveLength(2)
    expect(await told(page)).toEqual(['contentupdate', 'readyforpreroll', 'adstart', 'adend'])
    await page.close()
  })
})
