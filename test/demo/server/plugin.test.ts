import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createLogger, createServer, preview, type ServerOptions, type ViteDevServer } from 'vite'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DemoServer, urlOf } from '../../../demo/server/demo-server.js'
import { type ProtectedOriginOptions, protectedOrigin } from '../../../demo/server/plugin.js'
import { isBlockedByBrowsers, listen, requirePort } from '../../../demo/server/ports.js'

describe('protectedOrigin', () => {
  it('runs beside the dev server, serves the worker and stops with the dev server', async () => {
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

  it('uses the next free port for the origin when the preferred one is taken', async () => {
    const other = await listen(createHttpServer(), 0)
    const demo = new DemoServer()
    const taken = Number(new URL(urlOf(other)).port)
    const originUrl = await demo.startOrigin(taken)
    expect(Number(new URL(originUrl).port)).toBeGreaterThan(taken)
    expect(await demo.startOrigin()).toBe(originUrl)
    await demo.close()
    other.close()
  })

  it.each([6000, 6665])('never puts the origin on a port that browsers block, such as %i', async (refused) => {
    const demo = new DemoServer()
    const port = Number(new URL(await demo.startOrigin(refused)).port)
    expect(port).toBeGreaterThan(refused)
    expect(isBlockedByBrowsers(port)).toBe(false)
    await demo.close()
  })
})

const opened: { close(): unknown }[] = []

afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  for (const server of opened.splice(0)) await server.close()
})

/** A dev server as `npm start` runs it, with the lines that it prints. */
async function start(server: ServerOptions, options?: ProtectedOriginOptions) {
  const lines: string[] = []
  const customLogger = createLogger('info')
  for (const level of ['info', 'warn', 'error'] as const) customLogger[level] = (line) => void lines.push(line)
  const vite = await createServer({
    configFile: false,
    customLogger,
    optimizeDeps: { noDiscovery: true },
    server: { ws: false, watch: null, ...server },
    plugins: [protectedOrigin(options)],
  })
  opened.push(vite)
  await vite.listen()
  return { vite, lines }
}

async function portsOf(vite: ViteDevServer): Promise<{ site: number; origin: number }> {
  const site = vite.resolvedUrls?.local[0] ?? ''
  const { originUrl } = await (await fetch(`${site}__stages/demo`)).json()
  return { site: Number(new URL(site).port), origin: Number(new URL(originUrl).port) }
}

/** Occupies a port, by default any port of 127.0.0.1. Returns undefined when this machine lacks the address or the port is in use. */
async function take(host = '127.0.0.1', port = 0): Promise<number | undefined> {
  const server: Server = createHttpServer()
  const isListening = await new Promise((done) => {
    server.once('error', () => done(false))
    server.listen(port, host, () => done(true))
  })
  if (!isListening) return undefined
  opened.push(server)
  return (server.address() as AddressInfo).port
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = await listen(createHttpServer(), 0)
  const port = Number(new URL(urlOf(server)).port)
  await new Promise((done) => server.close(done))
  return port
}

describe('a dev server with a requested port', () => {
  it('listens on it', async () => {
    const port = await freePort()
    const { vite } = await start({ port })
    expect((await portsOf(vite)).site).toBe(port)
  })

  it.each(['127.0.0.1', '0.0.0.0', '::1', '::'])('does not start when the port is taken on %s', async (host) => {
    const port = await take(host)
    if (port === undefined) return
    await expect(start({ port })).rejects.toThrow(
      `Port ${port}, which the demo was to use, is taken: choose another one, as in "npm start -- --port 5180", or leave --port out.`,
    )
  })

  it('starts when the port is taken on another address', async () => {
    const port = await take('::1')
    if (port === undefined) return
    await expect(start({ port, host: '127.0.0.1' })).resolves.toBeDefined()
  })

  it('does not start on a port that browsers block', async () => {
    await expect(start({ port: 6000 })).rejects.toThrow(
      'Browsers refuse to open port 6000, which the demo was to use: choose another one',
    )
  })

  it.each([70_000, -1, Number.NaN])('does not start on port %d, which does not exist', async (port) => {
    await expect(start({ port })).rejects.toThrow(`There is no port ${port}, which the demo was to use: choose another`)
  })

  it('reports the problem in one sentence, without a stack trace', async () => {
    const error = await start({ port: 6000 }).catch((thrown: unknown) => thrown)
    expect(inspect(error)).toBe(
      'Browsers refuse to open port 6000, which the demo was to use: choose another one, as in "npm start -- --port 5180", or leave --port out.',
    )
  })

  it('keeps its port and that of the origin when it restarts, as after a change of vite.config.ts', async () => {
    const [port, originPort] = [await freePort(), await freePort()]
    const { vite, lines } = await start({ port }, { originPort })
    await vite.restart()
    expect(lines.at(-1)).toBe('server restarted.')
    expect(await portsOf(vite)).toEqual({ site: port, origin: originPort })
  })
})

describe('a dev server without a requested port', () => {
  it('takes the next free port, and a later one for its origin', async () => {
    await take('127.0.0.1', 5173)
    const { vite } = await start({})
    const { site, origin } = await portsOf(vite)
    expect(site).toBeGreaterThan(5173)
    expect(origin).toBeGreaterThan(site)
    expect(origin).toBeLessThan(site + 100)
  })
})

describe('a requested originPort', () => {
  it('is the port that the origin listens on', async () => {
    const originPort = await freePort()
    const { vite } = await start({ port: 0 }, { originPort })
    expect((await portsOf(vite)).origin).toBe(originPort)
  })

  it('is an error when it is taken', async () => {
    const originPort = await take()
    if (originPort === undefined) throw new Error('no port could be taken')
    await expect(start({ port: 0 }, { originPort })).rejects.toThrow(
      `Port ${originPort}, which the protected origin was to use, is taken: choose another originPort, or leave it out.`,
    )
  })

  it('is an error when browsers block it', async () => {
    await expect(start({ port: 0 }, { originPort: 6000 })).rejects.toThrow(
      'Browsers refuse to open port 6000, which the protected origin was to use',
    )
  })

  it('is an error when it is also the port of the site', async () => {
    const port = await freePort()
    await expect(start({ port }, { originPort: port })).rejects.toThrow(
      `Port ${port}, which the demo was to use, is taken`,
    )
  })
})

describe('a preview server', () => {
  it('has the signing endpoint and an origin, which stop with it', async () => {
    const server = await preview({
      configFile: false,
      logLevel: 'silent',
      preview: { port: 0, host: '127.0.0.1' },
      plugins: [protectedOrigin()],
    })
    opened.push(server)
    const { originUrl } = await (await fetch(`${server.resolvedUrls?.local[0]}__stages/demo`)).json()
    expect((await fetch(`${originUrl}/videos/demo_film/master.m3u8`)).status).toBe(403)
    await server.close()
    await expect(fetch(originUrl)).rejects.toThrow()
  })
})

describe('requirePort', () => {
  it('reports a port that the system does not permit', async () => {
    const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' })
    vi.spyOn(createHttpServer().constructor.prototype, 'listen').mockImplementation(function (this: Server) {
      this.emit('error', denied)
      return this
    })
    await expect(requirePort({ port: 80, use: 'the demo', hint: 'choose another one' })).rejects.toThrow(
      'This system does not let you open port 80, which the demo was to use: choose another one.',
    )
  })
})

describe('the output of the dev server', () => {
  it('shows the address of the site, followed by that of the origin', async () => {
    const { vite, lines } = await start({ port: 0 })
    const { site, origin } = await portsOf(vite)
    vite.printUrls()
    const addresses = lines.filter((line) => line.includes('➜')).join('\n')
    expect(addresses).toMatch(new RegExp(`Local.*localhost:.*${site}`))
    expect(addresses).toContain(`  ➜  Origin:  http://127.0.0.1:${origin}/`)
  })

  it('is one sentence without a stack trace when --open finds no browser', async () => {
    vi.stubEnv('BROWSER', 'no-such-browser')
    const { vite, lines } = await start({ port: 0, open: true })
    await vi.waitFor(() =>
      expect(lines).toEqual([`  No browser could be opened: open ${vite.resolvedUrls?.local[0]} yourself.`]),
    )
  })

  it('shows every other error unchanged', async () => {
    const { vite, lines } = await start({ port: 0 })
    vite.config.logger.error('Error: spawned from nowhere')
    expect(lines).toEqual(['Error: spawned from nowhere'])
  })
})
