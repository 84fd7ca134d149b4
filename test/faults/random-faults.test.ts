import { expect } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { chanceFor } from '../bench/crowd/random.js'
import { inBrowser } from '../support/in-browser.js'
import { MP4 } from '../support/site.js'
import { FILM, type VideoOptions } from '../support/video.js'

/*
 * Ten minutes with URLs that live three seconds, while something fails every few seconds. `SEED=7 MINUTES=3 npx vitest run --project faults test/faults/random-faults.test.ts`
 * repeats a run of three minutes: the faults are the same, and come at the same times.
 */

const MINUTES = Number(process.env.MINUTES ?? 10)
const SEED = Number(process.env.SEED ?? Date.now() % 100_000)
const LIFE_MS = 3_000
/** Past the last fault, so that what is under way can end. */
const PEACE_MS = 40_000

/** What goes wrong, and for how long at most, ms. */
const FAULTS: readonly [fault: Partial<StageSettings>, forMs: number][] = [
  [{ endpointStatus: 500 }, 4_000],
  [{ endpointDead: true }, 4_000],
  [{ endpointDelayMs: 2_500 }, 8_000],
  [{ endpointBody: '<!doctype html>Please wait' }, 2_000],
  [{ refuse: 'all' }, 1_500],
  [{ refuse: 'all', refusalCors: false }, 1_500],
  [{ mediaStatus: 503 }, 3_000],
  [{ ttfbMs: 1_500 }, 6_000],
  [{ cutAfterBytes: 60_000 }, 3_000],
  [{ issuedDead: true }, 1_500],
]
const WELL: Partial<StageSettings> = {
  endpointStatus: null,
  endpointDead: false,
  endpointDelayMs: 0,
  endpointBody: null,
  refuse: 'none',
  refusalCors: true,
  mediaStatus: null,
  ttfbMs: 0,
  cutAfterBytes: 0,
  issuedDead: false,
}

const VIDEOS: [string, VideoOptions][] = [
  ['hls.js', { source: FILM }],
  ['VHS', { source: FILM, plugin: { engine: 'vhs' } }],
  ['MP4 by swaps', { source: { src: 'heavy/film.mp4', type: MP4 } }],
]

/** VHS itself stops for good where a segment of the sound fails first, and reports nothing (`SOUND_FAILS_FIRST`). */
const isForVhs = ([fault]: (typeof FAULTS)[number]) => !('mediaStatus' in fault || 'cutAfterBytes' in fault)

const it = inBrowser('chromium')
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

for (const [index, [title, options]] of VIDEOS.entries())
  it(`${title}: random faults for ${MINUTES} min, seed ${SEED}`, { timeout: (MINUTES + 5) * 60_000 }, async ({
    play,
  }) => {
    const choice = title === 'VHS' ? FAULTS.filter(isForVhs) : FAULTS
    const settings = { lifeMs: LIFE_MS, bytesPerSecond: 400_000, cutWhenExpired: title.startsWith('MP4') }
    const video = await play(settings, { ...options, player: { loop: true } })
    await video.reaches(1)
    const end = Date.now() + MINUTES * 60_000
    let faults = 0
    let errors = 0
    for (let count = 0; Date.now() < end; count += 1) {
      const chance = (use: number) => chanceFor(SEED, index, use, count)
      await wait(2_000 + 8_000 * chance(0))
      const [fault, forMs] = choice[Math.floor(chance(1) * choice.length)] ?? [{}, 0]
      await video.stage.set(fault)
      await wait(forMs * (0.3 + 0.7 * chance(2)))
      await video.stage.set(WELL)
      faults += 1
      // What the viewer would do.
      if ((await video.see()).error) {
        errors += 1
        await video.refresh().catch(() => {})
      }
    }
    await wait(PEACE_MS)
    const before = await video.see()
    const turn = await video.until(({ position }) => Math.abs(position - before.position) > 3, 'the video to go on')
    console.info(
      `${title}, seed ${SEED}: ${faults} faults, ${errors} errors, ${(turn.starvedMs / 1000).toFixed(1)} s starved in ${MINUTES} min, ${turn.stats.signings} signing requests`,
    )
    expect(turn.error).toBeNull()
    expect(page(video)).not.toMatch(/\/\d{10}\/|token=/)
  })

const page = ({ page: shown }: { page: { consoleText(): string[] } }) =>
  shown
    .consoleText()
    .filter((line) => line.includes('signedUrl'))
    .join('\n')
