import { describe, expect, it } from 'vitest'
import { type EngineChoice, selectEngine } from '../../../src/engines/select-engine.js'

const HLS = 'application/x-mpegurl'
const DASH = 'application/dash+xml'

/** A desktop browser, hls.js at hand, a Video.js with VHS that nobody configured. */
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
    ['HLS as Apple calls it', { type: 'application/vnd.apple.mpegurl' }, 'hls.js'],
    ['HLS as old pages call it', { type: 'audio/mpegurl' }, 'hls.js'],
    ['HLS on a page without hls.js', { hasHlsJs: false }, 'vhs'],
    ['HLS on a page that configured VHS or hooked it', { wantsVhs: true }, 'vhs'],
    ['HLS with key systems', { hasKeySystems: true }, 'vhs'],
    ['HLS where there is no MSE', { hasMediaSource: false }, 'native'],
    ['HLS where there is no MSE, though VHS was configured', { hasMediaSource: false, wantsVhs: true }, 'native'],
    ['HLS with video.js/core, which has no VHS', { hasVhs: false }, 'hls.js'],
    ['HLS with video.js/core and options left over for VHS', { hasVhs: false, wantsVhs: true }, 'hls.js'],
    ['HLS with neither hls.js nor VHS', { hasHlsJs: false, hasVhs: false }, 'native'],
    ['DASH', { type: DASH }, 'vhs'],
    ['DASH, with hls.js asked for', { type: DASH, engine: 'hls.js' }, 'vhs'],
    ['MP4', { type: 'video/mp4' }, 'native'],
    ['MP4, with hls.js asked for', { type: 'video/mp4', engine: 'hls.js' }, 'native'],
    ['MP4, with VHS asked for', { type: 'video/mp4', engine: 'vhs' }, 'native'],
    ['a source that nothing tells the type of', { type: undefined }, 'native'],
    ['HLS, with VHS asked for', { engine: 'vhs' }, 'vhs'],
    ['HLS, with the element asked for', { engine: 'native' }, 'native'],
    ['HLS, with hls.js asked for though VHS is configured', { engine: 'hls.js', wantsVhs: true }, 'hls.js'],
    ['HLS, with hls.js asked for that the page lacks', { engine: 'hls.js', hasHlsJs: false }, 'vhs'],
    ['HLS, with hls.js asked for where there is no MSE', { engine: 'hls.js', hasMediaSource: false }, 'native'],
  ])('plays %s: %o → %s', (_, changes, expected) => {
    expect(selectEngine(choice(changes))).toBe(expected)
  })
})
