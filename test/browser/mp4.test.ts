import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { availableBrowsers, type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  HLS,
  installFrameReader,
  isThorough,
  openPage,
  openStage,
  refused,
  type Stage,
  see,
  signings,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'
import type { SeenEvent, Sighting } from './pages/lab.js'

/* MP4, which the element loads by itself: through the swap, and through the service worker. The film weighs 100 kB/s. */

const MP4 = 'video/mp4'
const FILM = { src: 'heavy/film.mp4', type: MP4 }
const LIFE_MS = 6_000
/** A browser keeps one download open for the whole film: the connection has to break before a dead URL is met. */
const SLOW: Partial<StageSettings> = {
  lifeMs: LIFE_MS,
  bytesPerSecond: 160_000,
  // After 14 s, in the long form after 30 s.
  cutAfterBytes: process.env.SOAK ? 4_800_000 : 2_200_000,
}
const SOAK_S = 60
/** Room for a machine that has other things to do: it holds a film up with data ahead, a dead URL doesn't. */
const MACHINE_SHARE = 0.1
/** Of the demo's HLS. */
const SEGMENT_S = 2
const WORKER = '/signed-url-worker.js'

for (const name of availableBrowsers()) {
  describe.skipIf(!inject('hasHeavyFilm'))(`an MP4 behind a URL that dies, in ${name}`, () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await launch(name)
    })
    afterAll(() => browser?.close())

    const open = async (
      stage: Stage,
      film: { src: string; type?: string } = FILM,
      plugin: object = {},
      player = {},
    ) => {
      const page = await browser.newPage()
      await openPage(page)
      await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, ...plugin }, player, source: film })
      return page
    }

    // WebKitGTK notices a broken connection only when its buffer is spent.
    const playS = process.env.SOAK ? SOAK_S : name === 'webkit' ? 26 : 20

    it.skipIf(name === 'firefox' && !isThorough)(
      'goes on by fewer swaps than expiries, unheard, where reloads by a timer lose many times as much',
      {
        timeout: 240_000,
      },
      async () => {
        const [swapped, reloaded] = await Promise.all([play(), reload()])
        console.info(
          `${name}, MP4 by swap: ${playS} s played, ${swapped.stats.swaps} swaps, longest gap ${Math.round(swapped.stats.longestGapMs ?? 0)} ms, lost ${Math.round(swapped.lostMs)} ms; ` +
            `by player.src() on a timer: ${Math.round(reloaded.lostMs)} ms of ${Math.round(reloaded.position)} s`,
        )
        expect(swapped.error).toBeNull()
        // Chromium rests now and then from loading ahead, whatever the URL.
        expect(unexpected(swapped).filter((type) => type !== 'suspend')).toEqual([])
        expect(swapped.stats.swaps).toBeGreaterThanOrEqual(1)
        const tookMs = 1000 * swapped.position + swapped.lostMs
        expect(swapped.stats.swaps).toBeLessThan(Math.floor(tookMs / LIFE_MS))
        const share = swapped.lostMs / swapped.position / (reloaded.lostMs / reloaded.position)
        // In a short row one swap that comes out late in a group of pictures weighs more than it does in an hour.
        expect(share, 'lost by swaps, of what is lost by reloads').toBeLessThan(process.env.SOAK ? 0.2 : 0.5)

        async function play(): Promise<Sighting> {
          const stage = await openStage(SLOW)
          const page = await open(stage)
          const sighting = await untilPosition(page, 'film', playS, playS * 1000 + 60_000)
          await page.close()
          return sighting
        }

        async function reload(): Promise<Sighting> {
          const stage = await openStage(SLOW)
          const page = await browser.newPage()
          await openPage(page)
          await startFilm(page, { name: 'film', play: false })
          await page.evaluate(reloadByTimer, { endpoint: stage.endpoint, everyMs: LIFE_MS })
          await new Promise((resolve) => setTimeout(resolve, playS * 1000))
          // In the middle of a reload the position is 0: the best moment of one period counts.
          let sighting = await see(page, 'film')
          for (let left = LIFE_MS; left > 0; left -= 200) {
            await new Promise((resolve) => setTimeout(resolve, 200))
            const next = await see(page, 'film')
            if (next.position > sighting.position) sighting = next
          }
          await page.close()
          return sighting
        }
      },
    )

    it.skipIf(name === 'firefox' && !isThorough)(
      'takes a swap no longer than `src` and `currentTime` set by hand, and comes out at the same frame',
      async () => {
        const stage = await openStage({ lifeMs: 2_000, bytesPerSecond: 400_000 })
        const page = await open(stage)
        await untilPosition(page, 'film', 1)
        const rounds: { gapMs: number; byHandMs: number; offset: number }[] = []
        for (let round = 1; round <= 3; round += 1) {
          await page.evaluate(`lab.player('film').pause()`)
          await untilDead(page)
          const { position } = await see(page, 'film')
          await page.evaluate(`void lab.watchFrames('film')`)
          await page.evaluate(`void lab.player('film').play()`)
          await until(async () => (await see(page, 'film')).stats.swaps === round, `swap ${round}`)
          await until(() => page.evaluate<boolean>(`lab.frames('film').length > 0`), 'the first frame that is seen')
          const first = await page.evaluate<number>(`lab.frames('film')[0]`)
          const byHandMs = await page.evaluate(swapByHand, { endpoint: stage.endpoint, position })
          const { stats } = await see(page, 'film')
          rounds.push({ gapMs: stats.lastGapMs ?? 0, byHandMs, offset: first - position })
        }
        console.info(
          `${name}, swap and by hand: ${rounds.map(({ gapMs, byHandMs }) => `${Math.round(gapMs)}/${Math.round(byHandMs)} ms`).join(', ')}`,
        )
        const least = (values: number[]) => Math.min(...values)
        expect(least(rounds.map(({ gapMs }) => gapMs))).toBeLessThan(
          1.5 * least(rounds.map(({ byHandMs }) => byHandMs)),
        )
        for (const { offset } of rounds) {
          // A frame's time is its beginning, a position lies anywhere in it.
          expect(offset).toBeGreaterThan(-1.1 / 24)
          // The callback of the very first frame may come some frames late.
          expect(offset).toBeLessThan(0.3)
        }
        await page.close()
      },
    )

    // WebKitGTK plays with sound only where there is a sound card, and a new rate takes its muting away.
    it.skipIf(name === 'firefox' && !isThorough)(
      'keeps everything that the viewer had set through a resume and a seek after expiry',
      async () => {
        const stage = await openStage({ lifeMs: 2_000, bytesPerSecond: 400_000 })
        const page = await open(stage, FILM, {}, { crossOrigin: 'anonymous' })
        await installFrameReader(page)
        await untilPosition(page, 'film', 0.5)
        const captions = 'data:text/vtt,WEBVTT%0A%0A00:00.000%20--%3E%2001:30.000%0AA%20caption.'
        await page.evaluate(`void (() => {
        const player = lab.player('film')
        player.muted(${name === 'webkit'})
        player.volume(0.4)
        player.defaultPlaybackRate(${name === 'webkit' ? 1 : 1.25})
        player.playbackRate(${name === 'webkit' ? 1 : 1.5})
        player.loop(true)
        const track = { kind: 'captions', label: 'English', srclang: 'en', src: '${captions}' }
        player.addRemoteTextTrack(track, false).track.mode = 'showing'
      })()`)
        const state = () =>
          page.evaluate<object>(`(() => {
          const player = lab.player('film')
          const tracks = Array.from(player.textTracks(), ({ kind, label, mode }) => [kind, label, mode].join())
          return {
            muted: player.muted(), volume: player.volume().toFixed(2), rate: player.playbackRate(), defaultRate: player.defaultPlaybackRate(),
            loop: player.loop(), duration: player.duration(), tracks, width: player.videoWidth(),
            source: player.currentSource(), shown: player.el().className.split(' ').filter((name) => /started|waiting|ended|error|live|seeking/.test(name)).sort(),
            live: Array.from(document.querySelectorAll('[aria-live]'), ({ textContent }) => textContent),
          }
        })()`)
        await untilPosition(page, 'film', 1.5)
        const before = await state()
        await page.evaluate(`lab.player('film').pause()`)
        const asked = signings(await stage.log()).length
        const { position } = await see(page, 'film')
        await new Promise((resolve) => setTimeout(resolve, 3 * 2_000))
        expect(signings(await stage.log()), 'signing requests while paused').toHaveLength(asked)

        let mark = (await see(page, 'film')).events.length
        await page.evaluate(`void lab.player('film').play()`)
        const resumed = await untilPosition(page, 'film', position + 0.5)
        expect(resumed.position).toBeLessThan(position + 5)
        const { swaps = 0 } = resumed.stats
        expect(swaps).toBeGreaterThanOrEqual(1)
        expect(heard(resumed, mark)).toEqual(['play', 'playing'])
        expect(await state()).toEqual(before)

        await untilDead(page)
        mark = (await see(page, 'film')).events.length
        await page.evaluate(`lab.player('film').currentTime(60)`)
        expect((await see(page, 'film')).position).toBe(60)
        const sought = await untilPosition(page, 'film', 60.5)
        expect(sought.stats.swaps).toBeGreaterThan(swaps)
        expect(heard(sought, mark)).toEqual(['seeking', 'seeked'])
        expect(await state()).toEqual(before)
        if (name !== 'webkit') {
          expect(await page.evaluate(`document.querySelector('.vjs-text-track-display').textContent`)).toContain(
            'A caption.',
          )
        }
        // WebKitGTK may go on loading by itself before anybody hears that the film goes on.
        expect(refused(await stage.log()).length).toBeLessThanOrEqual(name === 'webkit' ? 1 : 0)

        // Paused, a seek shows its frame and nothing plays.
        await page.evaluate(`lab.player('film').pause()`)
        await untilDead(page)
        mark = (await see(page, 'film')).events.length
        await page.evaluate(`lab.player('film').currentTime(30.02)`)
        await until(async () => heard(await see(page, 'film'), mark).includes('seeked'), 'the frame sought')
        const paused = await see(page, 'film')
        expect(paused).toMatchObject({ paused: true, position: 30.02 })
        expect(heard(paused, mark)).toEqual(['seeking', 'seeked'])
        const frame = await page.evaluate<number>(`readFrameNumber(document.querySelector('video'))`)
        expect(Math.abs(frame - Math.floor(30.02 * 24))).toBeLessThanOrEqual(1)
        await page.close()
      },
    )

    it.skipIf(name === 'firefox' && !isThorough)('takes in what the viewer does in the middle of a swap', async () => {
      const stage = await openStage({ lifeMs: 2_000, bytesPerSecond: 400_000 })
      const page = await open(stage)
      await untilPosition(page, 'film', 1)
      await page.evaluate(`lab.player('film').pause()`)
      await untilDead(page)
      await stage.set({ endpointDelayMs: 400, ttfbMs: 400 })
      const mark = (await see(page, 'film')).events.length
      await page.evaluate(`void lab.player('film').play()`)
      await page.evaluate(`void (() => {
        lab.player('film').playbackRate(2)
        lab.player('film').currentTime(40)
        lab.player('film').pause()
      })()`)
      expect(await see(page, 'film')).toMatchObject({ paused: true, position: 40 })
      await until(async () => heard(await see(page, 'film'), mark).includes('seeked'), 'the seek to be done')
      const seen = await see(page, 'film')
      expect(seen).toMatchObject({ paused: true, position: 40 })
      expect(heard(seen, mark)).toEqual(['play', 'ratechange', 'seeking', 'pause', 'seeked'])
      expect(await page.evaluate(`document.querySelector('video').playbackRate`)).toBe(2)
      await page.close()
    })

    it('shows a picture in the middle of a swap, with no spinner, no poster and no big play button', async () => {
      const stage = await openStage({ lifeMs: 2_000, bytesPerSecond: 400_000 })
      const page = await open(stage)
      await untilPosition(page, 'film', 1)
      await page.evaluate(`lab.player('film').pause()`)
      await untilDead(page)
      const before = await picture(page)
      await stage.set({ ttfbMs: 8_000 })
      await page.evaluate(`void lab.player('film').play()`)
      await until(async () => (await stage.log()).filter(({ kind }) => kind === 'media').length > 1, 'the new request')
      const during = await picture(page)
      expect((await see(page, 'film')).stats.swaps, 'the swap is not over').toBe(0)
      for (const selector of ['.vjs-loading-spinner', '.vjs-poster', '.vjs-big-play-button', '.vjs-error-display']) {
        const isHidden = `(({ display, visibility, opacity }) => display === 'none' || visibility === 'hidden' || opacity === '0')(getComputedStyle(document.querySelector('${selector}')))`
        expect(await page.evaluate<boolean>(isHidden), selector).toBe(true)
      }
      // The test card has all colours; a black screen has none of them.
      expect(before.spread).toBeGreaterThan(20)
      expect(during.spread / before.spread).toBeGreaterThan(0.8)
      expect(Math.abs(during.light - before.light)).toBeLessThan(30)
      await page.close()
    })

    it.skipIf(name === 'webkit' || (name === 'firefox' && !isThorough)).each([
      ['is not there', { src: 'film/none.mp4' }, {}, { code: 4 }],
      ['is not a film', { src: 'heavy/not-a-film.mp4' }, {}, { code: 4 }],
      [
        'is refused under fresh URLs too',
        { src: 'film/film.mp4' },
        { refuse: 'all' },
        { code: 2, errorType: 'signed-url-refused' },
      ],
      [
        'has a dead endpoint',
        { src: 'film/film.mp4' },
        { endpointDead: true },
        { code: 2, errorType: 'signed-url-unavailable' },
      ],
    ] as const)(
      'tells one error of a file that %s, asks for it no more, and plays the next one',
      async (_title, film, settings, error) => {
        const stage = await openStage({ lifeMs: 60_000, ...settings })
        const page = await open(stage, { ...film, type: MP4 }, { retry: { baseDelayMs: 50, maxDelayMs: 100 } })
        await until(async () => (await see(page, 'film')).error !== null, 'the error')
        expect((await see(page, 'film')).error).toMatchObject(error)
        const asked = (await stage.log()).length
        // Firefox itself sends a request several times whose connection breaks off.
        expect(asked).toBeLessThan(60)
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        expect((await stage.log()).length).toBe(asked)
        expect((await see(page, 'film')).events.filter(({ type }) => type === 'error')).toHaveLength(1)

        await stage.set({ refuse: 'none', endpointDead: false })
        await page.evaluate(
          `(lab.player('film').src({ src: 'film/film.mp4', type: 'video/mp4' }), void lab.player('film').play())`,
        )
        expect((await untilPosition(page, 'film', 1)).error).toBeNull()
        await page.close()
      },
    )

    it.skipIf(name === 'firefox' && !isThorough)(
      'goes on at its place when `refresh()` mends what had been given up',
      async () => {
        const stage = await openStage({ lifeMs: 2_000, bytesPerSecond: 400_000 })
        const page = await open(stage, FILM, { retry: { baseDelayMs: 50, maxDelayMs: 100 } })
        await untilPosition(page, 'film', 1.5)
        await page.evaluate(`lab.player('film').pause()`)
        await untilDead(page)
        await stage.set({ refuse: 'all' })
        const { position } = await see(page, 'film')
        await page.evaluate(`void lab.player('film').play()`)
        await until(async () => (await see(page, 'film')).error !== null, 'the error')
        expect(await see(page, 'film')).toMatchObject({ position, error: { errorType: 'signed-url-refused' } })
        await stage.set({ refuse: 'none' })
        await page.evaluate(`lab.player('film').signedUrl().refresh()`)
        const seen = await untilPosition(page, 'film', position + 0.5)
        expect(seen.position).toBeLessThan(position + 5)
        expect(seen.error).toBeNull()
        await page.close()
      },
    )

    it.skipIf(name === 'webkit' || (name === 'firefox' && !isThorough))(
      'learns from a refusal that the clock is wrong, or the address another',
      async () => {
        const stage = await openStage({ scheme: 'pushrFile', lifeMs: 600_000, bytesPerSecond: 160_000 })
        const page = await open(stage)
        await untilPosition(page, 'film', 1)
        await stage.set({ viewerAddress: '192.0.2.7' })
        const mark = (await see(page, 'film')).events.length
        await page.evaluate(`lab.player('film').currentTime(60)`)
        const seen = await untilPosition(page, 'film', 60.5)
        expect(seen.error).toBeNull()
        expect(heard(seen, mark).filter(isNoWait)).toEqual(['seeking', 'seeked'])
        expect(signings(await stage.log())).toHaveLength(2)
        await page.close()
      },
    )
  })

  // WebKitGTK has no service worker that a driver can wait for.
  describe.skipIf(!inject('hasHeavyFilm') || name === 'webkit')(
    `an MP4 that the service worker answers for, in ${name}`,
    () => {
      let browser: Browser
      beforeAll(async () => {
        browser = await launch(name)
      })
      afterAll(() => browser?.close())

      const play = async (settings: Partial<StageSettings>, serviceWorker: string | false) => {
        const stage = await openStage(settings)
        const page = await browser.newPage()
        await openPage(page)
        if (serviceWorker) {
          // A first visit brings the worker, the second is served by it.
          await page.evaluate(
            `navigator.serviceWorker.register('${serviceWorker}').then(() => navigator.serviceWorker.ready).then(() => undefined)`,
          )
          await openPage(page)
        }
        await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint, serviceWorker }, source: FILM })
        return { stage, page }
      }
      const playS = process.env.SOAK ? SOAK_S : 20

      it('plays through expiries and broken connections as with a URL that lasts', { timeout: 240_000 }, async () => {
        const run = async (settings: Partial<StageSettings>) => {
          const { stage, page } = await play(settings, WORKER)
          const sighting = await untilPosition(page, 'film', playS, playS * 1000 + 60_000)
          await page.close()
          return { sighting, log: await stage.log() }
        }
        const [dying, control] = await Promise.all([run(SLOW), run({ bytesPerSecond: 160_000, lifeMs: 3_600_000 })])
        console.info(
          `${name}, MP4 by worker: ${playS} s played, ${Math.round(dying.sighting.stalledMs)} ms stalled (control ${Math.round(control.sighting.stalledMs)}), ` +
            `${dying.sighting.stats.seamlessRefreshes} refreshes, ${refused(dying.log).length} refused`,
        )
        expect(dying.sighting.error).toBeNull()
        expect(dying.sighting.starvedMs).toBe(0)
        expect(dying.sighting.stalledMs).toBeLessThanOrEqual(control.sighting.stalledMs + MACHINE_SHARE * playS * 1000)
        // How a browser fills its buffer is its own affair; a stop for want of data is counted above.
        expect(unexpected(dying.sighting).filter(isNoWait)).toEqual([])
        expect(dying.sighting.stats).toMatchObject({ swaps: 0 })
        expect(dying.sighting.stats.seamlessRefreshes).toBeGreaterThanOrEqual(1)
        expect(refused(dying.log)).toEqual([])
        const issues = dying.log
          .filter(({ kind, status }) => kind === 'media' && status === 206)
          .map(({ issue }) => issue)
        expect(new Set(issues).size).toBeGreaterThanOrEqual(2)
      })

      it('seeks far ahead after expiry with nothing heard but the seek', async () => {
        const { stage, page } = await play({ lifeMs: 2_000, bytesPerSecond: 400_000 }, WORKER)
        await untilPosition(page, 'film', 1)
        await untilDead(page)
        const mark = (await see(page, 'film')).events.length
        await page.evaluate(`lab.player('film').currentTime(60)`)
        const seen = await untilPosition(page, 'film', 60.5)
        expect(heard(seen, mark).filter(isNoWait)).toEqual(['seeking', 'seeked'])
        expect(seen.stats.swaps).toBe(0)
        expect(refused(await stage.log())).toEqual([])
        await page.close()
      })

      it('swaps on a first visit, and says nothing of it', async () => {
        const stage = await openStage({ lifeMs: 2_000, bytesPerSecond: 400_000 })
        const page = await browser.newPage()
        await openPage(page)
        await startFilm(page, {
          name: 'film',
          plugin: { endpoint: stage.endpoint, serviceWorker: WORKER },
          source: FILM,
        })
        await untilPosition(page, 'film', 1)
        await untilDead(page)
        await page.evaluate(`lab.player('film').currentTime(60)`)
        expect((await untilPosition(page, 'film', 60.5)).stats.swaps).toBe(1)
        expect(page.consoleText().filter((text) => text.includes('signedUrl'))).toEqual([])
        await page.close()
      })
    },
  )
}

describe('native HLS, which asks for each segment by a link that holds the token, in chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch('chromium')
  })
  afterAll(() => browser?.close())

  /** The element changes its level by itself, and tells of its own idleness. */
  const isOwn = (type: string) => type === 'resize' || type === 'stalled'
  const open = async (src: string) => {
    const stage = await openStage({ lifeMs: LIFE_MS, bytesPerSecond: 200_000 })
    const page = await browser.newPage()
    await openPage(page)
    const plugin = { endpoint: stage.endpoint, engine: 'native' }
    await startFilm(page, { name: 'film', plugin, source: { src, type: HLS } })
    return { stage, page }
  }

  it('swaps before each expiry, unheard', async () => {
    const { stage, page } = await open('film/master.m3u8')
    const sighting = await untilPosition(page, 'film', 16, 90_000)
    expect(sighting.error).toBeNull()
    expect(unexpected(sighting).filter((type) => !isOwn(type))).toEqual([])
    expect(sighting.stats.swaps).toBeGreaterThanOrEqual(2)
    expect(refused(await stage.log())).toEqual([])
    await page.close()
  })

  it('keeps its distance from the live edge', async () => {
    const { stage, page } = await open('film/live.m3u8')
    /** How much further the newest segment asked for is than the time since the first one, s. */
    const pace = async () => {
      const segments = (await stage.log()).flatMap(({ path, at }) => {
        const [, index] = /^\d+p\/(\d+)\.m4s$/.exec(path) ?? []
        return index === undefined ? [] : [{ index: Number(index), at }]
      })
      const [first = { index: 0, at: 0 }, ...rest] = segments
      const last = rest.at(-1) ?? first
      return SEGMENT_S * (last.index - first.index) - (last.at - first.at) / 1000
    }
    await until(async () => (await see(page, 'film')).stats.swaps === 1, 'a swap')
    const before = await pace()
    await until(async () => (await see(page, 'film')).stats.swaps === 3, 'two more swaps')
    await untilPosition(page, 'film', 2)
    expect(Math.abs((await pace()) - before)).toBeLessThan(2 * SEGMENT_S)
    const sighting = await see(page, 'film')
    expect(sighting.error).toBeNull()
    // Chromium waits for a new segment by itself now and then.
    expect(unexpected(sighting).filter((type) => !isOwn(type) && isNoWait(type))).toEqual([])
    expect(refused(await stage.log())).toEqual([])
    await page.close()
  })
})

/** The player's events since `mark` that a viewer's or a script's doing may cause; what belongs to a swap must not be among them. */
function heard({ events }: Sighting, mark: number): string[] {
  return events.slice(mark).flatMap(({ type }) => (type.startsWith('signedurl') ? [] : [type]))
}

/** Not the waiting for data that an element does by itself, with or without an expiry. */
function isNoWait(type: string): boolean {
  return !['waiting', 'canplay', 'canplaythrough', 'playing', 'suspend'].includes(type)
}

/** What was heard once the film played, the plugin's own events aside. */
function unexpected({ events }: Sighting): string[] {
  const start = Math.max(
    events.findIndex(({ type }) => type === 'playing'),
    events.findIndex(({ type }) => type === 'canplaythrough'),
  )
  const isDue = ({ type, position }: SeenEvent) => type.startsWith('signedurl') || (type === 'suspend' && position < 1)
  return events.slice(start + 1).flatMap((event) => (isDue(event) ? [] : [event.type]))
}

/** Until the URL that the player has is refused by anyone's clock. */
async function untilDead(page: Page): Promise<void> {
  await until(
    () => page.evaluate<boolean>(`lab.player('film').signedUrl().expiresAt + 1_000 < Date.now()`),
    'the URL to be dead',
  )
}

/** What a site does today: a new URL into `player.src()` by a timer, and back to the place. Runs in the page. */
async function reloadByTimer({ endpoint, everyMs }: { endpoint: string; everyMs: number }): Promise<void> {
  const player = window.lab.player('film')
  const reload = async () => {
    const { url } = await (await fetch(`${endpoint}&resource=heavy/film.mp4`)).json()
    const position = player.currentTime() ?? 0
    player.src({ src: url, type: 'video/mp4' })
    player.one('loadedmetadata', () => player.currentTime(position))
    player.play()?.catch(() => {})
  }
  await reload()
  setInterval(reload, everyMs)
}

/** How long a bare element needs from `src`, `currentTime` and `play()` to the first frame, ms, signing included. Runs in the page. */
async function swapByHand({ endpoint, position }: { endpoint: string; position: number }): Promise<number> {
  const video = document.createElement('video')
  video.muted = true
  video.preload = 'auto'
  document.body.append(video)
  const startedAt = performance.now()
  const { url } = await (await fetch(`${endpoint}&resource=heavy/film.mp4`)).json()
  video.src = url
  video.currentTime = position
  await video.play()
  await new Promise((resolve) => {
    video.requestVideoFrameCallback(resolve)
    // A frame that was painted before the callback was asked for.
    setTimeout(resolve, 250)
  })
  const took = performance.now() - startedAt
  video.remove()
  video.src = ''
  return took
}

/** How light the player's picture is on average, and how much its pixels differ, of 255. */
async function picture(page: Page): Promise<{ light: number; spread: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'picture-'))
  try {
    // WebKitGTK takes a screenshot of what it paints next: something has to move.
    await page.evaluate(
      `void document.querySelector('#gesture').animate({ opacity: [0, 1] }, { duration: 500, iterations: Infinity })`,
    )
    await page.screenshot(join(folder, 'page.png'))
    const png = await readFile(join(folder, 'page.png'), 'base64')
    return await page.evaluate(async (data: string) => {
      const image = new Image()
      await new Promise((resolve) => {
        image.onload = resolve
        image.src = `data:image/png;base64,${data}`
      })
      const { left, top, width, height } = document.querySelector('video')?.getBoundingClientRect() ?? new DOMRect()
      const pen = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d')
      if (!pen) throw new Error('no canvas')
      pen.drawImage(image, -left, -top)
      // The upper half: no control bar stands there.
      const pixels = pen.getImageData(0, 0, width, height / 2).data
      const lights = Array.from({ length: pixels.length / 4 }, (_, at) => pixels[4 * at + 1] ?? 0)
      const light = lights.reduce((sum, value) => sum + value, 0) / lights.length
      const spread = Math.sqrt(lights.reduce((sum, value) => sum + (value - light) ** 2, 0) / lights.length)
      return { light, spread }
    }, png)
  } finally {
    await rm(folder, { recursive: true })
  }
}
