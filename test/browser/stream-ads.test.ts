import { describe, expect } from 'vitest'
import { playBareHls } from '../support/bare-hls.js'
import type { Page } from '../support/browsers/index.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { HLS, refused, until, untilSeen } from '../support/site.js'
import { AD_S, type AdKind, StreamWithAd } from '../support/stream-ads.js'
import { issuesUsed, type Video } from '../support/video.js'

/* Ads in the stream itself: `EXT-X-DATERANGE` of the class `com.apple.hls.interstitial`, and segments of another host. hls.js alone is the measure. */

const it = inBrowser('chromium')
const LIFE_S = 3
/** Longer than any row. */
const LONG_S = 3600
/** Where in the video a row ends. */
const END_S = 14
const SOURCE = { src: 'lake', type: HLS }

/** What was on the screen without a jump, in whole seconds, and the duration that the element named, 0 for live. */
interface Leg {
  readonly from: number
  readonly to: number
  readonly duration: number
}

/** Runs in the page: samples a position. */
function sample(name: string, read: string): void {
  const samples: [number, number][] = []
  Object.assign(window, { [name]: samples })
  const look = new Function(`return ${read}`) as () => HTMLVideoElement
  setInterval(() => {
    const { currentTime, duration } = look()
    samples.push([currentTime, duration === Infinity ? 0 : duration])
  }, 50)
}

const watch = (page: Page, name: string, read: string) =>
  page.evaluate(`(${sample})(${JSON.stringify(name)}, ${JSON.stringify(read)})`)

async function legsOf(page: Page, name: string): Promise<Leg[]> {
  const samples = await page.evaluate<[number, number][]>(name)
  const legs: [number, number][][] = []
  for (const sampled of samples) {
    const last = legs.at(-1)?.at(-1)?.[0] ?? Infinity
    if (sampled[0] >= last && sampled[0] < last + 1) legs.at(-1)?.push(sampled)
    else legs.push([sampled])
  }
  return legs
    .map((leg) => {
      // The duration changes a moment before the position, or after it.
      const [[from = 0] = [], [, duration = 0] = [], [to = 0] = []] = [leg[0], leg[leg.length >> 1], leg.at(-1)]
      return { from: Math.round(from), to: Math.round(to), duration: Math.round(duration), isStill: to === from }
    })
    .filter(({ isStill }) => !isStill)
    .map(({ isStill, ...leg }) => leg)
}

/** Plays the stream with hls.js alone, in a bare element, until `position` after the ad. */
async function playBare(page: Page, stream: StreamWithAd): Promise<void> {
  const { url } = (await (await fetch(stream.film.endpoint)).json()) as { url: string }
  await playBareHls(page, url)
  await watch(page, 'bareSamples', 'window.bare')
}

const watchPlayer = ({ page, name }: Video) =>
  watch(
    page,
    'samples',
    `(({ player }) => ({ currentTime: player.currentTime(), duration: player.tech(true).el().duration }))({ player: window.lab.player('${name}') })`,
  )

async function withStreams<T>(kind: AdKind, run: (signed: StreamWithAd, bare: StreamWithAd) => Promise<T>): Promise<T> {
  const streams = await Promise.all([StreamWithAd.open(kind, LIFE_S), StreamWithAd.open(kind, LONG_S, 'path')])
  try {
    return await run(...streams)
  } finally {
    await Promise.all(streams.map((stream) => stream.close()))
  }
}

function playSigned(play: InBrowser['play'], stream: StreamWithAd): Promise<Video> {
  return play({}, { source: SOURCE, plugin: { endpoint: stream.film.endpoint } })
}

/** Waits until the video has gone on to `position` after the ad. */
const untilAfterAd = (page: Page, name: string, position: number) =>
  untilSeen(
    () => legsOf(page, name),
    (legs) => (legs.at(-1)?.to ?? 0) >= position && (legs.at(-1)?.duration ?? 0) > 10,
    `${position} s after the ad`,
    30_000,
  )

/** Legs with the last one open: it goes on. */
const sightOf = (legs: readonly Leg[]) =>
  legs.map(({ from, to, duration }, at) => (at === legs.length - 1 ? { from, duration } : { from, to, duration }))

/** The ad server is asked for the same files, and sees nothing else. Cookies it can't see, because its answers allow every origin. */
function expectBareUrls(signed: StreamWithAd, bare: StreamWithAd): void {
  expect(new Set(signed.adUrls)).toEqual(new Set(bare.adUrls))
  expect(signed.adUrls.filter((url) => !/^\/ad\/[\w/]+\.\w+$/.test(url))).toEqual([])
}

describe('an ad in the stream is played as by hls.js alone', () => {
  for (const { kind, ...options } of [
    { kind: 'mid-roll' as const },
    { kind: 'pre-roll' as const, ...FULL },
    { kind: 'appended in place' as const, ...FULL },
    { kind: 'two ads' as const, ...FULL },
    { kind: 'missing' as const, ...FULL },
    { kind: 'relative' as const, ...FULL },
    { kind: 'stitched' as const, ...FULL },
  ])
    it(`${kind}, through expiries, and the ad server sees no token`, options, async ({ play }) => {
      await withStreams(kind, async (signed, bare) => {
        const video = await playSigned(play, signed)
        await watchPlayer(video)
        await playBare(video.page, bare)
        const expected = await untilAfterAd(video.page, 'bareSamples', END_S)
        const legs = await untilAfterAd(video.page, 'samples', END_S)
        const { error, currentSource, events } = await video.see()
        console.info(`${kind}: ${JSON.stringify(legs)}, at the ad server: ${signed.adUrls.join(' ')}`)
        expect(sightOf(legs)).toEqual(sightOf(expected))
        expect({ error, currentSource }).toEqual({ error: null, currentSource: SOURCE })
        expect(events.filter(({ type }) => type === 'sourceset' || type === 'ended')).toHaveLength(1)
        expect(refused(signed.log)).toEqual([])
        expect(issuesUsed(signed.log)).toBeGreaterThan(2)
        expectBareUrls(signed, bare)
      })
    })
})

describe('an ad in a live stream is played as by hls.js alone', () => {
  for (const { kind, durations } of [
    { kind: 'live mid-roll' as const, durations: [0, AD_S, 0] },
    { kind: 'live pre-roll' as const, durations: [AD_S, 0] },
  ])
    it(`${kind}, through expiries, and the ad server sees no token`, FULL, async ({ play }) => {
      await withStreams(kind, async (signed, bare) => {
        const video = await playSigned(play, signed)
        await watchPlayer(video)
        await playBare(video.page, bare)
        for (const name of ['samples', 'bareSamples']) {
          const hasPassed = (legs: readonly Leg[]) =>
            legs.length === durations.length && (legs.at(-1)?.to ?? 0) > (legs.at(-1)?.from ?? 0) + 6
          const legs = await untilSeen(() => legsOf(video.page, name), hasPassed, `the ad to pass in ${name}`)
          console.info(`${kind}, ${name}: ${JSON.stringify(legs)}`)
          expect(legs.map(({ duration }) => duration)).toEqual(durations)
          const ad = legs.findIndex(({ duration }) => duration === AD_S)
          expect(legs[ad]).toEqual({ from: 0, to: AD_S, duration: AD_S })
          if (ad > 0) expect(legs[ad + 1]?.from).toBe(legs[ad - 1]?.to)
        }
        const { error, currentSource, events } = await video.see()
        expect({ error, currentSource }).toEqual({ error: null, currentSource: SOURCE })
        expect(events.filter(({ type }) => type === 'sourceset' || type === 'ended')).toHaveLength(1)
        expect(refused(signed.log)).toEqual([])
        expect(issuesUsed(signed.log)).toBeGreaterThan(2)
        expectBareUrls(signed, bare)
      })
    })
})

describe('a player with an ad in the stream', () => {
  const untilAd = (video: Video) =>
    untilSeen(
      () => video.do<[number, number]>('[player.currentTime(), player.duration()]'),
      ([position, duration]) => Math.round(duration) === AD_S && position > 0.5,
      'the ad',
    )
  const inVideo = (video: Video, position: number) =>
    video.until((seen) => seen.position >= position, `${position} s of the video`)

  it('shows subtitles, changes levels and refreshes after it, and can be paused in it', FULL, async ({ play }) => {
    await withStreams('pre-roll', async (signed) => {
      const video = await playSigned(play, signed)
      const subtitles = "Array.from(player.textTracks()).find(({ kind }) => kind === 'subtitles')"
      await until(() => video.do<boolean>(`${subtitles} !== undefined`), 'the subtitles')
      await video.do(`${subtitles}.mode = 'showing'; undefined`)
      await untilAd(video)
      await video.do('player.pause()')
      // Longer than the URL lives.
      await new Promise((resolve) => setTimeout(resolve, (LIFE_S + 1) * 1000))
      expect(await video.do<number>(`${subtitles}.cues.length`)).toBe(0)
      await video.do('player.play(); undefined')
      await inVideo(video, AD_S + 1)
      const isShown = `(${subtitles}.activeCues ?? []).length > 0`
      await until(() => video.do<boolean>(isShown), 'a subtitle')
      await video.do('for (const level of Array.from(player.qualityLevels())) level.enabled = level.height === 360')
      await until(() => video.do<boolean>('player.videoHeight() === 360'), 'the chosen level')
      await video.refresh()
      const { error, position, stats } = await video.see()
      await inVideo(video, position + 2)
      expect({ error, swaps: stats.swaps }).toEqual({ error: null, swaps: 0 })
      expect(refused(signed.log)).toEqual([])
    })
  })

  it('plays the source that is set during it', FULL, async ({ play }) => {
    await withStreams('pre-roll', async (signed) => {
      const video = await playSigned(play, signed)
      await untilAd(video)
      const next = { src: 'film', type: HLS }
      const { error, events } = await video.reachesAfter(() => video.set(next), next, AD_S + 1)
      expect(error).toBeNull()
      expect(events.filter(({ type }) => type === 'sourceset' || type === 'ended')).toHaveLength(2)
    })
  })
})
