import { describe, expect, inject } from 'vitest'
import { FULL, inBrowser } from '../support/in-browser.js'
import { expectNoneRefused } from '../support/judge.js'
import { HLS, isSegment, openStage, refused, signings, signingsAsked, until } from '../support/site.js'
import { FILM, Video } from '../support/video.js'

const it = inBrowser('chromium')
const FOREVER = { lifeMs: 3_600_000 }
const BY_PATH = { src: 'videos/film/master.m3u8', type: HLS }

/** A signed URL, as a page's server would get it. */
async function signedBy(endpoint: string): Promise<{ url: string }> {
  return (await fetch(`${inject('siteUrl')}${endpoint}&resource=film`)).json()
}

describe('a player with the plugin', () => {
  it('resumes, and seeks outside the buffer, after being paused for three URL lifetimes', async ({ play }) => {
    const lasting = await play(FOREVER, { name: 'lasting' })
    const expiring = await play({ lifeMs: 3_000 }, { name: 'expiring', in: lasting.page })
    for (const video of [lasting, expiring]) {
      await video.reaches(1)
      await video.do('player.pause()')
    }
    const before = signingsAsked(await expiring.log()).length
    const { expiresAt = 0 } = await expiring.do<{ expiresAt?: number }>('({ expiresAt: player.signedUrl().expiresAt })')
    await until(async () => Date.now() > expiresAt + 2 * 3_000, 'two more URL lifetimes')
    expect(signingsAsked(await expiring.log()).length - before, 'signing requests while paused').toBeLessThanOrEqual(1)
    const seek = (video: Video) =>
      video.do<number>(`(async () => {
        const from = performance.now()
        player.play()
        player.currentTime(50)
        while (player.currentTime() < 50.1) await new Promise((resolve) => setTimeout(resolve, 10))
        return performance.now() - from
      })()`)
    const [controlMs, tookMs] = [await seek(lasting), await seek(expiring)]
    const { stats, error, paused } = await expiring.see()
    console.info(
      `seek after expiry ${Math.round(tookMs)} ms, control ${Math.round(controlMs)} ms, signing ${Math.round(stats.lastSigningMs ?? 0)} ms`,
    )
    expect({ error, paused }).toEqual({ error: null, paused: false })
    expect(signings(await expiring.log()).length - before, 'signed for the resume').toBeGreaterThanOrEqual(1)
    expect(refused(await expiring.log())).toEqual([])
    expect(stats.failures, 'no timeout and no retry').toBe(0)
  })

  it('keeps playing the same rendition when the endpoint takes 2 s to respond', FULL, async ({ play }) => {
    const hls = { maxBufferLength: 6, maxMaxBufferLength: 6, startLevel: 1 }
    const video = await play({ lifeMs: 6_000, endpointDelayMs: 2_000 }, { plugin: { hls } })
    const { heights, starvedMs } = await video.until(({ stats }) => (stats.refreshes ?? 0) >= 2, 'two refreshes')
    expect(heights).toEqual([720])
    expect(starvedMs).toBe(0)
  })

  it('shares nothing with a second player that uses another endpoint', FULL, async ({ play }) => {
    const one = await play({ lifeMs: 3_000 }, { name: 'one' })
    const two = await play(FOREVER, { name: 'two', in: one.page })
    await one.outlives(2)
    await two.reaches(3)
    expect(signings(await two.log())).toHaveLength(1)
    // A token is valid for one stage only, so a mix-up would show as a refusal.
    expect(refused([...(await one.log()), ...(await two.log())])).toEqual([])
    expect((await two.see()).stats.refreshes).toBe(0)
  })

  it('plays only the new source when the source changes during a signing request', FULL, async ({ play }) => {
    const video = await play({ endpointDelayMs: 1_500 }, { source: BY_PATH })
    await until(async () => signingsAsked(await video.log()).length === 1, 'the first signing request')
    await video.set(FILM)
    const { events, currentSource, stats } = await video.reaches(1)
    expect(currentSource).toEqual(FILM)
    expect(stats.signings).toBe(1)
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
    const media = (await video.log()).filter(({ kind }) => kind === 'media')
    expect(new Set(media.map(({ issue }) => issue)).size, 'issues used for media requests').toBe(1)
  })

  it('returns what the page set from src(), currentSource(), currentSources() and currentSrc(), through refreshes and a second src()', async ({
    play,
  }) => {
    const video = await play({ lifeMs: 3_000 })
    const asSet = { src: 'film', currentSource: FILM, currentSources: [FILM], currentSrc: 'film' }
    expect(await video.until(({ stats }) => (stats.refreshes ?? 0) >= 1, 'a refresh')).toMatchObject(asSet)
    const { position } = await video.see()
    await video.do('player.src(player.currentSource()); player.play()?.catch(() => {})')
    await video.until((seen) => seen.position < position, 'the second start')
    expect(await video.reaches(1)).toMatchObject(asSet)
  })

  it('sends no request with preload="none" until the viewer plays', async ({ play }) => {
    const video = await play({}, { player: { preload: 'none' }, autoplay: false })
    // A player that signs too early would have sent its request before this later player starts.
    const other = await play({}, { name: 'other', in: video.page })
    await other.reaches(1)
    expect(await video.log()).toEqual([])
    await video.do('void player.play()')
    await video.reaches(1)
    expect(signings(await video.log())).toHaveLength(1)
  })

  it('uses a signed URL that the server embedded in the page, and requests another only when that one is due', async ({
    openWindow,
    play,
  }) => {
    const page = await openWindow()
    const stage = await openStage({ lifeMs: 6_000 })
    const signedUrl = await signedBy(stage.endpoint)
    const video = await play({}, { stage, in: page, source: { ...FILM, signedUrl } })
    await video.until(({ firstFrameMs }) => firstFrameMs !== undefined, 'the first frame')
    const run = await video.outlives(2)
    expectNoneRefused(run)
    const [first, second] = run.log.filter(({ kind }) => kind === 'sign')
    const segments = run.log.filter(isSegment)
    expect(segments[0]?.issue, 'the issue that the page requested').toBe(first?.issue)
    expect(second?.at, 'the plugin’s first request comes after the first segment').toBeGreaterThan(segments[0]?.at ?? 0)
  })

  for (const { what, early, source, ...options } of [
    { what: 'a source that was set before the plugin started', early: true, source: FILM, ...FULL },
    { what: 'a source without a type', early: false, source: { src: 'videos/film/master.m3u8' }, ...FULL },
    { what: 'an id without a type or an extension', early: false, source: { src: 'film' } },
  ])
    it(`plays ${what}`, options, async ({ play }) => {
      const video = await play({}, { source, ...(early && { plugin: null, autoplay: false }) })
      if (early) {
        await video.until(
          ({ events }) => events.some(({ type }) => type === 'sourceset'),
          'the unsigned source to be set',
        )
        await video.do(`player.signedUrl({ endpoint: '${video.stage.endpoint}' }); player.play()?.catch(() => {})`)
      }
      const { currentSource } = await video.reaches(1)
      expect(currentSource).toMatchObject(source)
    })

  it('leaves a source unchanged if it has signed: false or protects() declines it', FULL, async ({ play }) => {
    const stage = await openStage(FOREVER)
    const { url } = await signedBy(stage.endpoint)
    const open = await play({}, { stage, name: 'open', source: { src: url, type: HLS, signed: false } })
    await open.reaches(1)
    await open.page.evaluate(
      ([endpoint, src, type]: string[]) =>
        window.lab.start({ name: 'declined', plugin: { endpoint, protects: () => false }, source: { src, type } }),
      [stage.endpoint, url, HLS],
    )
    await new Video(open.page, stage, 'declined').reaches(1)
    expect(signingsAsked(await stage.log()), 'only the page’s own request').toHaveLength(1)
  })

  it(
    'signs only the first playable one of several sources, and does not fall back to the next when it is denied',
    FULL,
    async ({ play }) => {
      const sources = [
        { src: 'not-for-you', type: 'application/x-nothing' },
        FILM,
        { src: 'film/film.mp4', type: 'video/mp4' },
      ]
      const video = await play({ endpointStatus: 403 }, { source: sources })
      await video.fails()
      // Video.js would have tried the next source by the time another player plays.
      await (await play({}, { name: 'other', in: video.page })).reaches(1)
      const { error, events } = await video.see()
      expect(error).toMatchObject({ code: 2, errorType: 'signed-url-denied' })
      expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
      expect(signingsAsked(await video.log()).map(({ path }) => path)).toEqual(['film'])
    },
  )

  it('shows a denial that arrives before loadstart, when Video.js clears errors', async ({ play }) => {
    const deny = `void (window.fetch = () => Promise.resolve(new Response('', { status: 403 })))`
    const video = await play({}, { before: (page) => page.evaluate(deny) })
    await video.until(({ events }) => events.some(({ type }) => type === 'loadstart'), 'loadstart')
    const { error, events } = await video.fails()
    expect(error).toMatchObject({ errorType: 'signed-url-denied' })
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
  })

  it('plays again after player.load() resets the element that hls.js uses', FULL, async ({ play }) => {
    const video = await play()
    const { position } = await video.reaches(2)
    await video.do('player.load(); player.play()?.catch(() => {})')
    await video.until((seen) => seen.position < position, 'the new start')
    const { error, currentSource } = await video.reaches(1)
    expect(error).toBeNull()
    expect(currentSource).toEqual(FILM)
  })

  it('plays through expiries when loaded by script tags, with the page’s own hls.js', FULL, async ({ play }) => {
    const video = await play({ lifeMs: 3_000 }, { in: '/test/browser/pages/script-tags.html' })
    const run = await video.outlives(2)
    expect(run.seen.starvedMs).toBe(0)
    expectNoneRefused(run)
    expect(await video.page.evaluate<string>('Object.keys(videojsSignedUrl).sort().join(" ")')).toBe(
      'SignedUrlError readExpiry registerSignedUrl',
    )
  })

  for (const [what, second] of [
    ['twice', 'video.js'],
    ['in versions 8 and 7', 'video.js-7'],
  ] as const)
    it(`plays through expiries by each copy on a page that loads Video.js ${what}`, FULL, async ({ play }) => {
      const page = `/test/browser/pages/two-copies.html?second=${second}`
      const first = await play({ lifeMs: 3_000 }, { in: page, player: { copy: 0 } })
      const other = { in: first.page, name: 'other', player: { copy: 1 } }
      const videos = [first, await play({ lifeMs: 3_000 }, other)]
      const runs = await Promise.all(videos.map((video) => video.outlives(2)))
      for (const run of runs) {
        expect(run.seen.error).toBeNull()
        expect(run.seen.starvedMs).toBe(0)
        expectNoneRefused(run)
      }
      expect(await first.page.evaluate('copies[0] !== copies[1]')).toBe(true)
      const copies = await Promise.all(
        videos.map((video) => video.do('copies.findIndex((copy) => copy.getAllPlayers().includes(player))')),
      )
      expect(copies).toEqual([0, 1])
    })

  describe('beside an hls.js that is too old', () => {
    const PAGE = '/test/browser/pages/old-hls-js.html'
    const TOO_OLD = 'hls.js 1.5.20 is on the page, and it takes 1.6 or newer to play HLS.'

    it('plays by VHS through expiries, and warns once', FULL, async ({ play }) => {
      const video = await play({ lifeMs: 3_000 }, { in: PAGE })
      const run = await video.outlives(2)
      expect(run.seen.error).toBeNull()
      expectNoneRefused(run)
      await video.do(`player.src(${JSON.stringify(FILM)})`)
      await video.until(({ position }) => position < 1, 'the second start')
      const warnings = video.page.consoleText().filter((text) => text.includes('signedUrl:'))
      expect(warnings).toEqual([`VIDEOJS: WARN: signedUrl: ${TOO_OLD}`])
    })

    it('shows an error that names both versions where nothing else plays HLS', FULL, async ({ play }) => {
      const video = await play(
        {},
        {
          in: `${PAGE}?videojs=alt/video.core`,
          before: (page) => page.evaluate("void (HTMLMediaElement.prototype.canPlayType = () => '')"),
        },
      )
      expect((await video.fails()).error?.code).toBe(4)
      expect(await video.do<string>('player.error().cause.message')).toBe(TOO_OLD)
    })
  })

  it('plays from markup alone, and the origin sees no unsigned request', async ({ openWindow }) => {
    const stage = await openStage({ lifeMs: 3_000 })
    const page = await openWindow(null)
    await page.goto(`${inject('siteUrl')}/test/browser/pages/tags.html?stage=${stage.id}`)
    const { log } = await new Video(page, stage, 'film').outlives(2)
    expect(log.filter(({ kind }) => kind === 'stray')).toEqual([])
    expect(refused(log)).toEqual([])
  })
})

describe('a browser that requires a user gesture for sound', () => {
  const it = inBrowser('chromium', { gestureRequired: true })

  it('plays with sound when the click that sets the source also calls play(), even if signing is slow', async ({
    play,
  }) => {
    const video = await play({ endpointDelayMs: 700 }, { source: null })
    await video.do(`
      player.muted(false)
      document.querySelector('#gesture').addEventListener('click', () => {
        player.src(${JSON.stringify(FILM)})
        player.play()
      })`)
    await video.page.click('#gesture')
    const { paused } = await video.reaches(1)
    expect(paused).toBe(false)
    expect(await video.do('player.muted()')).toBe(false)
  })
})
