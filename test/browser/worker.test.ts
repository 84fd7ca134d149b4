import { createServer, get, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, inject } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import type { Page } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { openPage, openStage, refused, type Stage, signings, until, untilSeen } from '../support/site.js'
import type { RoutedFilm, RoutedSighting } from './pages/worker.js'

/* The real worker between a bare element and the CDN. WebKitGTK has no service worker that a driver can wait for. */

const PAGE = '/test/browser/pages/worker.html'
/** Tokens die after 2-3 s, and with them the connections that they opened; the film is sent at some four times its own rate. */
const SHORT: Partial<StageSettings> = { lifeMs: 2_000, bytesPerSecond: 100_000, cutWhenExpired: true }
const ADDRESS = /\/__signed-url__\/[\w-]+\/film\.mp4$/

const open = (page: Page, film: RoutedFilm) => page.evaluate((given: RoutedFilm) => window.cinema.open(given), film)
const look = (page: Page, name = 'film') => page.evaluate((given: string) => window.cinema.see(given), name)
const seek = (page: Page, to: number) => page.evaluate((given: number) => window.cinema.seek('film', given), to)

/** Opens the page as someone does who was here before: the worker is there. */
async function comeBack(page: Page, workerUrl?: string): Promise<void> {
  await openPage(page, PAGE)
  const before = await openStage()
  await open(page, { name: 'before', endpoint: before.endpoint, ...(workerUrl && { workerUrl }) })
  await page.evaluate(() => window.cinema.controlled())
  await openPage(page, PAGE)
}

async function plays(page: Page, to: number, name = 'film'): Promise<RoutedSighting> {
  const isDone = ({ position, errorCode }: RoutedSighting) => position >= to || errorCode !== null
  const seen = await untilSeen(() => look(page, name), isDone, `${name} to reach ${to} s`)
  expect(seen).toMatchObject({ errorCode: null })
  return seen
}

let count = 0
/** Puts a script onto the site. */
async function write(text: string, name = `/written-${process.pid}-${++count}.js`): Promise<string> {
  await fetch(`${inject('siteUrl')}${name}`, { method: 'PUT', body: text })
  return name
}

/** Stands before a stage's origin, and leaves out the headers that `isKept` refuses. Browsers see a host of its own. */
async function startCdn(
  stage: Stage,
  isKept: (name: string) => boolean,
): Promise<{ server: Server; host: string; methods: string[] }> {
  const { originUrl } = (await (await fetch(`${inject('siteUrl')}/__stages/${stage.id}`)).json()) as {
    originUrl: string
  }
  const kept = (headers: IncomingHttpHeaders) => Object.entries(headers).filter(([name]) => isKept(name))
  const methods: string[] = []
  const server = createServer((req, res) => {
    methods.push(req.method ?? '')
    const passed = get(
      `${originUrl}${req.url}`,
      { method: req.method, headers: { range: req.headers.range ?? 'bytes=0-' } },
      (answer) => {
        res.writeHead(answer.statusCode ?? 500, Object.fromEntries(kept(answer.headers)))
        answer.pipe(res).on('close', () => answer.destroy())
      },
    )
    passed.on('error', () => res.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}`, methods }
}

describe.each(['chromium', 'firefox'] as const)('in %s', (name) => {
  const it = inBrowser(name)
  /** One browser shows in `npm test` what is the worker's own, not the browser's. */
  const quick = name === 'chromium' ? {} : FULL

  it('a first visit plays without the worker, and the film after it with it', quick, async ({ openWindow }) => {
    const page = await openWindow(null)
    await openPage(page, PAGE)
    const stage = await openStage()
    expect(await open(page, { name: 'film', endpoint: stage.endpoint })).toBe('direct')
    expect((await plays(page, 1)).warnings).toEqual([])
    await page.evaluate(() => window.cinema.controlled())
    expect(await look(page)).toMatchObject({ via: 'direct', noticed: [] })
    expect(await open(page, { name: 'next', endpoint: stage.endpoint })).toBe('worker')
    await plays(page, 1, 'next')
  })

  for (const { scheme, ...options } of [{ scheme: 'gcore' }, { scheme: 'bitsOnTheRun', ...FULL }] as const)
    it(
      `a film under ${scheme} tokens plays through their end: no event, and no token in sight`,
      options,
      async ({ openWindow }) => {
        const page = await openWindow(null)
        await comeBack(page)
        const stage = await openStage({ ...SHORT, scheme })
        expect(await open(page, { name: 'film', endpoint: stage.endpoint })).toBe('worker')
        const { src, noticed } = await plays(page, 6)
        expect(src).toMatch(ADDRESS)
        expect(noticed).toEqual([])
        // The element's own requests would be refused without the source hearing of it.
        const toldOf = async () => (await look(page)).told.filter((one) => one.startsWith('refused')).length
        await until(
          async () => (await toldOf()) === refused(await stage.log()).length,
          'the source to hear of each refusal',
        )
        expect(await toldOf()).toBeGreaterThan(0)
        expect(page.consoleText().join('\n')).not.toMatch(/[\w-]{20,}\/\d{10}|token=|sig=/)
      },
    )

  it(
    'a seek to where nothing is loaded, with a dead token and a slow endpoint, takes the viewer there',
    FULL,
    async ({ openWindow }) => {
      const page = await openWindow(null)
      await comeBack(page)
      const stage = await openStage({ ...SHORT, cutWhenExpired: false, bytesPerSecond: 60_000, scheme: 'clubEvent' })
      await open(page, { name: 'film', endpoint: stage.endpoint })
      await plays(page, 4)
      await stage.set({ endpointDelayMs: 1_500, lifeMs: 60_000, bytesPerSecond: 0 })
      await seek(page, 65)
      const { noticed, told } = await plays(page, 66)
      expect(noticed).toEqual(['seeking', 'seeked'])
      expect(told).toContain('refused 410')
      expect(signings(await stage.log())).toHaveLength(2)
    },
  )

  it('two films on one page have a CDN and a token each', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stages = [await openStage({ ...SHORT, scheme: 'gcore' }), await openStage({ ...SHORT, scheme: 'pushrFile' })]
    for (const [index, { endpoint }] of stages.entries()) await open(page, { name: `film ${index}`, endpoint })
    const seen = await Promise.all([plays(page, 6, 'film 0'), plays(page, 6, 'film 1')])
    expect(seen.map(({ via, noticed }) => ({ via, noticed }))).toEqual([
      { via: 'worker', noticed: [] },
      { via: 'worker', noticed: [] },
    ])
    for (const stage of stages) expect(refused(await stage.log()).length).toBeGreaterThan(0)
  })

  it('a film with `crossorigin` plays too', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage(SHORT)
    expect(await open(page, { name: 'film', endpoint: stage.endpoint, crossOrigin: 'anonymous' })).toBe('worker')
    expect((await plays(page, 4)).noticed).toEqual([])
  })

  it('a film moves from one host of the CDN to another', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage(SHORT)
    const { server, host } = await startCdn(stage, () => true)
    const { host: own } = new URL(
      await page.evaluate<string>(
        `fetch('${stage.endpoint}&resource=film/film.mp4').then((r) => r.json()).then((r) => r.url)`,
      ),
    )
    await open(page, { name: 'film', endpoint: stage.endpoint, hosts: [own, host] })
    expect(await plays(page, 6)).toMatchObject({ via: 'worker', noticed: [] })
    server.close()
  })

  it(
    'a CDN that exposes no headers is one that can be sought in, and is asked for no preflight',
    FULL,
    async ({ openWindow }) => {
      const page = await openWindow(null)
      await comeBack(page)
      const stage = await openStage({ bytesPerSecond: 60_000 })
      const { server, host, methods } = await startCdn(stage, (header) => !header.startsWith('access-control-expose'))
      await open(page, { name: 'film', endpoint: stage.endpoint, hosts: [host] })
      await plays(page, 1)
      await stage.set({ bytesPerSecond: 0 })
      await seek(page, 65)
      expect(await plays(page, 66)).toMatchObject({ via: 'worker', noticed: ['seeking', 'seeked'], warnings: [] })
      expect(new Set(methods)).toEqual(new Set(['GET']))
      server.close()
    },
  )

  it('a CDN without CORS headers plays directly, and that is said once', quick, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage()
    const { server, host } = await startCdn(stage, (header) => !header.startsWith('access-control'))
    await open(page, { name: 'film', endpoint: stage.endpoint, hosts: [host] })
    const seen = await plays(page, 1)
    expect(seen).toMatchObject({ via: 'direct', noticed: [] })
    expect(seen.warnings).toEqual([expect.stringMatching(`http://${host} sends no Access-Control-Allow-Origin`)])
    server.close()
  })

  it('a worker of the site at the same scope stays, and the film plays directly', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    const foreign = await write(`addEventListener('fetch', () => {})`)
    await openPage(page, PAGE)
    await page.evaluate(`navigator.serviceWorker.register('${foreign}').then(() => navigator.serviceWorker.ready)`)
    await openPage(page, PAGE)
    const stage = await openStage()
    expect(await open(page, { name: 'film', endpoint: stage.endpoint })).toBe('direct')
    const { warnings } = await plays(page, 1)
    expect(warnings).toEqual([expect.stringMatching(/importScripts\('http.*\/signed-url-worker\.js'\)/)])
    const scripts = await page.evaluate<string[]>(
      `navigator.serviceWorker.getRegistrations().then((all) => all.map(({ active }) => active.scriptURL))`,
    )
    expect(scripts).toEqual([expect.stringMatching(foreign)])
  })

  it('a worker of the site that imports ours serves the film, and its own requests', quick, async ({ openWindow }) => {
    const page = await openWindow(null)
    const own = await write(`importScripts('/signed-url-worker.js')
      addEventListener('fetch', (event) => {
        if (event.request.url.endsWith('/of-the-site')) event.respondWith(new Response('from the site'))
        if (event.request.url.includes('__signed-url__')) throw new Error('not the site’s')
      })`)
    await openPage(page, PAGE)
    await page.evaluate(`navigator.serviceWorker.register('${own}').then(() => navigator.serviceWorker.ready)`)
    await openPage(page, PAGE)
    const stage = await openStage(SHORT)
    expect(await open(page, { name: 'film', endpoint: stage.endpoint })).toBe('worker')
    expect(await plays(page, 4)).toMatchObject({ noticed: [], warnings: [] })
    expect(await page.evaluate<string>(`fetch('/of-the-site').then((response) => response.text())`)).toBe(
      'from the site',
    )
  })

  it('a new version of the worker that comes while a film plays waits for its end', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    const script = await (await fetch(`${inject('siteUrl')}/signed-url-worker.js`)).text()
    const workerUrl = await write(script)
    await comeBack(page, workerUrl)
    const stage = await openStage(SHORT)
    expect(await open(page, { name: 'film', endpoint: stage.endpoint, workerUrl })).toBe('worker')
    await plays(page, 1)
    await write(`${script}\n// newer`, workerUrl)
    await page.evaluate('navigator.serviceWorker.ready.then((registration) => void registration.update())')
    const isWaiting = 'navigator.serviceWorker.ready.then(({ waiting }) => waiting !== null)'
    await until(() => page.evaluate<boolean>(isWaiting), 'the new version')
    const { position } = await look(page)
    expect(await plays(page, position + 4)).toMatchObject({ via: 'worker', noticed: [], warnings: [] })
    expect(await page.evaluate<boolean>(isWaiting)).toBe(true)
  })

  it('a file that is not there is said once', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await openPage(page, PAGE)
    const stage = await openStage()
    expect(await open(page, { name: 'film', endpoint: stage.endpoint, workerUrl: '/missing.js' })).toBe('direct')
    await until(async () => (await look(page)).warnings.length > 0, 'the warning')
    expect((await plays(page, 1)).warnings).toEqual([expect.stringMatching(/\/missing\.js can't be registered/)])
  })
})

describe('a worker that the browser', () => {
  const inChromium = inBrowser('chromium')
  const inFirefox = inBrowser('firefox', { workersEndAfterMs: 1_000 })

  inChromium('ends while it sends is not missed in Chromium', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage({ ...SHORT, cutWhenExpired: false })
    await open(page, { name: 'film', endpoint: stage.endpoint })
    for (const position of [1, 3, 5]) {
      await plays(page, position)
      await page.endWorkers?.()
    }
    const { noticed, told } = await plays(page, 8)
    expect(noticed).toEqual([])
    expect(told.filter((one) => one === 'accepted').length).toBeGreaterThanOrEqual(4)
  })

  inFirefox('ends while it sends is not missed in Firefox', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage({ ...SHORT, cutWhenExpired: false })
    await open(page, { name: 'film', endpoint: stage.endpoint })
    const { noticed, told } = await plays(page, 5)
    expect(noticed).toEqual([])
    expect(told.filter((one) => one === 'accepted').length).toBeGreaterThanOrEqual(3)
  })

  inChromium(
    'goes past in a hard reload leaves the film to play directly, and serves the next one',
    FULL,
    async ({ openWindow }) => {
      const page = await openWindow(null)
      await comeBack(page)
      await page.evaluate('window.old = true')
      await page.hardReload?.()
      await until(
        () => page.evaluate<boolean>('!window.old && document.documentElement?.dataset.ready === "true"'),
        'the reload',
      )
      const stage = await openStage()
      expect(await open(page, { name: 'film', endpoint: stage.endpoint })).toBe('direct')
      expect((await plays(page, 1)).warnings).toEqual([])
      await page.evaluate(() => window.cinema.controlled())
      expect(await open(page, { name: 'next', endpoint: stage.endpoint })).toBe('worker')
    },
  )
})
