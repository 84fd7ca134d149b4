import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { availableBrowsers, type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  HLS,
  isThorough,
  openPage,
  openStage,
  refused,
  SMALL_BUFFER,
  see,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'

/** A text track or an audio track as a menu of the player would read it. */
interface Track {
  kind: string
  label: string
  language: string
  mode?: string
  enabled?: boolean
}

for (const name of availableBrowsers()) {
  describe(`hls.js behind Video.js, in ${name}`, () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await launch(name)
    })
    afterAll(() => browser?.close())

    /** What is Video.js's own, not the browser's: Firefox would show the same as Chromium. */
    const itInOne = it.skipIf(name === 'firefox' && !isThorough)

    const open = async (src: string, hls: object = SMALL_BUFFER, player: Record<string, unknown> = {}) => {
      const stage = await openStage({ lifeMs: 4_000 })
      const page = await browser.newPage()
      await openPage(page)
      await startFilm(page, {
        name: 'film',
        plugin: { endpoint: stage.endpoint, hls },
        player,
        source: { src, type: HLS },
      })
      return { stage, page }
    }

    itInOne('plays MPEG-TS, AES-128 and fMP4 by byte ranges to their ends through expiries', async () => {
      await Promise.all(
        ['ts', 'aes', 'byterange'].map(async (clip) => {
          const { stage, page } = await open(`clips/${clip}/master.m3u8`, { maxBufferLength: 3, maxMaxBufferLength: 3 })
          const { error, starvedMs } = await untilPosition(page, 'film', 11)
          await until(async () => (await see(page, 'film')).events.some(({ type }) => type === 'ended'), 'the end')
          const log = await stage.log()
          expect({ clip, error, starvedMs, refused: refused(log) }).toEqual({
            clip,
            error: null,
            starvedMs: 0,
            refused: [],
          })
          const issues = new Set(log.filter(({ kind }) => kind === 'media').map(({ issue }) => issue))
          expect(issues.size, clip).toBeGreaterThan(1)
          // The key lies behind the same token, and so does the init segment of EXT-X-MAP.
          if (clip === 'aes')
            expect(log.some(({ path, status }) => path === 'aes/key.bin' && status === 200)).toBe(true)
          if (clip === 'byterange') expect(log.some(({ range, status }) => range !== null && status === 206)).toBe(true)
          await page.close()
        }),
      )
    })

    itInOne('lists quality levels, plays the one that is chosen, and goes back to choosing by itself', async () => {
      const { page } = await open('film', { ...SMALL_BUFFER, startLevel: 0 })
      await untilPosition(page, 'film', 1)
      const levels = await page.evaluate(() =>
        Array.from(window.lab.player('film').qualityLevels(), ({ height, bitrate, enabled }) => ({
          height,
          bitrate,
          enabled,
        })),
      )
      expect(levels).toEqual([
        { height: 360, bitrate: 199_435, enabled: true },
        { height: 720, bitrate: 430_519, enabled: true },
      ])
      for (const chosen of [0, 1]) {
        await page.evaluate((index: number) => {
          const list = window.lab.player('film').qualityLevels()
          for (const [at, level] of Array.from(list).entries()) level.enabled = at === index
        }, chosen)
        await until(
          async () =>
            (await see(page, 'film')).heights.at(-1) === levels[chosen]?.height && (await selected(page)) === chosen,
          `level ${chosen} to be seen`,
        )
      }
      await page.evaluate(() => {
        for (const level of Array.from(window.lab.player('film').qualityLevels())) level.enabled = true
      })
      const { position } = await see(page, 'film')
      expect((await untilPosition(page, 'film', position + 3)).error).toBeNull()
      await page.close()
    })

    itInOne('lists audio tracks, and loads the one that is chosen', async () => {
      const { stage, page } = await open('film')
      await untilPosition(page, 'film', 1)
      const tracks = await page.evaluate<Track[]>(
        `Array.from(lab.player('film').audioTracks(), ({ kind, label, language, enabled }) => ({ kind, label, language, enabled }))`,
      )
      expect(tracks).toEqual([
        { kind: 'main', label: 'English', language: 'en', enabled: true },
        { kind: 'alternative', label: 'Commentary', language: 'en', enabled: false },
      ])
      await page.evaluate(`void (lab.player('film').audioTracks()[1].enabled = true)`)
      await until(
        async () => (await stage.log()).some(({ path, status }) => /^commentary\/.*m4s$/.test(path) && status === 200),
        'the commentary to be loaded',
      )
      const { position } = await see(page, 'film')
      expect((await untilPosition(page, 'film', position + 3)).error).toBeNull()
      await page.close()
    })

    itInOne('shows subtitles as a text track of the player, loaded when they are chosen', async () => {
      const { stage, page } = await open('film')
      await untilPosition(page, 'film', 2)
      const find = `Array.from(lab.player('film').textTracks()).find(({ kind }) => kind === 'subtitles')`
      expect(
        await page.evaluate<Track>(`(({ kind, label, language, mode }) => ({ kind, label, language, mode }))(${find})`),
      ).toEqual({
        kind: 'subtitles',
        label: 'English',
        language: 'en',
        mode: 'disabled',
      })
      const vtt = async () => (await stage.log()).filter(({ path }) => path.startsWith('subtitles/')).length
      expect(await vtt(), 'requests before subtitles are chosen').toBe(0)
      await page.evaluate(`void (${find}.mode = 'showing')`)
      // Video.js draws cues itself, but leaves them to the element in Safari's engine. One look at both: the film goes on.
      const isDrawn = `document.querySelector('.vjs-text-track-display').textContent.includes(text.split('\\n')[0])`
      const isShown = `Array.from(${find}.activeCues ?? []).some(({ text }) => text.length > 3 && ${name === 'webkit' || isDrawn})`
      await until(() => page.evaluate<boolean>(isShown), 'a cue to be shown')
      await page.close()
    })

    itInOne('shows CEA-608 captions as a text track of the player', async () => {
      const { page } = await open('clips/cea608/master.m3u8')
      const find = `Array.from(lab.player('film').textTracks()).find(({ kind }) => kind === 'captions')`
      await until(() => page.evaluate<boolean>(`${find} !== undefined`), 'the captions track')
      await page.evaluate(`void (${find}.mode = 'showing')`)
      await until(
        async () => (await page.evaluate<number>(`(${find}.activeCues ?? []).length`)) > 0,
        'a caption',
        20_000,
      )
      await page.close()
    })

    itInOne('has the captions from before they were chosen, and keeps them through off and on', async () => {
      const { page } = await open('clips/cea608/master.m3u8')
      const find = `Array.from(lab.player('film').textTracks()).find(({ kind }) => kind === 'captions')`
      await untilPosition(page, 'film', 4.5)
      for (const mode of ['showing', 'disabled', 'showing']) {
        await page.evaluate(`void (${find}.mode = '${mode}')`)
        // WebKit empties a track some time after its mode has changed.
        await page.evaluate('new Promise((resolve) => setTimeout(resolve, 300))')
      }
      const starts = await page.evaluate<number[]>(`Array.from(${find}.cues, ({ startTime }) => startTime)`)
      expect(Math.floor(Math.min(...starts))).toBe(2)
      await page.close()
    })

    it('plays live with a window to go back in, and a live button that returns to the edge', async () => {
      const { stage, page } = await open('film/live.m3u8', {}, { liveui: true, inactivityTimeout: 0 })
      await untilPosition(page, 'film', 28)
      const live = () =>
        page.evaluate<{
          duration: string
          start: number
          end: number
          isLive: boolean
          atEdge: boolean
          position: number
        }>(() => {
          const player = window.lab.player('film')
          const seekable = player.seekable()
          return {
            duration: String(player.duration()),
            start: seekable.start(0),
            end: seekable.end(0),
            isLive: player.liveTracker.isLive(),
            atEdge: player.liveTracker.atLiveEdge(),
            position: player.currentTime() ?? 0,
          }
        })
      const before = await live()
      expect(before).toMatchObject({ duration: 'Infinity', isLive: true })
      expect(before.end - before.start).toBeGreaterThan(10)
      await page.evaluate((start: number) => void window.lab.player('film').currentTime(start + 1), before.start)
      await until(async () => !(await live()).atEdge, 'the player to be behind the edge')
      const back = await live()
      await untilPosition(page, 'film', back.position + 2)
      // As a mouse does that moves there: the controls of a film that plays hide after two seconds.
      await page.evaluate("void lab.player('film').userActive(true)")
      await page.click('.vjs-seek-to-live-control')
      await until(async () => (await live()).atEdge, 'the live edge')
      const after = await live()
      expect(after.end - after.position).toBeLessThan(6)
      expect((await untilPosition(page, 'film', after.position + 4)).error).toBeNull()
      expect(refused(await stage.log())).toEqual([])
      await page.close()
    })

    itInOne('takes everything away when the source changes, and when the player is disposed', async () => {
      const { stage, page } = await open('film')
      await untilPosition(page, 'film', 2)
      await page.evaluate((src: string) => {
        window.lab.player('film').src({ src, type: 'application/x-mpegURL' })
        window.lab.player('film').play()
      }, 'clips/ts/master.m3u8')
      await until(async () => (await see(page, 'film')).currentSrc === 'clips/ts/master.m3u8', 'the new source')
      await untilPosition(page, 'film', 3)
      const counts = await page.evaluate(() => {
        const player = window.lab.player('film')
        return [player.audioTracks().length, player.qualityLevels().length, player.remoteTextTracks().length]
      })
      expect(counts, 'audio tracks, quality levels and text tracks of the clip').toEqual([0, 1, 0])
      await page.evaluate(() => window.lab.player('film').dispose())
      const before = (await stage.log()).length
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      expect((await stage.log()).length - before, 'requests after the end').toBe(0)
      await page.close()
    })
  })
}

async function selected(page: Page): Promise<number> {
  return page.evaluate<number>(`lab.player('film').qualityLevels().selectedIndex`)
}
