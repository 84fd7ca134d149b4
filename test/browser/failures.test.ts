import { describe, expect, inject } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { DASH, HLS, openStage, type Stage, signings } from '../support/site.js'
import { FILM, type Video } from '../support/video.js'
import type { Sighting } from './pages/lab.js'

const it = inBrowser('chromium')
const FOR_EVER = { lifeMs: 3_600_000 }
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

interface Fault {
  readonly fault: string
  readonly settings: Partial<StageSettings>
  readonly errorType: string
  /** Signing requests that it takes at most to get there. */
  readonly most: number
  /** Options of the plugin; with any the row goes on by another source, else by `refresh()`. */
  readonly plugin?: object
  readonly tags?: string[]
}

const invalid = { errorType: 'signed-url-invalid', most: 3 }
const FAULTS: readonly Fault[] = [
  { fault: 'an endpoint that answers 403', settings: { endpointStatus: 403 }, errorType: 'signed-url-denied', most: 1 },
  {
    fault: 'an endpoint that answers 402',
    settings: { endpointStatus: 402 },
    errorType: 'signed-url-denied',
    most: 1,
    ...FULL,
  },
  {
    fault: 'an endpoint that answers 503',
    settings: { endpointStatus: 503 },
    errorType: 'signed-url-unavailable',
    most: 3,
    ...FULL,
  },
  {
    fault: 'an endpoint whose connection breaks off',
    settings: { endpointDead: true },
    errorType: 'signed-url-unavailable',
    most: 3,
  },
  {
    fault: 'an endpoint that does not answer in time',
    settings: { endpointDelayMs: 60_000 },
    errorType: 'signed-url-unavailable',
    most: 3,
    plugin: { retry: { ...QUICK, timeoutMs: 300 } },
    ...FULL,
  },
  { fault: 'an empty body', settings: { endpointBody: '' }, ...invalid, ...FULL },
  {
    fault: 'HTML',
    settings: { endpointBody: '<!doctype html><title>Log in</title>', endpointContentType: 'text/html' },
    ...invalid,
  },
  {
    fault: 'JSON without url',
    settings: { endpointBody: '{"link":"https://cdn.example/film.m3u8"}' },
    ...invalid,
    ...FULL,
  },
  { fault: 'a javascript: URL', settings: { endpointBody: '{"url":"javascript:alert(1)"}' }, ...invalid, ...FULL },
  { fault: 'an ftp: URL', settings: { endpointBody: '{"url":"ftp://cdn.example/film.m3u8"}' }, ...invalid, ...FULL },
  {
    fault: 'an origin outside allowedOrigins',
    settings: {},
    ...invalid,
    plugin: { allowedOrigins: ['https://cdn.example'] },
    ...FULL,
  },
  { fault: 'a URL that is already expired and refused', settings: { issuedDead: true }, ...invalid },
  { fault: 'a CDN that refuses fresh URLs too', settings: { refuse: 'all' }, errorType: 'signed-url-refused', most: 3 },
  {
    fault: 'a denial, with another video set after it',
    settings: { endpointStatus: 404 },
    errorType: 'signed-url-denied',
    most: 1,
    plugin: {},
    ...FULL,
  },
]

const gaveUp = ({ events }: Sighting) =>
  events.filter(({ type, data }) => type === 'signedurlfailed' && data.willRetry === false)
const errors = ({ events }: Sighting) => events.filter(({ type }) => type === 'error')

describe('what ends in an error', () => {
  for (const { fault, settings, errorType, most, plugin, ...options } of FAULTS)
    it(fault, options, async ({ play }) => {
      const video = await play(settings, { plugin: { retry: QUICK, ...plugin } })
      await video.fails()
      // Longer than any pause before another try, and the time that one may take.
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
      expect(stats.signings).toBeLessThanOrEqual(most)
      expect(signings(await video.log()).length).toBeLessThanOrEqual(most)
      await expectNoToken(video)

      // Once the fault has passed the player plays again: after refresh(), and after src().
      if (plugin === undefined) {
        await video.stage.set(WELL)
        await video.refresh()
        expect(await video.reaches(1)).toMatchObject({ error: null, paused: false })
        return
      }
      const src = await signedBy(await openStage(FOR_EVER))
      await video.set({ src, type: HLS, signed: false })
      expect((await video.reaches(1)).error).toBeNull()
    })

  it('rejects refresh() with a SignedUrlError that holds no token, while the error stays', FULL, async ({ play }) => {
    const video = await play({ endpointStatus: 403 }, { plugin: { retry: QUICK } })
    await video.fails()
    const rejection = await video.do(`player.signedUrl().refresh().then(
      () => 'resolved',
      ({ name, code, status }) => ({ name, code, status }),
    )`)
    expect(rejection).toEqual({ name: 'SignedUrlError', code: 'signed-url-denied', status: 403 })
    expect((await video.see()).error).toMatchObject({ errorType: 'signed-url-denied' })
  })

  it('raises nothing while the buffer lasts, then once, and goes on at the place after refresh()', async ({ play }) => {
    const video = await play({ lifeMs: 3_000 }, { plugin: { retry: QUICK } })
    await video.reaches(1)
    await video.stage.set({ endpointStatus: 503 })
    await video.until((seen) => gaveUp(seen).length > 0, 'the plugin to give up')
    const seen = await video.fails()
    expect(seen.error).toMatchObject({ errorType: 'signed-url-unavailable' })
    expect(errors(seen)).toHaveLength(1)
    expect(errors(seen)[0]?.ahead, 's still loaded at the error').toBeLessThan(0.5)
    expect(errors(seen)[0]?.position, 'position at the error').toBeGreaterThan(gaveUp(seen)[0]?.position ?? 0)
    await video.stage.set(WELL)
    await video.refresh()
    const after = await video.reaches(seen.position + 2)
    expect(after.error).toBeNull()
    expect(after.events.filter(({ type }) => type === 'loadstart')).toHaveLength(1)
    expect(after.events.filter(({ type }) => type === 'seeking')).toEqual([])
  })

  it('plays on unseen when the endpoint is down for a while, shorter than the buffer', async ({ play }) => {
    const retry = { maxAttempts: 2, baseDelayMs: 50, maxDelayMs: 500 }
    const hls = { maxBufferLength: 12, maxMaxBufferLength: 12 }
    const video = await play({ lifeMs: 3_000 }, { plugin: { retry, hls } })
    await video.reaches(1)
    await video.stage.set({ endpointStatus: 503 })
    const down = await video.until((seen) => gaveUp(seen).length > 0, 'a refresh that is given up')
    expect(down.error, 'while there is something to play').toBeNull()
    await video.stage.set(WELL)
    const up = await video.until(({ stats }) => (stats.refreshes ?? 0) > (down.stats.refreshes ?? 0), 'a refresh')
    const { error, starvedMs, ...seen } = await video.reaches(up.bufferedEnd + 1)
    expect(error).toBeNull()
    expect(starvedMs).toBe(0)
    expect(errors({ error, starvedMs, ...seen })).toEqual([])
  })

  it('recovers from a fatal media error once, at the place and without a source event, and shows a second one', async ({
    play,
  }) => {
    const video = await play(FOR_EVER)
    const { position } = await video.reaches(2)
    // What a broken segment does: the source buffers of this MediaSource take nothing more.
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

  it('repairs refusals that carry no CORS headers', async ({ play }) => {
    // No clue to the CDN's clock, and a refusal that shows as status 0: the hardest case.
    const settings = { lifeMs: 3_000, refusalCors: false, clockSkewMs: 3_600_000, endpointClock: 'machine' } as const
    const { seen } = await (await play(settings)).outlives(3)
    expect(seen.error).toBeNull()
    expect(seen.starvedMs).toBe(0)
    expect(errors(seen)).toEqual([])
  })

  it('shows no token in any event, message, error or console line, through every kind of failure', async ({ play }) => {
    const video = await play({ lifeMs: 3_000 }, { plugin: { retry: QUICK } })
    await video.reaches(1)
    await video.stage.set({ refuse: 'all' })
    await video.fails()
    const secret = 's3cretTokens3cretToken'
    const endpointBody = `{"url":"https://cdn.example/videos/1_x/${secret}/1999999999/a.m3u8", oops`
    const refreshInVain = () => video.do('player.signedUrl().refresh().catch(() => {})')
    await video.stage.set({ ...WELL, endpointBody })
    await refreshInVain()
    await video.stage.set({ ...WELL, endpointDead: true })
    await refreshInVain()
    await video.stage.set(WELL)
    await video.refresh()
    await video.until(({ error }) => error === null, 'the video to go on')
    expect(await expectNoToken(video)).not.toContain(secret)
  })

  for (const { engine, source, file, ...options } of [
    { engine: 'hls.js', source: FILM, file: 'master.m3u8' },
    // Of an HLS playlist that holds nothing VHS itself says nothing.
    { engine: 'VHS', source: { src: 'film/manifest.mpd', type: DASH }, file: 'manifest.mpd', ...FULL },
  ])
    it(
      `a login page in place of the video, with status 200: the error of ${engine}, with what the plugin knows`,
      options,
      async ({ play }) => {
        const settings = { ...FOR_EVER, mediaBody: '<!doctype html><title>Log in</title>' }
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

/** A URL of the video, signed by a stage as the page would have got it. */
async function signedBy(stage: Stage): Promise<string> {
  const answer = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=film`)
  return ((await answer.json()) as { url: string }).url
}

/** Returns everything that a log or an analytics script could have picked up, after looking for tokens in it. */
async function expectNoToken(video: Video): Promise<string> {
  const inPage = await video.do<string>(`
    const { events, error } = lab.see('film')
    const { name, message, stack, cause } = player.error()?.cause ?? {}
    JSON.stringify([events, error, { name, message, stack, cause: String(cause) }])`)
  const text = [inPage, ...video.page.consoleText()].join('\n')
  expect(text).toContain('sourceset')
  // The log keeps which issue a token was, not the token: so look for anything of a token's shape.
  expect(text).not.toMatch(/\/[\w-]{22}\/\d{10}\//)
  expect(text).not.toMatch(/videos\/t\d+-\d+_film\/[\w-]{10,}/)
  return text
}
