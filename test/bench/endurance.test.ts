import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { recordRow } from '../figures/record.js'
import { type Browser, type Holdings, launch, type Page } from '../support/browsers/index.js'
import { HLS, openPage, openStage, startVideo, untilPosition } from '../support/site.js'

/* A long session, and a page that creates and disposes players: memory must not grow with either. */

const REFRESHES = 1_000
const PLAYERS = 200
/** Growth that is not a leak: code that the browser compiles and its own bookkeeping. */
const SLACK_BYTES = 2_000_000
/** Requests in flight have listeners too. */
const SLACK_COUNT = 50

let browser: Browser
beforeAll(async () => {
  browser = await launch('chromium')
})
afterAll(() => browser?.close())

async function holdings(page: Page): Promise<Holdings> {
  const held = await page.holdings?.()
  if (!held) throw new Error('This browser does not report what a page holds.')
  return held
}

const megabytes = (bytes: number) => Number((bytes / 1e6).toFixed(2))
const figuresOf = (engine: string, half: Holdings, whole: Holdings) => ({
  engine,
  halfMb: megabytes(half.heapBytes),
  wholeMb: megabytes(whole.heapBytes),
  halfListeners: half.listeners,
  wholeListeners: whole.listeners,
})
const show = ({ heapBytes, listeners, nodes }: Holdings) =>
  `${(heapBytes / 1e6).toFixed(2)} MB, ${listeners} listeners, ${nodes} nodes`

it.each([
  ['hls.js', { engine: 'hls.js', hls: { maxBufferLength: 4, maxMaxBufferLength: 4, backBufferLength: 0 } }],
  ['VHS', { engine: 'vhs' }],
])('a thousand refreshes in one session, %s', { timeout: 600_000 }, async (name, options) => {
  const stage = await openStage({ lifeMs: 3_600_000 })
  const page = await browser.newPage()
  await openPage(page)
  const plugin = { endpoint: stage.endpoint, ...options }
  await startVideo(page, { name: 'film', plugin, player: { loop: true }, source: { src: 'film', type: HLS } })
  await untilPosition(page, 'film', 1)
  /** Gives each refresh its own URL, because tokens of the same second are equal. Seeks in between cause requests that use them. */
  const refresh = (from: number, to: number) =>
    page.evaluate(
      async (given: { from: number; to: number; id: string }) => {
        const player = window.lab.player('film')
        for (let count = given.from; count < given.to; count += 1) {
          await fetch(`/__stages/${given.id}`, {
            method: 'PUT',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ lifeMs: 3_600_000 + 1_000 * count }),
          })
          await player.signedUrl().refresh()
          if (count % 20 === 0) player.currentTime((7 * count) % 60)
        }
      },
      { from, to, id: stage.id },
    )
  const halfway = REFRESHES / 2
  await refresh(0, halfway)
  const half = await holdings(page)
  await refresh(halfway, REFRESHES)
  const whole = await holdings(page)
  const { stats, error } = await page.evaluate(() => window.lab.see('film'))
  const media = (await stage.log()).filter(({ kind }) => kind === 'media')
  console.info(`${name}, after ${halfway} refreshes: ${show(half)}; after ${REFRESHES}: ${show(whole)}`)
  expect(error).toBeNull()
  expect(stats.refreshes).toBe(REFRESHES)
  expect(media.filter(({ status }) => status >= 400)).toEqual([])
  expect(new Set(media.map(({ issue }) => issue)).size, 'issues used').toBeGreaterThan(20)
  expectFlat(half, whole)
  recordRow('refreshes', figuresOf(name, half, whole))
  await page.close()
})

it('two hundred players created and disposed, with hls.js and MP4', { timeout: 600_000 }, async () => {
  const stage = await openStage({ lifeMs: 3_600_000 })
  const page = await browser.newPage()
  await openPage(page)
  const [half, whole] = await inHalves(page, (index) => ({
    plugin: { endpoint: stage.endpoint },
    source: index % 2 === 0 ? { src: 'film', type: HLS } : { src: 'film/film.mp4', type: 'video/mp4' },
  }))
  console.info(`hls.js and MP4, after ${PLAYERS / 2} players: ${show(half)}; after ${PLAYERS}: ${show(whole)}`)
  expectFlat(half, whole)
  // Disposed players send no more requests.
  const requestCount = (await stage.log()).length
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  expect(await stage.log()).toHaveLength(requestCount)
  recordRow('players', figuresOf('hls.js and MP4', half, whole))
  await page.close()
})

it('two hundred players created and disposed, with VHS, compared with VHS alone', { timeout: 600_000 }, async () => {
  const stage = await openStage({ lifeMs: 3_600_000 })
  const { url } = await (await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=film`)).json()
  const growth = async (name: string, options: object) => {
    const page = await browser.newPage()
    await openPage(page)
    const [half, whole] = await inHalves(page, () => options)
    console.info(`${name}, after ${PLAYERS / 2} players: ${show(half)}; after ${PLAYERS}: ${show(whole)}`)
    recordRow('players', figuresOf(name, half, whole))
    await page.close()
    return { listeners: whole.listeners - half.listeners, nodes: whole.nodes - half.nodes }
  }
  const bare = await growth('VHS alone', { source: { src: url, type: HLS } })
  const plugin = await growth('VHS with the plugin', {
    plugin: { endpoint: stage.endpoint, engine: 'vhs' },
    source: { src: 'film', type: HLS },
  })
  // VHS keeps some disposed players, in most runs every third. The plugin neither has it keep more of them nor leaves listeners on them.
  expect(plugin.nodes).toBeLessThan(2 * bare.nodes + 10 * SLACK_COUNT)
  expect(plugin.listeners / plugin.nodes).toBeLessThan((1.5 * bare.listeners) / bare.nodes)
})

/** What the page holds after half of the players, and after all. */
async function inHalves(page: Page, optionsOf: (index: number) => object): Promise<[Holdings, Holdings]> {
  const createAndDispose = async () => {
    // Disposes some players while the URL is being signed, some while they load and some while they play.
    for (let index = 0; index < PLAYERS / 2; index += 1) {
      const given = { name: 'film', ...optionsOf(index) }
      await page.evaluate((options: Parameters<typeof window.lab.start>[0]) => void window.lab.start(options), given)
      await new Promise((resolve) => setTimeout(resolve, 20 * (index % 20)))
      await page.evaluate(`window.lab.player('film').dispose()`)
    }
    // What a request or a decoder still holds.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    return holdings(page)
  }
  return [await createAndDispose(), await createAndDispose()]
}

function expectFlat(before: Holdings, after: Holdings): void {
  expect(after.heapBytes - before.heapBytes).toBeLessThan(SLACK_BYTES)
  expect(after.listeners).toBeLessThanOrEqual(before.listeners + SLACK_COUNT)
  expect(after.nodes).toBeLessThanOrEqual(before.nodes + SLACK_COUNT)
}
