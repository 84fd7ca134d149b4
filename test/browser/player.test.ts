import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  HLS,
  openPage,
  openStage,
  refused,
  SMALL_BUFFER,
  see,
  signings,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'

const FILM = { src: 'film', type: HLS }

describe('a player with the plugin', () => {
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    browser = await launch('chromium')
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    page = await browser.newPage()
    await openPage(page)
  })
  afterEach(() => page?.close())

  it('resumes after three lifetimes of pause, then seeks to where nothing is buffered', async () => {
    const stage = await openStage({ lifeMs: 4_000 })
    const control = await openStage({ lifeMs: 3_600_000 })
    for (const [name, { endpoint }] of Object.entries({ dying: stage, lasting: control })) {
      await startFilm(page, { name, plugin: { endpoint, hls: SMALL_BUFFER }, source: FILM })
      await untilPosition(page, name, 1)
      await page.evaluate((given: string) => window.lab.player(given).pause(), name)
    }
    const before = signings(await stage.log()).length
    await new Promise((resolve) => setTimeout(resolve, 13_000))
    expect(signings(await stage.log()).length - before, 'asked for while paused').toBeLessThanOrEqual(1)
    const seekMs: Record<string, number> = {}
    for (const name of ['lasting', 'dying']) {
      seekMs[name] = await page.evaluate(async (given: string) => {
        const player = window.lab.player(given)
        player.play()
        const from = performance.now()
        player.currentTime(50)
        while ((player.currentTime() ?? 0) < 50.1) await new Promise((resolve) => setTimeout(resolve, 10))
        return performance.now() - from
      }, name)
    }
    const { stats, error, paused } = await see(page, 'dying')
    console.info(
      `seek after expiry ${Math.round(seekMs.dying ?? 0)} ms, control ${Math.round(seekMs.lasting ?? 0)} ms, signing ${Math.round(stats.lastSigningMs ?? 0)} ms`,
    )
    expect(error).toBeNull()
    expect(paused).toBe(false)
    expect(refused(await stage.log())).toEqual([])
    // Twice the control and a second: what a busy machine adds, and far from any time-out or retry.
    expect(seekMs.dying).toBeLessThan(2 * (seekMs.lasting ?? 0) + (stats.lastSigningMs ?? 0) + 1_000)
  })

  it('keeps the rendition that plays when the endpoint takes 2 s per answer', async () => {
    const stage = await openStage({ lifeMs: 6_000, endpointDelayMs: 2_000 })
    await startFilm(page, {
      name: 'film',
      plugin: { endpoint: stage.endpoint, hls: { ...SMALL_BUFFER, startLevel: 1 } },
      source: FILM,
    })
    const { heights, starvedMs, stats } = await untilPosition(page, 'film', 20, 60_000)
    expect(stats.refreshes).toBeGreaterThanOrEqual(2)
    expect(heights).toEqual([720])
    expect(starvedMs).toBe(0)
  })

  it('shares nothing with a second player that has another endpoint', async () => {
    const one = await openStage({ lifeMs: 4_000 })
    const two = await openStage({ lifeMs: 3_600_000 })
    await startFilm(page, { name: 'one', plugin: { endpoint: one.endpoint, hls: SMALL_BUFFER }, source: FILM })
    await startFilm(page, { name: 'two', plugin: { endpoint: two.endpoint, hls: SMALL_BUFFER }, source: FILM })
    await untilPosition(page, 'one', 10)
    await untilPosition(page, 'two', 10)
    expect(signings(await one.log()).length).toBeGreaterThanOrEqual(2)
    expect(signings(await two.log())).toHaveLength(1)
    // A token of the other stage would be refused: each has a secret of its own.
    expect(refused([...(await one.log()), ...(await two.log())])).toEqual([])
    expect((await see(page, 'two')).stats.refreshes).toBe(0)
  })

  it('plays only the newer source when the source changes in the middle of a signing request', async () => {
    const slow = await openStage({ endpointDelayMs: 1_500 })
    await startFilm(page, {
      name: 'film',
      plugin: { endpoint: slow.endpoint },
      source: { src: 'videos/film/master.m3u8', type: HLS },
    })
    await until(async () => signings(await slow.log()).length === 1, 'the first signing request')
    await page.evaluate((source: object) => {
      window.lab.player('film').src(source)
      window.lab.player('film').play()
    }, FILM)
    const { events, currentSource, stats } = await untilPosition(page, 'film', 1)
    expect(currentSource).toEqual(FILM)
    expect(stats.signings).toBe(1)
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
    const media = (await slow.log()).filter(({ kind }) => kind === 'media')
    expect(new Set(media.map(({ issue }) => issue)).size, 'issues that media were fetched with').toBe(1)
  })

  it('keeps what the page set in src(), currentSource(), currentSources() and currentSrc(), through refreshes and a second src()', async () => {
    const stage = await openStage({ lifeMs: 4_000 })
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, hls: SMALL_BUFFER }, source: FILM })
    const check = ({ src, currentSource, currentSources, currentSrc }: Awaited<ReturnType<typeof see>>) => {
      expect({ src, currentSource, currentSources, currentSrc }).toEqual({
        src: 'film',
        currentSource: FILM,
        currentSources: [FILM],
        currentSrc: 'film',
      })
    }
    check(await untilPosition(page, 'film', 6))
    await page.evaluate(() => {
      const player = window.lab.player('film')
      player.src(player.currentSource())
      player.play()
    })
    await until(async () => (await see(page, 'film')).position < 3, 'the second start')
    check(await untilPosition(page, 'film', 3))
  })

  it('asks for nothing with preload="none" before someone plays', async () => {
    const stage = await openStage()
    await startFilm(page, {
      name: 'film',
      plugin: { endpoint: stage.endpoint },
      player: { preload: 'none' },
      source: FILM,
      play: false,
    })
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(await stage.log()).toEqual([])
    await page.evaluate(() => void window.lab.player('film').play())
    await untilPosition(page, 'film', 1)
    expect(signings(await stage.log())).toHaveLength(1)
  })

  it('uses a URL that the server signed into the page, and asks only when that one is due', async () => {
    const stage = await openStage({ lifeMs: 8_000 })
    const signedUrl = await page.evaluate(
      (endpoint: string) => fetch(`${endpoint}&resource=film`).then((response) => response.json()),
      stage.endpoint,
    )
    await startFilm(page, {
      name: 'film',
      plugin: { endpoint: stage.endpoint, hls: SMALL_BUFFER },
      source: { ...FILM, signedUrl },
    })
    await untilPosition(page, 'film', 2)
    expect(signings(await stage.log()), 'the page’s own request').toHaveLength(1)
    await untilPosition(page, 'film', 10)
    expect(signings(await stage.log()).length).toBeGreaterThan(1)
    expect(refused(await stage.log())).toEqual([])
  })

  it.each([
    ['a source that was set before the plugin', { early: true }],
    ['a source without a type', { source: { src: 'videos/film/master.m3u8' } }],
    ['an id without type or extension', { source: { src: 'film' } }],
  ])('plays %s', async (_title, { early = false, source = FILM }: { early?: boolean; source?: object }) => {
    const stage = await openStage()
    const plugin = { endpoint: stage.endpoint }
    if (early) {
      await startFilm(page, { name: 'film', source: { src: 'film', type: HLS }, play: false })
      await new Promise((resolve) => setTimeout(resolve, 500))
      await page.evaluate((options: object) => {
        window.lab.player('film').signedUrl(options)
        window.lab.player('film').play()
      }, plugin)
    } else await startFilm(page, { name: 'film', plugin, source })
    const { currentSource } = await untilPosition(page, 'film', 1)
    expect(currentSource).toMatchObject(source)
  })

  it('leaves alone a source with signed: false, and one that protects() declines', async () => {
    const stage = await openStage()
    const { url } = await page.evaluate<{ url: string }, string>(
      (endpoint) => fetch(`${endpoint}&resource=film`).then((response) => response.json()),
      stage.endpoint,
    )
    await startFilm(page, {
      name: 'open',
      plugin: { endpoint: stage.endpoint },
      source: { src: url, type: HLS, signed: false },
    })
    await untilPosition(page, 'open', 1)
    await page.evaluate(
      ([endpoint, src, type]: string[]) =>
        window.lab.start({ name: 'declined', plugin: { endpoint, protects: () => false }, source: { src, type } }),
      [stage.endpoint, url, HLS],
    )
    await untilPosition(page, 'declined', 1)
    expect(signings(await stage.log()), 'only the page’s own').toHaveLength(1)
  })

  it('signs only the source to be played of several, and does not fall through to the next when it is denied', async () => {
    const stage = await openStage({ endpointStatus: 403 })
    await startFilm(page, {
      name: 'film',
      plugin: { endpoint: stage.endpoint },
      source: [
        { src: 'not-for-you', type: 'application/x-nothing' },
        FILM,
        { src: 'film/film.mp4', type: 'video/mp4' },
      ],
    })
    await until(async () => (await see(page, 'film')).error !== null, 'the denial')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const { error, events } = await see(page, 'film')
    expect(error).toMatchObject({ code: 2, errorType: 'signed-url-denied' })
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
    expect(signings(await stage.log()).map(({ path }) => path)).toEqual(['film'])
  })

  it('shows a denial that comes before the element has begun to load, which makes Video.js forget errors', async () => {
    await page.evaluate(`void (window.fetch = () => Promise.resolve(new Response('', { status: 403 })))`)
    await startFilm(page, { name: 'film', plugin: { endpoint: '/api/playback-url' }, source: FILM })
    await until(async () => (await see(page, 'film')).events.some(({ type }) => type === 'loadstart'), 'loadstart')
    await until(async () => (await see(page, 'film')).error !== null, 'the error', 5_000)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const { error, events } = await see(page, 'film')
    expect(error).toMatchObject({ errorType: 'signed-url-denied' })
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
  })

  it('plays when hls.js’s element is reset by player.load()', async () => {
    const stage = await openStage()
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint }, source: FILM })
    await untilPosition(page, 'film', 2)
    await page.evaluate(() => {
      window.lab.player('film').load()
      window.lab.player('film').play()
    })
    await until(async () => (await see(page, 'film')).position < 1.5, 'the new start')
    const { error, currentSource } = await untilPosition(page, 'film', 1)
    expect(error).toBeNull()
    expect(currentSource).toEqual(FILM)
  })

  it('leaves no request, listener or timer behind when it is disposed in the middle of a signing request', async () => {
    const stage = await openStage({ endpointDelayMs: 1_000 })
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint }, source: FILM })
    await until(async () => signings(await stage.log()).length === 1, 'the signing request')
    await page.evaluate(() => window.lab.player('film').dispose())
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const log = await stage.log()
    expect(log.filter(({ kind }) => kind === 'media')).toEqual([])
    expect(signings(log)).toHaveLength(1)
    expect(page.consoleText().filter((text) => /error/i.test(text))).toEqual([])
  })

  it('plays through expiries from script tags, with the page’s own hls.js', async () => {
    const stage = await openStage({ lifeMs: 4_000 })
    await openPage(page, '/test/browser/pages/script-tags.html')
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, hls: SMALL_BUFFER }, source: FILM })
    const { starvedMs, stats } = await untilPosition(page, 'film', 8)
    expect(starvedMs).toBe(0)
    expect(stats.refreshes).toBeGreaterThanOrEqual(1)
    expect(refused(await stage.log())).toEqual([])
    expect(await page.evaluate<string>('Object.keys(videojsSignedUrl).sort().join(" ")')).toBe(
      'SignedUrlError readExpiry registerSignedUrl',
    )
  })

  it('plays by tags alone, and the origin sees no stray request', async () => {
    const stage = await openStage({ lifeMs: 4_000 })
    await page.goto(`${inject('siteUrl')}/test/browser/pages/tags.html?stage=${stage.id}`)
    await untilPosition(page, 'film', 6)
    const log = await stage.log()
    expect(log.filter(({ kind }) => kind === 'stray')).toEqual([])
    expect(refused(log)).toEqual([])
    expect(signings(log).length).toBeGreaterThanOrEqual(2)
  })
})

describe('a browser that demands a gesture for sound', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch('chromium', { gestureRequired: true })
  })
  afterAll(() => browser?.close())

  it('plays with sound when play() is called in the click that sets the source, though signing takes its time', async () => {
    const stage = await openStage({ endpointDelayMs: 700 })
    const page = await browser.newPage()
    await openPage(page)
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint }, play: false })
    await page.evaluate((source: object) => {
      const player = window.lab.player('film')
      player.muted(false)
      document.querySelector('#gesture')?.addEventListener('click', () => {
        player.src(source)
        player.play()
      })
    }, FILM)
    await page.click('#gesture')
    const { paused } = await untilPosition(page, 'film', 1)
    expect(paused).toBe(false)
    expect(await page.evaluate(() => window.lab.player('film').muted())).toBe(false)
    await page.close()
  })
})
