import { describe, expect, inject } from 'vitest'
import { FULL, inBrowser } from '../support/in-browser.js'
import { DASH, HLS, isSegment, MP4, openStage, refused, signings, signingsAsked, until } from '../support/site.js'
import { FILM, Video } from '../support/video.js'

/* The ways in which a page gives a player its sources and takes them away, beside `src()` once (player.test.ts). */

const it = inBrowser('chromium')
const CLIP = { src: 'clips/ts/master.m3u8', type: HLS }
const BY_ELEMENT = { src: 'film/film.mp4', type: MP4 }
const BY_VHS = { src: 'film/manifest.mpd', type: DASH }
const FOR_EVER = { lifeMs: 3_600_000 }

/** A player that was made later plays: what this page still had to do with its first one is done. */
const othersPlay = (video: Video, play: (settings: object, options: object) => Promise<Video>) =>
  play({}, { name: 'other', in: video.page }).then((other) => other.reaches(1))

describe('source tags with `data-setup` and `preload="none"`', () => {
  const UNPLAYABLE = { src: 'film/film.xyz', type: 'video/x-nobody-plays-this' }
  const ABSOLUTE = { src: `${inject('siteUrl')}/film/film.mp4`, type: MP4 }

  for (const { by, sources, played, ...options } of [
    { by: 'one tag', sources: [BY_ELEMENT], played: BY_ELEMENT, ...FULL },
    { by: 'an unsigned URL', sources: [ABSOLUTE], played: ABSOLUTE, ...FULL },
    { by: 'fallbacks that are not needed', sources: [BY_ELEMENT, FILM], played: BY_ELEMENT, ...FULL },
    { by: 'fallbacks, the first of which is needed', sources: [UNPLAYABLE, FILM, BY_ELEMENT], played: FILM },
  ])
    it(
      `play by ${by}; only that is signed, no request goes to the tags, and they read as they were written`,
      options,
      async ({ openWindow, play }) => {
        const stage = await openStage(FOR_EVER)
        const query = new URLSearchParams({ stage: stage.id, sources: JSON.stringify(sources) })
        const page = await openWindow(`/test/browser/pages/source-tags.html?${query}`)
        const video = new Video(page, stage, 'film')
        await othersPlay(video, play)
        expect(await video.log(), 'before someone plays').toEqual([])
        expect((await video.see()).currentSource, 'before').toEqual(played)
        await video.do('void player.play()')
        expect(await video.reaches(1)).toMatchObject({ currentSource: played, error: null })
        const asked = (await video.log()).filter(({ kind }) => kind !== 'media')
        expect(asked.map(({ kind, path }) => [kind, path])).toEqual([['sign', played.src]])
      },
    )
})

describe('five sources set in one task', () => {
  for (const { what, sources, plugin, ...options } of [
    { what: 'HLS by hls.js', sources: [CLIP, BY_ELEMENT, BY_VHS, CLIP, FILM], plugin: {} },
    {
      what: 'HLS by hls.js, one source object again and again',
      sources: [FILM, FILM, FILM, FILM, FILM],
      plugin: {},
      ...FULL,
    },
    { what: 'HLS by VHS', sources: [CLIP, BY_ELEMENT, BY_VHS, CLIP, FILM], plugin: { engine: 'vhs' } },
    { what: 'DASH by VHS', sources: [CLIP, BY_ELEMENT, BY_VHS, CLIP, BY_VHS], plugin: {}, ...FULL },
    { what: 'an MP4', sources: [BY_ELEMENT, CLIP, BY_ELEMENT, FILM, BY_ELEMENT], plugin: {} },
  ])
    it(`are signed once, the last one, which plays: ${what}`, options, async ({ play }) => {
      const video = await play(FOR_EVER, { source: null, plugin })
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

  it('play with sound in the click that sets them', async ({ openWindow, play }) => {
    const withGesture = await play({ ...FOR_EVER, endpointDelayMs: 500 }, { source: null, in: await openWindow() })
    await withGesture.do(`
      document.querySelector('#gesture').addEventListener('click', () => {
        player.muted(false)
        for (const source of ${JSON.stringify([CLIP, BY_ELEMENT, FILM])}) player.src(source)
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
    ['200 ms apart', 200, BY_VHS],
  ] as const)('%s: only the last one plays, without an error', FULL, async ([, apartMs, last], { play }) => {
    // The endpoint takes longer than the page to set the next one, or the sources are far enough apart to be opened.
    const video = await play({ ...FOR_EVER, endpointDelayMs: apartMs < 100 ? 1_000 : 100 }, { source: null })
    await video.do(`(async () => {
      for (const source of ${JSON.stringify([BY_VHS, CLIP, FILM, BY_ELEMENT, CLIP, last])}) {
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
    expect(later, 'asked for videos that were replaced').toEqual([])
  })
})

describe('the video before', () => {
  for (const { from, to, before, next, ...options } of [
    { from: 'HLS', to: 'an MP4', before: FILM, next: BY_ELEMENT },
    { from: 'HLS', to: 'DASH', before: FILM, next: BY_VHS, ...FULL },
    { from: 'DASH', to: 'HLS', before: BY_VHS, next: FILM, ...FULL },
    { from: 'DASH', to: 'an MP4', before: BY_VHS, next: BY_ELEMENT, ...FULL },
    { from: 'an MP4', to: 'DASH', before: BY_ELEMENT, next: BY_VHS, ...FULL },
  ])
    it(`${from} neither plays on nor is loaded while ${to} is being signed`, options, async ({ play }) => {
      const video = await play(FOR_EVER, { source: before })
      await video.reaches(1)
      // For as long as this row looks.
      await video.stage.set({ endpointDelayMs: 5_000 })
      await video.set(next)
      await until(async () => signingsAsked(await video.log()).length === 2, 'signing')
      const { position, bufferedEnd } = await video.see()
      expect({ position, bufferedEnd }).toEqual({ position: 0, bufferedEnd: 0 })
      const { error, paused, events } = await video.reaches(1)
      expect({ error, paused }).toEqual({ error: null, paused: false })
      expect(events.filter(({ type }) => type === 'error')).toEqual([])
      const log = await video.log()
      const asked = log.map(({ kind }) => kind).lastIndexOf('sign')
      expect(log.slice(asked).filter((entry) => isSegment(entry) && entry.issue === 1)).toEqual([])
    })
})

describe('player.loadMedia()', () => {
  it('plays one video after another, with a poster and a text track signed by sign()', FULL, async ({ play }) => {
    const video = await play(FOR_EVER, { source: null, player: { crossOrigin: 'anonymous' } })
    const load = (source: object) =>
      video.do(`(async () => {
        const files = ['film/poster.jpg', 'film/subtitles/film.vtt']
        const [poster, captions] = await Promise.all(files.map((file) => player.signedUrl().sign(file)))
        const track = { kind: 'captions', srclang: 'en', label: 'Signed', src: captions, default: true }
        const media = { src: ${JSON.stringify(source)}, poster, textTracks: [track], title: 'The film' }
        player.loadMedia(media, () => player.play()?.catch(() => {}))
      })()`)
    for (const source of [FILM, BY_ELEMENT]) {
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
    { engine: 'VHS', source: BY_VHS, ...FULL },
    { engine: 'the element', source: BY_ELEMENT, ...FULL },
  ])
    it(`of a video played by ${engine} ends its signing, and the next video plays`, options, async ({ play }) => {
      const video = await play({ lifeMs: 2_000, bytesPerSecond: 60_000 }, { source })
      await video.reaches(1)
      await video.do(`player.one('playerreset', () => { window.isReset = true }); player.reset()`)
      await until(() => video.page.evaluate<boolean>('window.isReset === true'), 'the reset')
      const issuesBefore = signingsAsked(await video.log()).length
      // Longer than a URL lives: who still loads has to sign.
      await (await play({ lifeMs: 2_000 }, { name: 'other', in: video.page })).outlives(2)
      expect(signingsAsked(await video.log()), 'signed after the reset').toHaveLength(issuesBefore)
      const { status, src, error } = await video.see()
      expect({ status, src, error }).toEqual({ status: 'idle', src: '', error: null })
      await video.set(source)
      expect((await video.reaches(1)).error).toBeNull()
      expect(refused(await video.log())).toEqual([])
    })

  it('in the middle of signing ends that, and the next video plays', FULL, async ({ play }) => {
    const video = await play({ ...FOR_EVER, endpointDelayMs: 60_000 }, { autoplay: false })
    await until(async () => signingsAsked(await video.log()).length === 1, 'signing')
    await video.do('player.reset()')
    await othersPlay(video, play)
    await video.stage.set({ endpointDelayMs: 0 })
    const { status, error } = await video.see()
    expect({ status, error }).toEqual({ status: 'idle', error: null })
    expect((await video.log()).filter(({ kind }) => kind === 'media')).toEqual([])
    await video.set(BY_ELEMENT)
    expect((await video.reaches(1)).currentSource).toEqual(BY_ELEMENT)
  })
})

describe('a player in audio-only mode', () => {
  for (const { format, source, settings, ...options } of [
    { format: 'HLS', source: FILM, settings: {}, ...FULL },
    { format: 'MP4', source: BY_ELEMENT, settings: { bytesPerSecond: 60_000 }, ...FULL },
  ])
    it(`plays ${format} through expiries, and shows the picture again afterwards`, options, async ({ play }) => {
      const video = await play({ lifeMs: 2_000, ...settings }, { player: { audioOnlyMode: true }, source })
      await video.until(({ status }) => status === 'expired', 'the end of the URL')
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
