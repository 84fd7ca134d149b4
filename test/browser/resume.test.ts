import { describe, expect } from 'vitest'
import { heard, untilExpired } from '../support/heard.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { MP4, signingsAsked, until } from '../support/site.js'
import { FILM, type Video, type VideoOptions } from '../support/video.js'

/* A viewer comes back to a paused video whose URL has died meanwhile: the URL is refreshed when they reach for the player, before they press play. */

const LIFE_MS = 2_000
const MP4_FILM = { src: 'heavy/film.mp4', type: MP4 }
const PLAYERS = 20

const reach = (video: Video, type: string) =>
  video.do(`player.el().dispatchEvent(new PointerEvent('${type}', { bubbles: true })); undefined`)
const countSignings = async (video: Video) => signingsAsked(await video.log()).length
const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a paused video whose URL has died', () => {
  const it = inBrowser('chromium')

  const paused = async (play: (...given: [object, VideoOptions]) => Promise<Video>, options: VideoOptions) => {
    const video = await play({ lifeMs: LIFE_MS, bytesPerSecond: 400_000 }, options)
    await video.reaches(1)
    await video.do('player.pause()')
    await untilExpired(video)
    return video
  }

  for (const [engine, source] of [
    ['hls.js', FILM],
    ['the element', MP4_FILM],
  ] as const)
    it(
      `is refreshed once by a viewer who reaches for it, with ${engine}, and resumes without signing`,
      FULL,
      async ({ play }) => {
        const video = await paused(play, { source })
        const before = await countSignings(video)
        const mark = (await video.see()).events.length
        for (const type of ['pointermove', 'pointermove', 'pointerdown']) await reach(video, type)
        await until(() => video.do<boolean>(`player.signedUrl().status === 'fresh'`), 'a fresh URL')
        await reach(video, 'pointermove')
        await video.do('player.currentTime(60); player.play(); undefined')
        const seen = await video.reaches(60.5)
        expect(await countSignings(video)).toBe(before + 1)
        expect(seen).toMatchObject({ error: null, stats: { anticipated: 1 } })
        expect(heard(seen, mark).filter((type) => ['play', 'seeking', 'pause', 'error'].includes(type))).toEqual([
          'seeking',
          'play',
        ])
      },
    )

  it('is left alone with `refreshOnIntent: false`', FULL, async ({ play }) => {
    const video = await paused(play, { source: FILM, plugin: { refreshOnIntent: false } })
    const before = await countSignings(video)
    await reach(video, 'pointermove')
    await settle(1_000)
    expect(await countSignings(video)).toBe(before)
  })

  it('is one of twenty that sign nothing when their tab becomes visible', FULL, async ({ play }) => {
    const first = await paused(play, { source: FILM })
    for (let index = 1; index < PLAYERS; index += 1)
      await play(
        {},
        {
          in: first.page,
          stage: first.stage,
          name: `film ${index}`,
          source: FILM,
          autoplay: false,
          player: { preload: 'none' },
        },
      )
    const before = await countSignings(first)
    await first.do(`
      for (const type of ['visibilitychange', 'focus', 'pageshow']) document.dispatchEvent(new Event(type))
      window.dispatchEvent(new Event('pageshow')); undefined`)
    await settle(1_000)
    expect(await countSignings(first)).toBe(before)
  })
})
