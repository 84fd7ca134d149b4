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

export default defineConfig(({ mode }) => ({
  plugins: [protectedOrigin()],
  ...(mode === 'library' && { build: esm }),
  ...(mode === 'script-tag' && { build: scriptTag }),
  ...(mode === 'service-worker' && { build: serviceWorker }),
  optimizeDeps: { include: ['video.js', 'hls.js'] },
  test: {
    // In continuous integration nobody waits, and nothing is to fail for want of a processor.
    maxWorkers: process.env.CI ? 1 : 3,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node', isolate: false } },
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
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Films side by side in one file: more of them starve a machine of two cores.
          maxConcurrency: 2,
        },
      },
    ],
  },
}))
