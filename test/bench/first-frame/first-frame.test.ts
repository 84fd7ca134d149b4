import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordRow } from '../../figures/record.js'
import { type Browser, launch } from '../../support/browsers/index.js'
import { buildPages, openSite } from './site.js'

/* How long a viewer waits, compared with a page that does the same by hand, at several distances from all servers. */

/** Pairs of visits. A busy moment of the machine affects only one. */
const PAIRS = Number(process.env.PAIRS ?? 15)
const RTTS_MS = [0, 40, 150]
/** 10 Mbit/s. */
const BYTES_PER_SECOND = 1_250_000
const LONG_LIFE_MS = 3_600_000
/** The pause outlives it. */
const SHORT_LIFE_MS = 2_000
const PAUSE_MS = 3_500
/** What the endpoint takes to sign, besides the line. */
const SIGNING_MS = 60
/** Outside the buffer. */
const FAR_S = 60

const HLS = 'film application/x-mpegURL'
const MP4 = 'film/film.mp4 video/mp4'
const STARTS = [
  ['hls.js, on demand; signing on the path', 'plugin', 'by-hand', ''],
  ['hls.js, in the page’s bundle; signing on the path', 'plugin-bundled', 'by-hand-bundled', ''],
  ['VHS; signing on the path', 'plugin-vhs', 'by-hand-src', HLS],
  ['MP4; signing on the path', 'plugin-mp4', 'by-hand-src', MP4],
  ['hls.js, on demand; URL signed into the page', 'plugin-written', 'bare-written', 'written'],
] as const

const outDir = mkdtempSync(join(tmpdir(), 'signed-url-bench-'))
let browser: Browser

beforeAll(async () => {
  const names = [...new Set(STARTS.flatMap(([, plugin, byHand]) => [plugin, byHand])), 'plugin-resume']
  await buildPages(outDir, names)
  browser = await launch('chromium')
})
afterAll(async () => {
  await browser?.close()
  rmSync(outDir, { recursive: true })
})

describe.each(RTTS_MS)('%i ms to every server', (rttMs) => {
  it.each(STARTS)('first frame: %s', { timeout: 900_000 }, async (title, plugin, byHand, source) => {
    const site = await openSite(outDir, { rttMs, bytesPerSecond: BYTES_PER_SECOND })
    site.stages.put('demo', { lifeMs: LONG_LIFE_MS })
    const query = source === 'written' ? { url: await site.signedUrl('film') } : { source }
    const visit = async (name: string): Promise<number> => {
      const page = await browser.newPage()
      await page.goto(`${site.url}/${name}.html?${new URLSearchParams(query)}`)
      let ms: string | null = null
      while (ms === null) ms = await page.evaluate<string | null>('document.documentElement.dataset.firstFrame ?? null')
      await page.close()
      return Number(ms)
    }
    const { ours, theirs, ratio } = await compare(
      () => visit(plugin),
      () => visit(byHand),
    )
    await site.close()
    recordRow('first-frame', { title, rttMs, ms: ours, byHandMs: theirs, ratio })
  })
})

it.each([
  ['hls.js', { src: 'film', type: 'application/x-mpegURL' }],
  ['MP4', { src: 'heavy/film.mp4', type: 'video/mp4' }],
])('after a pause: %s', { timeout: 900_000 }, async (title, source) => {
  const site = await openSite(outDir, { rttMs: 40, bytesPerSecond: BYTES_PER_SECOND })
  const visit = async (lifeMs: number): Promise<number> => {
    site.stages.put('demo', { lifeMs, endpointDelayMs: SIGNING_MS })
    const page = await browser.newPage()
    await page.goto(`${site.url}/plugin-resume.html`)
    await page.evaluate('window.signedFilm.play(__arg)'.replace('__arg', JSON.stringify(source)))
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    const ms = await page.evaluate<number>(`window.signedFilm.resume(${FAR_S})`)
    await page.close()
    return ms
  }
  const { ours, theirs, ratio } = await compare(
    () => visit(SHORT_LIFE_MS),
    () => visit(LONG_LIFE_MS),
  )
  await site.close()
  recordRow('resume', { title, ms: ours, livingMs: theirs, ratio })
})

/** Runs both, again and again. The order alternates, because the second finds a warmer machine. The first pair warms caches up and does not count. */
async function compare(ours: () => Promise<number>, theirs: () => Promise<number>) {
  const times = { ours: [] as number[], theirs: [] as number[] }
  for (let pair = 0; pair <= PAIRS; pair += 1) {
    const turns = [
      ['ours', ours],
      ['theirs', theirs],
    ] as const
    for (const [name, visit] of pair % 2 === 0 ? turns : [...turns].reverse()) {
      const ms = await visit()
      if (pair > 0) times[name].push(ms)
    }
  }
  const figures = { ours: lowerQuartile(times.ours), theirs: lowerQuartile(times.theirs) }
  const ratio = Number((figures.ours / figures.theirs).toFixed(2))
  console.info(`${Math.round(figures.ours)} ms, compared with ${Math.round(figures.theirs)} ms: ${ratio}`)
  expect(ratio).toBeGreaterThan(0)
  return { ...figures, ratio }
}

/** Disturbances only make visits longer, so the lower quartile says more than the median. */
function lowerQuartile(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 4)] ?? Number.NaN
}
