import { describe, expect, it } from 'vitest'
import { LivePlaylists } from '../../../src/core/live-playlists.js'
import { SIGN } from './seed-urls.js'

const URL = SIGN.gcore(1767781867).replace('master.m3u8', '720p/live.m3u8')
const OLD = { issue: 1 }
const NEW = { issue: 2 }

/** A live media playlist of three segments of 2 s, the last of them `last`. */
const playlist = (last: number, more = '') =>
  [
    `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${last - 2}`,
    ...[2, 1, 0].map((back) => `#EXTINF:2.0,\nseg-${last - back}.m4s`),
    more,
  ].join('\n')

describe('LivePlaylists', () => {
  it.each([
    ['after two target durations', 4_000, false],
    ['after more than that', 4_001, true],
  ])('calls a playlist that says the same as before dead %s: %s ms', (_title, afterMs, isDead) => {
    const playlists = new LivePlaylists()
    expect(playlists.standsStill(URL, playlist(7), 1_000, OLD)).toBe(false)
    expect(playlists.standsStill(URL, playlist(7), 1_000 + afterMs, OLD)).toBe(isDead)
  })

  it('counts from the last movement', () => {
    const playlists = new LivePlaylists()
    playlists.standsStill(URL, playlist(7), 0, OLD)
    playlists.standsStill(URL, playlist(8), 3_900, OLD)
    expect(playlists.standsStill(URL, playlist(8), 7_000, OLD)).toBe(false)
    expect(playlists.standsStill(URL, playlist(8), 8_000, OLD)).toBe(true)
  })

  it('takes a full playlist and a delta update, a blocking reload and a plain one for the same', () => {
    const parts = Array.from({ length: 12 }, (_, part) => `#EXT-X-PART:DURATION=0.5,URI="seg-8.${part}.m4s"`).join('\n')
    const full = playlist(7, parts)
    const delta = full.replace(/#EXTINF:2.0,\nseg-5.m4s/, '#EXT-X-SKIP:SKIPPED-SEGMENTS=1')
    const playlists = new LivePlaylists()
    playlists.standsStill(`${URL}?_HLS_msn=8&_HLS_part=3`, full, 0, OLD)
    expect(playlists.standsStill(`${URL}?_HLS_msn=8&_HLS_part=4&_HLS_skip=YES`, delta, 5_000, OLD)).toBe(true)
  })

  it('tells one playlist from another', () => {
    const playlists = new LivePlaylists()
    playlists.standsStill(URL, playlist(7), 0, OLD)
    expect(playlists.standsStill(URL.replace('720p', '360p'), playlist(7), 5_000, OLD)).toBe(false)
  })

  it.each([
    ['a broadcast that is over', playlist(7, '#EXT-X-ENDLIST')],
    ['a master playlist', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n720p/live.m3u8'],
    ['a login page', '<!doctype html><title>Log in</title>'],
    ['nothing', ''],
  ])('leaves %s alone', (_title, text) => {
    const playlists = new LivePlaylists()
    playlists.standsStill(URL, text, 0, OLD)
    expect(playlists.standsStill(URL, text, 60_000, OLD)).toBe(false)
  })

  it('does not blame a fresh URL under which the broadcast has never moved: it pauses', () => {
    const playlists = new LivePlaylists()
    playlists.standsStill(URL, playlist(7), 0, OLD)
    expect(playlists.standsStill(URL, playlist(7), 5_000, OLD)).toBe(true)
    for (const now of [6_000, 60_000, 600_000]) expect(playlists.standsStill(URL, playlist(7), now, NEW)).toBe(false)
    playlists.standsStill(URL, playlist(8), 600_500, NEW)
    expect(playlists.standsStill(URL, playlist(8), 605_000, NEW)).toBe(true)
  })
})
