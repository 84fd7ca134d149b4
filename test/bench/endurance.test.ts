import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Browser, type Holdings, launch, type Page } from '../support/browsers/index.js'
import { HLS, openPage, openStage, type Stage, startVideo, untilPosition } from '../support/site.js'

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
  await page.close()
})

it('two hundred players created and disposed, compared with as many without the plugin', {
  timeout: 600_000,
}, async () => {
  const stage = await openStage({ lifeMs: 3_600_000 })
  const growth = async (hasPlugin: boolean) => {
    const page = await browser.newPage()
    await openPage(page)
    await createAndDispose(page, stage, PLAYERS / 2, hasPlugin)
    const half = await holdings(page)
    await createAndDispose(page, stage, PLAYERS / 2, hasPlugin)
    const whole = await holdings(page)
    console.info(
      `${hasPlugin ? 'with' : 'without'}: after ${PLAYERS / 2} players ${show(half)}; after ${PLAYERS} ${show(whole)}`,
    )
    await page.close()
    return {
      heapBytes: whole.heapBytes - half.heapBytes,
      listeners: whole.listeners - half.listeners,
      nodes: whole.nodes - half.nodes,
    }
  }
  const [bare, plugin] = [await growth(false), await growth(true)]
  // Video.js itself leaves something behind, with or without the plugin.
  expect(plugin.heapBytes).toBeLessThan(bare.heapBytes + SLACK_BYTES)
  expect(plugin.listeners).toBeLessThanOrEqual(Math.max(0, bare.listeners) + SLACK_COUNT)
  expect(plugin.nodes).toBeLessThanOrEqual(Math.max(0, bare.nodes) + 10 * SLACK_COUNT)
  // Disposed players send no more requests.
  const requestCount = (await stage.log()).length
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  expect(await stage.log()).toHaveLength(requestCount)
})

/** Disposes some players while the URL is being signed, some while they load and some while they play. */
function createAndDispose(page: Page, stage: Stage, count: number, hasPlugin: boolean): Promise<void> {
  return page.evaluate(
    async (given: { endpoint: string; count: number; type: string; hasPlugin: boolean }) => {
      const engines = ['hls.js', 'vhs', 'native']
      for (let index = 0; index < given.count; index += 1) {
        const engine = engines[index % 3]
        const isFile = engine === 'native'
        const source = isFile ? { src: 'film/film.mp4', type: 'video/mp4' } : { src: 'film', type: given.type }
        const plugin = { endpoint: given.endpoint, engine }
        window.lab.start({ name: 'film', ...(given.hasPlugin && { plugin }), source })
        await new Promise((resolve) => setTimeout(resolve, 20 * (index % 20)))
        window.lab.player('film').dispose()
      }
    },
    { endpoint: stage.endpoint, count, type: HLS, hasPlugin },
  )
}

function expectFlat(before: Holdings, after: Holdings): void {
  expect(after.heapBytes - before.heapBytes).toBeLessThan(SLACK_BYTES)
  expect(after.listeners).toBeLessThanOrEqual(before.listeners + SLACK_COUNT)
  expect(after.nodes).toBeLessThanOrEqual(before.nodes + SLACK_COUNT)
}
