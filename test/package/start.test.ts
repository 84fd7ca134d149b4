import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, createServer } from 'vite'
import { expect, it } from 'vitest'

it('npm start finds the dependencies of a clone that was never built, and reports no error', async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'npm-start-'))
  const errors: string[] = []
  const customLogger = createLogger('silent')
  customLogger.error = (message) => void errors.push(message)
  const needed: string[] = []
  const vite = await createServer({
    cacheDir,
    customLogger,
    server: { port: 0, ws: false, watch: null },
    // Such a clone lacks the package itself.
    plugins: [
      {
        name: 'never-built',
        enforce: 'pre',
        resolveId(id, importer) {
          if (id === 'videojs-signed-url') needed.push(`${importer} needs ${id}`)
        },
      },
    ],
  })
  try {
    await vite.listen()
    await vite.environments.client.depsOptimizer?.scanProcessing
    // A page of test/browser imports this. Discovered in advance, it does not reload the page in the middle of a test.
    expect(vite.environments.client.depsOptimizer?.metadata.discovered).toHaveProperty('videojs-contrib-ads')
    expect(needed).toEqual([])
    expect(errors).toEqual([])
  } finally {
    await vite.close()
    rmSync(cacheDir, { recursive: true, force: true })
  }
})
