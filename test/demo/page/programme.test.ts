import { describe, expect, it } from 'vitest'
import { type Programme, readProgramme, settingsOf, sourceOf, toQuery, wayOf } from '../../../demo/programme.js'
import { checkSettings } from '../../../demo/server/stage-settings.js'

const MP4: Programme = { reel: 'mp4', tokens: 'clubEvent', worker: true }

describe('a programme', () => {
  it('is HLS with Gcore’s tokens when the address has no query', () => {
    expect(readProgramme('')).toEqual({ reel: 'hls', tokens: 'gcore', worker: false })
  })

  it('is kept in the address', () => {
    expect(toQuery(MP4)).toBe('?film=mp4&tokens=clubEvent&worker=on')
    expect(readProgramme(toQuery(MP4))).toEqual(MP4)
  })

  it.each([
    ['?film=mp3&tokens=akamai', { reel: 'hls', tokens: 'gcore' }],
    ['?film=mp4&tokens=toString', { reel: 'mp4', tokens: 'gcore' }],
    ['?tokens=pushr', { reel: 'hls', tokens: 'pushr' }],
    ['?film=mp4&tokens=bitsOnTheRun', { reel: 'mp4', tokens: 'bitsOnTheRun' }],
    // A signature for one file does not cover a playlist.
    ['?film=hls&tokens=bitsOnTheRun', { reel: 'hls', tokens: 'gcore' }],
  ])('reads the valid values of %s', (query, expected) => {
    expect(readProgramme(query)).toMatchObject(expected)
  })

  it.each([
    ['hls', 'gcore', 'gcore'],
    ['hls', 'pushr', 'pushrTitle'],
    ['mp4', 'gcore', 'gcore'],
    ['mp4', 'pushr', 'pushrFile'],
    ['mp4', 'clubEvent', 'clubEvent'],
    ['mp4', 'bitsOnTheRun', 'bitsOnTheRun'],
  ] as const)('signs %s for %s with the scheme %s', (reel, tokens, scheme) => {
    const settings = settingsOf({ reel, tokens, worker: false })
    expect(settings.scheme).toBe(scheme)
    expect(checkSettings(settings)).toBe(settings)
  })

  it('throttles and cuts an MP4, so that its URLs expire during playback, but not HLS', () => {
    expect(settingsOf(MP4).bytesPerSecond).toBeGreaterThan(0)
    expect(settingsOf(MP4).cutAfterBytes).toBeGreaterThan(0)
    expect(settingsOf(readProgramme(''))).toMatchObject({ bytesPerSecond: 0, cutAfterBytes: 0 })
  })

  it('gives the resource and the way to refresh it', () => {
    expect(sourceOf(MP4)).toEqual({ src: 'film/film.mp4', type: 'video/mp4' })
    expect([MP4, { ...MP4, worker: false }, { ...MP4, reel: 'hls' as const }].map(wayOf)).toEqual([
      'worker',
      'swap',
      'hls',
    ])
  })
})
