import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ElementMask, putOver, realElement } from '../../../../src/engines/native/element-mask.js'
import type { VideoJs } from '../../../../src/video-js/types.js'
import { timeRanges } from '../../../support/time-ranges.js'

/** A video of 72 s that plays at 12.5 s, with 18 s loaded. */
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

/** The state of an element just after its `src` was set again. */
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

/** The state of the element behind the mask. */
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

function setUpMask(copy = videojs) {
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

describe('ElementMask, while another source loads behind it', () => {
  it('shows the element as it was', () => {
    setUpMask()
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

  it('keeps its own copy of ranges that the element goes on changing', () => {
    const pairs = [[0, 18]]
    behind.buffered = timeRanges(pairs)
    setUpMask()
    pairs.pop()
    expect(rangesOf(element.buffered)).toEqual([[0, 18]])
  })

  it('shows the element’s own ranges when Video.js cannot create any', () => {
    setUpMask(older)
    expect(rangesOf(element.buffered)).toEqual([[0, 18]])
  })

  it('shows no error, whatever failed before', () => {
    behind.error = { code: 2 }
    setUpMask()
    expect(element.error).toBeNull()
  })

  it('shows a seek before its listener gets it, and leaves the element unchanged', () => {
    behind.ended = true
    const { listener, mask } = setUpMask()
    listener.onSeek.mockImplementation(() => expect(element).toMatchObject({ currentTime: 60, seeking: true }))
    element.currentTime = 60
    expect(listener.onSeek).toHaveBeenCalledExactlyOnceWith(60)
    expect(element).toMatchObject({ currentTime: 60, seeking: true, ended: false })
    expect(mask).toMatchObject({ position: 60, seeking: true })
    expect(behind.currentTime).toBe(12.5)
  })

  it('shows play() and returns the listener’s promise', async () => {
    behind.paused = true
    const { listener, mask } = setUpMask()
    const notAllowed = new DOMException('A gesture is needed.', 'NotAllowedError')
    listener.onPlay.mockRejectedValue(notAllowed)
    await expect(element.play()).rejects.toBe(notAllowed)
    expect(element.paused).toBe(false)
    expect(mask.paused).toBe(false)
    expect(behind.play).not.toHaveBeenCalled()
  })

  it('shows pause()', () => {
    const { listener, mask } = setUpMask()
    element.pause()
    expect(listener.onPause).toHaveBeenCalledOnce()
    expect(element.paused).toBe(true)
    expect(mask.paused).toBe(true)
    expect(behind.pause).not.toHaveBeenCalled()
  })

  it('shows a new playback rate', () => {
    const { listener, mask } = setUpMask()
    element.playbackRate = 2
    expect(listener.onRate).toHaveBeenCalledOnce()
    expect(element.playbackRate).toBe(2)
    expect(mask.rate).toBe(2)
    expect(behind.playbackRate, 'the element has to reject a rate that it does not support').toBe(2)
  })

  it.each(['currentTime', 'playbackRate'] as const)('accepts a numeric string for %s, as the element does', (name) => {
    setUpMask()
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
  ] as const)('rejects the %s %o, as the element does, without any effect', (name, wrong) => {
    const { listener } = setUpMask()
    const before = element[name]
    expect(() => Reflect.set(element, name, wrong)).toThrow(TypeError)
    expect(element).toMatchObject({ [name]: before, seeking: false })
    expect(listener.onSeek).not.toHaveBeenCalled()
    expect(listener.onRate).not.toHaveBeenCalled()
  })

  it('shows the element as paused when the swap sets it so', () => {
    const { mask } = setUpMask()
    mask.paused = true
    expect(element.paused).toBe(true)
  })

  it('shows the element’s own state once it is removed', () => {
    const { listener, mask } = setUpMask()
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
  it('overrides the prototype until it is removed', () => {
    const restore = putOver(element, { currentTime: { get: () => 7 } })
    expect(element.currentTime).toBe(7)
    restore()
    expect(element.currentTime).toBe(12.5)
    expect(Object.hasOwn(element, 'currentTime')).toBe(false)
  })

  it('restores an own property of the element, like the one that Video.js sets', () => {
    Object.defineProperty(element, 'currentTime', { configurable: true, get: () => 3 })
    putOver(element, { currentTime: { get: () => 7 } })()
    expect(element.currentTime).toBe(3)
  })

  it('can be layered, and is removed in reverse order', () => {
    const restoreLower = putOver(element, { currentTime: { get: () => 7 } })
    const restoreUpper = putOver(element, { currentTime: { get: () => 8 } })
    restoreUpper()
    expect(element.currentTime).toBe(7)
    restoreLower()
    expect(element.currentTime).toBe(12.5)
  })
})

describe('realElement', () => {
  it('reads and controls the element behind the mask', async () => {
    const { listener } = setUpMask()
    const real = realElement(element)
    Object.assign(behind, LOADING)
    expect([real.currentTime, real.seeking, real.readyState]).toEqual([0, true, 0])
    expect(real.seekable.length).toBe(0)
    real.currentTime = 12.5
    real.playbackRate = 1.5
    real.pause()
    await real.play()
    expect(behind).toMatchObject({ currentTime: 12.5, playbackRate: 1.5 })
    expect(behind.pause).toHaveBeenCalledOnce()
    expect(behind.play).toHaveBeenCalledOnce()
    for (const callback of Object.values(listener)) expect(callback).not.toHaveBeenCalled()
  })
})
