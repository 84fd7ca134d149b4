import { describe, expect, it } from 'vitest'
import { type EngineChoice, isTooOld, selectEngine } from '../../../src/engines/select-engine.js'

const HLS = 'application/x-mpegurl'
const DASH = 'application/dash+xml'

/** A desktop browser with hls.js, and a Video.js whose VHS is not configured. */
const choice = (changes: Partial<EngineChoice> = {}): EngineChoice => ({
  engine: 'auto',
  type: HLS,
  hasHlsJs: true,
  hasMediaSource: true,
  hasVhs: true,
  wantsVhs: false,
  hasKeySystems: false,
  ...changes,
})

describe('selectEngine', () => {
  it.each<[string, Partial<EngineChoice>, string]>([
    ['HLS', {}, 'hls.js'],
    ['HLS with Apple’s media type', { type: 'application/vnd.apple.mpegurl' }, 'hls.js'],
    ['HLS with the media type of old pages', { type: 'audio/mpegurl' }, 'hls.js'],
    ['HLS on a page without hls.js', { hasHlsJs: false }, 'vhs'],
    ['HLS on a page that configures or hooks VHS', { wantsVhs: true }, 'vhs'],
    ['HLS with key systems', { hasKeySystems: true }, 'vhs'],
    ['HLS without MSE', { hasMediaSource: false }, 'native'],
    ['HLS without MSE, although VHS is configured', { hasMediaSource: false, wantsVhs: true }, 'native'],
    ['HLS with video.js/core, which has no VHS', { hasVhs: false }, 'hls.js'],
    ['HLS with video.js/core and leftover options for VHS', { hasVhs: false, wantsVhs: true }, 'hls.js'],
    ['HLS with neither hls.js nor VHS', { hasHlsJs: false, hasVhs: false }, 'native'],
    ['DASH', { type: DASH }, 'vhs'],
    ['DASH when hls.js is requested', { type: DASH, engine: 'hls.js' }, 'vhs'],
    ['MP4', { type: 'video/mp4' }, 'native'],
    ['MP4 when hls.js is requested', { type: 'video/mp4', engine: 'hls.js' }, 'native'],
    ['MP4 when VHS is requested', { type: 'video/mp4', engine: 'vhs' }, 'native'],
    ['a source of unknown type', { type: undefined }, 'native'],
    ['HLS when VHS is requested', { engine: 'vhs' }, 'vhs'],
    ['HLS when the native engine is requested', { engine: 'native' }, 'native'],
    ['HLS when hls.js is requested although VHS is configured', { engine: 'hls.js', wantsVhs: true }, 'hls.js'],
    ['HLS when hls.js is requested but missing', { engine: 'hls.js', hasHlsJs: false }, 'vhs'],
    ['HLS when hls.js is requested but MSE is missing', { engine: 'hls.js', hasMediaSource: false }, 'native'],
  ])('plays %s: %o → %s', (_, changes, expected) => {
    expect(selectEngine(choice(changes))).toBe(expected)
  })
})

describe('isTooOld', () => {
  it.each([
    ['0.14.17', true],
    ['1.4.14', true],
    ['1.5.20', true],
    ['1.6.0', false],
    ['1.6.0-beta.1', false],
    ['1.7.4', false],
    ['1.10.0', false],
    ['2.0.0', false],
    ['canary', false],
    [undefined, false],
  ])('hls.js %s: %s', (version, expected) => {
    expect(isTooOld(version)).toBe(expected)
  })
})
