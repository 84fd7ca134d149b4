import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { blocks } from '../support/documents.js'
import { createProject, pack, type TemporaryProject } from '../support/fetched-packages.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { playInstalled, serveInstalled } from '../support/installed-page.js'
import { openStage, refused, until } from '../support/site.js'
import { issuesUsed } from '../support/video.js'

/* The packed tarball, installed in another project and bundled there with each bundler: the README's first page plays through expiries. */

const SCRIPT = blocks.find(({ page, language }) => page === 'README.md' && language === 'js')?.code ?? ''
/** With the README's options hls.js loads all that it can get: at full speed that is the whole film, before its URL expires. */
const SLOW = { lifeMs: 3_000, ttfbMs: 400 }
/** An event of hls.js, which nothing else names. */
const HLS_JS = 'hlsManifestLoading'
/** The test finds the player this way. */
const EXPOSE = "import library from 'video.js'\nwindow.videojs = library\n"
const html = (script: string, styles: string) =>
  `<!doctype html><meta charset="utf-8"><title>Bundled</title><link rel="icon" href="data:,">${styles}
<video id="my-video" class="video-js" controls></video><script type="module" src="${script}"></script>`

const BUNDLERS = {
  // Vite finds the styles itself.
  vite: {
    page: 'vite/index.html',
    build: 'await (await import("vite")).build({ base: "./", build: { outDir: "vite" }, logLevel: "error" })',
  },
  webpack: {
    page: 'webpack.html',
    build: `const { default: webpack } = await import('webpack')
      const stats = await new Promise((resolve, reject) => webpack({
        mode: 'production',
        context: process.cwd(),
        entry: './main.js',
        output: { path: process.cwd() + '/webpack', filename: 'main.js', publicPath: 'auto' },
        module: { rules: [{ test: /\\.css$/, type: 'css' }] },
        experiments: { css: true },
        performance: false,
      }, (error, result) => (error ? reject(error) : resolve(result))))
      if (stats.hasErrors()) throw new Error(stats.toString())`,
  },
  esbuild: {
    page: 'esbuild.html',
    build: `await (await import('esbuild')).build({
      entryPoints: ['main.js'], bundle: true, splitting: true, format: 'esm', minify: true, outdir: 'esbuild', logLevel: 'error',
    })`,
  },
}

describe('the package', () => {
  const it = inBrowser('chromium')
  let project: TemporaryProject
  beforeAll(async () => {
    const packing = await createProject()
    try {
      const { tarball } = await pack(packing.folder)
      project = await createProject(tarball, 'video.js@8', 'vite@8', 'webpack@5', 'esbuild@0')
    } finally {
      await packing.remove()
    }
    const files = {
      'main.js': `${SCRIPT}${EXPOSE}`,
      'index.html': html('/main.js', ''),
      'webpack.html': html('webpack/main.js', '<link rel="stylesheet" href="webpack/main.css">'),
      'esbuild.html': html('esbuild/main.js', '<link rel="stylesheet" href="esbuild/main.css">'),
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(project.folder, name), text)
  })
  afterAll(() => project?.remove())

  it.for(['vite', 'webpack', 'esbuild'] as const)(
    'is bundled with %s, and plays through expiries with hls.js in a chunk of its own',
    FULL,
    async (name, { openWindow }) => {
      const { page: path, build } = BUNDLERS[name]
      await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', build], { cwd: project.folder })
      const site = await serveInstalled(project.folder)
      try {
        const stage = await openStage(SLOW)
        const page = await openWindow(null)
        await page.goto(`${site.url}${path}?stage=${stage.id}`)
        const { error, source } = await playInstalled(page, 3, 2)
        expect({ error, source }).toEqual({ error: null, source: 'final-2026' })
        await until(async () => issuesUsed(await stage.log()) >= 3, 'three lives of the URL')
        expect(refused(await stage.log())).toEqual([])
        const [entry, ...others] = await Promise.all(
          site.requested
            .filter((file) => file.endsWith('.js'))
            .map((file) => readFile(join(project.folder, file), 'utf8')),
        )
        expect(entry).not.toContain(HLS_JS)
        expect(others.filter((text) => text.includes(HLS_JS))).toHaveLength(1)
        expect(site.requested.filter((file) => file.endsWith('.css'))).toHaveLength(1)
        expect(page.consoleText()).toEqual([])
      } finally {
        site.close()
      }
    },
  )
})
