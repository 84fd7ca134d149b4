import { describe, expect, it } from 'vitest'
import { HlsLinkTable } from '../../src/core/coverage/hls-link-table.js'
import { playlistLinks } from '../../src/core/coverage/hls-links.js'
import { mpdFiles, withMpdLinks } from '../../src/core/coverage/mpd-links.js'
import { quickest } from '../support/quickest.js'

/* What servers write for hours of video is read in time proportional to its length. */

const MPD_URL = 'https://cdn.example/dash/film.mpd?hdnts=exp=1767781807'
const HEAD =
  '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT8S">'
const SET = '<AdaptationSet mimeType="video/mp4" codecs="avc1.4D401E" contentType="video">'

describe('a playlist of a long broadcast', () => {
  const playlist = (count: number, version: number, first = 0) =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${first}\n${Array.from(
      { length: count },
      (_, n) => `#EXTINF:2,\nseg-${first + n}.ts?hdntl=exp=1767781807~acl=/*~hmac=${'ab'.repeat(16)}${version}`,
    ).join('\n')}\n`
  const URL_OF_IT = 'https://cdn.example/live/index.m3u8'

  /** The time of three versions, each of which signs all of its links anew. */
  const timeOf = (count: number) => {
    const table = new HlsLinkTable()
    const started = performance.now()
    for (const version of [1, 2, 3]) {
      const text = playlist(count, version, version)
      table.take(text, URL_OF_IT)
      table.hand(text, URL_OF_IT)
      expect(
        table.successorOf(
          `https://cdn.example/live/seg-${count - 1}.ts?hdntl=exp=1767781807~acl=/*~hmac=${'ab'.repeat(16)}1`,
        )?.url,
      ).toMatch(new RegExp(`ab${version}$`))
    }
    return performance.now() - started
  }

  it('takes time in proportion to its length', () => {
    timeOf(1_000)
    // Twenty times as long; quadratic would be four hundred. A time below 10 ms says nothing.
    expect(quickest(() => timeOf(40_000)) / Math.max(timeOf(2_000), 10)).toBeLessThan(200)
  })

  it.each(['#EXTM3U', '#EXTINF:', '#EXT-X-KEY:URI="', '\n', 'a', ' ', '#EXT-X-MAP:a,'])(
    'is read to its end where it is malformed: %o',
    (piece) => {
      const timeOfText = (count: number) => {
        const text = `#EXTM3U\n${`${piece}\n`.repeat(count / 2)}${piece.repeat(count / 2)}`
        const started = performance.now()
        playlistLinks(text)
        return performance.now() - started
      }
      timeOfText(2_000)
      expect(quickest(() => timeOfText(40_000)) / Math.max(timeOfText(5_000), 10)).toBeLessThan(40)
    },
  )
})

describe('an MPD of megabytes', () => {
  const list = (count: number) =>
    `${HEAD}<Period>${SET}<Representation id="v" bandwidth="1"><SegmentList duration="2">${Array.from({ length: count }, (_, n) => `<SegmentURL media="s${n}.m4s?t=${n}"/>`).join('')}</SegmentList></Representation></AdaptationSet></Period></MPD>`
  const timeOf = (text: string) => {
    const started = performance.now()
    mpdFiles(text, MPD_URL)
    withMpdLinks(text, ({ uri }) => `${uri}x`)
    return performance.now() - started
  }

  it('takes time in proportion to its length', () => {
    const [short, long] = [list(1_000), list(20_000)]
    timeOf(short)
    const ratio = quickest(() => timeOf(long)) / Math.max(timeOf(short), 10)
    // Twenty times as long; quadratic would be four hundred.
    expect(ratio).toBeLessThan(200)
  })

  it.each(['<', '<a "', '<!--', '<![CDATA[', "<MPD x='", '&', '<MPD><BaseURL>', '<?'])(
    'is read to its end where it is malformed: %o',
    (piece) => {
      const [short, long] = [piece.repeat(2_000), piece.repeat(32_000)].map((text) => `<MPD><Period>${text}`)
      timeOf(short ?? '')
      // Sixteen times as long; quadratic would be 256. A time below 10 ms says nothing.
      expect(quickest(() => timeOf(long ?? '')) / Math.max(timeOf(short ?? ''), 10)).toBeLessThan(100)
    },
  )
})
