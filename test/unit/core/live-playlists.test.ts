import { describe, expect, it } from 'vitest'
import { LivePlaylists } from '../../../src/core/live-playlists.js'
import { SIGN } from './seed-urls.js'

const URL = SIGN.gcore(1767781867).replace('master.m3u8', '720p/live.m3u8')
const OLD = { issue: 1 }
const NEW = { issue: 2 }

/** A live media playlist of three 2 s segments that ends with the segment `last`. */
const playlist = (last: number, more = '') =>
  [
    `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${last - 2}`,
    ...[2, 1, 0].map((back) => `#EXTINF:2.0,\nseg-${last - back}.m4s`),
    more,
  ].join('\n')

describe('LivePlaylists', () => {
  it.each([
    ['does not report', 4_000, false],
    ['reports', 4_001, true],
  ])('%s an unchanged playlist as dead after %i ms, with a target duration of 2 s', (_verb, afterMs, isDead) => {
    const playlists = new LivePlaylists()
    expect(playlists.standsStill(URL, playlist(7), 1_000, OLD)).toBe(false)
    expect(playlists.standsStill(URL, playlist(7), 1_000 + afterMs, OLD)).toBe(isDead)
  })

  it('counts from the last change', () => {
    const playlists = new LivePlaylists()
    playlists.standsStill(URL, playlist(7), 0, OLD)
    playlists.standsStill(URL, playlist(8), 3_900, OLD)
    expect(playlists.standsStill(URL, playlist(8), 7_000, OLD)).toBe(false)
    expect(playlists.standsStill(URL, playlist(8), 8_000, OLD)).toBe(true)
  })

  it('treats full playlists and delta updates, blocking and plain reloads, as one playlist', () => {
    const parts = Array.from({ length: 12 }, (_, part) => `#EXT-X-PART:DURATION=0.5,URI="seg-8.${part}.m4s"`).join('\n')
    const full = playlist(7, parts)
    const delta = full.replace(/#EXTINF:2.0,\nseg-5.m4s/, '#EXT-X-SKIP:SKIPPED-SEGMENTS=1')
    const playlists = new LivePlaylists()
    playlists.standsStill(`${URL}?_HLS_msn=8&_HLS_part=3`, full, 0, OLD)
    expect(playlists.standsStill(`${URL}?_HLS_msn=8&_HLS_part=4&_HLS_skip=YES`, delta, 5_000, OLD)).toBe(true)
  })

  it('tracks each playlist separately', () => {
    const playlists = new LivePlaylists()
    playlists.standsStill(URL, playlist(7), 0, OLD)
    expect(playlists.standsStill(URL.replace('720p', '360p'), playlist(7), 5_000, OLD)).toBe(false)
  })

  it.each([
    ['a broadcast that has ended', playlist(7, '#EXT-X-ENDLIST')],
    ['a master playlist', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n720p/live.m3u8'],
    ['a login page', '<!doctype html><title>Log in</title>'],
    ['an empty answer', ''],
  ])('ignores %s', (_title, text) => {
    const playlists = new LivePlaylists()
    playlists.standsStill(URL, text, 0, OLD)
    expect(playlists.standsStill(URL, text, 60_000, OLD)).toBe(false)
  })

  it('does not blame a fresh URL whose playlist has never changed, because the broadcast may be paused', () => {
    const playlists = new LivePlaylists()
    playlists.standsStill(URL, playlist(7), 0, OLD)
    expect(playlists.standsStill(URL, playlist(7), 5_000, OLD)).toBe(true)
    for (const now of [6_000, 60_000, 600_000]) expect(playlists.standsStill(URL, playlist(7), now, NEW)).toBe(false)
    playlists.standsStill(URL, playlist(8), 600_500, NEW)
    expect(playlists.standsStill(URL, playlist(8), 605_000, NEW)).toBe(true)
  })
})
