import { describe, expect, inject } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { DASH, HLS, openStage, type Stage, signings } from '../support/site.js'
import { FILM, type Video } from '../support/video.js'
import type { Sighting } from './pages/lab.js'

const it = inBrowser('chromium')
const FOREVER = { lifeMs: 3_600_000 }
const QUICK = { maxAttempts: 3, baseDelayMs: 50, maxDelayMs: 200, timeoutMs: 1_000 }
const HEALTHY: Partial<StageSettings> = {
  endpointStatus: null,
  endpointBody: null,
  endpointDead: false,
  endpointRedirect: null,
  endpointDelayMs: 0,
  refuse: 'none',
  issuedDead: false,
}

interface Fault {
  readonly fault: string
  readonly settings: Partial<StageSettings>
  readonly errorType: string
  /** The most signing requests allowed before the error. */
  readonly maxSignings: number
  /** Options of the plugin. A row that has them recovers by setting another source, the others by `refresh()`. */
  readonly plugin?: object
  readonly tags?: string[]
}

const invalid = { errorType: 'signed-url-invalid', maxSignings: 3 }
const FAULTS: readonly Fault[] = [
  {
    fault: 'the endpoint returns 403',
    settings: { endpointStatus: 403 },
    errorType: 'signed-url-denied',
    maxSignings: 1,
  },
  {
    fault: 'the endpoint returns 402',
    settings: { endpointStatus: 402 },
    errorType: 'signed-url-denied',
    maxSignings: 1,
    ...FULL,
  },
  {
    fault: 'the endpoint returns 503',
    settings: { endpointStatus: 503 },
    errorType: 'signed-url-unavailable',
    maxSignings: 3,
    ...FULL,
  },
  {
    fault: 'the endpoint drops the connection',
    settings: { endpointDead: true },
    errorType: 'signed-url-unavailable',
    maxSignings: 3,
  },
  {
    fault: 'the endpoint does not respond in time',
    settings: { endpointDelayMs: 60_000 },
    errorType: 'signed-url-unavailable',
    maxSignings: 3,
    plugin: { retry: { ...QUICK, timeoutMs: 300 } },
    ...FULL,
  },
  { fault: 'the response body is empty', settings: { endpointBody: '' }, ...invalid, ...FULL },
  {
    fault: 'the response is HTML',
    settings: { endpointBody: '<!doctype html><title>Log in</title>', endpointContentType: 'text/html' },
    ...invalid,
  },
  {
    fault: 'the response is JSON without url',
    settings: { endpointBody: '{"link":"https://cdn.example/film.m3u8"}' },
    ...invalid,
    ...FULL,
  },
  {
    fault: 'the response holds a javascript: URL',
    settings: { endpointBody: '{"url":"javascript:alert(1)"}' },
    ...invalid,
    ...FULL,
  },
  {
    fault: 'the response holds an ftp: URL',
    settings: { endpointBody: '{"url":"ftp://cdn.example/film.m3u8"}' },
    ...invalid,
    ...FULL,
  },
  {
    fault: 'the URL’s origin is not in allowedOrigins',
    settings: {},
    ...invalid,
    plugin: { allowedOrigins: ['https://cdn.example'] },
    ...FULL,
  },
  { fault: 'the URL is already expired and the CDN refuses it', settings: { issuedDead: true }, ...invalid },
  {
    fault: 'the CDN refuses fresh URLs too',
    settings: { refuse: 'all' },
    errorType: 'signed-url-refused',
    maxSignings: 3,
  },
  {
    fault: 'the endpoint returns 404, and the page sets another video',
    settings: { endpointStatus: 404 },
    errorType: 'signed-url-denied',
    maxSignings: 1,
    plugin: {},
    ...FULL,
  },
]

const gaveUp = ({ events }: Sighting) =>
  events.filter(({ type, data }) => type === 'signedurlfailed' && data.willRetry === false)
const errors = ({ events }: Sighting) => events.filter(({ type }) => type === 'error')

describe('error handling', () => {
  for (const { fault, settings, errorType, maxSignings, plugin, ...options } of FAULTS)
    it(`shows one error, then recovers, when ${fault}`, options, async ({ play }) => {
      const video = await play(settings, { plugin: { retry: QUICK, ...plugin } })
      await video.fails()
      // Longer than any wait before a retry, plus the time that one may take.
      await new Promise((resolve) => setTimeout(resolve, 2 * QUICK.maxDelayMs + QUICK.timeoutMs))
      const seen = await video.see()
      const { error, currentSource, status, stats } = seen
      expect(error).toMatchObject({ code: 2, errorType, causeName: 'SignedUrlError' })
      expect(error?.message).toMatch(/^[A-Z].*\.$/)
      expect(status).toBe('failed')
      expect(currentSource).toEqual(FILM)
      expect(errors(seen)).toHaveLength(1)
      expect(gaveUp(seen)).toHaveLength(1)
      expect(stats.signings).toBeGreaterThanOrEqual(1)
      expect(stats.signings).toBeLessThanOrEqual(maxSignings)
      expect(signings(await video.log()).length).toBeLessThanOrEqual(maxSignings)
      await expectNoToken(video)

      // After the fault has passed, refresh() and src() both make the player play again.
      if (plugin === undefined) {
        await video.stage.set(HEALTHY)
        await video.refresh()
        expect(await video.reaches(1)).toMatchObject({ error: null, paused: false })
        return
      }
      const src = await signedBy(await openStage(FOREVER))
      await video.set({ src, type: HLS, signed: false })
      expect((await video.reaches(1)).error).toBeNull()
    })

  it(
    'rejects refresh() with a SignedUrlError that holds no token, and keeps showing the error',
    FULL,
    async ({ play }) => {
      const video = await play({ endpointStatus: 403 }, { plugin: { retry: QUICK } })
      await video.fails()
      const rejection = await video.do(`player.signedUrl().refresh().then(
      () => 'resolved',
      ({ name, code, status }) => ({ name, code, status }),
    )`)
      expect(rejection).toEqual({ name: 'SignedUrlError', code: 'signed-url-denied', status: 403 })
      expect((await video.see()).error).toMatchObject({ errorType: 'signed-url-denied' })
    },
  )

  it('shows no error until the buffer runs out, then one, and resumes at the same position after refresh()', async ({
    play,
  }) => {
    const video = await play({ lifeMs: 3_000 }, { plugin: { retry: QUICK } })
    await video.reaches(1)
    await video.stage.set({ endpointStatus: 503 })
    await video.until((seen) => gaveUp(seen).length > 0, 'the plugin to give up')
    const seen = await video.fails()
    expect(seen.error).toMatchObject({ errorType: 'signed-url-unavailable' })
    expect(errors(seen)).toHaveLength(1)
    expect(errors(seen)[0]?.ahead, 'seconds buffered at the error').toBeLessThan(0.5)
    expect(errors(seen)[0]?.position, 'position at the error').toBeGreaterThan(gaveUp(seen)[0]?.position ?? 0)
    await video.stage.set(HEALTHY)
    await video.refresh()
    const after = await video.reaches(seen.position + 2)
    expect(after.error).toBeNull()
    expect(after.events.filter(({ type }) => type === 'loadstart')).toHaveLength(1)
    expect(after.events.filter(({ type }) => type === 'seeking')).toEqual([])
  })

  it('keeps playing through an endpoint outage that is shorter than the buffer', async ({ play }) => {
    const retry = { maxAttempts: 2, baseDelayMs: 50, maxDelayMs: 500 }
    const hls = { maxBufferLength: 12, maxMaxBufferLength: 12 }
    const video = await play({ lifeMs: 3_000 }, { plugin: { retry, hls } })
    await video.reaches(1)
    await video.stage.set({ endpointStatus: 503 })
    const down = await video.until((seen) => gaveUp(seen).length > 0, 'the plugin to give up')
    expect(down.error, 'error while there is still something to play').toBeNull()
    await video.stage.set(HEALTHY)
    const up = await video.until(({ stats }) => (stats.refreshes ?? 0) > (down.stats.refreshes ?? 0), 'a refresh')
    const { error, starvedMs, ...seen } = await video.reaches(up.bufferedEnd + 1)
    expect(error).toBeNull()
    expect(starvedMs).toBe(0)
    expect(errors({ error, starvedMs, ...seen })).toEqual([])
  })

  it('recovers from one fatal media error at the same position without setting the source again, and shows the next error', async ({
    play,
  }) => {
    const video = await play(FOREVER)
    const { position } = await video.reaches(2)
    // As after a broken segment, the source buffers of this MediaSource accept nothing more.
    await video.do(`
      const { appendBuffer } = SourceBuffer.prototype
      const { createObjectURL } = URL
      let isBroken = true
      SourceBuffer.prototype.appendBuffer = function (data) {
        if (isBroken) throw new Error('broken on purpose')
        appendBuffer.call(this, data)
      }
      URL.createObjectURL = (source) => {
        isBroken = false
        return createObjectURL.call(URL, source)
      }
      window.breakAgain = () => { isBroken = true }`)
    const recovered = await video.reaches(position + 8)
    const count = (seen: Sighting, wanted: string) => seen.events.filter(({ type }) => type === wanted).length
    expect(recovered.error).toBeNull()
    expect(recovered.currentSource).toEqual(FILM)
    expect(count(recovered, 'sourceset')).toBe(1)
    expect(count(recovered, 'loadstart'), 'the recovery really happened').toBe(2)

    await video.do('breakAgain()')
    const failed = await video.fails()
    expect(failed.error).toMatchObject({ code: 3 })
    expect(count(failed, 'loadstart')).toBe(2)
  })

  it('recovers from refusals without CORS headers', async ({ play }) => {
    // The hardest case: no hint of the CDN's clock, and refusals that read as status 0.
    const settings = { lifeMs: 3_000, refusalCors: false, clockSkewMs: 3_600_000, endpointClock: 'machine' } as const
    const { seen } = await (await play(settings)).outlives(3)
    expect(seen.error).toBeNull()
    expect(seen.starvedMs).toBe(0)
    expect(errors(seen)).toEqual([])
  })

  it('leaks no token into any event, message, error or console line, through every kind of failure', async ({
    play,
  }) => {
    const video = await play({ lifeMs: 3_000 }, { plugin: { retry: QUICK } })
    await video.reaches(1)
    await video.stage.set({ refuse: 'all' })
    await video.fails()
    const secret = 's3cretTokens3cretToken'
    const endpointBody = `{"url":"https://cdn.example/videos/1_x/${secret}/1999999999/a.m3u8", oops`
    const refreshInVain = () => video.do('player.signedUrl().refresh().catch(() => {})')
    await video.stage.set({ ...HEALTHY, endpointBody })
    await refreshInVain()
    await video.stage.set({ ...HEALTHY, endpointDead: true })
    await refreshInVain()
    await video.stage.set(HEALTHY)
    await video.refresh()
    await video.until(({ error }) => error === null, 'the video to resume')
    expect(await expectNoToken(video)).not.toContain(secret)
  })

  for (const { engine, source, file, ...options } of [
    { engine: 'hls.js', source: FILM, file: 'master.m3u8' },
    // VHS itself reports no error for an HLS playlist with nothing in it.
    { engine: 'VHS', source: { src: 'film/manifest.mpd', type: DASH }, file: 'manifest.mpd', ...FULL },
  ])
    it(
      `shows the error of ${engine} with the plugin’s diagnosis when a login page with status 200 replaces the video`,
      options,
      async ({ play }) => {
        const settings = { ...FOREVER, mediaBody: '<!doctype html><title>Log in</title>' }
        const video = await play(settings, { plugin: { retry: QUICK }, source })
        await video.fails()
        const known = await video.do('String(player.error().cause?.message)')
        expect(known).toMatch(/The signed URL is fresh; 0 requests were refused\. http:\S+ was answered by a page\.$/)
        expect(known).toContain(`/…/${file} was`)
        await expectNoToken(video)
        expect(signings(await video.log())).toHaveLength(1)
      },
    )
})

/** A URL of the video that `stage` signed for the page. */
async function signedBy(stage: Stage): Promise<string> {
  const answer = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=film`)
  return ((await answer.json()) as { url: string }).url
}

/** Returns everything that a log or an analytics script could pick up, after checking that it holds no token. */
async function expectNoToken(video: Video): Promise<string> {
  const inPage = await video.do<string>(`
    const { events, error } = lab.see('film')
    const { name, message, stack, cause } = player.error()?.cause ?? {}
    JSON.stringify([events, error, { name, message, stack, cause: String(cause) }])`)
  const text = [inPage, ...video.page.consoleText()].join('\n')
  expect(text).toContain('sourceset')
  // The log keeps the issue number, not the token, so look for anything shaped like a token.
  expect(text).not.toMatch(/\/[\w-]{22}\/\d{10}\//)
  expect(text).not.toMatch(/videos\/t\d+-\d+_film\/[\w-]{10,}/)
  return text
}
