import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, createServer } from 'vite'
import { describe, expect, it, vi } from 'vitest'
import { DemoServer, urlOf } from '../../../demo/server/demo-server.js'
import { protectedOrigin } from '../../../demo/server/plugin.js'
import { isBlockedByBrowsers, listen } from '../../../demo/server/ports.js'

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

  it('takes the next free port for the origin when the wished one is taken', async () => {
    const other = await listen(createHttpServer(), 0)
    const demo = new DemoServer()
    const taken = Number(new URL(urlOf(other)).port)
    const originUrl = await demo.startOrigin(taken)
    expect(Number(new URL(originUrl).port)).toBeGreaterThan(taken)
    expect(await demo.startOrigin()).toBe(originUrl)
    await demo.close()
    other.close()
  })

  it.each([6000, 6665])('puts the origin on no port that browsers refuse, as %i', async (refused) => {
    const demo = new DemoServer()
    const port = Number(new URL(await demo.startOrigin(refused)).port)
    expect(port).toBeGreaterThan(refused)
    expect(isBlockedByBrowsers(port)).toBe(false)
    await demo.close()
  })
})

describe('a port that is asked for', () => {
  const start = (port: number | undefined, options = {}) =>
    createServer({
      configFile: false,
      logLevel: 'silent',
      optimizeDeps: { noDiscovery: true },
      server: { ...(port !== undefined && { port }), host: '127.0.0.1', ws: false },
      plugins: [protectedOrigin(options)],
    })

  it('and is taken is an error that names it', async () => {
    const other = await listen(createHttpServer(), 0)
    const port = Number(new URL(urlOf(other)).port)
    await expect(start(port)).rejects.toThrow(`Port ${port}, which the demo was to use, is taken`)
    await expect(start(undefined, { originPort: port })).rejects.toThrow(
      `Port ${port}, which the protected origin was to use, is taken`,
    )
    other.close()
  })

  it('and that browsers refuse is an error that says so', async () => {
    await expect(start(6000)).rejects.toThrow('Browsers refuse to open port 6000')
  })
})

describe('the dev server', () => {
  it('prints the address of the site and of the origin', async () => {
    const lines: string[] = []
    const logger = createLogger('info')
    logger.info = (line) => void lines.push(line)
    const vite = await createServer({
      configFile: false,
      customLogger: logger,
      optimizeDeps: { noDiscovery: true },
      server: { port: 0, host: '127.0.0.1', ws: false },
      plugins: [protectedOrigin()],
    })
    await vite.listen()
    vite.printUrls()
    await vi.waitFor(() => expect(lines.join('\n')).toMatch(/Origin: {2}http:\/\/127\.0\.0\.1:\d+\//))
    expect(lines.join('\n')).toContain('Local')
    await vite.close()
  })
})
