import { describe, expect } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { BROWSERS, type Page } from '../support/browsers/index.js'
import { heard, isNoWait, untilExpired } from '../support/heard.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { playByHand } from '../support/play-by-hand.js'
import { comeBack, WORKER } from '../support/service-worker.js'
import { MP4, refused, signings } from '../support/site.js'
import type { Video, VideoOptions } from '../support/video.js'

/* MP4 from servers, and of files, that are not as they should be: as the browser has it without the plugin, with a cause that says what the plugin knows. */

const HEAVY = { src: 'heavy/film.mp4', type: MP4 }
/** Four times the bitrate. */
const QUICK: Partial<StageSettings> = { lifeMs: 2_000, bytesPerSecond: 400_000 }
const BY_WORKER: VideoOptions = { source: HEAVY, plugin: { serviceWorker: WORKER }, before: comeBack }

interface Odd {
  readonly what: string
  readonly src: string
  readonly type?: string
  readonly settings?: Partial<StageSettings>
  /** What the cause says where the file fails. */
  readonly cause?: RegExp
}

const ODD_FILES: readonly Odd[] = [
  { what: 'no media', src: 'heavy/not-a-film.mp4', cause: /The CDN serves it/ },
  { what: 'its index at the end', src: 'heavy/index-at-end.mp4' },
  { what: 'from a server without ranges', src: 'heavy/film.mp4', settings: { ranges: false } },
  { what: 'MP3 declared as MP4', src: 'talk/talk.mp3' },
  { what: 'HLS declared as MP4', src: 'film/360p/playlist.m3u8', cause: /The CDN serves it/ },
  { what: 'MP4 declared as Ogg', src: 'heavy/film.mp4', type: 'video/ogg' },
  { what: 'missing', src: 'film/none.mp4', cause: /The CDN answers 404/ },
]

/** Whether it plays, or with which error it ends. */
async function outcome(video: Video): Promise<string> {
  const { error } = await video.until((seen) => seen.position >= 2 || seen.error !== null, '2 s or an error')
  return error ? `error ${error.code}` : 'plays'
}

const causeOf = (video: Video) => video.do<string>(`String(player.error()?.cause?.message)`)

for (const name of BROWSERS) {
  const it = inBrowser(name)

  describe(`an MP4 that is not as it should be, in ${name}`, () => {
    it('plays, or fails with the same error, as without the plugin', FULL, async ({ play, openWindow }) => {
      const page: Page = await openWindow()
      for (const [index, { what, src, type = MP4, settings = {}, cause }] of ODD_FILES.entries()) {
        const source = { src, type }
        const control = await play(settings, { in: page, name: `control ${index}`, source: null, plugin: null })
        await playByHand(control, source)
        const expected = await outcome(control)
        await control.do('player.dispose(); undefined')
        const video = await play(settings, { in: page, name: `film ${index}`, source })
        expect(await outcome(video), what).toBe(expected)
        if (cause && expected !== 'plays') expect(await causeOf(video), what).toMatch(cause)
        await video.do('player.dispose(); undefined')
      }
    })

    // WebKitGTK never plays on after a seek there, with or without the plugin.
    if (name !== 'webkit')
      it('from a server without ranges plays on where a seek ends, after the expiry too', FULL, async ({ play }) => {
        const video = await play({ ...QUICK, ranges: false }, { source: HEAVY })
        await video.reaches(1)
        await untilExpired(video)
        const before = (await video.see()).position
        await video.do('player.currentTime(80); undefined')
        const landed = await video.until(({ position }) => position !== 80, 'the end of the seek')
        // Chromium goes back to the start, Firefox to the last frame that it has.
        expect(landed.position < 1 || landed.position > before).toBe(true)
        const seen = await video.reaches(landed.position + 1)
        expect(seen).toMatchObject({ error: null, stats: { swaps: 0 } })
      })

    for (const { what, ...change } of [
      { what: 'whose file changes', etag: '"second"' },
      { what: 'whose CDN begins to hide Content-Range', cors: 'hidden' },
    ] as ({ what: string } & Partial<StageSettings>)[])
      it(`${what} while the worker serves it is loaded anew, at the place`, FULL, async ({ play }) => {
        const video = await play({ ...QUICK, etag: '"first"' }, BY_WORKER)
        await video.reaches(2)
        await video.stage.set(change)
        const mark = (await video.see()).events.length
        await video.do('player.currentTime(60); undefined')
        const seen = await video.reaches(60.5)
        expect(seen).toMatchObject({ error: null, stats: { swaps: 1 } })
        expect(heard(seen, mark).filter(isNoWait)).toEqual(['seeking', 'seeked'])
      })

    it('loses no more to refusals without CORS headers than to others', FULL, async ({ play }) => {
      // Only refusals tell of the expiry, because the device's clock is an hour behind, and each breaks a connection.
      const clocks: Partial<StageSettings> = { clockSkewMs: 3_600_000, endpointClock: 'machine', cutWhenExpired: true }
      const run = async (refusalCors: boolean) => {
        const video = await play({ ...QUICK, ...clocks, lifeMs: 5_000, refusalCors }, { source: HEAVY })
        return { seen: await video.reaches(15), log: await video.log() }
      }
      const [hidden, readable] = await Promise.all([run(false), run(true)])
      console.info(
        `${name}, MP4 whose refusals have no CORS headers: lost ${Math.round(hidden.seen.lostMs)} ms with ${hidden.seen.stats.swaps} swaps, ` +
          `${refused(hidden.log).length} refused; with them: ${Math.round(readable.seen.lostMs)} ms, ${readable.seen.stats.swaps}, ${refused(readable.log).length}`,
      )
      expect(hidden.seen.error).toBeNull()
      expect(hidden.seen.stats.swaps).toBeLessThanOrEqual((readable.seen.stats.swaps ?? 0) + 1)
      expect(signings(hidden.log).length).toBeLessThanOrEqual(signings(readable.log).length + 1)
    })

    it(
      'whose URLs die before the browser is back at its place goes on, or an error says so',
      FULL,
      async ({ play }) => {
        // Little faster than the video, and each connection breaks at the expiry: a browser that reads from the file's start may get nowhere.
        const settings = { lifeMs: 3_000, bytesPerSecond: 160_000, cutWhenExpired: true }
        const video = await play(settings, { source: HEAVY })
        const { error } = await video.until((seen) => seen.position >= 15 || seen.error !== null, '15 s or an error')
        if (name === 'chromium') expect(error).toBeNull()
        if (error) expect(await causeOf(video)).toMatch(/a URL has to live for as long as the browser takes/)
      },
    )
  })
}
