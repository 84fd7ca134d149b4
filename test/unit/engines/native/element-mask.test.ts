import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ElementMask, putOver, realElement } from '../../../../src/engines/native/element-mask.js'
import type { VideoJs } from '../../../../src/video-js.js'
import { timeRanges } from '../../../support/time-ranges.js'

/** A film of 72 s that plays at 12.5 s, with 18 s loaded. */
const playing = () => ({
  currentTime: 12.5,
  duration: 72,
  paused: false,
  ended: false,
  seeking: false,
  playbackRate: 1.5,
  error: null as { code: number } | null,
  buffered: timeRanges([[0, 18]]),
  played: timeRanges([[0, 12.5]]),
  seekable: timeRanges([[0, 72]]),
  readyState: 4,
  networkState: 2,
  videoWidth: 640,
  videoHeight: 360,
  play: vi.fn(async () => {}),
  pause: vi.fn(),
})

/** What an element says of itself just after it got another `src`. */
const LOADING = {
  currentTime: 0,
  duration: Number.NaN,
  paused: true,
  seeking: true,
  playbackRate: 1,
  buffered: timeRanges([]),
  played: timeRanges([]),
  seekable: timeRanges([]),
  readyState: 0,
  networkState: 3,
  videoWidth: 0,
  videoHeight: 0,
}

/** The state behind whatever was put over the element. */
let behind: ReturnType<typeof playing>
let element: HTMLVideoElement

beforeEach(() => {
  behind = playing()
  const prototype = Object.create(null)
  for (const name of Object.keys(behind)) {
    Object.defineProperty(prototype, name, {
      get: () => Reflect.get(behind, name),
      set: (value: unknown) => Reflect.set(behind, name, value),
    })
  }
  vi.stubGlobal('HTMLVideoElement', { prototype })
  element = Object.create(prototype)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const older: VideoJs = {
  use() {},
  registerPlugin() {},
  getPlugin() {},
  getTech() {},
  AudioTrack: class {
    readonly id = ''
    enabled = false
  },
}
const videojs: VideoJs = { ...older, time: { createTimeRanges: timeRanges } }

function putMaskOn(copy = videojs) {
  const listener = {
    onSeek: vi.fn<(position: number) => void>(),
    onPlay: vi.fn(() => Promise.resolve()),
    onPause: vi.fn(),
    onRate: vi.fn<() => void>(),
  }
  return { listener, mask: new ElementMask(element, copy, listener) }
}

const rangesOf = (ranges: TimeRanges) =>
  Array.from({ length: ranges.length }, (_, index) => [ranges.start(index), ranges.end(index)])

describe('ElementMask, while another source loads behind it,', () => {
  it('has the element answer as it did', () => {
    putMaskOn()
    Object.assign(behind, LOADING)
    expect(element).toMatchObject({
      currentTime: 12.5,
      duration: 72,
      paused: false,
      ended: false,
      seeking: false,
      playbackRate: 1.5,
      readyState: 4,
      networkState: 2,
      videoWidth: 640,
      videoHeight: 360,
    })
    expect([element.buffered, element.played, element.seekable].map(rangesOf)).toEqual([
      [[0, 18]],
      [[0, 12.5]],
      [[0, 72]],
    ])
  })

  it('keeps ranges that the element goes on changing as they were', () => {
    const pairs = [[0, 18]]
    behind.buffered = timeRanges(pairs)
    putMaskOn()
    pairs.pop()
    expect(rangesOf(element.buffered)).toEqual([[0, 18]])
  })

  it('gives the element’s own ranges where a copy of Video.js makes none', () => {
    putMaskOn(older)
    expect(rangesOf(element.buffered)).toEqual([[0, 18]])
  })

  it('has no error to show, whatever failed before', () => {
    behind.error = { code: 2 }
    putMaskOn()
    expect(element.error).toBeNull()
  })

  it('takes a seek in before its listener hears of it, and leaves the element alone', () => {
    behind.ended = true
    const { listener, mask } = putMaskOn()
    listener.onSeek.mockImplementation(() => expect(element).toMatchObject({ currentTime: 60, seeking: true }))
    element.currentTime = 60
    expect(listener.onSeek).toHaveBeenCalledExactlyOnceWith(60)
    expect(element).toMatchObject({ currentTime: 60, seeking: true, ended: false })
    expect(mask).toMatchObject({ position: 60, seeking: true })
    expect(behind.currentTime).toBe(12.5)
  })

  it('takes a play in, and answers with the listener’s promise', async () => {
    behind.paused = true
    const { listener, mask } = putMaskOn()
    const refusal = new DOMException('A gesture is needed.', 'NotAllowedError')
    listener.onPlay.mockRejectedValue(refusal)
    await expect(element.play()).rejects.toBe(refusal)
    expect(element.paused).toBe(false)
    expect(mask.paused).toBe(false)
    expect(behind.play).not.toHaveBeenCalled()
  })

  it('takes a pause in', () => {
    const { listener, mask } = putMaskOn()
    element.pause()
    expect(listener.onPause).toHaveBeenCalledOnce()
    expect(element.paused).toBe(true)
    expect(mask.paused).toBe(true)
    expect(behind.pause).not.toHaveBeenCalled()
  })

  it('takes a rate in', () => {
    const { listener, mask } = putMaskOn()
    element.playbackRate = 2
    expect(listener.onRate).toHaveBeenCalledOnce()
    expect(element.playbackRate).toBe(2)
    expect(mask.rate).toBe(2)
    expect(behind.playbackRate, 'which refuses what it does not take').toBe(2)
  })

  it.each(['currentTime', 'playbackRate'] as const)('takes a number as text for %s, as the element does', (name) => {
    putMaskOn()
    Reflect.set(element, name, '2')
    expect(element[name]).toBe(2)
  })

  it.each([
    ['currentTime', Number.NaN],
    ['currentTime', Number.POSITIVE_INFINITY],
    ['currentTime', 'soon'],
    ['currentTime', undefined],
    ['playbackRate', Number.NaN],
    ['playbackRate', 'fast'],
  ] as const)('refuses the %s %o as the element does, and nothing comes of it', (name, wrong) => {
    const { listener } = putMaskOn()
    const before = element[name]
    expect(() => Reflect.set(element, name, wrong)).toThrow(TypeError)
    expect(element).toMatchObject({ [name]: before, seeking: false })
    expect(listener.onSeek).not.toHaveBeenCalled()
    expect(listener.onRate).not.toHaveBeenCalled()
  })

  it('shows the element paused when the swap says so', () => {
    const { mask } = putMaskOn()
    mask.paused = true
    expect(element.paused).toBe(true)
  })

  it('lets the element answer for itself when it is taken off', () => {
    const { listener, mask } = putMaskOn()
    element.currentTime = 60
    Object.assign(behind, { ...LOADING, currentTime: 59.96, readyState: 4 })
    mask.remove()
    expect(element).toMatchObject({ currentTime: 59.96, readyState: 4, paused: true })
    element.pause()
    expect(behind.pause).toHaveBeenCalledOnce()
    expect(listener.onPause).not.toHaveBeenCalled()
  })
})

describe('putOver', () => {
  it('stands before the prototype until it is taken back', () => {
    const takeBack = putOver(element, { currentTime: { get: () => 7 } })
    expect(element.currentTime).toBe(7)
    takeBack()
    expect(element.currentTime).toBe(12.5)
    expect(Object.hasOwn(element, 'currentTime')).toBe(false)
  })

  it('brings back a property of the element’s own, as Video.js puts one there', () => {
    Object.defineProperty(element, 'currentTime', { configurable: true, get: () => 3 })
    putOver(element, { currentTime: { get: () => 7 } })()
    expect(element.currentTime).toBe(3)
  })

  it('comes off layer by layer, the last one first', () => {
    const takeBackLower = putOver(element, { currentTime: { get: () => 7 } })
    const takeBackUpper = putOver(element, { currentTime: { get: () => 8 } })
    takeBackUpper()
    expect(element.currentTime).toBe(7)
    takeBackLower()
    expect(element.currentTime).toBe(12.5)
  })
})

describe('realElement', () => {
  it('reads and moves the element behind the mask', async () => {
    const { listener } = putMaskOn()
    const real = realElement(element)
    Object.assign(behind, LOADING)
    expect(real).toMatchObject({ position: 0, isSeeking: true, readyState: 0, hasPicture: false })
    expect(real.seekable.length).toBe(0)
    real.position = 12.5
    real.rate = 1.5
    real.pause()
    await real.play()
    expect(behind).toMatchObject({ currentTime: 12.5, playbackRate: 1.5 })
    expect(behind.pause).toHaveBeenCalledOnce()
    expect(behind.play).toHaveBeenCalledOnce()
    for (const hears of Object.values(listener)) expect(hears).not.toHaveBeenCalled()
  })

  it('has a picture once the width is known', () => {
    expect(realElement(element).hasPicture).toBe(true)
    behind.videoWidth = 0
    expect(realElement(element).hasPicture).toBe(false)
  })
})
