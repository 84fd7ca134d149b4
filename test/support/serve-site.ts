import { createServer } from 'vite'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Origin of the site that the browser tests open. */
    siteUrl: string
  }
}

/** Serves the demo, the pages under test, the signing endpoint and the protected origin, as `npm start` does, on free ports. */
export default async function serveSite(project: TestProject): Promise<() => Promise<void>> {
  const server = await createServer({
    server: { port: 5410, host: 'localhost', hmr: false, watch: null },
    logLevel: 'error',
  })
  await server.listen()
  const siteUrl = server.resolvedUrls?.local[0]
  if (!siteUrl) throw new Error('The site did not start.')
  // Vite bundles Video.js and hls.js when a page first asks for them, and then reloads that page: not in the middle of a test.
  await server.warmupRequest('/test/browser/pages/player.ts')
  project.provide('siteUrl', siteUrl.replace(/\/$/, ''))
  return () => server.close()
}
