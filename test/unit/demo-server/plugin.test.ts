import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'vite'
import { describe, expect, it } from 'vitest'
import { DemoServer, listen, urlOf } from '../../../demo/server/demo-server.js'
import { protectedOrigin } from '../../../demo/server/plugin.js'

describe('protectedOrigin', () => {
  it('runs beside the dev server, serves the worker, and ends with it', async () => {
    const root = mkdtempSync(join(tmpdir(), 'protected-origin-'))
    const vite = await createServer({
      configFile: false,
      root,
      logLevel: 'silent',
      optimizeDeps: { noDiscovery: true },
      server: { port: 0, host: '127.0.0.1', ws: false },
      plugins: [protectedOrigin()],
    })
    try {
      await vite.listen()
      const site = vite.resolvedUrls?.local[0]
      const { originUrl } = await (await fetch(`${site}__stages/demo`)).json()
      expect(originUrl).not.toBe(site)
      expect((await fetch(`${originUrl}/videos/demo_film/master.m3u8`)).status).toBe(403)
      const worker = await fetch(`${site}signed-url-worker.js`)
      expect(Object.fromEntries(worker.headers)).toMatchObject({
        'content-type': 'text/javascript',
        'cache-control': 'no-cache',
      })
      expect(await worker.text()).toContain('/__signed-url__/')
      await vite.close()
      await expect(fetch(originUrl)).rejects.toThrow()
    } finally {
      await vite.close()
      rmSync(root, { recursive: true })
    }
  })

  it('takes a free port for the origin when the wished one is taken', async () => {
    const other = await listen(createHttpServer(), 0)
    const demo = new DemoServer()
    const originUrl = await demo.startOrigin(Number(new URL(urlOf(other)).port))
    expect(originUrl).not.toBe(urlOf(other))
    expect(await demo.startOrigin()).toBe(originUrl)
    await demo.close()
    other.close()
  })
})
