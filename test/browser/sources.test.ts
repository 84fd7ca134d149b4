import { describe, expect, inject } from 'vitest'
import { FULL, inBrowser } from '../support/in-browser.js'
import { DASH, HLS, isSegment, MP4, openStage, refused, signings, signingsAsked, until } from '../support/site.js'
import { FILM, Video } from '../support/video.js'

/* The ways in which a page sets and removes sources, other than a single `src()` (player.test.ts). */

const it = inBrowser('chromium')
const CLIP = { src: 'clips/ts/master.m3u8', type: HLS }
const MP4_FILM = { src: 'film/film.mp4', type: MP4 }
const DASH_FILM = { src: 'film/manifest.mpd', type: DASH }
const FOREVER = { lifeMs: 3_600_000 }

/** Plays another player, created later: by then the first one has done whatever it still had to do. */
const playAnother = (video: Video, play: (settings: object, options: object) => Promise<Video>) =>
  play({}, { name: 'other', in: video.page }).then((other) => other.reaches(1))

describe('source tags with `data-setup` and `preload="none"`', () => {
  const UNPLAYABLE = { src: 'film/film.xyz', type: 'video/x-nobody-plays-this' }
  const ABSOLUTE = { src: `${inject('siteUrl')}/film/film.mp4`, type: MP4 }

  for (const { what, sources, played, ...options } of [
    { what: 'a single tag', sources: [MP4_FILM], played: MP4_FILM, ...FULL },
    { what: 'an unsigned URL', sources: [ABSOLUTE], played: ABSOLUTE, ...FULL },
    { what: 'fallbacks that are not needed', sources: [MP4_FILM, FILM], played: MP4_FILM, ...FULL },
    { what: 'fallbacks, the first of which is needed', sources: [UNPLAYABLE, FILM, MP4_FILM], played: FILM },
  ])
    it(
      `get only the played source signed, cause no other request and read back as written: ${what}`,
      options,
      async ({ openWindow, play }) => {
        const stage = await openStage(FOREVER)
        const query = new URLSearchParams({ stage: stage.id, sources: JSON.stringify(sources) })
        const page = await openWindow(`/test/browser/pages/source-tags.html?${query}`)
        const video = new Video(page, stage, 'film')
        await playAnother(video, play)
        expect(await video.log(), 'requests before play').toEqual([])
        expect((await video.see()).currentSource, 'source before play').toEqual(played)
        await video.do('void player.play()')
        expect(await video.reaches(1)).toMatchObject({ currentSource: played, error: null })
        const requests = (await video.log()).filter(({ kind }) => kind !== 'media')
        expect(requests.map(({ kind, path }) => [kind, path])).toEqual([['sign', played.src]])
      },
    )
})

describe('five sources set in one task', () => {
  for (const { what, sources, plugin, ...options } of [
    { what: 'HLS with hls.js', sources: [CLIP, MP4_FILM, DASH_FILM, CLIP, FILM], plugin: {} },
    {
      what: 'HLS with hls.js, the same object five times',
      sources: [FILM, FILM, FILM, FILM, FILM],
      plugin: {},
      ...FULL,
    },
    { what: 'HLS with VHS', sources: [CLIP, MP4_FILM, DASH_FILM, CLIP, FILM], plugin: { engine: 'vhs' } },
    { what: 'DASH with VHS', sources: [CLIP, MP4_FILM, DASH_FILM, CLIP, DASH_FILM], plugin: {}, ...FULL },
    { what: 'an MP4', sources: [MP4_FILM, CLIP, MP4_FILM, FILM, MP4_FILM], plugin: {} },
  ])
    it(`sign and play only the last one: ${what}`, options, async ({ play }) => {
      const video = await play(FOREVER, { source: null, plugin })
      await video.do(`
      for (const source of ${JSON.stringify(sources)}) player.src(source)
      player.play()?.catch(() => {})`)
      const [, , , , last = FILM] = sources
      const { currentSource, currentSources, events } = await video.reaches(1)
      expect({ currentSource, currentSources }).toEqual({ currentSource: last, currentSources: [last] })
      expect(events.filter(({ type }) => type === 'error')).toEqual([])
      expect(signings(await video.log()).map(({ path }) => path)).toEqual([last.src])
      expect(new Set((await video.log()).map(({ issue }) => issue))).toEqual(new Set([1]))
    })

  it('play with sound when a click sets them', async ({ openWindow, play }) => {
    const withGesture = await play({ ...FOREVER, endpointDelayMs: 500 }, { source: null, in: await openWindow() })
    await withGesture.do(`
      document.querySelector('#gesture').addEventListener('click', () => {
        player.muted(false)
        for (const source of ${JSON.stringify([CLIP, MP4_FILM, FILM])}) player.src(source)
        player.play()
      })`)
    await withGesture.page.click('#gesture')
    const { paused, currentSource } = await withGesture.reaches(1)
    expect({ paused, currentSource, muted: await withGesture.do('player.muted()') }).toEqual({
      paused: false,
      currentSource: FILM,
      muted: false,
    })
    expect(signings(await withGesture.log())).toHaveLength(1)
  })
})

describe('five sources in quick succession', () => {
  it.for([
    ['20 ms apart', 20, FILM],
    ['200 ms apart', 200, DASH_FILM],
  ] as const)('play only the last one, without an error: %s', FULL, async ([, apartMs, last], { play }) => {
    // Either the endpoint is slower than the page, or the sources are far enough apart to open.
    const video = await play({ ...FOREVER, endpointDelayMs: apartMs < 100 ? 1_000 : 100 }, { source: null })
    await video.do(`(async () => {
      for (const source of ${JSON.stringify([DASH_FILM, CLIP, FILM, MP4_FILM, CLIP, last])}) {
        player.src(source)
        player.play()?.catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, ${apartMs}))
      }
    })()`)
    const { currentSource, currentSources, events } = await video.reaches(1)
    expect({ currentSource, currentSources }).toEqual({ currentSource: last, currentSources: [last] })
    expect(events.filter(({ type }) => type === 'error')).toEqual([])
    const sent = await video.log()
    const issue = signings(sent).at(-1)?.issue
    expect(signings(sent).at(-1)?.path).toBe(last.src)
    await video.reaches(3)
    const later = (await video.log()).slice(sent.length).filter((entry) => entry.issue !== issue)
    expect(later, 'requests for replaced videos').toEqual([])
  })
})

describe('the previous video', () => {
  for (const { from, to, before, next, ...options } of [
    { from: 'HLS', to: 'an MP4', before: FILM, next: MP4_FILM },
    { from: 'HLS', to: 'DASH', before: FILM, next: DASH_FILM, ...FULL },
    { from: 'DASH', to: 'HLS', before: DASH_FILM, next: FILM, ...FULL },
    { from: 'DASH', to: 'an MP4', before: DASH_FILM, next: MP4_FILM, ...FULL },
    { from: 'an MP4', to: 'DASH', before: MP4_FILM, next: DASH_FILM, ...FULL },
  ])
    it(
      `stops playing and loading while the next one is being signed: ${from}, then ${to}`,
      options,
      async ({ play }) => {
        const video = await play(FOREVER, { source: before })
        await video.reaches(1)
        // Longer than the checks below take.
        await video.stage.set({ endpointDelayMs: 5_000 })
        await video.set(next)
        await until(async () => signingsAsked(await video.log()).length === 2, 'signing')
        const { position, bufferedEnd } = await video.see()
        expect({ position, bufferedEnd }).toEqual({ position: 0, bufferedEnd: 0 })
        const { error, paused, events } = await video.reaches(1)
        expect({ error, paused }).toEqual({ error: null, paused: false })
        expect(events.filter(({ type }) => type === 'error')).toEqual([])
        const log = await video.log()
        const lastSigning = log.map(({ kind }) => kind).lastIndexOf('sign')
        expect(log.slice(lastSigning).filter((entry) => isSegment(entry) && entry.issue === 1)).toEqual([])
      },
    )
})

describe('player.loadMedia()', () => {
  it('plays one video after another, with a poster and a text track signed by sign()', FULL, async ({ play }) => {
    const video = await play(FOREVER, { source: null, player: { crossOrigin: 'anonymous' } })
    const load = (source: object) =>
      video.do(`(async () => {
        const files = ['film/poster.jpg', 'film/subtitles/film.vtt']
        const [poster, captions] = await Promise.all(files.map((file) => player.signedUrl().sign(file)))
        const track = { kind: 'captions', srclang: 'en', label: 'Signed', src: captions, default: true }
        const media = { src: ${JSON.stringify(source)}, poster, textTracks: [track], title: 'The film' }
        player.loadMedia(media, () => player.play()?.catch(() => {}))
      })()`)
    for (const source of [FILM, MP4_FILM]) {
      expect((await video.reachesAfter(() => load(source), source, 1)).error).toBeNull()
      await until(
        () => video.page.evaluate<boolean>(`document.querySelector('.vjs-poster img')?.naturalWidth > 0`),
        'the poster',
      )
      await until(() => video.do<boolean>('player.remoteTextTracks()[0]?.cues?.length > 0'), 'the captions')
      await video.do('player.pause()')
    }
    const signed = signings(await video.log()).map(({ path }) => path)
    const extras = ['film/poster.jpg', 'film/subtitles/film.vtt']
    expect(signed.sort()).toEqual([...extras, ...extras, 'film', 'film/film.mp4'].sort())
    expect(refused(await video.log())).toEqual([])
  })
})

describe('player.reset()', () => {
  for (const { engine, source, ...options } of [
    { engine: 'hls.js', source: FILM, ...FULL },
    { engine: 'VHS', source: DASH_FILM, ...FULL },
    { engine: 'the element', source: MP4_FILM, ...FULL },
  ])
    it(`stops signing for a video played by ${engine}, and the next video plays`, options, async ({ play }) => {
      const video = await play({ lifeMs: 2_000, bytesPerSecond: 60_000 }, { source })
      await video.reaches(1)
      await video.do(`player.one('playerreset', () => { window.isReset = true }); player.reset()`)
      await until(() => video.page.evaluate<boolean>('window.isReset === true'), 'the reset')
      const signingCount = signingsAsked(await video.log()).length
      // Longer than a URL lives, so a player that still loads has to sign.
      await (await play({ lifeMs: 2_000 }, { name: 'other', in: video.page })).outlives(2)
      expect(signingsAsked(await video.log()), 'signed after the reset').toHaveLength(signingCount)
      const { status, src, error } = await video.see()
      expect({ status, src, error }).toEqual({ status: 'idle', src: '', error: null })
      await video.set(source)
      expect((await video.reaches(1)).error).toBeNull()
      expect(refused(await video.log())).toEqual([])
    })

  it('cancels signing in progress, and the next video plays', FULL, async ({ play }) => {
    const video = await play({ ...FOREVER, endpointDelayMs: 60_000 }, { autoplay: false })
    await until(async () => signingsAsked(await video.log()).length === 1, 'signing')
    await video.do('player.reset()')
    await playAnother(video, play)
    await video.stage.set({ endpointDelayMs: 0 })
    const { status, error } = await video.see()
    expect({ status, error }).toEqual({ status: 'idle', error: null })
    expect((await video.log()).filter(({ kind }) => kind === 'media')).toEqual([])
    await video.set(MP4_FILM)
    expect((await video.reaches(1)).currentSource).toEqual(MP4_FILM)
  })
})

describe('a player in audio-only mode', () => {
  for (const { format, source, settings, ...options } of [
    { format: 'HLS', source: FILM, settings: {}, ...FULL },
    { format: 'MP4', source: MP4_FILM, settings: { bytesPerSecond: 60_000 }, ...FULL },
  ])
    it(`plays ${format} through expiries, and shows the picture again afterward`, options, async ({ play }) => {
      const video = await play({ lifeMs: 2_000, ...settings }, { player: { audioOnlyMode: true }, source })
      await video.until(({ status }) => status === 'expired', 'the URL to expire')
      await video.do('void player.currentTime(60)')
      const { stats, error } = await video.reaches(61)
      expect(error).toBeNull()
      expect(stats.refreshes).toBeGreaterThan(0)
      await video.do('player.audioOnlyMode(false)')
      await video.reaches(62)
      expect(await video.do('player.tech(true).el().checkVisibility()')).toBe(true)
      expect(refused(await video.log())).toEqual([])
    })
})
