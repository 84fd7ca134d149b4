import { describe, expect } from 'vitest'
import { BROWSERS } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { expectNoneRefused } from '../support/judge.js'
import { HLS, refused, SMALL_BUFFER, until, untilSeen } from '../support/site.js'
import type { FILM, Video, VideoOptions } from '../support/video.js'

/** A text track or an audio track as a player menu reads it. */
interface Track {
  kind: string
  label: string
  language: string
  mode?: string
  enabled?: boolean
}

/** The position of a live video in its window. */
interface Place {
  duration: string
  start: number
  end: number
  isLive: boolean
  atEdge: boolean
  position: number
}

const SEGMENT_S = 2

for (const name of BROWSERS) {
  describe(`HLS played by hls.js in Video.js, in ${name}`, () => {
    const it = inBrowser(name)
    /** `npm test` runs rows about Video.js, not the browser, in one browser. */
    const quick = name === 'chromium' ? {} : FULL

    const LIFE = { lifeMs: 3_000 }
    const clip = (title: string, plugin: object = {}): VideoOptions => ({
      source: { src: `clips/${title}/master.m3u8`, type: HLS },
      plugin,
    })
    const hasEnded = ({ events }: { events: readonly { type: string }[] }) =>
      events.some(({ type }) => type === 'ended')

    for (const { what, title, file, ...options } of [
      { what: 'MPEG-TS', title: 'ts', file: /\.ts$/, ...FULL },
      // The same token protects the key and the init segment of EXT-X-MAP.
      { what: 'AES-128', title: 'aes', file: /^aes\/key\.bin$/, ...quick },
      { what: 'fMP4 with byte ranges', title: 'byterange', file: /film\.mp4$/, ...FULL },
    ])
      it(`plays ${what} to the end through expiries`, options, async ({ play }) => {
        const video = await play(LIFE, clip(title, { hls: { maxBufferLength: 3, maxMaxBufferLength: 3 } }))
        const { error, starvedMs } = await video.until(hasEnded, 'the end')
        expect({ error, starvedMs }).toEqual({ error: null, starvedMs: 0 })
        const log = await video.log()
        expectNoneRefused({ log })
        const media = log.filter(({ kind, status }) => kind === 'media' && [200, 206].includes(status))
        expect(media.some(({ path }) => file.test(path))).toBe(true)
        expect(media.some(({ status }) => status === 206)).toBe(title === 'byterange')
        expect(new Set(media.map(({ issue }) => issue)).size).toBeGreaterThan(1)
      })

    it('lists quality levels, plays the selected one, and returns to automatic selection', FULL, async ({ play }) => {
      const video = await play(LIFE, { plugin: { hls: { ...SMALL_BUFFER, startLevel: 0 } } })
      await video.reaches(1)
      const levels = await video.do<object[]>(
        'Array.from(player.qualityLevels(), ({ height, bitrate, enabled }) => ({ height, bitrate, enabled }))',
      )
      expect(levels).toEqual([
        { height: 360, bitrate: 199_435, enabled: true },
        { height: 720, bitrate: 430_519, enabled: true },
      ])
      for (const [chosen, height] of [360, 720].entries()) {
        await video.do(
          `for (const [at, level] of Array.from(player.qualityLevels()).entries()) level.enabled = at === ${chosen}`,
        )
        await until(
          () =>
            video.do<boolean>(
              `player.videoHeight() === ${height} && player.qualityLevels().selectedIndex === ${chosen}`,
            ),
          `level ${chosen} to play`,
        )
      }
      await video.do('for (const level of Array.from(player.qualityLevels())) level.enabled = true')
      const { position } = await video.see()
      expect((await video.reaches(position + 2)).error).toBeNull()
    })

    it('lists audio tracks, and loads the selected one', FULL, async ({ play }) => {
      const video = await play(LIFE)
      await video.reaches(1)
      const tracks = await video.do<Track[]>(
        'Array.from(player.audioTracks(), ({ kind, label, language, enabled }) => ({ kind, label, language, enabled }))',
      )
      expect(tracks).toEqual([
        { kind: 'main', label: 'English', language: 'en', enabled: true },
        { kind: 'alternative', label: 'Commentary', language: 'en', enabled: false },
      ])
      await video.do('player.audioTracks()[1].enabled = true; undefined')
      await until(
        async () => (await video.log()).some(({ path, status }) => /^commentary\/.*m4s$/.test(path) && status === 200),
        'the commentary to load',
      )
      const { position } = await video.see()
      expect((await video.reaches(position + 2)).error).toBeNull()
    })

    const track = (kind: string) => `Array.from(player.textTracks()).find(({ kind }) => kind === '${kind}')`
    const setMode = (video: Video, kind: string, mode: string) => video.do(`${track(kind)}.mode = '${mode}'; undefined`)

    it(
      'shows subtitles as a text track of the player, and loads them only when they are selected',
      quick,
      async ({ play }) => {
        const video = await play(LIFE)
        await video.reaches(1)
        const found = await video.do<Track>(
          `(({ kind, label, language, mode }) => ({ kind, label, language, mode }))(${track('subtitles')})`,
        )
        expect(found).toEqual({ kind: 'subtitles', label: 'English', language: 'en', mode: 'disabled' })
        const loaded = async () => (await video.log()).filter(({ path }) => path.startsWith('subtitles/')).length
        expect(await loaded(), 'requests before subtitles are selected').toBe(0)
        await setMode(video, 'subtitles', 'showing')
        // Video.js draws cues itself, except in Safari's engine. One script checks both, because the video keeps playing.
        const isDrawn = `document.querySelector('.vjs-text-track-display').textContent.includes(text.split('\\n')[0])`
        const isShown = `Array.from(${track('subtitles')}.activeCues ?? []).some(({ text }) => text.length > 3 && ${name === 'webkit' || isDrawn})`
        await until(() => video.do<boolean>(isShown), 'a cue to be shown')
      },
    )

    it('shows CEA-608 captions as a text track of the player', FULL, async ({ play }) => {
      const video = await play(LIFE, clip('cea608'))
      await until(() => video.do<boolean>(`${track('captions')} !== undefined`), 'the captions track')
      await setMode(video, 'captions', 'showing')
      await until(() => video.do<boolean>(`(${track('captions')}.activeCues ?? []).length > 0`), 'a caption')
    })

    it(
      'has the captions from before they were selected, and keeps them when they are turned off and on',
      FULL,
      async ({ play }) => {
        const video = await play(LIFE, clip('cea608'))
        await video.reaches(4.5)
        for (const mode of ['showing', 'disabled', 'showing']) {
          await setMode(video, 'captions', mode)
          // WebKit empties a track in a separate task after its mode changes. Two frames later that is done.
          await video.page.evaluate(
            'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))))',
          )
        }
        const first = await video.do<number>(
          `Math.min(...Array.from(${track('captions')}.cues, ({ startTime }) => startTime))`,
        )
        expect(Math.floor(first)).toBe(2)
      },
    )

    it('plays live with a DVR window, and its live button returns to the live edge', quick, async ({ play }) => {
      const video = await play(LIFE, {
        source: { src: 'film/live.m3u8', type: HLS },
        plugin: { hls: {} },
        player: { liveui: true, inactivityTimeout: 0 },
      })
      const look = () =>
        video.do<Place>(`({
          duration: String(player.duration()),
          start: player.seekable().start(0),
          end: player.seekable().end(0),
          isLive: player.liveTracker.isLive(),
          atEdge: player.liveTracker.atLiveEdge(),
          position: player.currentTime(),
        })`)
      const untilPlace = (condition: (place: Place) => boolean, what: string) => untilSeen(look, condition, what)
      await video.reaches(28)
      const before = await untilPlace(({ isLive }) => isLive, 'the live tracker')
      expect(before.duration).toBe('Infinity')
      expect(before.end - before.start).toBeGreaterThan(10)
      await video.do(`player.currentTime(player.seekable().start(0) + 1); undefined`)
      const back = await untilPlace(({ atEdge }) => !atEdge, 'the player to be behind the edge')
      await video.reaches(back.position + 1)
      // On a busy machine WebKitGTK's element sometimes never ends the second of two seeks, with seconds loaded ahead, and nothing plays any more.
      if (name === 'webkit') return
      // As if the mouse had moved: the controls of a playing video hide after two seconds.
      await video.do('player.userActive(true); undefined')
      await video.page.click('.vjs-seek-to-live-control')
      const after = await untilPlace(({ atEdge }) => atEdge, 'the live edge')
      // hls.js stays three segments behind the end, and the window may have advanced by one.
      expect(after.end - after.position).toBeLessThan(4 * SEGMENT_S)
      expect((await video.reaches(after.position + 2)).error).toBeNull()
      expect(refused(await video.log())).toEqual([])
    })

    it(
      'removes tracks and levels when the source changes, and sends no request after the player is disposed',
      quick,
      async ({ play }) => {
        const video = await play(LIFE)
        await video.reaches(1)
        const { src } = clip('ts').source as typeof FILM
        const next = { src, type: HLS }
        await video.reachesAfter(() => video.set(next), next, 1)
        const counts = await video.do<number[]>(
          '[player.audioTracks().length, player.qualityLevels().length, player.remoteTextTracks().length]',
        )
        expect(counts, 'audio tracks, quality levels and text tracks of the clip').toEqual([0, 1, 0])
        await video.do('player.dispose()')
        // Requests in flight have arrived by the time another player plays. None may follow during two of its URL lifetimes.
        const other = await play(LIFE, { name: 'other', in: video.page })
        await other.reaches(1)
        const before = (await video.log()).length
        await other.outlives(2)
        expect((await video.log()).length - before, 'requests after dispose').toBe(0)
      },
    )
  })
}
