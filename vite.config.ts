import { readdirSync, readFileSync } from 'node:fs'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { protectedOrigin } from './demo/server/plugin.js'

interface Modules {
  getModuleInfo(id: string): { importers: readonly string[] } | null
}

/** The file of `dist` that a module goes to: what the entry loads at once, what it loads to open a video, or a file of its own. */
function chunkOf(id: string, modules: Modules): string | null {
  const isNeededBy = (root: RegExp, module = id, seen = new Set<string>()): boolean => {
    if (root.test(module)) return true
    if (seen.has(module)) return false
    seen.add(module)
    const { importers = [] } = modules.getModuleInfo(module) ?? {}
    return importers.some((importer) => isNeededBy(root, importer, seen))
  }
  if (/src\/(?:index|signers\/)/.test(id)) return null
  if (isNeededBy(/src\/index\.ts$/)) return 'main'
  return isNeededBy(/src\/video-js\/playback\.ts$/) ? 'playback' : null
}

const esm = {
  lib: { entry: { 'videojs-signed-url': 'src/index.ts', signers: 'src/signers/index.ts' }, formats: ['es' as const] },
  rolldownOptions: {
    external: ['video.js', 'hls.js'],
    // So that a number with a name costs no bytes.
    optimization: { inlineConst: { mode: 'all' as const, pass: 2 } },
    output: {
      chunkFileNames: '[name].js',
      // Few files, because small ones compress badly: what the entry loads at once, and what it loads to open a video.
      codeSplitting: { groups: [{ name: chunkOf }] },
    },
  },
  target: 'es2022',
  minify: false,
  sourcemap: true,
}

const scriptTag = {
  lib: {
    entry: 'src/script-tag.ts',
    formats: ['iife' as const],
    name: 'videojsSignedUrl',
    fileName: () => 'videojs-signed-url.iife.js',
  },
  target: 'es2022',
  emptyOutDir: false,
  sourcemap: true,
}

const serviceWorker = {
  lib: {
    entry: 'src/engines/service-worker/worker.ts',
    // A classic script, so that a site's own worker can import it with importScripts().
    formats: ['iife' as const],
    name: 'signedUrlWorker',
    fileName: () => 'service-worker.js',
  },
  target: 'es2022',
  emptyOutDir: false,
}

/** Stands alone: a page without Video.js loads nothing of the plugin, and the plugin's own chunks stay as they are. */
const hls = {
  lib: { entry: { hls: 'src/hls.ts' }, formats: ['es' as const] },
  rolldownOptions: {
    optimization: esm.rolldownOptions.optimization,
    output: { chunkFileNames: 'hls-[name].js' },
  },
  target: 'es2022',
  minify: false,
  emptyOutDir: false,
  sourcemap: true,
}

/** Stands alone: a chunk that it shared with the entry would change what every page loads. */
const check = {
  lib: {
    entry: { check: 'src/check/index.ts', 'check-command': 'src/check/command.ts' },
    formats: ['es' as const],
  },
  rolldownOptions: { external: [/^node:/], output: { chunkFileNames: 'checks.js' } },
  target: 'es2022',
  minify: false,
  emptyOutDir: false,
  sourcemap: true,
}

/** One file holds everything anyway: as if nothing were imported on demand, which would wrap each module in a function of its own. */
function noImportsOnDemand(): Plugin {
  return {
    name: 'no-imports-on-demand',
    enforce: 'post',
    transform(code) {
      const imports: string[] = []
      const text = code.replace(/\bimport\((['"][^'"]+['"])\)/g, (_all, path: string) => {
        imports.push(`import * as onDemand${imports.length} from ${path};`)
        return `Promise.resolve(onDemand${imports.length - 1})`
      })
      return imports.length === 0 ? undefined : { code: `${imports.join('')}${text}`, map: null }
    },
  }
}

/** `dist/lang`, as Video.js has it: a JSON file for bundlers, and a script for script tags. */
function languageFiles(): Plugin {
  return {
    name: 'language-files',
    generateBundle() {
      for (const file of readdirSync('src/lang')) {
        const source = readFileSync(`src/lang/${file}`, 'utf8')
        const [code] = file.split('.')
        this.emitFile({ type: 'asset', fileName: `lang/${file}`, source })
        const script = `videojs.addLanguage('${code}', ${source.trim()})\n`
        this.emitFile({ type: 'asset', fileName: `lang/${code}.js`, source: script })
      }
    },
  }
}

/** Unit tests that need a document. A process that has run one keeps the DOM library loaded, and most files don't need it. */
const DOM_TESTS = 'test/unit/**/*.dom.test.ts'

/** Rows of the fault matrix mostly wait. */
const PAGES_AT_A_TIME = 6

/** Of projects whose rows play in browsers. Waits in rows time out long before the rows do, and say what they waited for. All rows of a process share its browsers. */
const inBrowsers = {
  environment: 'node',
  globalSetup: 'test/support/serve-site.ts',
  testTimeout: 300_000,
  hookTimeout: 120_000,
  isolate: false,
}

export default defineConfig(({ mode }) => ({
  plugins: [protectedOrigin(), mode === 'library' && languageFiles(), mode === 'script-tag' && noImportsOnDemand()],
  ...(mode === 'library' && { build: esm }),
  ...(mode === 'hls' && { build: hls }),
  ...(mode === 'check' && { build: check }),
  ...(mode === 'script-tag' && { build: scriptTag }),
  ...(mode === 'service-worker' && { build: serviceWorker }),
  optimizeDeps: {
    include: ['video.js', 'hls.js'],
    // By default Vite scans every page, but those of test/bench import the built package, which a fresh clone lacks.
    entries: ['index.html', 'demo/*.html', 'test/browser/pages/*.html'],
  },
  test: {
    tags: [{ name: 'full', description: 'Rows of `npm run test:full`, which `npm test` leaves out.' }],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: [DOM_TESTS],
          environment: 'node',
          isolate: false,
        },
      },
      { test: { name: 'unit-dom', include: [DOM_TESTS], environment: 'happy-dom', isolate: false } },
      // The demo's real servers, over real connections.
      {
        test: { name: 'demo-server', include: ['test/demo/server/**/*.test.ts'], environment: 'node', isolate: false },
      },
      {
        test: { name: 'demo-page', include: ['test/demo/page/**/*.test.ts'], environment: 'happy-dom', isolate: false },
      },
      { test: { name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], environment: 'node' } },
      // The plugin's policy with thousands of viewers.
      { test: { name: 'crowd', include: ['test/crowd/**/*.test.ts'], environment: 'node' } },
      {
        test: {
          name: 'bench',
          include: ['test/bench/**/*.test.ts'],
          environment: 'node',
          globalSetup: 'test/support/serve-site.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'package', include: ['test/package/**/*.test.ts'], environment: 'node', testTimeout: 60_000 } },
      // Each engine with each fault: `npm run test:faults`.
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          ...inBrowsers,
          maxConcurrency: PAGES_AT_A_TIME,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/{browser,installed,servers}/**/*.test.ts'],
          ...inBrowsers,
          // A window opens only while the processors have room for it, and rows mostly wait.
          maxConcurrency: 6,
          maxWorkers: 2,
        },
      },
      // The demo's pages, each of which plays more than one video.
      {
        test: {
          name: 'pages',
          include: ['test/pages/**/*.test.ts'],
          ...inBrowsers,
          maxConcurrency: 2,
        },
      },
    ],
  },
}))
