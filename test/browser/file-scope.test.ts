import { describe, expect, inject } from 'vitest'
import { type SchemeName, unsigned } from '../../demo/server/schemes.js'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { recordRow } from '../figures/record.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { describeRun, expectNoneRefused, expectUnseen, figuresOf } from '../support/judge.js'
import { HLS, isSegment, openStage, refused, type Stage, signings, until } from '../support/site.js'
import type { Video } from '../support/video.js'

/* HLS in which every file has its own signature. The player plays unsigned URLs. */

const it = inBrowser('chromium')
const LIFE_MS = 4_000
/** A row plays until files of the third URL lifetime have loaded, `npm run soak` for 60 s. */
const PLAY_S = process.env.SOAK ? 60 : 11
const MINUTE_MS = 60_000

const ENGINES = [
  ['hls.js', 'auto'],
  ['VHS', 'vhs'],
] as const

type Settings = Partial<StageSettings> & { scheme: SchemeName }

/** The unsigned URL of a video's file. Getting it is the stage's first signing request. */
async function unsignedUrl(stage: Stage, resource: string): Promise<string> {
  const response = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=${resource}`)
  return unsigned(((await response.json()) as { url: string }).url)
}

async function playFiles(
  play: InBrowser['play'],
  settings: Settings,
  engine: string,
  resource: string,
  plugin: object = {},
  before?: string,
): Promise<Video> {
  const stage = await openStage(settings)
  const source = { src: await unsignedUrl(stage, resource), type: HLS }
  const prepare =
    before === undefined
      ? {}
      : { before: (page: { evaluate(script: string): Promise<unknown> }) => page.evaluate(before) }
  return play({}, { stage, source, plugin: { engine, scope: 'file', ...plugin }, ...prepare })
}

/** Signing requests, without the one that the row itself sent. */
const signingsOfPlayer = (log: Parameters<typeof signings>[0]) => signings(log).slice(1)

describe('a video in which every file is signed for 4 s', () => {
  for (const { engines, scheme, endpointBatches, links, ...options } of [
    { engines: ENGINES.slice(0, 1), scheme: 'bitsOnTheRun', endpointBatches: true, links: 'relative' },
    { engines: ENGINES.slice(1), scheme: 'bitsOnTheRun', endpointBatches: true, links: 'relative', ...FULL },
    { engines: ENGINES.slice(0, 1), scheme: 'clubEvent', endpointBatches: false, links: 'relative' },
    { engines: ENGINES.slice(1), scheme: 'clubEvent', endpointBatches: false, links: 'relative', ...FULL },
    // PUSHR: "title tokens require relative links".
    { engines: ENGINES, scheme: 'pushrTitle', endpointBatches: true, links: 'absolute', ...FULL },
    { engines: ENGINES, scheme: 'pushrFile', endpointBatches: true, links: 'relative', ...FULL },
  ] as const)
    for (const [title, engine] of engines)
      it(`keeps playing with ${title} and ${scheme} tokens, batches: ${endpointBatches}, links: ${links}`, {
        ...options,
      }, async ({ play }) => {
        const settings = { scheme, endpointBatches, links, lifeMs: LIFE_MS }
        const video = await playFiles(play, settings, engine, 'film/master.m3u8')
        await video.reaches(PLAY_S)
        const run = await video.run()
        console.info(describeRun(`file scope, ${title}, ${scheme}`, run))
        expectUnseen(run)
        expectNoneRefused(run)
        expect(run.log.filter(({ kind }) => kind === 'stray')).toEqual([])
        const batches = run.log.filter(({ kind, path }) => kind === 'sign' && path.includes(' '))
        expect(batches.some(({ status }) => status === 200)).toBe(endpointBatches)
        // An endpoint without batches gets only one batch request.
        if (!endpointBatches) expect(batches).toHaveLength(1)
        const what = `every file is signed, ${scheme}, links: ${links}`
        recordRow('file-scope', { ...figuresOf(run), video: what, engine: title })
      })
})

describe('a video with 90 segments', () => {
  it.for(ENGINES)(
    'needs at most one signing request per ten segments with 60 s URLs in %s',
    FULL,
    async ([title, engine], { play }) => {
      const plugin = { hls: { maxBufferLength: 200, maxMaxBufferLength: 200 } }
      const largeBuffer = 'void Object.assign(videojs.Vhs, { GOAL_BUFFER_LENGTH: 200, MAX_GOAL_BUFFER_LENGTH: 200 })'
      const settings: Settings = { scheme: 'bitsOnTheRun', lifeMs: MINUTE_MS }
      const video = await playFiles(play, settings, engine, 'long/playlist.m3u8', plugin, largeBuffer)
      await until(async () => (await video.log()).filter(isSegment).length >= 90, 'all segments to load')
      const log = await video.log()
      const signingCount = signingsOfPlayer(log).length
      console.info(
        `file scope, ${title}: 90 segments by ${signingCount} signing requests, ${refused(log).length} refused`,
      )
      expect(signingCount).toBeLessThanOrEqual(9)
      expect(refused(log)).toEqual([])
      const loaded = { segments: 90, signings: signingCount, refused: 0 }
      recordRow('file-scope', { ...loaded, video: '90 segments, loaded at once, URLs of a minute', engine: title })
    },
  )

  it('gets only the files of the next two minutes signed at the start', FULL, async ({ play }) => {
    const settings: Settings = { scheme: 'bitsOnTheRun', lifeMs: 86_400_000 }
    const video = await playFiles(play, settings, 'auto', 'long/playlist.m3u8')
    const { position } = await video.reaches(1)
    const files = signings(await video.log()).flatMap(({ path }) => path.split(' '))
    const segments = new Set(files.filter((path) => path.endsWith('.ts')))
    expect(segments.size).toBeGreaterThan(10)
    // 2 s segments: two minutes from the last one loaded, which is 6 s ahead.
    expect(segments.size).toBeLessThanOrEqual((120 + 6 + position) / 2 + 2)
  })
})

it('a change of the viewer’s address causes one refusal per request in flight, and no interruption', async ({
  play,
}) => {
  const video = await playFiles(play, { scheme: 'pushrFile', lifeMs: MINUTE_MS }, 'auto', 'film/master.m3u8')
  await video.reaches(2)
  await video.stage.set({ viewerAddress: '192.0.2.7' })
  await until(async () => refused(await video.log()).length > 0, 'a refusal')
  const { position } = await video.see()
  await video.reaches(position + 6)
  const run = await video.run()
  expectUnseen(run)
  // Video and audio.
  expect(refused(run.log).length).toBeLessThanOrEqual(2)
})

it('one 503 to the first batch does not switch batches off', FULL, async ({ play }) => {
  const failOnce = `(() => {
    const { fetch } = window
    window.fetch = (url, init) => {
      if (window.batches === undefined && String(init?.body).includes('"resources"')) {
        window.batches = 0
        return Promise.resolve(new Response('', { status: 503 }))
      }
      return fetch(url, init)
    }
  })()`
  const settings: Settings = { scheme: 'bitsOnTheRun', lifeMs: MINUTE_MS }
  const video = await playFiles(play, settings, 'auto', 'film/master.m3u8', {}, failOnce)
  await video.reaches(16)
  const run = await video.run()
  const asked = signingsOfPlayer(run.log).map(({ path }) => path.split(' ').length)
  console.info(describeRun('file scope, a 503 to the first batch', run), asked)
  expect(await video.do('window.batches')).toBe(0)
  expect(run.seen.starvedMs).toBe(0)
  // Two playlists and the master, two files that were needed at once, and a batch for the sound and the picture.
  expect(asked.filter((files) => files > 1).length).toBeGreaterThanOrEqual(2)
  expect(asked.length).toBeLessThanOrEqual(3 + 4 + 4)
})

it('an id in place of the unsigned URL causes an error that names the option', async ({ play }) => {
  const retry = { baseDelayMs: 50, maxDelayMs: 100 }
  const video = await play({ scheme: 'bitsOnTheRun' }, { plugin: { scope: 'file', retry } })
  expect((await video.fails()).error).toMatchObject({ code: 2, errorType: 'signed-url-invalid' })
  expect(await video.do('player.error().cause.message')).toContain("`scope: 'file'`")
})
