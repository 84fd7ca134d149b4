import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Browser, launch } from '../support/browsers/index.js'

/** Pairs of visits. The result is the median of their ratios, so that a busy moment of the machine affects only one pair. */
const PAIRS = 15

const outDir = mkdtempSync(join(tmpdir(), 'signed-url-bench-'))
let server: PreviewServer
let site: string
let browser: Browser

beforeAll(async () => {
  const root = resolve('test/bench/pages')
  const input = ['plugin', 'bare', 'plugin-bundled', 'bare-bundled'].map((name) => join(root, `${name}.html`))
  const alias = { 'videojs-signed-url': resolve('dist/videojs-signed-url.js') }
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { alias },
    build: { outDir, emptyOutDir: true, rolldownOptions: { input } },
  })
  // The config provides the signing endpoint and the protected origin.
  server = await preview({ build: { outDir }, preview: { port: 5420, host: 'localhost' }, logLevel: 'error' })
  site = server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? ''
  browser = await launch('chromium')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  rmSync(outDir, { recursive: true })
})

it.each([
  ['loaded on demand', ''],
  ['in the page’s own bundle', '-bundled'],
])(
  'time to first frame, compared with bare hls.js in Video.js and a pre-signed URL, with hls.js %s',
  { timeout: 600_000 },
  async (way, suffix) => {
    const settings = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"lifeMs":3600000}' }
    await fetch(`${site}/__stages/demo`, settings)
    const visit = async (path: string): Promise<number> => {
      const page = await browser.newPage()
      await page.goto(`${site}${path}`)
      let ms: string | null = null
      while (ms === null) ms = await page.evaluate<string | null>('document.documentElement.dataset.firstFrame ?? null')
      await page.close()
      return Number(ms)
    }
    const { url } = (await (await fetch(`${site}/api/playback-url?resource=film`)).json()) as { url: string }
    const bare = `/bare${suffix}.html?url=${encodeURIComponent(url)}`
    const plugin = `/plugin${suffix}.html`
    await visit(bare)
    await visit(plugin)
    const pairs: { bareMs: number; pluginMs: number }[] = []
    for (let pair = 0; pair < PAIRS; pair++) {
      // Alternate, because the second visit finds a warmer machine.
      const first = pair % 2 === 0
      const early = await visit(first ? bare : plugin)
      const late = await visit(first ? plugin : bare)
      pairs.push(first ? { bareMs: early, pluginMs: late } : { bareMs: late, pluginMs: early })
    }
    const ratio = median(pairs.map(({ bareMs, pluginMs }) => pluginMs / bareMs))
    const middle = (key: 'bareMs' | 'pluginMs') => Math.round(median(pairs.map((pair) => pair[key])))
    console.info(
      `hls.js ${way}: first frame after ${middle('pluginMs')} ms with the plugin, ${middle('bareMs')} ms with bare hls.js and a pre-signed URL: ` +
        `${ratio.toFixed(3)} times as long (median of ${PAIRS} pairs).`,
    )
    expect(ratio).toBeGreaterThan(0)
  },
)

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
