import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openMediaSource, setNativeSrc } from '../../../src/engines/media-source.js'

let element: HTMLVideoElement
let life: AbortController

beforeEach(() => {
  life = new AbortController()
  element = document.createElement('video')
  element.disableRemotePlayback = false
  vi.stubGlobal('ManagedMediaSource', class {})
  vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:https://site.example/1')
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('openMediaSource', () => {
  it('turns AirPlay off for a managed source, however often one is opened, and on again when the source ends', () => {
    openMediaSource(element, true, life.signal)
    openMediaSource(element, true, life.signal)
    expect(element.disableRemotePlayback).toBe(true)
    life.abort()
    expect(element.disableRemotePlayback).toBe(false)
  })

  it('leaves AirPlay off where the page has turned it off', () => {
    element.disableRemotePlayback = true
    openMediaSource(element, true, life.signal)
    life.abort()
    expect(element.disableRemotePlayback).toBe(true)
  })
})

describe('setNativeSrc', () => {
  it('bypasses the property of the element, and ends Video.js’s watch for the first source', () => {
    const set = vi.fn()
    const resetSourceWatch_ = vi.fn()
    Object.defineProperty(element, 'src', { set, configurable: true })
    setNativeSrc(Object.assign(element, { resetSourceWatch_ }), 'https://cdn.example/film.mp4?token=1')
    expect(set).not.toHaveBeenCalled()
    expect(resetSourceWatch_).toHaveBeenCalledOnce()
    expect(element.getAttribute('src')).toBe('https://cdn.example/film.mp4?token=1')
  })
})
