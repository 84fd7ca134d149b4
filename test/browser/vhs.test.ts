import { describe, expect, inject } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { redactText } from '../../src/core/redact.js'
import { BROWSERS } from '../support/browsers/index.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { describeRun, expectNoneRefused, expectUnseen } from '../support/judge.js'
import { DASH, HLS, isSegment, refused, type Stage, signings, until } from '../support/site.js'
import { FILM, issuesUsed, type Run, type Video } from '../support/video.js'

const it = inBrowser('chromium')
/** A row plays through three lives, `npm run soak` for 60 s. */
const LIFE_MS = process.env.SOAK ? 4_000 : 3_000
const SOAK_S = 60
const FOR_EVER = { lifeMs: 3_600_000 }
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
  /** Playlists that are excluded now. */
  excluded: number
  /** What VHS did for want of a playlist or a segment. */
  emergencies: string[]
  errors: { code: number; message: string }[]
  /** The events that carry URIs, as JSON. */
  said: string[]
  /** Where requests were really sent to, as the page's hooks see it. */
  requested: string[]
  answered: number[]
  /** What VHS waits for. */
  isLoading: boolean
  aborted: number
}

/** What of VHS's own the tests look at. */
interface VhsAtWork {
  xhr: {
    onRequest(hook: (options: { uri: string }) => object): void
    onResponse(hook: (request: object, error: unknown, response: { statusCode: number }) => void): void
  }
  playlists: { main?: { playlists: { excludeUntil?: number }[] } }
  playlistController_: { mainSegmentLoader_: { state: string } }
  stats: { mediaRequestsAborted: number }
}

type Play = InBrowser['play']

/** In the page: notes what VHS does from here on. */
function watchVhs(): void {
  const player = window.lab.player('film')
  const tech = player.tech(true) as ReturnType<typeof player.tech> & { vhs?: VhsAtWork }
  const seen = { emergencies: [], errors: [], said: [], requested: [], answered: [] } as {
    [Key in 'emergencies' | 'errors' | 'said' | 'requested' | 'answered']: unknown[]
  }
  tech.on(['excludeplaylist', 'retryplaylist', 'playliststuck'], ({ type }: Event) => seen.emergencies.push(type))
  player.on('error', () => seen.errors.push({ code: player.error()?.code, message: player.error()?.message }))
  const withUris = ['playlistrequeststart', 'playlistparsecomplete', 'manifestrequeststart', 'segmentselected']
  player.on([...withUris, 'segmentloadstart', 'segmentloaded', 'appendsdone'], (event: { metadata?: unknown }) =>
    seen.said.push(JSON.stringify(event.metadata)),
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
 * VHS shows an error of its own where the MediaSource is not open when the first answer comes, and leaves it to the element where it is.
 * Which comes first is chance: here the answer.
 */
const KEEP_CLOSED = "void Object.defineProperty(MediaSource.prototype, 'readyState', { get: () => 'closed' })"

/** A player with the plugin that has VHS play the video, watched from its source on. */
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

/** A player without the plugin that is given a signed URL. */
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

/** Without the plugin VHS does not play in WebKitGTK either: with 30 s loaded the element stays at HAVE_CURRENT_DATA. */
const BY_VHS = BROWSERS.filter((name) => name !== 'webkit')

/** `npm test` plays both formats in Chromium, and one in the other browsers. */
const isQuick = (name: string, format: string) => (name === 'chromium' || format === 'DASH' ? {} : FULL)

for (const name of BY_VHS)
  describe(`HLS and DASH by VHS, behind a URL that dies every ${LIFE_MS / 1000} s, in ${name}`, () => {
    const it = inBrowser(name)
    const outlive = async (video: Video) =>
      process.env.SOAK ? video.reaches(SOAK_S).then(() => video.run()) : video.outlives(3)

    const expectNothingExcluded = ({ excluded, emergencies }: VhsSighting) =>
      expect({ excluded, emergencies }).toEqual({ excluded: 0, emergencies: [] })

    for (const [format, source] of FORMATS)
      it(
        `${format} shows the viewer nothing that a lasting URL does not show`,
        isQuick(name, format),
        async ({ play }) => {
          const [lasting, dying] = await Promise.all([
            playByVhs(play, source, FOR_EVER),
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
          expect(issuesUsed(run.log), 'URLs that segments came by').toBeGreaterThanOrEqual(3)
          expect(run.seen.stats.seamlessRefreshes).toBe(run.seen.stats.refreshes)
          // What the site set is what the page reads.
          expect(run.seen).toMatchObject({ currentSource: source, src: source.src, currentSrc: source.src })
          expectRealUrlsInHooksAlone(run, vhs)
        },
      )

    // What is learned is the core's, not the browser's.
    for (const [format, source, clockSkewMs] of [
      ['HLS', FILM, 3_600_000],
      ['DASH', MPD, -3_600_000],
    ] as const)
      it(`${format} learns that the CDN is an hour off from what it refuses, unseen`, FULL, async ({ play }) => {
        // Nothing but the CDN's verdicts tells: the endpoint's `Date` agrees with the device.
        const video = await playByVhs(play, source, { lifeMs: LIFE_MS, endpointClock: 'machine', clockSkewMs })
        const run = await outlive(video)
        console.info(describeRun(`VHS, ${format}, ${name}, CDN ${clockSkewMs > 0 ? 'ahead' : 'behind'}`, run))
        expectUnseen(run)
        expectNothingExcluded(await seeVhs(video))
        const once = refused(run.log).map(({ path, issue }) => `${path} by ${issue}`)
        // Picture and sound are in flight at once.
        expect(once.length).toBeLessThanOrEqual(4)
        expect(new Set(once).size).toBe(once.length)
      })
  })

/** The page's hooks see each request with the URL that it was sent to; VHS's events hold no token. */
function expectRealUrlsInHooksAlone({ log }: Run, { requested, answered, said }: VhsSighting): void {
  // The hooks are looked at after the origin's log, which lacks what has been sent since.
  const files = log.filter(({ kind }) => kind === 'media')
  expect(requested.length).toBeGreaterThanOrEqual(files.length)
  const tokens = new Set(requested.map(tokenOf))
  expect(tokens.size).toBeGreaterThanOrEqual(new Set(files.map(({ issue }) => issue)).size)
  expect(new Set(answered)).toEqual(new Set([200]))
  expect(said.filter((text) => text.includes('http')).length).toBeGreaterThan(files.length)
  expect(said.filter((text) => [...tokens].some((token) => text.includes(token)))).toEqual([])
}

describe.each(FORMATS)('%s by VHS', (format, source) => {
  /** `npm test` shows by one format what is VHS's own. */
  const quick = format === 'HLS' ? {} : FULL

  it(
    'lets go of what it waits for when the viewer seeks far away while the endpoint is slow',
    quick,
    async ({ play }) => {
      const video = await playByVhs(play, source, { lifeMs: LIFE_MS })
      await video.reaches(2)
      await video.stage.set({ endpointDelayMs: 5_000 })
      await until(
        () => video.do<boolean>(`player.signedUrl().status === 'expired' && seeVhs().isLoading`),
        'VHS to wait for a URL',
      )
      const before = (await video.log()).length
      const aborted = await video.do<number>('const { aborted } = seeVhs(); player.currentTime(50); aborted')
      await until(async () => (await seeVhs(video)).aborted > aborted, 'VHS to abort')
      const { error } = await video.reaches(52)
      expect(error).toBeNull()
      const fetched = (await video.log()).slice(before).filter(isSegment)
      expect(fetched.length).toBeGreaterThan(0)
      expect(fetched.filter(({ path }) => /\d{3}\.m4s/.test(path) && numberOf(path) < 24)).toEqual([])
      expect((await seeVhs(video)).emergencies).toEqual([])
    },
  )

  it('is played again when the page sets what it set before, and reads as that', FULL, async ({ play }) => {
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
    { when: 'in the middle', from: 2, ...quick },
  ])
    it(
      `that the CDN refuses for good ${when} ends in one error and goes on after refresh()`,
      options,
      async ({ play }) => {
        const video = await playByVhs(play, source, from === 0 ? { refuse: 'all' } : {}, { plugin: { retry: QUICK } })
        if (from > 0) {
          await video.reaches(from)
          await video.stage.set({ refuse: 'all' })
        }
        const { error, position } = await video.fails()
        const asked = (await video.log()).length
        expect(error).toMatchObject({ code: 2, errorType: 'signed-url-refused' })
        await new Promise((resolve) => setTimeout(resolve, 2 * QUICK.maxDelayMs))
        expect(await video.log(), 'asked for within two of the longest pauses').toHaveLength(asked)
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

describe('by the current URL come', () => {
  for (const { what, src, type, asked, ...options } of [
    { what: 'segments of MPEG-TS', src: 'clips/ts/master.m3u8', type: HLS, asked: /\d\.ts$/, ...FULL },
    { what: 'keys', src: 'clips/aes/master.m3u8', type: HLS, asked: /^aes\/key\.bin$/, ...FULL },
    {
      what: 'byte ranges and init segments',
      src: 'clips/byterange/master.m3u8',
      type: HLS,
      asked: /film\.mp4$/,
      ...FULL,
    },
    { what: 'segment indexes', src: 'indexed/index.mpd', type: DASH, asked: /stream\d\.mp4$/ },
  ])
    it(`${what}, through expiries`, options, async ({ play }) => {
      const video = await playByVhs(play, { src, type }, { lifeMs: LIFE_MS })
      const run = await video.outlives(2)
      expect(run.seen.error).toBeNull()
      expect(run.seen.starvedMs).toBe(0)
      expectNoneRefused(run)
      expect(
        run.log.filter(({ path, status }) => asked.test(path) && [200, 206].includes(status)).length,
      ).toBeGreaterThan(0)
    })
})

/** The plugin says again what came before `loadstart`, which Video.js forgets then. */
const once = (errors: VhsSighting['errors']) => [...new Set(errors.map((error) => JSON.stringify(error)))]

/* What VHS does of itself about a broken video is its own affair: the plugin adds nothing to it, and slows it down where it would ask without end. */
describe.each(FORMATS)('a broken video, %s', (_format, source) => {
  /** Long enough for VHS to have tried everything that it has. */
  const WATCH_MS = 6_000

  /** Both players side by side, until the one with the plugin has gone through what the other has. */
  const watch = async (play: Play, fault: Partial<StageSettings>, from: number) => {
    const settings = { ...FOR_EVER, ...(from === 0 && fault) }
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
    const look = async (video: Video) => ({ ...(await seeVhs(video)), log: await video.log() })
    const [alone, ours] = [await look(bare), await look(signed)]
    const lacks = (now: VhsSighting) => alone.emergencies.some((type) => !now.emergencies.includes(type))
    await until(async () => !lacks(await seeVhs(signed)), alone.emergencies.join())
    return { alone, ours, later: await look(signed) }
  }

  it.for([
    ['a login page', 0, LOGIN_PAGE],
    ['a playlist with nothing in it', 0, '#EXTM3U\n#EXT-X-NONSENSE\n'],
    ['a login page in the middle of the video', 2, LOGIN_PAGE],
  ] as const)('%s, with status 200: as VHS alone', FULL, async ([, from, mediaBody], { play }) => {
    const { alone, ours, later } = await watch(play, { mediaBody }, from)
    expect(once(later.errors)).toEqual(once(alone.errors))
    expect(ours.log.length).toBeLessThanOrEqual(1.5 * alone.log.length + 10)
    // An error without a status, as a busy machine makes them, is taken for a refusal once.
    expect(signings(ours.log).length).toBeLessThanOrEqual(2)
  })

  it('segments that are cut off: tried again and again as by VHS alone, but with pauses', FULL, async ({ play }) => {
    const { alone, ours, later } = await watch(play, { cutAfterBytes: 3_000 }, 2)
    expect(later.errors).toEqual(alone.errors)
    expect(mostOften(ours.log)).toBeLessThan(mostOften(alone.log))
    expect(signings(ours.log).length).toBeLessThanOrEqual(5)
  })
})

it('shows an error of VHS with its words, and without the token', async ({ play }) => {
  const settings = { cutAfterBytes: 100 }
  const [video, bare] = await Promise.all([
    playByVhs(play, MPD, settings, { isClosed: true }),
    playBare(play, MPD, settings, true),
  ])
  const errorOf = async (one: Video) => {
    await until(async () => (await seeVhs(one)).errors.length > 0, 'the error')
    return (await seeVhs(one)).errors[0]
  }
  const [ours, alone] = [await errorOf(video), await errorOf(bare)]
  expect(ours?.message).toMatch(/^DASH request error at URL: http:\/\/[\w.:]+\/…\/manifest\.mpd$/)
  expect(ours).toEqual({ ...alone, message: redactText(alone?.message ?? '') })
  expect(tokenOf(alone?.message ?? '')).not.toBe('')
  expect(video.page.consoleText().map(tokenOf).filter(Boolean)).toEqual([])
})

it(
  'leaves a player to VHS whose page has hooked the requests of all, and its hooks see where they really go',
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
    // The hooks are looked at after the origin's log, which lacks what has been sent since.
    expect(uris.length).toBeGreaterThanOrEqual(files.length)
    const tokens = new Set(uris.map(tokenOf))
    expect(tokens.has('')).toBe(false)
    expect(tokens.size).toBe(2)
  },
)

it(
  'gives the element the signed URL where VHS leaves the type to the browser, as in Safari',
  FULL,
  async ({ play }) => {
    const video = await play(
      {},
      {
        plugin: { engine: 'vhs' },
        player: { html5: { vhs: { overrideNative: false } } },
        before: (page) => page.evaluate('videojs.Vhs.supportsTypeNatively = () => true; undefined'),
      },
    )
    await until(async () => (await video.log()).some(({ kind }) => kind === 'media'), 'the element to ask')
    const { src, hasVhs } = await video.page.evaluate(() => {
      const tech = window.lab.player('film').tech(true)
      return { src: (tech.el() as HTMLVideoElement).src, hasVhs: 'vhs' in tech }
    })
    expect(tokenOf(src)).not.toBe('')
    expect(hasVhs).toBe(false)
    expect((await video.see()).currentSource).toEqual(FILM)
  },
)

const tokenOf = (url: string) => /\/([\w-]{22}\/\d{10})\//.exec(url)?.[1] ?? ''
const numberOf = (path: string) => Number(/(\d{3})\.m4s/.exec(path)?.[1])

/** How often the file that was asked for most was asked for. */
function mostOften(log: Awaited<ReturnType<Stage['log']>>): number {
  const counts = new Map<string, number>()
  for (const { path, kind } of log) if (kind === 'media') counts.set(path, (counts.get(path) ?? 0) + 1)
  return Math.max(...counts.values())
}
