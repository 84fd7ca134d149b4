import { describe, expect, it } from 'vitest'
import { isHls } from '../../../src/engines/engine.js'
import { bareType, typeOf } from '../../../src/engines/media-type.js'
import { SEED_URLS } from '../core/seed-urls.js'

describe('typeOf', () => {
  it.each([
    [SEED_URLS.gcoreVod.url, 'application/x-mpegurl'],
    [SEED_URLS.pushrTitle.url, 'application/x-mpegurl'],
    ['https://domain.com/cmaf/2675_201693/cFLm6j00eFFuvos2HZ-6hA/1861919999/index.mpd', 'application/dash+xml'],
    ['videos/final-2026/master.m3u8', 'application/x-mpegurl'],
    ['final.M3U8?site=7', 'application/x-mpegurl'],
    ['https://cdn.example/film/manifest.MPD#t=30', 'application/dash+xml'],
  ])('reads the type from the file name of %s: %s', (resource, type) => {
    expect(typeOf(resource)).toBe(type)
  })

  it.each([
    'final-2026',
    '',
    'https://cdn.example',
    'https://cdn.example/play?file=film.m3u8',
    'https://cdn.example/film.m3u8/play',
    'https://cdn.example/film#film.m3u8',
    'https://cdn.example/film.mp4?next=film.m3u8',
    'notes.txt',
  ])('does not guess HLS from %s', (resource) => {
    expect(isHls(typeOf(resource) ?? '')).toBe(false)
  })

  it.each([SEED_URLS.bitsOnTheRun.url, SEED_URLS.clubEvent.url, 'talks/final.webm'])(
    'recognizes %s as a file that the element plays by itself',
    (resource) => {
      expect(typeOf(resource) ?? 'video/').toMatch(/^video\//)
    },
  )

  it.each([
    ['talks/17.mp3', 'audio/mpeg'],
    ['talks/17.m4a', 'audio/mp4'],
    ['talks/17.OGG', 'audio/ogg'],
    ['talks/17.opus', 'audio/ogg'],
    ['talks/17.flac', 'audio/flac'],
  ])('knows %s as %s', (resource, type) => {
    expect(typeOf(resource)).toBe(type)
  })
})

describe('bareType', () => {
  it.each([
    ['application/x-mpegURL', 'application/x-mpegurl'],
    ['video/mp4; codecs="avc1.42E01E, mp4a.40.2"', 'video/mp4'],
    [' Application/DASH+xml ;charset=utf-8', 'application/dash+xml'],
    ['', ''],
  ])('reduces %o to %o', (type, bare) => {
    expect(bareType(type)).toBe(bare)
  })
})

describe('isHls', () => {
  it.each(['application/x-mpegURL', 'application/vnd.apple.mpegurl', 'audio/mpegurl', 'audio/x-mpegurl'])(
    'is true for %s',
    (type) => {
      expect(isHls(bareType(type))).toBe(true)
    },
  )

  it.each(['application/dash+xml', 'video/mp4', ''])('is false for %o', (type) => {
    expect(isHls(type)).toBe(false)
  })
})
