import { describe, expect } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { HLS, MP4 as MP4_TYPE, refused, SMALL_BUFFER, signings, signingsAsked, untilSeen } from '../support/site.js'
import type { Video } from '../support/video.js'

/* videojs-contrib-ads, the framework behind the ad plugins of Google, FreeWheel and others. It plays an ad in the video's own element. */

const it = inBrowser('chromium')
const LIFE_MS = 3_000
const FILM = { src: 'film', type: HLS }
const MP4 = { src: 'film/film.mp4', type: MP4_TYPE }
/** 12 s long, signed by the ad server. */
const AD = '/demo/media/clips/byterange/film.mp4?campaign=7&signature=of-the-ad-server'

interface Row {
  readonly source: object
  readonly options: object
  /** Whether contrib-ads starts before this plugin. */
  readonly isFirst: boolean
}

const ENGINES: [string, Row][] = [
  ['hls.js', { source: FILM, options: { hls: SMALL_BUFFER }, isFirst: true }],
  ['VHS', { source: FILM, options: { engine: 'vhs' }, isFirst: false }],
  ['the element', { source: MP4, options: {}, isFirst: true }],
]

/** Plays a video beside a site's ad script, which plays a pre-roll only if `preRoll` is an ad's URL. */
async function playWithAds(
  play: InBrowser['play'],
  settings: Partial<StageSettings>,
  { source, options, isFirst }: Row,
  preRoll = '',
): Promise<Video> {
  const video = await play(settings, {
    in: '/test/browser/pages/plugins.html',
    source: null,
    plugin: null,
    player: ({ endpoint }) => {
      const signedUrl = { endpoint, ...options }
      return { plugins: isFirst ? { ads: {}, signedUrl } : { signedUrl, ads: {} } }
    },
  })
  await video.page.evaluate(actAsAdPlugin, preRoll)
  await video.set(source)
  return video
}

/** Runs in the page: does what an ad plugin does, and records the events of contrib-ads. */
function actAsAdPlugin(preRoll: string): void {
  const player = window.lab.player('film') as ReturnType<typeof window.lab.player> & {
    ads: { startLinearAdMode(): void; endLinearAdMode(): void }
  }
  const adEvents: string[] = []
  player.on(['contentchanged', 'contentupdate', 'readyforpreroll', 'adstart', 'adend'], ({ type }: Event) => {
    adEvents.push(type)
  })
  const playAd = (src: string) => {
    player.ads.startLinearAdMode()
    player.src({ src, type: 'video/mp4' })
    player.one('adplaying', () => player.trigger('ads-ad-started'))
  }
  player.on('contentupdate', () => player.trigger('adsready'))
  player.on('readyforpreroll', () => {
    // Real ones query their server first.
    if (preRoll) setTimeout(playAd, 300, preRoll)
    else player.trigger('nopreroll')
  })
  Object.assign(window, { adEvents, playAd })
}

const readAdEvents = ({ page }: Video) => page.evaluate<string[]>('adEvents')

/** What the element plays. */
const inElement = (video: Video) =>
  video.do<{ url: string; position: number }>(`
    const { currentSrc, currentTime } = player.tech(true).el()
    ;({ url: currentSrc.replace(location.origin, ''), position: currentTime })`)

const untilAd = (video: Video, position: number) =>
  untilSeen(
    () => inElement(video),
    (seen) => seen.url === AD && seen.position >= position,
    `the ad to reach ${position} s`,
  )
const untilBack = (video: Video) =>
  untilSeen(
    () => inElement(video),
    ({ url }) => url !== AD,
    'the video to come back',
  )

describe('a video with an ad break', () => {
  for (const [name, row] of ENGINES)
    it(`played by ${name}, resumes at its position after the break, and refreshes again`, FULL, async ({ play }) => {
      const video = await playWithAds(play, { lifeMs: LIFE_MS }, row)
      await video.reaches(2)
      await video.refresh()
      await video.page.evaluate(`playAd(${JSON.stringify(AD)})`)
      await untilAd(video, 0.3)
      const before = await video.do<number>('player.ads.snapshot.currentTime')
      const signingCount = signingsAsked(await video.log()).length
      // Longer than the video's URL lives.
      await untilAd(video, 4.5)
      expect(signingsAsked(await video.log()), 'signing requests during the break').toHaveLength(signingCount)

      await video.do('player.ads.endLinearAdMode()')
      await untilBack(video)
      const { events, error, currentSource, paused } = await video.reaches(before + 4)
      expect({ error, currentSource, paused }).toEqual({ error: null, currentSource: row.source, paused: false })
      const back = events.filter(({ type }) => type === 'playing').at(-1)
      expect(Math.abs((back?.position ?? 0) - before), 'distance from its position, s').toBeLessThan(0.5)
      expect(signings(await video.log()).length, 'signed again').toBeGreaterThan(signingCount)
      expect(refused(await video.log())).toEqual([])
      expect(await readAdEvents(video)).toEqual(['contentupdate', 'readyforpreroll', 'adstart', 'adend'])
    })
})

describe('contrib-ads', () => {
  it('does not mistake a swap of the element’s source for a new video', FULL, async ({ play }) => {
    const settings = { lifeMs: 2_000, bytesPerSecond: 60_000 }
    const video = await playWithAds(play, settings, { source: MP4, options: {}, isFirst: true })
    await video.until(({ status }) => status === 'expired', 'the URL to expire')
    await video.do('player.currentTime(60); undefined')
    const { stats, error } = await video.reaches(61)
    expect(error).toBeNull()
    expect(stats.swaps).toBeGreaterThanOrEqual(1)
    expect(await readAdEvents(video)).toEqual(['contentupdate', 'readyforpreroll'])
  })

  it('plays a pre-roll while the video is still being signed, and the video is signed again afterward', async ({
    play,
  }) => {
    // Nothing waits for this delay to end.
    const settings = { endpointDelayMs: 60_000 }
    const video = await playWithAds(play, settings, { source: FILM, options: {}, isFirst: true }, AD)
    await untilAd(video, 1)
    const during = await video.log()
    expect(signingsAsked(during), 'the request that the pre-roll canceled').toHaveLength(1)
    expect(during.filter(({ kind }) => kind === 'media')).toEqual([])

    await video.stage.set({ endpointDelayMs: 0 })
    await video.do('player.ads.endLinearAdMode()')
    await untilBack(video)
    const { error, events } = await video.reaches(1)
    expect(error).toBeNull()
    expect(events.filter(({ type }) => type === 'playing').at(-1)?.position, 'start position').toBeLessThan(0.5)
    expect(signings(await video.log())).toHaveLength(1)
    expect(await readAdEvents(video)).toEqual(['contentupdate', 'readyforpreroll', 'adstart', 'adend'])
  })
})
