import { describe, expect, inject } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { redactText } from '../../src/core/redact.js'
import { recordRow } from '../figures/record.js'
import { BROWSERS, TITLES } from '../support/browsers/index.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { describeRun, expectNoneRefused, expectUnseen, figuresOf } from '../support/judge.js'
import { DASH, HLS, isSegment, refused, type Stage, signings, until, untilSeen } from '../support/site.js'
import { FILM, issuesUsed, type Run, type Video } from '../support/video.js'

const it = inBrowser('chromium')
/** A row plays through three URL lifetimes, `npm run soak` for 60 s. */
const LIFE_MS = process.env.SOAK ? 4_000 : 3_000
const SOAK_S = 60
const FOREVER = { lifeMs: 3_600_000 }
const QUICK = { maxAttempts: 3, baseDelayMs: 50, maxDelayMs: 1_000, timeoutMs: 1_000 }
const LOGIN_PAGE = '<!doctype html><title>Log in</title><form action="/login"><input name="user"></form>'

const MPD = { src: 'film/manifest.mpd', type: DASH }
const FORMATS = [
  ['HLS', FILM],
  ['DASH', MPD],
] as const
interface Source {
  readonly src: string
  readonly type: string
}

/** What a page sees of VHS besides the player's own events. */
interface VhsSighting {
  /** Playlists that are currently excluded. */
  excluded: number
  /** What VHS did because a playlist or a segment failed. */
  emergencies: string[]
  errors: { code: number; message: string }[]
  /** Metadata of the events that carry URIs, as JSON. */
  metadata: string[]
  /** The URLs that requests were sent to, as the page's hooks see them. */
  requested: string[]
  answered: number[]
  /** Whether VHS waits for a segment. */
  isLoading: boolean
  aborted: number
}

/** The internals of VHS that the tests read. */
interface VhsInternals {
  xhr: {
    onRequest(hook: (options: { uri: string }) => object): void
    onResponse(hook: (request: object, error: unknown, response: { statusCode: number }) => void): void
  }
  playlists: { main?: { playlists: { excludeUntil?: number }[] } }
  playlistController_: { mainSegmentLoader_: { state: string } }
  stats: { mediaRequestsAborted: number }
}

type Play = InBrowser['play']

/** Runs in the page: records what VHS does from now on. */
function watchVhs(): void {
  const player = window.lab.player('film')
  const tech = player.tech(true) as ReturnType<typeof player.tech> & { vhs?: VhsInternals }
  const seen = { emergencies: [], errors: [], metadata: [], requested: [], answered: [] } as {
    [Key in 'emergencies' | 'errors' | 'metadata' | 'requested' | 'answered']: unknown[]
  }
  tech.on(['excludeplaylist', 'retryplaylist', 'playliststuck'], ({ type }: Event) => seen.emergencies.push(type))
  player.on('error', () => seen.errors.push({ code: player.error()?.code, message: player.error()?.message }))
  const withUris = ['playlistrequeststart', 'playlistparsecomplete', 'manifestrequeststart', 'segmentselected']
  player.on([...withUris, 'segmentloadstart', 'segmentloaded', 'appendsdone'], (event: { metadata?: unknown }) =>
    seen.metadata.push(JSON.stringify(event.metadata)),
  )
  player.on('xhr-hooks-ready', () => {
    tech.vhs?.xhr.onRequest((options) => {
      seen.requested.push(options.uri)
      return options
    })
    tech.vhs?.xhr.onResponse((_request, _error, { statusCode }) => seen.answered.push(statusCode))
  })
  Object.assign(window, {
    seeVhs: () => ({
      ...seen,
      excluded: tech.vhs?.playlists.main?.playlists.filter(({ excludeUntil }) => excludeUntil).length,
      isLoading: tech.vhs?.playlistController_.mainSegmentLoader_.state === 'WAITING',
      aborted: tech.vhs?.stats.mediaRequestsAborted,
    }),
  })
}

const seeVhs = ({ page }: Video) => page.evaluate<VhsSighting>('seeVhs()')

/**
 * If the MediaSource is still closed when the first response arrives, VHS reports an error itself; if it is open, VHS leaves that to the element.
 * Which happens first is a race. This makes the response win.
 */
const KEEP_CLOSED = "void Object.defineProperty(MediaSource.prototype, 'readyState', { get: () => 'closed' })"

/** Plays a video by VHS with the plugin, and records what VHS does from before the source is set. */
async function playByVhs(
  play: Play,
  source: Source,
  settings: Partial<StageSettings> = {},
  { plugin = {}, isClosed = false } = {},
): Promise<Video> {
  const video = await play(settings, { source: null, plugin: { engine: 'vhs', ...plugin } })
  if (isClosed) await video.page.evaluate(KEEP_CLOSED)
  await video.page.evaluate(watchVhs)
  await video.set(source)
  return video
}

/** Plays a signed URL without the plugin, and records what VHS does. */
async function playBare(
  play: Play,
  source: Source,
  settings: Partial<StageSettings>,
  isClosed = false,
): Promise<Video> {
  const video = await play(settings, { source: null, plugin: null })
  if (isClosed) await video.page.evaluate(KEEP_CLOSED)
  await video.page.evaluate(watchVhs)
  const answer = await fetch(`${inject('siteUrl')}${video.stage.endpoint}&resource=${encodeURIComponent(source.src)}`)
  await video.set({ ...source, src: ((await answer.json()) as { url: string }).url })
  return video
}

/** VHS does not play in WebKitGTK, even without the plugin: with 30 s buffered the element stays at HAVE_CURRENT_DATA. */
const VHS_BROWSERS = BROWSERS.filter((name) => name !== 'webkit')

/** `npm test` plays both formats in Chromium, and only DASH in Firefox. */
const optionsFor = (name: string, format: string) => (name === 'chromium' || format === 'DASH' ? {} : FULL)

for (const name of VHS_BROWSERS)
  describe(`VHS behind a URL that expires every ${LIFE_MS / 1000} s, in ${name}`, () => {
    const it = inBrowser(name)
    const outlive = async (video: Video) =>
      process.env.SOAK ? video.reaches(SOAK_S).then(() => video.run()) : video.outlives(3)

    const expectNothingExcluded = ({ excluded, emergencies }: VhsSighting) =>
      expect({ excluded, emergencies }).toEqual({ excluded: 0, emergencies: [] })

    for (const [format, source] of FORMATS)
      it(`plays ${format} exactly as with a lasting URL`, optionsFor(name, format), async ({ play }) => {
        const [lasting, dying] = await Promise.all([
          playByVhs(play, source, FOREVER),
          playByVhs(play, source, { lifeMs: LIFE_MS }),
        ])
        const run = await outlive(dying)
        const [vhs, control] = [await seeVhs(dying), await lasting.run()]
        console.info(describeRun(`VHS, ${format}, ${name}`, run))
        expectUnseen(control)
        expect(signings(control.log)).toHaveLength(1)
        expectUnseen(run, control)
        expectNoneRefused(run)
        expectNothingExcluded(vhs)
        expect(issuesUsed(run.log), 'URLs used for segments').toBeGreaterThanOrEqual(3)
        expect(run.seen.stats.seamlessRefreshes).toBe(run.seen.stats.refreshes)
        expect(run.seen).toMatchObject({ currentSource: source, src: source.src, currentSrc: source.src })
        expectRealUrlsOnlyInHooks(run, vhs)
        recordRow('vhs', { video: format, browser: TITLES[name], clock: 'as the device’s', ...figuresOf(run) })
      })

    // The core learns the offset, whatever the browser.
    for (const [format, source, clockSkewMs] of [
      ['HLS', FILM, 3_600_000],
      ['DASH', MPD, -3_600_000],
    ] as const)
      it(`plays ${format} without interruption when the CDN’s clock is an hour off`, FULL, async ({ play }) => {
        // Only the CDN's refusals reveal the offset: the endpoint's `Date` agrees with the device.
        const video = await playByVhs(play, source, { lifeMs: LIFE_MS, endpointClock: 'machine', clockSkewMs })
        const run = await outlive(video)
        console.info(describeRun(`VHS, ${format}, ${name}, CDN ${clockSkewMs > 0 ? 'ahead' : 'behind'}`, run))
        expectUnseen(run)
        expectNothingExcluded(await seeVhs(video))
        const refusals = refused(run.log).map(({ path, issue }) => `${path} by ${issue}`)
        // Video and audio are in flight at the same time.
        expect(refusals.length).toBeLessThanOrEqual(4)
        expect(new Set(refusals).size).toBe(refusals.length)
        const clock = clockSkewMs > 0 ? 'an hour ahead' : 'an hour behind'
        recordRow('vhs', { video: format, browser: TITLES[name], clock, ...figuresOf(run) })
      })
  })

/** The page's hooks see the URL that each request was sent to; VHS's events hold no token. */
function expectRealUrlsOnlyInHooks({ log }: Run, { requested, answered, metadata }: VhsSighting): void {
  // The hooks are read after the origin's log, which lacks requests sent since then.
  const files = log.filter(({ kind }) => kind === 'media')
  expect(requested.length).toBeGreaterThanOrEqual(files.length)
  const tokens = new Set(requested.map(tokenOf))
  expect(tokens.size).toBeGreaterThanOrEqual(new Set(files.map(({ issue }) => issue)).size)
  expect(new Set(answered)).toEqual(new Set([200]))
  expect(metadata.filter((text) => text.includes('http')).length).toBeGreaterThan(files.length)
  expect(metadata.filter((text) => [...tokens].some((token) => text.includes(token)))).toEqual([])
}

describe.each(FORMATS)('%s played by VHS', (format, source) => {
  /** `npm test` runs rows about VHS itself with one format. */
  const quick = format === 'HLS' ? {} : FULL

  it('plays with `preload="none"` once the viewer plays, in the turn of `src()` or later', FULL, async ({ play }) => {
    const of = { source: FILM, plugin: { engine: 'vhs' }, player: { preload: 'none' } }
    expect((await (await play({}, of)).reaches(2)).error).toBeNull()
    const later = await play({}, { ...of, autoplay: false })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(signings(await later.log())).toEqual([])
    await later.do('player.play(); undefined')
    expect((await later.reaches(2)).error).toBeNull()
  })

  it('drops pending requests when the viewer seeks far away while the endpoint is slow', quick, async ({ play }) => {
    const video = await playByVhs(play, source, { lifeMs: LIFE_MS })
    await video.reaches(2)
    await video.stage.set({ endpointDelayMs: 5_000 })
    // It waits for a segment while every request that was sent has been answered, so the one for the segment waits for a URL.
    // Looked at and acted on in one turn of the page: what is pending now may be over by the next.
    const aborted = await untilSeen(
      () =>
        video.do<number>(`{
          const { isLoading, requested, answered, aborted } = seeVhs()
          const isPending = isLoading && requested.length === answered.length && player.signedUrl().status === 'expired'
          if (isPending) player.currentTime(50)
          isPending ? aborted : -1
        }`),
      (count) => count >= 0,
      'VHS to wait for a URL',
    )
    const before = (await video.log()).length
    await until(async () => (await seeVhs(video)).aborted > aborted, 'VHS to abort')
    const { error } = await video.reaches(52)
    expect(error).toBeNull()
    const fetched = (await video.log()).slice(before).filter(isSegment)
    expect(fetched.length).toBeGreaterThan(0)
    expect(fetched.filter(({ path }) => /\d{3}\.m4s/.test(path) && numberOf(path) < 24)).toEqual([])
    expect((await seeVhs(video)).emergencies).toEqual([])
  })

  it('plays again, and reads back the same source, when the page sets it a second time', FULL, async ({ play }) => {
    const video = await playByVhs(play, source)
    const { position } = await video.reaches(1)
    await video.do('player.src(player.currentSource()); player.play()?.catch(() => {})')
    await video.until((seen) => seen.position < position, 'the second start')
    expect(await video.reaches(1)).toMatchObject({
      currentSource: source,
      currentSources: [source],
      src: source.src,
      currentSrc: source.src,
      error: null,
    })
  })

  for (const { when, from, ...options } of [
    { when: 'from the start', from: 0, ...FULL },
    { when: 'from mid-playback on', from: 2, ...FULL },
  ])
    it(
      `ends in one error when the CDN refuses every request ${when}, and resumes after refresh()`,
      options,
      async ({ play }) => {
        const video = await playByVhs(play, source, from === 0 ? { refuse: 'all' } : {}, { plugin: { retry: QUICK } })
        if (from > 0) {
          await video.reaches(from)
          await video.stage.set({ refuse: 'all' })
        }
        const { error, position } = await video.fails()
        const asked = signings(await video.log()).length
        expect(error).toMatchObject({ code: 2, errorType: 'signed-url-refused' })
        await new Promise((resolve) => setTimeout(resolve, 2 * QUICK.maxDelayMs))
        // The error is shown when the buffer has run out. By then single tries may be due, but no round of them.
        expect(signings(await video.log()).length - asked).toBeLessThan(QUICK.maxAttempts)
        const { events } = await video.see()
        expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
        expect(await seeVhs(video)).toMatchObject({ emergencies: [] })

        await video.stage.set({ refuse: 'none' })
        await video.refresh()
        expect((await video.reaches(position + 2)).error).toBeNull()
        expect(await seeVhs(video)).toMatchObject({ excluded: 0, emergencies: [] })
      },
    )
})

describe('VHS with the plugin', () => {
  for (const { what, src, type, file, ...options } of [
    { what: 'MPEG-TS segments', src: 'clips/ts/master.m3u8', type: HLS, file: /\d\.ts$/, ...FULL },
    { what: 'keys', src: 'clips/aes/master.m3u8', type: HLS, file: /^aes\/key\.bin$/, ...FULL },
    {
      what: 'byte ranges and init segments',
      src: 'clips/byterange/master.m3u8',
      type: HLS,
      file: /film\.mp4$/,
      ...FULL,
    },
    { what: 'segment indexes', src: 'indexed/index.mpd', type: DASH, file: /stream\d\.mp4$/ },
  ])
    it(`loads ${what} with current credentials through expiries`, options, async ({ play }) => {
      const video = await playByVhs(play, { src, type }, { lifeMs: LIFE_MS })
      const run = await video.outlives(2)
      expect(run.seen.error).toBeNull()
      expect(run.seen.starvedMs).toBe(0)
      expectNoneRefused(run)
      expect(
        run.log.filter(({ path, status }) => file.test(path) && [200, 206].includes(status)).length,
      ).toBeGreaterThan(0)
    })
})

/** The plugin repeats errors from before `loadstart`, because Video.js clears them at that event. */
const distinct = (errors: VhsSighting['errors']) => [...new Set(errors.map((error) => JSON.stringify(error)))]

/* How VHS handles a broken video is up to VHS. The plugin adds nothing to it, and slows it down where it would retry without end. */
describe.each(FORMATS)('VHS with a broken %s video', (_format, source) => {
  /** Long enough for VHS to try everything it can. */
  const WATCH_MS = 6_000

  /** Plays without and with the plugin side by side, until the player with it has been through what the other has. */
  const watch = async (play: Play, fault: Partial<StageSettings>, from: number) => {
    const settings = { ...FOREVER, ...(from === 0 && fault) }
    const videos = await Promise.all([
      playBare(play, source, settings, from === 0),
      playByVhs(play, source, settings, { plugin: { retry: QUICK }, isClosed: from === 0 }),
    ])
    const [bare, signed] = videos
    if (from > 0) {
      await Promise.all(videos.map((video) => video.reaches(from)))
      await Promise.all(videos.map(({ stage }) => stage.set(fault)))
    }
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS))
    const observe = async (video: Video) => ({ ...(await seeVhs(video)), log: await video.log() })
    const [control, run] = [await observe(bare), await observe(signed)]
    const lacks = (now: VhsSighting) => control.emergencies.some((type) => !now.emergencies.includes(type))
    await until(async () => !lacks(await seeVhs(signed)), control.emergencies.join())
    return { control, run, later: await observe(signed) }
  }

  it.for([
    ['a login page is served', 0, LOGIN_PAGE],
    ['an empty playlist is served', 0, '#EXTM3U\n#EXT-X-NONSENSE\n'],
    ['a login page is served midway', 2, LOGIN_PAGE],
  ] as const)(
    'reports the same errors as without the plugin when %s with status 200',
    FULL,
    async ([, from, mediaBody], { play }) => {
      const { control, run, later } = await watch(play, { mediaBody }, from)
      expect(distinct(later.errors)).toEqual(distinct(control.errors))
      expect(run.log.length).toBeLessThanOrEqual(1.5 * control.log.length + 10)
      // The plugin takes an error without a status, as on a busy machine, for a refusal once.
      expect(signings(run.log).length).toBeLessThanOrEqual(2)
    },
  )

  it('retries truncated segments as without the plugin, but with pauses', FULL, async ({ play }) => {
    const { control, run, later } = await watch(play, { cutAfterBytes: 3_000 }, 2)
    expect(later.errors).toEqual(control.errors)
    expect(mostRequests(run.log)).toBeLessThan(mostRequests(control.log))
    expect(signings(run.log).length).toBeLessThanOrEqual(5)
  })
})

it('an error of VHS keeps its text, but loses the token', async ({ play }) => {
  const settings = { cutAfterBytes: 100 }
  const [video, bare] = await Promise.all([
    playByVhs(play, MPD, settings, { isClosed: true }),
    playBare(play, MPD, settings, true),
  ])
  const errorOf = async (one: Video) => {
    await until(async () => (await seeVhs(one)).errors.length > 0, 'the error')
    return (await seeVhs(one)).errors[0]
  }
  const [error, control] = [await errorOf(video), await errorOf(bare)]
  expect(error?.message).toMatch(/^DASH request error at URL: http:\/\/[\w.:]+\/…\/manifest\.mpd$/)
  expect(error).toEqual({ ...control, message: redactText(control?.message ?? '') })
  expect(tokenOf(control?.message ?? '')).not.toBe('')
  expect(video.page.consoleText().map(tokenOf).filter(Boolean)).toEqual([])
})

it(
  'a page that hooks the requests of all players gets VHS, and its hooks see the URLs that requests are sent to',
  FULL,
  async ({ play }) => {
    const hook =
      'window.uris = []; videojs.Vhs.xhr.onRequest((options) => { window.uris.push(options.uri); return options })'
    const video = await play({}, { plugin: { hls: {} }, before: (page) => page.evaluate(`${hook}; undefined`) })
    await video.reaches(1)
    await video.refresh()
    await video.do('void player.currentTime(60)')
    await video.reaches(61)
    const files = (await video.log()).filter(({ kind }) => kind === 'media')
    const uris = await video.page.evaluate<string[]>('window.uris')
    // The hooks are read after the origin's log, which lacks requests sent since then.
    expect(uris.length).toBeGreaterThanOrEqual(files.length)
    const tokens = new Set(uris.map(tokenOf))
    expect(tokens.has('')).toBe(false)
    expect(tokens.size).toBe(2)
  },
)

it('the element gets the signed URL when VHS leaves the type to the browser, as in Safari', FULL, async ({ play }) => {
  const video = await play(
    {},
    {
      plugin: { engine: 'vhs' },
      player: { html5: { vhs: { overrideNative: false } } },
      before: (page) => page.evaluate('videojs.Vhs.supportsTypeNatively = () => true; undefined'),
    },
  )
  await until(async () => (await video.log()).some(({ kind }) => kind === 'media'), 'a request by the element')
  const { src, hasVhs } = await video.page.evaluate(() => {
    const tech = window.lab.player('film').tech(true)
    return { src: (tech.el() as HTMLVideoElement).src, hasVhs: 'vhs' in tech }
  })
  expect(tokenOf(src)).not.toBe('')
  expect(hasVhs).toBe(false)
  expect((await video.see()).currentSource).toEqual(FILM)
})

const tokenOf = (url: string) => /\/([\w-]{22}\/\d{10})\//.exec(url)?.[1] ?? ''
const numberOf = (path: string) => Number(/(\d{3})\.m4s/.exec(path)?.[1])

/** The number of requests for the most requested file. */
function mostRequests(log: Awaited<ReturnType<Stage['log']>>): number {
  const counts = new Map<string, number>()
  for (const { path, kind } of log) if (kind === 'media') counts.set(path, (counts.get(path) ?? 0) + 1)
  return Math.max(...counts.values())
}
