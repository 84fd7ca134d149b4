import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  HLS,
  openPage,
  openStage,
  refused,
  SMALL_BUFFER,
  see,
  setSource,
  signings,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'

/* The ways in which a page gives a player its sources and takes them away, beside `src()` once (player.test.ts). */

const FILM = { src: 'film', type: HLS }
const CLIP = { src: 'clips/ts/master.m3u8', type: HLS }
const MP4 = { src: 'film/film.mp4', type: 'video/mp4' }
const DASH = { src: 'film/manifest.mpd', type: 'application/dash+xml' }
const FOR_EVER = { lifeMs: 3_600_000 }

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

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const inPage = (script: string) => page.evaluate(`{ const player = lab.player('film'); ${script} }`)

describe('source tags with `data-setup` and `preload="none"`', () => {
  const NOBODY = { src: 'film/film.xyz', type: 'video/x-nobody-plays-this' }
  const ABSOLUTE = { src: `${inject('siteUrl')}/film/film.mp4`, type: 'video/mp4' }

  it.each([
    ['one tag', [MP4], MP4],
    ['an unsigned URL', [ABSOLUTE], ABSOLUTE],
    ['fallbacks that are not needed', [MP4, FILM], MP4],
    ['fallbacks, the first of which is needed', [NOBODY, FILM, MP4], FILM],
  ])(
    'play by %s; only that is signed, nobody asks for the tags, and they read as they were written',
    async (_, sources, played) => {
      const stage = await openStage(FOR_EVER)
      const query = new URLSearchParams({ stage: stage.id, sources: JSON.stringify(sources) })
      await openPage(page, `/test/browser/pages/source-tags.html?${query}`)
      await pause(500)
      expect(await stage.log(), 'before someone plays').toEqual([])
      const { currentSource } = await see(page, 'film')
      expect(currentSource, 'before').toEqual(played)
      await inPage('void player.play()')
      expect(await untilPosition(page, 'film', 1)).toMatchObject({ currentSource: played, error: null })
      const asked = (await stage.log()).filter(({ kind }) => kind !== 'media')
      expect(asked.map(({ kind, path }) => [kind, path])).toEqual([['sign', played.src]])
    },
  )
})

describe('five sources in quick succession', () => {
  it.each([
    ['in one turn', 0, FILM],
    ['in one turn, the last an MP4', 0, MP4],
    ['20 ms apart', 20, FILM],
    ['200 ms apart', 200, DASH],
  ])('%s: only the last one plays, without an error', async (_when, apartMs, last) => {
    // Longer than it takes to set them all; the last of them are long enough apart to be opened.
    const stage = await openStage({ ...FOR_EVER, endpointDelayMs: apartMs < 100 ? 1_000 : 100 })
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint }, play: false })
    await page.evaluate(
      async ({ sources, apartMs }: { sources: object[]; apartMs: number }) => {
        const player = window.lab.player('film')
        for (const source of sources) {
          player.src(source)
          player.play()?.catch(() => {})
          if (apartMs > 0) await new Promise((resolve) => setTimeout(resolve, apartMs))
        }
      },
      { sources: [DASH, CLIP, FILM, MP4, CLIP, last], apartMs },
    )
    const { currentSource, currentSources, events, stats } = await untilPosition(page, 'film', 1)
    expect({ currentSource, currentSources }).toEqual({ currentSource: last, currentSources: [last] })
    expect(stats.signings).toBe(1)
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
    const sent = (await stage.log()).length
    const log = await stage.log()
    const issue = signings(log).at(-1)?.issue
    expect(signings(log).at(-1)?.path).toBe(last.src)
    if (apartMs < 100) expect(log.filter((entry) => entry.kind === 'media' && entry.issue !== issue)).toEqual([])
    await pause(1_000)
    const later = (await stage.log()).slice(sent).filter((entry) => entry.issue !== issue)
    expect(later, 'asked for films that were replaced').toEqual([])
  })
})

describe('the film before', () => {
  it.each([
    ['HLS', 'an MP4', FILM, MP4],
    ['HLS', 'DASH', FILM, DASH],
    ['DASH', 'HLS', DASH, FILM],
    ['DASH', 'an MP4', DASH, MP4],
    ['an MP4', 'DASH', MP4, DASH],
  ])('%s neither plays on nor is loaded while %s is being signed', async (_one, _other, before, next) => {
    const stage = await openStage(FOR_EVER)
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, hls: SMALL_BUFFER }, source: before })
    await untilPosition(page, 'film', 1)
    await stage.set({ endpointDelayMs: 1_500 })
    await setSource(page, next)
    await until(async () => signings(await stage.log()).length === 2, 'signing')
    const { position, bufferedEnd } = await see(page, 'film')
    expect({ position, bufferedEnd }).toEqual({ position: 0, bufferedEnd: 0 })
    const { error, paused, events } = await untilPosition(page, 'film', 1)
    expect({ error, paused }).toEqual({ error: null, paused: false })
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
  })
})

describe('player.loadMedia()', () => {
  it('plays one film after another, with a poster and a text track signed by sign()', async () => {
    const stage = await openStage(FOR_EVER)
    await startFilm(page, {
      name: 'film',
      plugin: { endpoint: stage.endpoint },
      player: { crossOrigin: 'anonymous' },
      play: false,
    })
    const load = (source: object) =>
      page.evaluate(async (src: object) => {
        const player = window.lab.player('film')
        const [poster, captions] = await Promise.all(
          ['film/poster.jpg', 'film/subtitles/film.vtt'].map((file) => player.signedUrl().sign(file)),
        )
        const track = { kind: 'captions', srclang: 'en', label: 'Signed', src: captions, default: true }
        player.loadMedia({ src, poster, textTracks: [track], title: 'The film' }, () => player.play()?.catch(() => {}))
      }, source)
    for (const source of [FILM, MP4]) {
      await load(source)
      await until(async () => {
        const { position, currentSource } = await see(page, 'film')
        return position > 1 && JSON.stringify(currentSource) === JSON.stringify(source)
      }, `${source.src} to play`)
      expect((await see(page, 'film')).error).toBeNull()
      await until(
        () => page.evaluate(`document.querySelector('.vjs-poster img')?.naturalWidth > 0`),
        'the poster to be there',
      )
      await until(() => page.evaluate(`lab.player('film').remoteTextTracks()[0]?.cues?.length > 0`), 'the captions')
      await inPage('player.pause()')
    }
    const signed = signings(await stage.log()).map(({ path }) => path)
    const extras = ['film/poster.jpg', 'film/subtitles/film.vtt']
    expect(signed.sort()).toEqual([...extras, ...extras, 'film', 'film/film.mp4'].sort())
    expect(refused(await stage.log())).toEqual([])
  })
})

describe('player.reset()', () => {
  it.each([
    ['hls.js', FILM],
    ['VHS', DASH],
    ['the element', MP4],
  ])('of a film played by %s ends its signing, and the next film plays', async (_engine, source) => {
    const stage = await openStage({ lifeMs: 2_000, bytesPerSecond: 60_000 })
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, hls: SMALL_BUFFER }, source })
    await untilPosition(page, 'film', 1)
    await inPage(`player.one('playerreset', () => { window.isReset = true }); player.reset()`)
    await until(() => page.evaluate('window.isReset === true'), 'the reset')
    await pause(300)
    const asked = (await stage.log()).length
    await pause(3_000)
    expect(await stage.log(), 'asked for after the reset').toHaveLength(asked)
    const { status, src, error } = await see(page, 'film')
    expect({ status, src, error }).toEqual({ status: 'idle', src: '', error: null })
    await setSource(page, source)
    expect((await untilPosition(page, 'film', 1)).error).toBeNull()
    expect(refused(await stage.log())).toEqual([])
  })

  it('in the middle of signing ends that, and the next film plays', async () => {
    const stage = await openStage({ ...FOR_EVER, endpointDelayMs: 500 })
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint }, source: FILM, play: false })
    await until(async () => signings(await stage.log()).length === 1, 'signing')
    await inPage('player.reset()')
    await pause(1_000)
    const { status, error } = await see(page, 'film')
    expect({ status, error }).toEqual({ status: 'idle', error: null })
    expect(await stage.log()).toHaveLength(1)
    await setSource(page, MP4)
    expect((await untilPosition(page, 'film', 1)).currentSource).toEqual(MP4)
  })
})

describe('a player in audio-only mode', () => {
  it.each([
    ['HLS', FILM, {}],
    ['MP4', MP4, { bytesPerSecond: 60_000 }],
  ])('plays %s through expiries, and shows the picture again afterwards', async (_format, source, settings) => {
    const stage = await openStage({ lifeMs: 2_000, ...settings })
    const plugin = { endpoint: stage.endpoint, hls: SMALL_BUFFER }
    await startFilm(page, { name: 'film', plugin, player: { audioOnlyMode: true }, source })
    await untilPosition(page, 'film', 3)
    await inPage('void player.currentTime(60)')
    const { stats, error } = await untilPosition(page, 'film', 62)
    expect(error).toBeNull()
    expect(stats.refreshes).toBeGreaterThan(0)
    await page.evaluate(`lab.player('film').audioOnlyMode(false)`)
    await untilPosition(page, 'film', 63)
    expect(await page.evaluate(`lab.player('film').tech(true).el().checkVisibility()`)).toBe(true)
    expect(refused(await stage.log())).toEqual([])
  })
})
