import { defineConfig } from 'vitest/config'
import { protectedOrigin } from './demo/server/plugin.js'

/** What engines share that rewrite requests. */
const REQUESTS =
  '(?:core/(?:clock-proof|credentials|live-playlists|query|request-url|signed-requests)|engines/(?:answer-notes|open-requests))'

const esm = {
  lib: { entry: { 'videojs-signed-url': 'src/index.ts', signers: 'src/signers/index.ts' }, formats: ['es' as const] },
  rolldownOptions: {
    external: ['video.js', 'hls.js'],
    output: {
      chunkFileNames: '[name].js',
      // What the entry and the engines share, in one file: small ones compress badly.
      codeSplitting: {
        groups: [
          {
            name: 'core',
            priority: 2,
            test: new RegExp(`src/(?!signers|index|scopes|engines/(?:hls-js|native|vhs|service-worker)|${REQUESTS})`),
          },
          { name: 'requests', test: new RegExp(`src/${REQUESTS}`), priority: 1 },
        ],
      },
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

/** Unit tests that need a document. A worker that has run one keeps the document's library loaded, and most files do without it. */
const DOM_TESTS = 'test/unit/**/*.dom.test.ts'

export default defineConfig(({ mode }) => ({
  plugins: [protectedOrigin()],
  ...(mode === 'library' && { build: esm }),
  ...(mode === 'script-tag' && { build: scriptTag }),
  ...(mode === 'service-worker' && { build: serviceWorker }),
  optimizeDeps: {
    include: ['video.js', 'hls.js'],
    // Vite's default is every page, and those of test/bench import the built package, which a fresh clone lacks.
    entries: ['index.html', 'test/browser/pages/*.html'],
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
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts', 'test/servers/**/*.test.ts'],
          environment: 'node',
          globalSetup: 'test/support/serve-site.ts',
          // A row that waits for something says for what long before.
          testTimeout: 300_000,
          hookTimeout: 120_000,
          // A window opens only while the processors have room for it: what else holds rows up is time.
          maxConcurrency: 6,
          maxWorkers: 2,
          // All rows that a process plays share its browsers.
          isolate: false,
        },
      },
    ],
  },
}))
