import { describe, expect, it } from 'vitest'
import { playedSource } from '../../../demo/film.js'
import {
  canPlay,
  canSign,
  ENGINES,
  engineFor,
  FILMS,
  needsNewPlayer,
  OPENING_PROGRAMME as OPENING,
  optionsOf,
  type Programme,
  settingsOf,
  sourceOf,
  TOKENS,
  wayOf,
} from '../../../demo/programme.js'
import { checkSettings } from '../../../demo/server/stage-settings.js'

const MP4: Programme = { ...OPENING, film: 'mp4', tokens: 'clubEvent', engine: 'worker' }

describe('a programme', () => {
  it.each([
    ['hls', 'gcore', 'gcore'],
    ['hls', 'pushr', 'pushrTitle'],
    ['hls', 'bitsOnTheRun', 'bitsOnTheRun'],
    ['hls', 'cookie', 'cookie'],
    ['live', 'query', 'akamai'],
    ['dash', 'opaque', 'opaque'],
    ['mp4', 'gcore', 'gcore'],
    ['mp4', 'pushr', 'pushrFile'],
    ['mp4', 'clubEvent', 'clubEvent'],
  ] as const)('signs %s for %s with the scheme %s', (film, tokens, scheme) => {
    expect(settingsOf({ ...OPENING, film, tokens }).scheme).toBe(scheme)
  })

  it('has settings that the server takes, whatever goes together', () => {
    for (const film of FILMS)
      for (const tokens of TOKENS) {
        const settings = settingsOf({ ...OPENING, film, tokens })
        expect(checkSettings(settings)).toBe(settings)
        expect(settings.scheme !== undefined).toBe(canSign(tokens, film))
      }
  })

  it('has an engine for each film', () => {
    for (const film of FILMS) expect(canPlay(engineFor(film), film)).toBe(true)
    expect(ENGINES.filter((engine) => canPlay(engine, 'mp4'))).toEqual(['native', 'worker'])
  })

  it('throttles and cuts an MP4, so that its URLs expire during playback, but not HLS', () => {
    expect(settingsOf(MP4).bytesPerSecond).toBeGreaterThan(0)
    expect(settingsOf(MP4).cutAfterBytes).toBeGreaterThan(0)
    expect(settingsOf(OPENING)).toMatchObject({ bytesPerSecond: 0, cutAfterBytes: 0 })
  })

  it('gives the resource and the way to refresh it', () => {
    expect(sourceOf(MP4)).toEqual({ src: 'film/film.mp4', type: 'video/mp4' })
    expect([MP4, { ...MP4, engine: 'native' as const }, OPENING].map(wayOf)).toEqual(['worker', 'swap', 'requests'])
  })

  it('plays unsigned URLs where each file is signed by itself', () => {
    const files = { ...OPENING, tokens: 'bitsOnTheRun' } as const
    expect(optionsOf(files)).toEqual({ engine: 'hls.js', scope: 'file' })
    expect(playedSource(files, 'demo-1', 'http://cdn.example').src).toBe(
      'http://cdn.example/files/demo-1/film/master.m3u8',
    )
    expect(playedSource(OPENING, 'demo-1', 'http://cdn.example').src).toBe('film')
  })

  it.each([
    ['other tokens in the path', { tokens: 'pushr' }, false],
    ['MP4', { film: 'mp4', engine: 'native' }, true],
    ['another engine', { engine: 'vhs' }, true],
    ['a cookie', { tokens: 'cookie' }, true],
    ['a broadcast', { film: 'low-latency' }, true],
  ] as const)('goes on with the same player or not: %s', (_, change, expected) => {
    expect(needsNewPlayer(OPENING, { ...OPENING, ...change })).toBe(expected)
  })
})
