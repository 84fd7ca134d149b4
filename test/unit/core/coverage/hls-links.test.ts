import { describe, expect, it } from 'vitest'
import { playlistLinks, withLinks } from '../../../../src/core/coverage/hls-links.js'

const links = (...lines: string[]) =>
  playlistLinks(['#EXTM3U', ...lines, ''].join('\n')).map(({ uri, place, durationS }) => [uri, place, durationS])

describe('the links of a playlist', () => {
  it('include segments, each with its position in the media sequence and its duration', () => {
    const media = ['#EXT-X-MEDIA-SEQUENCE:17', '#EXTINF:4.5,', 'a.ts', '#EXTINF:4,a title', 'b.ts']
    expect(links(...media)).toEqual([
      ['a.ts', '17', 4.5],
      ['b.ts', '18', 4],
    ])
  })

  it('include keys and init segments, with positions of their own before the segment', () => {
    const media = [
      '#EXT-X-MAP:URI="init.mp4",BYTERANGE="718@0"',
      '#EXT-X-KEY:METHOD=AES-128,URI="key1",IV=0x01',
      '#EXTINF:4,',
      'a.m4s',
      '#EXT-X-KEY:METHOD=AES-128,URI="key2"',
      '#EXTINF:4,',
      'b.m4s',
      '#EXT-X-KEY:METHOD=NONE',
    ]
    expect(links(...media)).toEqual([
      ['init.mp4', '0 EXT-X-MAP 0', 0],
      ['key1', '0 EXT-X-KEY 1', 0],
      ['a.m4s', '0', 4],
      ['key2', '1 EXT-X-KEY 0', 0],
      ['b.m4s', '1', 4],
    ])
  })

  it('include byte ranges of one file, each with its own position', () => {
    const media = [
      '#EXTINF:2,',
      '#EXT-X-BYTERANGE:1000@0',
      'film.mp4',
      '#EXT-X-BYTERANGE:900',
      '#EXTINF:2,',
      'film.mp4',
    ]
    expect(links(...media)).toEqual([
      ['film.mp4', '0', 2],
      ['film.mp4', '1', 2],
    ])
  })

  it('include parts and the preload hint for the next one', () => {
    const media = [
      '#EXT-X-MEDIA-SEQUENCE:5',
      '#EXT-X-PART:DURATION=0.5,URI="5.0.m4s",INDEPENDENT=YES',
      '#EXT-X-PART:DURATION=0.5,URI="5.1.m4s"',
      '#EXTINF:1,',
      '5.m4s',
      '#EXT-X-PART:DURATION=0.5,URI="6.0.m4s"',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="6.1.m4s"',
    ]
    expect(links(...media).map(([uri, place]) => `${uri} ${place}`)).toEqual([
      '5.0.m4s 5 EXT-X-PART 0',
      '5.1.m4s 5 EXT-X-PART 1',
      '5.m4s 5',
      '6.0.m4s 6 EXT-X-PART 0',
      '6.1.m4s 6 EXT-X-PRELOAD-HINT 1',
    ])
  })

  it('keep their positions in a delta update, which omits the oldest', () => {
    const media = ['#EXT-X-MEDIA-SEQUENCE:20', '#EXT-X-SKIP:SKIPPED-SEGMENTS=7', '#EXTINF:2,', '27.m4s']
    expect(links(...media)).toEqual([['27.m4s', '27', 2]])
  })

  it('include the renditions of a master playlist', () => {
    const master = [
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="URI=x",URI="sound.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"',
      'low.m3u8',
      '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="frames.m3u8"',
    ]
    expect(links(...master).map(([uri]) => uri)).toEqual(['sound.m3u8', 'low.m3u8', 'frames.m3u8'])
  })

  it.each([
    ['carriage returns', '#EXTM3U\r\n#EXTINF:4,\r\na.ts?x=1\r\n'],
    ['spaces around the link and no final line break', '#EXTM3U\n#EXTINF:4,\n  a.ts?x=1 '],
  ])('are read with %s', (_title, text) => {
    expect(playlistLinks(text)).toEqual([
      { uri: 'a.ts?x=1', at: text.indexOf('a.ts'), place: '0', durationS: 4, discontinuity: 0 },
    ])
    const links = playlistLinks(text)
    expect(withLinks(text, links, ({ uri }) => uri)).toBe(text)
    expect(withLinks(text, links, () => 'b.ts')).toBe(text.replace('a.ts?x=1', 'b.ts'))
  })

  it.each(['', 'WEBVTT\n\na.ts', '<MPD/>', '<!doctype html>\na.ts'])('are empty for %o', (text) => {
    expect(playlistLinks(text)).toEqual([])
  })
})
