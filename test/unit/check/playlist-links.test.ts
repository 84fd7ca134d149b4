import { describe, expect, it } from 'vitest'
import { readLinks } from '../../../src/check/playlist-links.js'

const AT = 'https://cdn.example/film7/hls/media.m3u8'
const paths = (text: string, kind: 'hls' | 'dash' = 'hls') =>
  readLinks(kind, text, AT).links.map(({ url }) => url.slice('https://cdn.example'.length))

describe('readLinks', () => {
  it('reads the segments and keys of a media playlist, without licences and what a player fills in', () => {
    const text = `#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-KEY:METHOD=AES-128,URI="../keys/1.key"
#EXT-X-KEY:METHOD=SAMPLE-AES,URI="https://licence.example/",KEYFORMAT="com.apple.streamingkeydelivery"
#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.microsoft.playready",URI="https://licence.example/"
#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://1"
#EXTINF:5.5,
0.ts
#EXTINF:4,
{$folder}/1.ts
`
    expect(paths(text)).toEqual(['/film7/keys/1.key', '/film7/hls/0.ts'])
    expect(readLinks('hls', text, AT)).toMatchObject({ longestS: 5.5, holdsMs: 6000 })
    expect(readLinks('hls', `${text}#EXT-X-ENDLIST`, AT).holdsMs).toBe(Number.POSITIVE_INFINITY)
  })

  it('knows the playlists of a master playlist from its other links', () => {
    const text = `#EXTM3U
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="1.key"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="English",URI="english.m3u8"
#EXT-X-MEDIA:URI="subtitles.m3u8",TYPE=SUBTITLES,GROUP-ID="words",NAME="English"
#EXT-X-STREAM-INF:BANDWIDTH=1
360p.m3u8
`
    const { links, holdsMs } = readLinks('hls', text, AT)
    expect(links.map(({ isPlaylist }) => isPlaylist)).toEqual([false, true, true, true])
    expect(links.map(({ isAside }) => isAside)).toEqual([false, false, true, false])
    expect(holdsMs).toBe(Number.POSITIVE_INFINITY)
  })

  it('knows which files are requested in parts', () => {
    const text = '#EXTM3U\n#EXTINF:4,\n#EXT-X-BYTERANGE:10@0\nfilm.ts\n'
    expect(readLinks('hls', text, AT).links).toMatchObject([{ isRanged: true }])
  })

  it('reads an MPD', () => {
    const text = `<?xml version="1.0"?><MPD type="dynamic" minimumUpdatePeriod="PT2S" maxSegmentDuration="PT1M6.5S"><Period>
      <AdaptationSet><SegmentTemplate initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number$.m4s"/>
      <Representation id="a"/></AdaptationSet></Period></MPD>`
    expect(paths(text, 'dash')).toEqual(['/film7/hls/a/init.mp4', '/film7/hls/a/$Number$.m4s'])
    expect(readLinks('dash', text, AT)).toMatchObject({ longestS: 66.5, holdsMs: 2000 })
  })
})
