import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type SchemeName, unsigned } from '../../demo/server/schemes.js'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  disturbances,
  fetchedTwice,
  HLS,
  isSegment,
  isThorough,
  openPage,
  openStage,
  refused,
  SMALL_BUFFER,
  type Stage,
  see,
  signings,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'

/* HLS whose every file has a signature of its own: the player plays unsigned URLs. */

const LIFE_MS = 5_000
const PLAY_S = process.env.SOAK ? 60 : 16
const MINUTE_MS = 60_000

const ENGINES = [
  ['hls.js', 'auto'],
  ['VHS', 'vhs'],
] as const

let browser: Browser
beforeAll(async () => {
  browser = await launch('chromium')
})
afterAll(() => browser?.close())

type Settings = Parameters<typeof openStage>[0] & { scheme: SchemeName }

/** The URL of a film's file before it is signed. */
async function unsignedUrl(stage: Stage, resource: string): Promise<string> {
  const response = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=${resource}`)
  return unsigned(((await response.json()) as { url: string }).url)
}

async function open(settings: Settings, engine: string, resource: string, plugin: object = {}) {
  const stage = await openStage(settings)
  const page = await browser.newPage()
  await openPage(page)
  const src = await unsignedUrl(stage, resource)
  // VHS has its limits in one place for all players.
  await page.evaluate('Object.assign(videojs.Vhs, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })')
  const options = { endpoint: stage.endpoint, engine, scope: 'file', hls: SMALL_BUFFER, ...plugin }
  await startFilm(page, { name: 'film', plugin: options, source: { src, type: HLS } })
  return { stage, page, src }
}

async function play(page: Page, stage: Stage, playS = PLAY_S) {
  const sighting = await untilPosition(page, 'film', playS, playS * 1000 + 60_000)
  const log = await stage.log()
  await page.close()
  return { sighting, log }
}

describe('a film whose every file is signed for 5 s', () => {
  it.concurrent.each(
    ENGINES.flatMap(([title, engine]) => [
      { title, engine, scheme: 'bitsOnTheRun', endpointBatches: true, links: 'relative' } as const,
      ...(isThorough || engine === 'auto'
        ? [
            { title, engine, scheme: 'clubEvent', endpointBatches: false, links: 'relative' } as const,
            // PUSHR: "title tokens require relative links".
            { title, engine, scheme: 'pushrTitle', endpointBatches: true, links: 'absolute' } as const,
          ]
        : []),
      ...(isThorough
        ? [{ title, engine, scheme: 'pushrFile', endpointBatches: true, links: 'relative' } as const]
        : []),
    ]),
  )(
    'plays on by $title with the tokens of $scheme, batches: $endpointBatches, links: $links',
    async ({ title, engine, ...settings }) => {
      const { scheme, endpointBatches } = settings
      const { page, stage } = await open({ ...settings, lifeMs: LIFE_MS }, engine, 'film/master.m3u8')
      const { sighting, log } = await play(page, stage)
      const batches = signings(log).filter(({ path }) => path.includes(' '))
      console.info(
        `file scope, ${title}, ${scheme}: ${sighting.position.toFixed(1)} s, starved ${Math.round(sighting.starvedMs)} ms,`,
        `${log.filter(isSegment).length} segments, ${signings(log).length - 1} signing requests, ${batches.length} of them batches,`,
        `${refused(log).length} refused, ${fetchedTwice(log).length} fetched twice, events [${disturbances(sighting).join()}]`,
      )
      expect(sighting.error).toBeNull()
      expect(sighting.starvedMs).toBe(0)
      expect(disturbances(sighting)).toEqual([])
      expect(refused(log)).toEqual([])
      expect(log.filter(({ kind }) => kind === 'stray')).toEqual([])
      expect(fetchedTwice(log)).toEqual([])
      expect(batches.filter(({ status }) => status === 200).length > 0).toBe(endpointBatches)
      // One that has none is asked once.
      if (!endpointBatches) expect(batches).toHaveLength(1)
    },
  )
})

describe.skipIf(!inject('hasHeavyFilm'))('a film of 90 segments', () => {
  it.concurrent.each(ENGINES)(
    'with 60 s URLs has at most one signing request for ten segments, by %s',
    async (title, engine) => {
      const { page, stage } = await open({ scheme: 'bitsOnTheRun', lifeMs: MINUTE_MS }, engine, 'long/playlist.m3u8', {
        hls: { maxBufferLength: 200, maxMaxBufferLength: 200 },
      })
      await page.evaluate('Object.assign(videojs.Vhs, { GOAL_BUFFER_LENGTH: 200, MAX_GOAL_BUFFER_LENGTH: 200 })')
      const isWhole = async () => (await stage.log()).filter(isSegment).length >= 90
      await until(isWhole, 'all segments to be loaded', 100_000)
      const log = await stage.log()
      await page.close()
      // The test has asked once itself, for the unsigned URL.
      const asked = signings(log).length - 1
      console.info(`file scope, ${title}: 90 segments by ${asked} signing requests, ${refused(log).length} refused`)
      expect(asked).toBeLessThanOrEqual(9)
      expect(refused(log)).toEqual([])
    },
  )

  it('has no more signed at its start than the files of the next two minutes', async () => {
    const { page, stage } = await open({ scheme: 'bitsOnTheRun', lifeMs: 86_400_000 }, 'auto', 'long/playlist.m3u8')
    await untilPosition(page, 'film', 1)
    const files = signings(await stage.log()).flatMap(({ path }) => path.split(' '))
    await page.close()
    const segments = new Set(files.filter((path) => path.endsWith('.ts')))
    expect(segments.size).toBeGreaterThan(10)
    // Segments of 2 s, and the few that have been loaded meanwhile.
    expect(segments.size).toBeLessThanOrEqual(65)
  })
})

it('a viewer whose address changes has one request refused for each that is under way, and sees nothing', async () => {
  const { page, stage } = await open({ scheme: 'pushrFile', lifeMs: MINUTE_MS }, 'auto', 'film/master.m3u8')
  await untilPosition(page, 'film', 4)
  await stage.set({ viewerAddress: '192.0.2.7' })
  const { sighting, log } = await play(page, stage, 16)
  expect(sighting.error).toBeNull()
  expect(sighting.starvedMs).toBe(0)
  expect(disturbances(sighting)).toEqual([])
  expect(refused(log).length).toBeGreaterThanOrEqual(1)
  // Picture and sound.
  expect(refused(log).length).toBeLessThanOrEqual(2)
})

it('an id in place of the unsigned URL is told, with the name of the option', async () => {
  const stage = await openStage({ scheme: 'bitsOnTheRun' })
  const page = await browser.newPage()
  await openPage(page)
  const plugin = { endpoint: stage.endpoint, scope: 'file', retry: { baseDelayMs: 50, maxDelayMs: 100 } }
  await startFilm(page, { name: 'film', plugin, source: { src: 'film', type: HLS } })
  await until(async () => (await see(page, 'film')).error !== null, 'the error')
  expect((await see(page, 'film')).error).toMatchObject({ code: 2, errorType: 'signed-url-invalid' })
  expect(await page.evaluate("lab.player('film').error().cause.message")).toContain("`scope: 'file'`")
  await page.close()
})
