import { createServer } from 'vite'
import type { TestProject } from 'vitest/node'
import { makeFilms } from '../../demo/server/made-films.js'
import { bundledPages } from './bundled-pages.js'
import { writtenScripts } from './written-scripts.js'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Origin of the site that the browser tests open. */
    siteUrl: string
  }
}

/** Serves the demo, the pages under test, the signing endpoint and the protected origin, as `npm start` does, on free ports. */
export default async function serveSite(project: TestProject): Promise<() => Promise<void>> {
  const server = await createServer({
    server: { port: 5410, strictPort: false, host: 'localhost', hmr: false, watch: null },
    logLevel: 'error',
    plugins: [writtenScripts(), bundledPages('player.ts', 'plugins.ts', 'single-page.ts', 'worker.ts')],
  })
  await server.listen()
  const siteUrl = server.resolvedUrls?.local[0]
  if (!siteUrl) throw new Error('The site did not start.')
  // Vite bundles Video.js and hls.js when a page first requests them, and then reloads the page, which must not happen in the middle of a test.
  await server.warmupRequest('/test/browser/pages/lab.ts')
  project.provide('siteUrl', siteUrl.replace(/\/$/, ''))
  await makeFilms().catch((cause) => {
    throw new Error(
      'The heavy media could not be generated: install ffmpeg with libx264 (Debian: apt-get install ffmpeg).',
      { cause },
    )
  })
  return () => server.close()
}
