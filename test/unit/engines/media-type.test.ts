import { describe, expect, it } from 'vitest'
import { isHls } from '../../../src/engines/engine.js'
import { bareType, typeOf } from '../../../src/engines/media-type.js'
import { SEED_URLS } from '../core/seed-urls.js'

describe('typeOf', () => {
  it.each([
    [SEED_URLS.gcoreVod.url, 'application/x-mpegurl'],
    [SEED_URLS.pushrTitle.url, 'application/x-mpegurl'],
    [SEED_URLS.bitsOnTheRun.url, 'video/mp4'],
    ['https://domain.com/cmaf/2675_201693/cFLm6j00eFFuvos2HZ-6hA/1861919999/index.mpd', 'application/dash+xml'],
    ['videos/final-2026/master.m3u8', 'application/x-mpegurl'],
    ['/media_files/VIDEO1.MP4?secret=x', 'video/mp4'],
    ['https://cdn.example/film.webm#t=30', 'video/webm'],
    ['talks/final.mp3', 'audio/mpeg'],
  ])('tells from the file name of %s: %s', (resource, type) => {
    expect(typeOf(resource)).toBe(type)
  })

  it.each([
    'final-2026',
    '',
    'https://cdn.example',
    'https://cdn.example.mp4',
    'https://cdn.example/play?file=film.mp4',
    'https://cdn.example/film.mp4/play',
    'https://cdn.example/film#film.mp4',
    'notes.txt',
  ])('does not guess: %s', (resource) => {
    expect(typeOf(resource)).toBeUndefined()
  })
})

describe('bareType', () => {
  it.each([
    ['application/x-mpegURL', 'application/x-mpegurl'],
    ['video/mp4; codecs="avc1.42E01E, mp4a.40.2"', 'video/mp4'],
    [' Application/DASH+xml ;charset=utf-8', 'application/dash+xml'],
    ['', ''],
  ])('compares %o as %o', (type, bare) => {
    expect(bareType(type)).toBe(bare)
  })
})

describe('isHls', () => {
  it.each(['application/x-mpegURL', 'application/vnd.apple.mpegurl', 'audio/mpegurl', 'audio/x-mpegurl'])(
    'knows %s',
    (type) => {
      expect(isHls(bareType(type))).toBe(true)
    },
  )

  it.each(['application/dash+xml', 'video/mp4', ''])('knows that %o is none', (type) => {
    expect(isHls(type)).toBe(false)
  })
})
