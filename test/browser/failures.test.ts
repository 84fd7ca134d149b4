import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  HLS,
  openPage,
  openStage,
  SMALL_BUFFER,
  type Stage,
  see,
  signings,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'

const FILM = { src: 'film', type: HLS }
const QUICK = { maxAttempts: 3, baseDelayMs: 50, maxDelayMs: 200, timeoutMs: 1_000 }
const WELL: Partial<StageSettings> = {
  endpointStatus: null,
  endpointBody: null,
  endpointDead: false,
  endpointRedirect: null,
  endpointDelayMs: 0,
  refuse: 'none',
  issuedDead: false,
}

/** A fault, the error type it ends in, and how many signing requests it takes to get there. */
const FAULTS: readonly [
  fault: string,
  settings: Partial<StageSettings>,
  errorType: string,
  most: number,
  options?: object,
][] = [
  ['an endpoint that answers 403', { endpointStatus: 403 }, 'signed-url-denied', 1],
  ['an endpoint that answers 402', { endpointStatus: 402 }, 'signed-url-denied', 1],
  ['an endpoint that answers 503', { endpointStatus: 503 }, 'signed-url-unavailable', 3],
  ['an endpoint whose connection breaks off', { endpointDead: true }, 'signed-url-unavailable', 3],
  [
    'an endpoint that does not answer in time',
    { endpointDelayMs: 3_000 },
    'signed-url-unavailable',
    3,
    { retry: { ...QUICK, timeoutMs: 300 } },
  ],
  ['an empty body', { endpointBody: '' }, 'signed-url-invalid', 3],
  [
    'HTML',
    { endpointBody: '<!doctype html><title>Log in</title>', endpointContentType: 'text/html' },
    'signed-url-invalid',
    3,
  ],
  ['JSON without url', { endpointBody: '{"link":"https://cdn.example/film.m3u8"}' }, 'signed-url-invalid', 3],
  ['a javascript: URL', { endpointBody: '{"url":"javascript:alert(1)"}' }, 'signed-url-invalid', 3],
  ['an ftp: URL', { endpointBody: '{"url":"ftp://cdn.example/film.m3u8"}' }, 'signed-url-invalid', 3],
  ['an origin outside allowedOrigins', {}, 'signed-url-invalid', 3, { allowedOrigins: ['https://cdn.example'] }],
  ['a URL that is already expired and refused', { issuedDead: true }, 'signed-url-invalid', 3],
  ['a CDN that refuses fresh URLs too', { refuse: 'all' }, 'signed-url-refused', 3],
  ['a denial, with another film set after it', { endpointStatus: 404 }, 'signed-url-denied', 1, {}],
]

describe('what ends in an error', () => {
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

  const shown = async (name = 'film') => (await see(page, name)).error

  it.each(FAULTS)('%s', async (_fault, settings, errorType, most, options) => {
    const stage = await openStage(settings)
    await startFilm(page, {
      name: 'film',
      plugin: { endpoint: stage.endpoint, retry: QUICK, ...options },
      source: FILM,
    })
    await until(async () => (await shown()) !== null, 'the error')
    await new Promise((resolve) => setTimeout(resolve, 1_000))

    const { error, events, currentSource, status, stats } = await see(page, 'film')
    expect(error).toMatchObject({ code: 2, errorType, causeName: 'SignedUrlError' })
    expect(error?.message).toMatch(/^[A-Z].*\.$/)
    expect(status).toBe('failed')
    expect(currentSource).toEqual(FILM)
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
    expect(events.filter(({ type, data }) => type === 'signedurlfailed' && data.willRetry === false)).toHaveLength(1)
    expect(stats.signings).toBeLessThanOrEqual(most)
    // A browser repeats a GET by itself when a kept-alive connection breaks: then the server counts more than was asked for.
    if (!settings.endpointDead) expect(signings(await stage.log()).length).toBeLessThanOrEqual(most)
    expectNoToken(await seen(page), await stage.log())

    // Once the fault has passed the player plays again: after refresh(), and after src().
    if (options === undefined) {
      await stage.set(WELL)
      await page.evaluate(() => window.lab.player('film').signedUrl().refresh())
      expect(await untilPosition(page, 'film', 1)).toMatchObject({ error: null, paused: false })
      return
    }
    const well = await openStage()
    await page.evaluate(
      (src: string) => {
        const player = window.lab.player('film')
        player.src({ src, type: 'application/x-mpegURL', signed: false })
        player.play()
      },
      await signedBy(well),
    )
    expect((await untilPosition(page, 'film', 1)).error).toBeNull()
  })

  it('rejects refresh() with a SignedUrlError that holds no token, while the error stays', async () => {
    const stage = await openStage({ endpointStatus: 403 })
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, retry: QUICK }, source: FILM })
    await until(async () => (await shown()) !== null, 'the error')
    const rejection = await page.evaluate(() =>
      window.lab
        .player('film')
        .signedUrl()
        .refresh()
        .then(
          () => 'resolved',
          (error) => ({ name: error.name, code: error.code, status: error.status }),
        ),
    )
    expect(rejection).toEqual({ name: 'SignedUrlError', code: 'signed-url-denied', status: 403 })
    expect(await shown()).toMatchObject({ errorType: 'signed-url-denied' })
  })

  it('raises nothing while the buffer lasts, then once, and goes on at the place after refresh()', async () => {
    const stage = await openStage({ lifeMs: 4_000 })
    await startFilm(page, {
      name: 'film',
      plugin: { endpoint: stage.endpoint, retry: QUICK, hls: SMALL_BUFFER },
      source: FILM,
    })
    await untilPosition(page, 'film', 2)
    await stage.set({ endpointStatus: 503 })
    await until(
      async () =>
        (await see(page, 'film')).events.some(
          ({ type, data }) => type === 'signedurlfailed' && data.willRetry === false,
        ),
      'the plugin to give up',
    )
    expect(await shown(), 'while there is something to play').toBeNull()
    await until(async () => (await shown()) !== null, 'the error')
    const { position, events, error } = await see(page, 'film')
    expect(error).toMatchObject({ errorType: 'signed-url-unavailable' })
    expect(position).toBeGreaterThan(5)
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
    await stage.set(WELL)
    await page.evaluate(() => window.lab.player('film').signedUrl().refresh())
    const after = await untilPosition(page, 'film', position + 2)
    expect(after.error).toBeNull()
    expect(after.events.filter(({ type }) => type === 'loadstart')).toHaveLength(1)
    expect(after.events.filter(({ type }) => type === 'seeking')).toEqual([])
  })

  it('plays on unseen when the endpoint is down for a while, shorter than the buffer', async () => {
    const stage = await openStage({ lifeMs: 4_000 })
    const retry = { maxAttempts: 2, baseDelayMs: 50, maxDelayMs: 500 }
    const hls = { maxBufferLength: 10, maxMaxBufferLength: 10 }
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, retry, hls }, source: FILM })
    await untilPosition(page, 'film', 3)
    await stage.set({ endpointStatus: 503 })
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    await stage.set(WELL)
    const { error, starvedMs, events, stats } = await untilPosition(page, 'film', 20)
    expect(stats.failures, 'attempts of a refresh that failed').toBeGreaterThanOrEqual(2)
    expect(error).toBeNull()
    expect(starvedMs).toBe(0)
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
  })

  it('recovers from a fatal media error once, at the place and without a source event, and shows a second one', async () => {
    const stage = await openStage()
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, hls: SMALL_BUFFER }, source: FILM })
    const { position } = await untilPosition(page, 'film', 4)
    // What a broken segment does: the source buffers of this MediaSource take nothing more.
    await page.evaluate(() => {
      const { appendBuffer } = SourceBuffer.prototype
      const { createObjectURL } = URL
      let isBroken = true
      SourceBuffer.prototype.appendBuffer = function (data: BufferSource) {
        if (isBroken) throw new Error('broken on purpose')
        appendBuffer.call(this, data)
      }
      URL.createObjectURL = (source) => {
        isBroken = false
        return createObjectURL.call(URL, source)
      }
      Object.assign(window, { breakAgain: () => (isBroken = true) })
    })
    const recovered = await untilPosition(page, 'film', position + 8)
    expect(recovered.error).toBeNull()
    expect(recovered.currentSource).toEqual(FILM)
    expect(recovered.events.filter(({ type }) => type === 'sourceset')).toHaveLength(1)
    expect(
      recovered.events.filter(({ type }) => type === 'loadstart'),
      'the recovery really happened',
    ).toHaveLength(2)

    await page.evaluate('breakAgain()')
    await until(async () => (await shown()) !== null, 'the error')
    expect(await shown()).toMatchObject({ code: 3 })
    expect((await see(page, 'film')).events.filter(({ type }) => type === 'loadstart')).toHaveLength(2)
  })

  it('repairs refusals that carry no CORS headers', async () => {
    // No clue to the CDN's clock, and a refusal that shows as status 0: the hardest case.
    const stage = await openStage({
      lifeMs: 4_000,
      refusalCors: false,
      clockSkewMs: 3_600_000,
      endpointClock: 'machine',
    })
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, hls: SMALL_BUFFER }, source: FILM })
    const { error, starvedMs, events } = await untilPosition(page, 'film', 14)
    expect(error).toBeNull()
    expect(starvedMs).toBe(0)
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
  })

  it('shows no token in any event, message, error or console line, through every kind of failure', async () => {
    const stage = await openStage({ lifeMs: 3_000 })
    await startFilm(page, {
      name: 'film',
      plugin: { endpoint: stage.endpoint, retry: QUICK, hls: SMALL_BUFFER },
      source: FILM,
    })
    await untilPosition(page, 'film', 2)
    await stage.set({ refuse: 'all' })
    await until(async () => (await shown()) !== null, 'the refusal')
    await stage.set({
      ...WELL,
      endpointBody: '{"url":"https://cdn.example/videos/1_x/s3cretTokens3cretToken/1999999999/a.m3u8", oops',
    })
    await page.evaluate(() =>
      window.lab
        .player('film')
        .signedUrl()
        .refresh()
        .catch(() => {}),
    )
    await stage.set({ ...WELL, endpointDead: true })
    await page.evaluate(() =>
      window.lab
        .player('film')
        .signedUrl()
        .refresh()
        .catch(() => {}),
    )
    await stage.set(WELL)
    await page.evaluate(() => window.lab.player('film').signedUrl().refresh())
    await until(async () => (await shown()) === null, 'the film to go on')
    const text = await seen(page)
    expectNoToken(text, await stage.log())
    expect(text).not.toContain('s3cretToken')
  })

  it.each([
    ['hls.js', FILM, 'master.m3u8'],
    // Of an HLS playlist that holds nothing VHS itself says nothing.
    ['VHS', { src: 'film/manifest.mpd', type: 'application/dash+xml' }, 'manifest.mpd'],
  ])(
    'a login page in place of the film, with status 200: the error of %s, with what the plugin knows',
    async (_title, source, file) => {
      const stage = await openStage({ mediaBody: '<!doctype html><title>Log in</title>' })
      await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, retry: QUICK }, source })
      await until(async () => (await shown()) !== null, 'the error of the engine')
      const text = await seen(page)
      const known = await page.evaluate("String(lab.player('film').error().cause?.message)")
      expect(known).toMatch(/The signed URL is fresh; 0 requests were refused\. http:\S+ was answered by a page\.$/)
      expect(known).toContain(`/…/${file} was`)
      expectNoToken(text, await stage.log())
      expect(signings(await stage.log())).toHaveLength(1)
    },
  )
})

/** A URL of the film, signed by a stage as the page would have got it. */
async function signedBy(stage: Stage): Promise<string> {
  const answer = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=film`)
  return ((await answer.json()) as { url: string }).url
}

/** Everything a log or an analytics script could have picked up. */
async function seen(page: Page): Promise<string> {
  const events = await page.evaluate(() => {
    const { events, error } = window.lab.see('film')
    const shown = window.lab.player('film').error() as { cause?: Error } | null
    const { name, message, stack, cause } = shown?.cause ?? {}
    return JSON.stringify([events, error, { name, message, stack, cause: String(cause) }])
  })
  return [events, ...page.consoleText()].join('\n')
}

/** The log keeps which issue a token was, not the token: so look for anything of a token's shape. */
function expectNoToken(text: string, log: readonly { path: string }[]): void {
  expect(log.length).toBeGreaterThan(0)
  expect(text).not.toMatch(/\/[\w-]{22}\/\d{10}\//)
  expect(text).not.toMatch(/videos\/t\d+-\d+_film\/[\w-]{10,}/)
}
