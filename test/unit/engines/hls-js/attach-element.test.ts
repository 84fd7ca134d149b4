import Hls from 'hls.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attachElement } from '../../../../src/engines/hls-js/attach-element.js'
import type { HlsSession } from '../../../../src/engines/hls-js/hls-session.js'

type Element = ReturnType<typeof fakeElement>

const fakeElement = () => ({
  src: 'blob:https://site.example/1',
  paused: false,
  playbackRate: 1,
  removeAttribute(this: { src: string }) {
    this.src = ''
  },
  play: vi.fn(() => Promise.resolve()),
})

/** As much of a hls.js instance as concerns the element. */
class FakeHls {
  media: Element | undefined
  readonly attached: { mediaSource?: unknown }[] = []
  readonly triggered: string[] = []
  readonly #listeners = new Map<string, (event: string, data: object) => void>()

  on(event: string, listener: (event: string, data: object) => void): void {
    this.#listeners.set(event, listener)
  }

  attachMedia(data: { media: Element; mediaSource?: unknown }): void {
    this.media = data.media
    this.attached.push(data)
  }

  detachMedia(): void {
    this.media = undefined
  }

  trigger(event: string): void {
    this.triggered.push(event)
  }

  startAd(ad: FakeHls): void {
    this.#listeners.get(Hls.Events.INTERSTITIAL_ASSET_PLAYER_CREATED)?.('', { player: { hls: ad } })
  }
}

function setUp() {
  const element = fakeElement()
  const hls = new FakeHls()
  const playerElement = new EventTarget()
  let count = 1
  const session: HlsSession = Object.assign(Object.create(null), {
    hls,
    Hls,
    player: { el: () => playerElement },
    tech: { el: () => element },
    openMediaSource() {
      count += 1
      element.src = `blob:https://site.example/${count}`
      // As the browser does with a new source.
      Object.assign(element, { paused: true, playbackRate: 1 })
      return `media source ${count}`
    },
    signal: new AbortController().signal,
  })
  const first = Object.assign(Object.create(null), { number: 1 }) as MediaSource
  return { element, hls, playsAd: attachElement(session, first) }
}

beforeEach(() => void vi.stubGlobal('HTMLMediaElement', { prototype: { load() {} } }))
afterEach(() => void vi.unstubAllGlobals())

describe('an element that hls.js detaches and attaches again', () => {
  it('gets a MediaSource of ours each time, and plays on at its rate', () => {
    const { element, hls } = setUp()
    element.playbackRate = 1.5
    hls.detachMedia()
    expect(element.src).toBe('')
    hls.attachMedia({ media: element })
    expect(hls.attached.at(-1)?.mediaSource).toBe('media source 2')
    expect(element.playbackRate).toBe(1.5)
    expect(element.play).toHaveBeenCalledOnce()
  })

  it('stays paused when the viewer had paused it', () => {
    const { element, hls } = setUp()
    element.paused = true
    hls.detachMedia()
    hls.attachMedia({ media: element })
    expect(element.play).not.toHaveBeenCalled()
  })

  it('keeps the source that another script has set meanwhile', () => {
    const { element, hls } = setUp()
    element.src = 'https://ads.example/pizza.mp4'
    hls.detachMedia()
    expect(element.src).toBe('https://ads.example/pizza.mp4')
  })
})

describe('an ad', () => {
  it('has the element’s timeline until the video is attached again', () => {
    const { element, hls, playsAd } = setUp()
    const ad = new FakeHls()
    hls.startAd(ad)
    hls.detachMedia()
    ad.attachMedia({ media: element })
    expect(playsAd()).toBe(true)
    expect(ad.attached.at(-1)?.mediaSource).toBe('media source 2')
    ad.detachMedia()
    hls.attachMedia({ media: element })
    expect(playsAd()).toBe(false)
  })

  it('that gets the video’s MediaSource has no timeline of its own', () => {
    const { element, hls, playsAd } = setUp()
    const ad = new FakeHls()
    hls.startAd(ad)
    ad.attachMedia({ media: element, mediaSource: 'media source 1' })
    expect(playsAd()).toBe(false)
    expect(ad.attached.at(-1)?.mediaSource).toBe('media source 1')
    expect(element.play).not.toHaveBeenCalled()
  })
})
