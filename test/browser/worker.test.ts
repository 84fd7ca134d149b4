import { describe, expect, inject } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import type { Page } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { openPage, openStage, refused, signings, until, untilSeen } from '../support/site.js'
import type { RoutedSighting, RoutedVideo } from './pages/worker.js'

/* The real service worker between a bare element and the CDN. */

const PAGE = '/test/browser/pages/worker.html'
/** Tokens expire after 2-3 s and end the connections that they opened. The video arrives at about four times its bitrate. */
const SHORT: Partial<StageSettings> = { lifeMs: 2_000, bytesPerSecond: 100_000, cutWhenExpired: true }
/** The same with connections that outlive their token. */
const CONNECTED: Partial<StageSettings> = { ...SHORT, cutWhenExpired: false }
const ADDRESS = /\/__signed-url__\/[\w-]+\/film\.mp4$/

const open = (page: Page, video: RoutedVideo) =>
  page.evaluate((given: RoutedVideo) => window.workerLab.open(given), video)
const look = (page: Page, name = 'video') => page.evaluate((given: string) => window.workerLab.see(given), name)
const seek = (page: Page, to: number) => page.evaluate((given: number) => window.workerLab.seek('video', given), to)

/** Adds a second document of the same visitor to the page, as another tab would be one. Resolves with an expression for its window. */
async function openFrame(page: Page, path: string): Promise<string> {
  await page.evaluate(
    `void document.body.append(Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(path)} }))`,
  )
  const frame = `document.querySelector('iframe').contentWindow`
  await until(() => page.evaluate<boolean>(`'workerLab' in ${frame}`), 'the frame')
  return frame
}

const SCRIPTS = `navigator.serviceWorker.getRegistrations().then((all) => all.map(({ active, waiting }) => [active?.scriptURL ?? null, waiting?.scriptURL ?? null]))`

/** Waits until the site's workers are exactly this one, active. */
async function untilOnly(page: Page, script: string): Promise<void> {
  const isOnly = (found: (string | null)[][]) =>
    found.length === 1 && found[0]?.[0]?.endsWith(script) === true && found[0][1] === null
  await untilSeen(() => page.evaluate<(string | null)[][]>(SCRIPTS), isOnly, `${script} to be the only worker`)
}

/** Opens the page as a returning visitor, whose worker is installed. */
async function comeBack(page: Page, workerUrl?: string): Promise<void> {
  await openPage(page, PAGE)
  const before = await openStage()
  await open(page, { name: 'before', endpoint: before.endpoint, ...(workerUrl && { workerUrl }) })
  await controlled(page)
  await openPage(page, PAGE)
}

/** WebKitGTK's driver can't await anything of a service worker. */
const controlled = (page: Page) =>
  until(() => page.evaluate<boolean>('navigator.serviceWorker.controller !== null'), 'a worker to control the page')

const failed = (page: Page): Promise<RoutedSighting> =>
  untilSeen(
    () => look(page),
    ({ errorCode }) => errorCode !== null,
    'an error',
  )

async function plays(page: Page, to: number, name = 'video'): Promise<RoutedSighting> {
  const isDone = ({ position, errorCode }: RoutedSighting) => position >= to || errorCode !== null
  const seen = await untilSeen(() => look(page, name), isDone, `${name} to reach ${to} s`)
  expect(seen).toMatchObject({ errorCode: null })
  return seen
}

let count = 0
/** Adds a script to the site. */
async function write(text: string, name = `/written-${process.pid}-${++count}.js`): Promise<string> {
  await fetch(`${inject('siteUrl')}${name}`, { method: 'PUT', body: text })
  return name
}

describe.each(['chromium', 'firefox', 'webkit'] as const)('in %s', (name) => {
  const it = inBrowser(name)
  /** `npm test` runs rows about the worker, not the browser, in one browser. */
  const quick = name === 'chromium' ? {} : FULL

  it('a first visit plays without the worker, and the next video with it', quick, async ({ openWindow }) => {
    const page = await openWindow(null)
    await openPage(page, PAGE)
    const stage = await openStage()
    expect(await open(page, { name: 'video', endpoint: stage.endpoint })).toBe('direct')
    expect((await plays(page, 1)).warnings).toEqual([])
    await controlled(page)
    expect(await look(page)).toMatchObject({ via: 'direct', noticed: [] })
    expect(await open(page, { name: 'next', endpoint: stage.endpoint })).toBe('worker')
    await plays(page, 1, 'next')
  })

  for (const { scheme, ...options } of [{ scheme: 'gcore' }, { scheme: 'bitsOnTheRun', ...FULL }] as const)
    it(
      `a video with ${scheme} tokens plays through expiries without an event or a visible token`,
      options,
      async ({ openWindow }) => {
        const page = await openWindow(null)
        await comeBack(page)
        const stage = await openStage({ ...SHORT, scheme })
        expect(await open(page, { name: 'video', endpoint: stage.endpoint })).toBe('worker')
        const { src, noticed } = await plays(page, 6)
        expect(src).toMatch(ADDRESS)
        expect(noticed).toEqual([])
        // Refusals of requests that bypass the worker would not reach the media.
        const countRefusals = async () => (await look(page)).reports.filter((one) => one.startsWith('refused')).length
        await until(
          async () => (await countRefusals()) === refused(await stage.log()).length,
          'each refusal to reach the media',
        )
        expect(await countRefusals()).toBeGreaterThan(0)
        expect(page.consoleText().join('\n')).not.toMatch(/[\w-]{20,}\/\d{10}|token=|sig=/)
      },
    )

  it(
    'a seek outside the buffer reaches its target with an expired token and a slow endpoint',
    FULL,
    async ({ openWindow }) => {
      const page = await openWindow(null)
      await comeBack(page)
      const stage = await openStage({ ...SHORT, cutWhenExpired: false, bytesPerSecond: 60_000, scheme: 'clubEvent' })
      await open(page, { name: 'video', endpoint: stage.endpoint })
      await plays(page, 4)
      await stage.set({ endpointDelayMs: 1_500, lifeMs: 60_000, bytesPerSecond: 0 })
      await seek(page, 65)
      const { noticed, reports } = await plays(page, 66)
      expect(noticed).toEqual(['seeking', 'seeked'])
      expect(reports).toContain('refused 410')
      expect(signings(await stage.log())).toHaveLength(2)
    },
  )

  // WebKitGTK without a GPU doesn't move the second of two videos, however it is loaded.
  if (name !== 'webkit')
    it('two videos on one page each have their own CDN and token', FULL, async ({ openWindow }) => {
      const page = await openWindow(null)
      await comeBack(page)
      const stages = [
        await openStage({ ...SHORT, scheme: 'gcore' }),
        await openStage({ ...SHORT, scheme: 'pushrFile' }),
      ]
      for (const [index, { endpoint }] of stages.entries()) await open(page, { name: `video ${index}`, endpoint })
      const seen = await Promise.all([plays(page, 6, 'video 0'), plays(page, 6, 'video 1')])
      expect(seen.map(({ via, noticed }) => ({ via, noticed }))).toEqual([
        { via: 'worker', noticed: [] },
        { via: 'worker', noticed: [] },
      ])
      for (const stage of stages) expect(refused(await stage.log()).length).toBeGreaterThan(0)
    })

  it('a video with `crossorigin` plays', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage(SHORT)
    expect(await open(page, { name: 'video', endpoint: stage.endpoint, crossOrigin: 'anonymous' })).toBe('worker')
    expect((await plays(page, 4)).noticed).toEqual([])
  })

  it('a video moves from one CDN host to another', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage(SHORT)
    const hostNames = ['127.0.0.1', 'localhost']
    await open(page, { name: 'video', endpoint: stage.endpoint, hostNames })
    expect(await plays(page, 6)).toMatchObject({ via: 'worker', noticed: [] })
    const log = await stage.log()
    expect(new Set(log.filter(({ kind }) => kind === 'media').map(({ host }) => host))).toEqual(new Set(hostNames))
  })

  // WebKitGTK requests no range at first.
  if (name !== 'webkit')
    it(
      'a video from a CDN that hides Content-Range plays directly and whole, with one warning',
      FULL,
      async ({ openWindow }) => {
        const page = await openWindow(null)
        await comeBack(page)
        // Open ranges are capped, as by servers in many tutorials.
        const stage = await openStage({ cors: 'hidden', rangeCapBytes: 100_000 })
        await open(page, { name: 'video', endpoint: stage.endpoint, startAt: 20 })
        const before = (await plays(page, 21)).noticed
        expect(before).not.toContain('error')
        await seek(page, 65)
        const seen = await plays(page, 66)
        expect(seen).toMatchObject({ via: 'direct', duration: 72 })
        expect(seen.noticed.slice(before.length)).toEqual(['seeking', 'seeked'])
        expect(seen.warnings).toEqual([
          expect.stringMatching(/http:\/\/127\.0\.0\.1:\d+ sends no Access-Control-Expose-Headers: Content-Range/),
        ])
        expect((await stage.log()).filter(({ kind }) => kind === 'preflight')).toEqual([])
      },
    )

  it('a video from a CDN that caps open ranges plays whole', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage({ rangeCapBytes: 100_000 })
    await open(page, { name: 'video', endpoint: stage.endpoint })
    expect(await plays(page, 6)).toMatchObject({ via: 'worker', noticed: [], warnings: [], duration: 72 })
  })

  it('a video from a server without ranges plays to where it is loaded', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage({ bytesPerSecond: 300_000, ranges: false })
    await open(page, { name: 'video', endpoint: stage.endpoint })
    const seen = await plays(page, 4)
    expect(seen).toMatchObject({ via: 'worker', noticed: [], warnings: [], duration: 72 })
    const log = await stage.log()
    expect(new Set(log.filter(({ kind }) => kind === 'media').map(({ status }) => status))).toEqual(new Set([200]))
  })

  it('of a file that changes in the middle, no part reaches the element', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage({ bytesPerSecond: 60_000, etag: '"first"' })
    await open(page, { name: 'video', endpoint: stage.endpoint })
    await plays(page, 1)
    await stage.set({ etag: '"second"' })
    await seek(page, 65)
    const seen = await failed(page)
    // The plugin then sets the video anew, at its place.
    expect(seen).toMatchObject({ errorCode: 2, position: 65 })
  })

  it('a video from a CDN without CORS headers plays directly, with one warning', quick, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage({ cors: 'none' })
    await open(page, { name: 'video', endpoint: stage.endpoint })
    const seen = await plays(page, 1)
    expect(seen).toMatchObject({ via: 'direct', noticed: [] })
    expect(seen.warnings).toEqual([
      expect.stringMatching(/http:\/\/127\.0\.0\.1:\d+ sends no Access-Control-Allow-Origin/),
    ])
  })

  it(
    'a service worker of the site at the same scope stays, and the video plays directly',
    FULL,
    async ({ openWindow }) => {
      const page = await openWindow(null)
      const foreign = await write(`addEventListener('fetch', () => {})`)
      await openPage(page, PAGE)
      await page.evaluate(`navigator.serviceWorker.register('${foreign}').then(() => navigator.serviceWorker.ready)`)
      await openPage(page, PAGE)
      const stage = await openStage()
      expect(await open(page, { name: 'video', endpoint: stage.endpoint })).toBe('direct')
      const { warnings } = await plays(page, 1)
      expect(warnings).toEqual([expect.stringMatching(/importScripts\('http.*\/signed-url-worker\.js'\)/)])
      const scripts = await page.evaluate<string[]>(
        `navigator.serviceWorker.getRegistrations().then((all) => all.map(({ active }) => active.scriptURL))`,
      )
      expect(scripts).toEqual([expect.stringMatching(foreign)])
    },
  )

  it(
    'a service worker of the site that imports the plugin’s serves the video and its own requests',
    quick,
    async ({ openWindow }) => {
      const page = await openWindow(null)
      const importing = await write(`importScripts('/signed-url-worker.js')
      addEventListener('fetch', (event) => {
        if (event.request.url.endsWith('/of-the-site')) event.respondWith(new Response('from the site'))
        if (event.request.url.includes('__signed-url__')) throw new Error('not the site’s')
      })`)
      await openPage(page, PAGE)
      await page.evaluate(`navigator.serviceWorker.register('${importing}').then(() => navigator.serviceWorker.ready)`)
      await openPage(page, PAGE)
      const stage = await openStage(SHORT)
      expect(await open(page, { name: 'video', endpoint: stage.endpoint })).toBe('worker')
      expect(await plays(page, 4)).toMatchObject({ noticed: [], warnings: [] })
      expect(await page.evaluate<string>(`fetch('/of-the-site').then((response) => response.text())`)).toBe(
        'from the site',
      )
    },
  )

  it('a service worker that the site registers at `load` keeps ours away', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    const theirs = await write('// of the site')
    await openPage(page, PAGE)
    const stage = await openStage()
    await open(page, { name: 'video', endpoint: stage.endpoint })
    await page.evaluate(`void navigator.serviceWorker.register('${theirs}')`)
    // Far longer than ours waits before it would be registered.
    await plays(page, 6)
    await untilOnly(page, theirs)
  })

  for (const scope of ['/', '/test/browser/pages/'])
    it(
      `a service worker that the site registers later for ${scope} is active at once, and ours goes`,
      FULL,
      async ({ openWindow }) => {
        const page = await openWindow(null)
        const theirs = await write('// of the site')
        await comeBack(page)
        const stage = await openStage({ bytesPerSecond: 300_000 })
        expect(await open(page, { name: 'video', endpoint: stage.endpoint })).toBe('worker')
        await plays(page, 1)
        await page.evaluate(`void navigator.serviceWorker.register('${theirs}', { scope: '${scope}' })`)
        await untilSeen(
          () => page.evaluate<(string | null)[][]>(SCRIPTS),
          (found) => found.some(([active]) => active?.endsWith(theirs)),
          'theirs to be active, beside ours',
        )
        // Each source looks whether the site has a worker now.
        expect(await open(page, { name: 'next', endpoint: stage.endpoint })).toBe('worker')
        await untilOnly(page, theirs)
        const { position } = await look(page)
        expect(await plays(page, position + 2)).toMatchObject({ via: 'worker', noticed: [], warnings: [] })
        await openPage(page, PAGE)
        expect(await page.evaluate<string>('navigator.serviceWorker.controller.scriptURL')).toMatch(theirs)
      },
    )

  it('a video plays while its document is still loading', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    // Never answers within the test.
    const slow = await openStage({ endpointDelayMs: 3_600_000 })
    const stage = await openStage()
    const frame = await openFrame(
      page,
      `${PAGE.replace('.html', '-loading.html')}#${encodeURIComponent(slow.endpoint)}`,
    )
    await page.evaluate(`void ${frame}.workerLab.open({ name: 'video', endpoint: '${stage.endpoint}' })`)
    const seen = await untilSeen(
      () => page.evaluate<RoutedSighting | null>(`${frame}.workerLab.find('video')`),
      (video) => video !== null && (video.position >= 1 || video.errorCode !== null),
      'the video in the frame',
    )
    expect(seen).toMatchObject({ via: 'worker', errorCode: null, noticed: [] })
    expect(await page.evaluate<string>(`${frame}.document.readyState`)).toBe('loading')
  })

  it(
    'two documents of one visitor each have their own video, and one outlives the other',
    FULL,
    async ({ openWindow }) => {
      const page = await openWindow(null)
      await comeBack(page)
      const stages = [await openStage(CONNECTED), await openStage(CONNECTED)]
      const frame = await openFrame(page, PAGE)
      await open(page, { name: 'video', endpoint: stages[0]?.endpoint ?? '' })
      await page.evaluate(`void ${frame}.workerLab.open({ name: 'video', endpoint: '${stages[1]?.endpoint}' })`)
      const lookAtOther = () => page.evaluate<RoutedSighting | null>(`${frame}.workerLab.find('video')`)
      await plays(page, 4)
      const other = await untilSeen(lookAtOther, (seen) => (seen?.position ?? 0) >= 4 || !!seen?.errorCode, 'the other')
      expect(other).toMatchObject({ via: 'worker', errorCode: null, noticed: [], warnings: [] })
      await page.evaluate(`document.querySelector('iframe').remove()`)
      const { position } = await look(page)
      expect(await plays(page, position + 4)).toMatchObject({ via: 'worker', noticed: [], warnings: [] })
    },
  )

  it('a reloaded page is served again', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage(CONNECTED)
    await open(page, { name: 'video', endpoint: stage.endpoint })
    await plays(page, 2)
    await openPage(page, PAGE)
    expect(await open(page, { name: 'video', endpoint: stage.endpoint })).toBe('worker')
    expect(await plays(page, 4)).toMatchObject({ noticed: [], warnings: [] })
  })

  it('what the CDN calls a page or a script stays media, and runs nowhere', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    for (const mediaType of ['text/html', 'text/javascript', 'binary/octet-stream']) {
      const stage = await openStage({ ...CONNECTED, mediaType })
      expect(await open(page, { name: mediaType, endpoint: stage.endpoint })).toBe('worker')
      const { src, warnings } = await plays(page, 1, mediaType)
      expect(warnings).toEqual([])
      await stage.set({ mediaBody: '<script>top.hasRun = true</script>' })
      const before = (await stage.log()).length
      await page.evaluate(
        (address: string) =>
          Promise.all(
            ['iframe', 'script', 'object', 'embed', 'img', 'link'].map((tag) => {
              const element = document.createElement(tag)
              const url = new URL(address).pathname
              if (element instanceof HTMLLinkElement) element.rel = 'stylesheet'
              element.setAttribute({ object: 'data', link: 'href' }[tag] ?? 'src', url)
              return new Promise((resolve) => {
                element.onload = resolve
                element.onerror = resolve
                // An element that shows nothing fires neither in some browsers.
                setTimeout(resolve, 3_000)
                document.body.append(element)
              })
            }),
          ).then(() => {}),
        src,
      )
      expect(await page.evaluate('window.hasRun ?? null')).toBeNull()
      // The worker has answered none of them. The video itself asks for ranges without an end.
      const added = (await stage.log()).slice(before)
      expect(added.filter(({ kind, range }) => kind === 'media' && !/-$/.test(range ?? ''))).toEqual([])
    }
  })

  it('scripts get nothing of the video by its address', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage(CONNECTED)
    await open(page, { name: 'video', endpoint: stage.endpoint })
    const { src } = await plays(page, 1)
    await stage.set({ bytesPerSecond: 0 })
    const before = (await stage.log()).length
    for (const init of ['{}', `{ method: 'HEAD' }`, `{ headers: { range: 'bytes=0-1,1000-1003' } }`])
      expect(
        await page.evaluate<string>(
          `fetch('${src}', ${init}).then((response) => response.headers.get('content-type'))`,
        ),
      ).not.toMatch(/^video/)
    const added = (await stage.log())
      .slice(before)
      .filter(({ kind, range }) => kind === 'media' && !/-$/.test(range ?? ''))
    expect(added).toEqual([])
  })

  it('a new version of the worker waits while a video plays', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    const script = await (await fetch(`${inject('siteUrl')}/signed-url-worker.js`)).text()
    const workerUrl = await write(script)
    await comeBack(page, workerUrl)
    const stage = await openStage(SHORT)
    expect(await open(page, { name: 'video', endpoint: stage.endpoint, workerUrl })).toBe('worker')
    await plays(page, 1)
    await write(`${script}\n// newer`, workerUrl)
    await page.evaluate('navigator.serviceWorker.ready.then((registration) => void registration.update())')
    const isWaiting = 'navigator.serviceWorker.ready.then(({ waiting }) => waiting !== null)'
    await until(() => page.evaluate<boolean>(isWaiting), 'the new version')
    const { position } = await look(page)
    expect(await plays(page, position + 4)).toMatchObject({ via: 'worker', noticed: [], warnings: [] })
    expect(await page.evaluate<boolean>(isWaiting)).toBe(true)
  })

  it('a missing worker file causes one warning', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await openPage(page, PAGE)
    const stage = await openStage()
    expect(await open(page, { name: 'video', endpoint: stage.endpoint, workerUrl: '/missing.js' })).toBe('direct')
    await until(async () => (await look(page)).warnings.length > 0, 'the warning')
    expect((await plays(page, 1)).warnings).toEqual([expect.stringMatching(/\/missing\.js can't be registered/)])
  })
})

describe('a service worker', () => {
  inBrowser('webkit')('fails a seek in WebKitGTK when the CDN hides Content-Range', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage({ bytesPerSecond: 60_000, cors: 'hidden' })
    await open(page, { name: 'video', endpoint: stage.endpoint })
    await plays(page, 1)
    await seek(page, 65)
    const seen = await failed(page)
    // The plugin then sets the signed URL, at the same place.
    expect(seen).toMatchObject({ errorCode: 2, position: 65 })
    expect(seen.warnings).toEqual([expect.stringMatching('Access-Control-Expose-Headers: Content-Range')])
  })

  const inChromium = inBrowser('chromium')
  const inFirefox = inBrowser('firefox', { workersEndAfterMs: 1_000 })

  inChromium('does not interrupt the video when Chromium ends it during a response', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage({ ...SHORT, cutWhenExpired: false })
    await open(page, { name: 'video', endpoint: stage.endpoint })
    for (const position of [1, 3, 5]) {
      await plays(page, position)
      await page.endWorkers?.()
    }
    const { noticed, reports } = await plays(page, 8)
    expect(noticed).toEqual([])
    expect(reports.filter((one) => one === 'accepted').length).toBeGreaterThanOrEqual(4)
  })

  inFirefox('does not interrupt the video when Firefox ends it during a response', FULL, async ({ openWindow }) => {
    const page = await openWindow(null)
    await comeBack(page)
    const stage = await openStage({ ...SHORT, cutWhenExpired: false })
    await open(page, { name: 'video', endpoint: stage.endpoint })
    const { noticed, reports } = await plays(page, 5)
    expect(noticed).toEqual([])
    expect(reports.filter((one) => one === 'accepted').length).toBeGreaterThanOrEqual(3)
  })

  inChromium(
    'lets the video play directly when a hard reload bypasses it, and serves the next one',
    FULL,
    async ({ openWindow }) => {
      const page = await openWindow(null)
      await comeBack(page)
      await page.evaluate('window.old = true')
      await page.hardReload?.()
      await until(
        () => page.evaluate<boolean>('!window.old && document.documentElement.dataset.ready === "true"'),
        'the reloaded page to be ready',
      )
      const stage = await openStage()
      expect(await open(page, { name: 'video', endpoint: stage.endpoint })).toBe('direct')
      expect((await plays(page, 1)).warnings).toEqual([])
      await controlled(page)
      expect(await open(page, { name: 'next', endpoint: stage.endpoint })).toBe('worker')
    },
  )
})
