import { describe, expect } from 'vitest'
import type { Page } from '../support/browsers/index.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { HLS, refused, SMALL_BUFFER, untilSeen } from '../support/site.js'
import { type AdKind, StreamWithAd } from '../support/stream-ads.js'
import { issuesUsed, type Video } from '../support/video.js'

/* Ads in the stream itself: `EXT-X-DATERANGE` of the class `com.apple.hls.interstitial`, and segments of another host. hls.js alone is the measure. */

const it = inBrowser('chromium')
const LIFE_S = 3
/** Longer than any row. */
const LONG_S = 3600
/** Where in the video a row ends. */
const END_S = 14
const SOURCE = { src: 'lake', type: HLS }

/** What was on the screen without a jump, in whole seconds, and the duration that the element named. */
interface Leg {
  readonly from: number
  readonly to: number
  readonly duration: number
}

/** Runs in the page: samples a position. */
function sample(name: string, read: string): void {
  const samples: [number, number][] = []
  Object.assign(window, { [name]: samples })
  const look = new Function(`return ${read}`) as () => [number, number]
  setInterval(() => samples.push(look()), 50)
}

const watch = (page: Page, name: string, read: string) =>
  page.evaluate(`(${sample})(${JSON.stringify(name)}, ${JSON.stringify(read)})`)

async function legsOf(page: Page, name: string): Promise<Leg[]> {
  const samples = await page.evaluate<[number, number][]>(name)
  const legs: { from: number; to: number; duration: number }[] = []
  for (const [position, duration] of samples) {
    const leg = legs.at(-1)
    if (leg && position >= leg.to && position < leg.to + 1) Object.assign(leg, { to: position, duration })
    else legs.push({ from: position, to: position, duration })
  }
  return legs
    .filter(({ from, to }) => to > from)
    .map(({ from, to, duration }) => ({ from: Math.round(from), to: Math.round(to), duration: Math.round(duration) }))
}

/** Plays the stream with hls.js alone, in a bare element, until `position` after the ad. */
async function playBare(page: Page, stream: StreamWithAd): Promise<void> {
  const { url } = (await (await fetch(stream.film.endpoint)).json()) as { url: string }
  await page.evaluate(`import('/node_modules/hls.js/dist/hls.mjs').then(({ default: Hls }) => {
    const video = document.createElement('video')
    Object.assign(video, { muted: true, width: 320, height: 180 })
    document.body.append(video)
    const hls = new Hls(${JSON.stringify(SMALL_BUFFER)})
    hls.attachMedia(video)
    hls.loadSource(${JSON.stringify(url)})
    video.play().catch(() => {})
    Object.assign(window, { bare: video, bareHls: hls })
  })`)
  await watch(page, 'bareSamples', '[window.bare.currentTime, window.bare.duration]')
}

const watchPlayer = ({ page, name }: Video) =>
  watch(
    page,
    'samples',
    `[window.lab.player('${name}').currentTime(), window.lab.player('${name}').tech(true).el().duration]`,
  )

async function withStreams<T>(kind: AdKind, run: (signed: StreamWithAd, bare: StreamWithAd) => Promise<T>): Promise<T> {
  const streams = await Promise.all([StreamWithAd.open(kind, LIFE_S), StreamWithAd.open(kind, LONG_S)])
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

describe('an ad in the stream is played as by hls.js alone', () => {
  for (const { kind, ...options } of [
    { kind: 'mid-roll' as const },
    { kind: 'pre-roll' as const, ...FULL },
    { kind: 'appended in place' as const, ...FULL },
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
        expect(new Set(signed.adUrls)).toEqual(new Set(bare.adUrls))
        expect(signed.adUrls.filter((url) => !/^\/ad\/[\w/]+\.\w+$/.test(url))).toEqual([])
      })
    })
})
