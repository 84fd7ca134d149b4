import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { recordRow } from '../figures/record.js'
import { BROWSERS, TITLES } from '../support/browsers/index.js'
import { bytesTwice } from '../support/bytes-twice.js'
import { untilExpired } from '../support/heard.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { playByHand } from '../support/play-by-hand.js'
import { comeBack, WORKER } from '../support/service-worker.js'
import { MP4, refused } from '../support/site.js'
import { issuesUsed, type Video, type VideoOptions } from '../support/video.js'

/* MP4 through five lives of its URL, beside the same video behind a URL that lasts: the time without data, and the bytes that it cost. */

const HEAVY = { src: 'heavy/film.mp4', type: MP4 }
const LIVES = 5
const FOREVER_MS = 3_600_000
/** How long a life takes at most, with its whole-second expiry and the wait until it has passed by every clock. */
const ROUNDING_MS = 2_000
/** What a browser reads to get back to its place, MB: the index, and up to 10 s of video from the key frame on. */
const WAY_BACK_MB = 1.3
/** The video takes 100 kB/s. */
const LINES = {
  /** Each life ends with a seek to where nothing is loaded. */
  fast: { lifeMs: 2_000, bytesPerSecond: 400_000, stepS: 15, seeks: true },
  /** Each life ends with a broken connection. */
  slow: { lifeMs: 6_000, bytesPerSecond: 160_000, stepS: 10, seeks: false },
} as const

/** How MP4 goes on: by swaps, by the worker, or by itself, with a URL that lasts and without the plugin. */
const WAYS = {
  swap: { source: HEAVY },
  worker: { source: HEAVY, plugin: { serviceWorker: WORKER }, before: comeBack },
  control: { source: null, plugin: null },
} as const satisfies Record<string, VideoOptions>

interface Played {
  readonly lostMs: number
  readonly starvedMs: number
  readonly megabytes: number
  /** Of these, what had been sent before. */
  readonly megabytesTwice: number
  readonly issues: number
  readonly refusals: number
  readonly swaps: number
}

for (const name of BROWSERS) {
  const it = inBrowser(name)

  /** Plays through five lives. The control waits as long and is cut off at the same places; but WebKitGTK by itself never plays on after a cut. */
  const playLives = async (video: Video, line: keyof typeof LINES, way: keyof typeof WAYS): Promise<Played> => {
    const { stepS, seeks } = LINES[line]
    await video.reaches(1)
    let lostMs = 0
    for (let life = 1; life <= LIVES; life += 1) {
      const to = stepS * life
      if (!seeks) await video.reaches(to - 2)
      if (way !== 'control') await untilExpired(video)
      else if (seeks) await wait(LINES[line].lifeMs + ROUNDING_MS)
      if (way !== 'control' || name !== 'webkit') await video.stage.set({ cuts: life })
      if (!seeks) continue
      const startedAt = Date.now()
      await video.do(`player.currentTime(${to}); undefined`)
      await video.reaches(to + 0.5)
      lostMs += Date.now() - startedAt - 500
    }
    const seen = await video.reaches(stepS * LIVES + 4)
    expect(seen.error).toBeNull()
    const log = await video.log()
    return {
      lostMs: seeks ? lostMs : seen.lostMs,
      starvedMs: seen.starvedMs,
      megabytes: log.reduce((sum, { kind, bytes }) => sum + (kind === 'media' ? bytes : 0), 0) / 1e6,
      megabytesTwice: bytesTwice(log) / 1e6,
      issues: issuesUsed(log),
      refusals: refused(log).length,
      swaps: seen.stats.swaps ?? 0,
    }
  }

  describe(`an MP4 through five lives, in ${name}`, () => {
    for (const line of ['fast', 'slow'] as const)
      it(`on a ${line} line, by swap and by worker, beside a URL that lasts`, FULL, async ({ play }) => {
        const { lifeMs, bytesPerSecond } = LINES[line]
        const run = async (way: keyof typeof WAYS) => {
          const settings: Partial<StageSettings> = { bytesPerSecond, lifeMs: way === 'control' ? FOREVER_MS : lifeMs }
          const video = await play(settings, WAYS[way])
          if (way === 'control') await playByHand(video, HEAVY)
          return playLives(video, line, way)
        }
        const [swap, worker, control] = await Promise.all([run('swap'), run('worker'), run('control')])
        for (const [way, played] of Object.entries({ swap, worker, control }))
          console.info(
            `${name}, ${line} line, ${way}: lost ${Math.round(played.lostMs)} ms, starved ${Math.round(played.starvedMs)} ms, ${played.megabytes.toFixed(1)} MB, ${played.megabytesTwice.toFixed(1)} MB of them twice, ` +
              `${played.issues} issues, ${played.refusals} refused, ${played.swaps} swaps`,
          )
        expect(worker).toMatchObject({ swaps: 0, refusals: 0 })
        // After a seek a browser may begin to play with less than it then needs.
        expect(worker.starvedMs, 'ms without data, by the worker').toBeLessThanOrEqual(
          LINES[line].seeks ? LIVES * 250 : 0,
        )
        expect(worker.issues).toBeGreaterThan(LIVES)
        expect(worker.megabytesTwice).toBeLessThan(control.megabytesTwice + WAY_BACK_MB)
        // WebKitGTK notices a broken connection only when its buffer runs out, and goes back for parts that it left out.
        expect(swap.issues).toBeGreaterThan(name === 'webkit' ? 2 : LIVES)
        // A busy machine may be silent for so long that it looks like one more broken connection.
        expect(swap.swaps).toBeLessThanOrEqual(name === 'webkit' ? 2 * LIVES : LIVES + 1)
        expect(swap.refusals).toBeLessThanOrEqual(LIVES)
        expect(swap.megabytesTwice).toBeLessThan(control.megabytesTwice + WAY_BACK_MB * swap.swaps)
        const lost = { swapMs: swap.lostMs, workerMs: worker.lostMs, controlMs: control.lostMs }
        recordRow('mp4-lives', { browser: TITLES[name], line, ...lost })
      })
  })
}
