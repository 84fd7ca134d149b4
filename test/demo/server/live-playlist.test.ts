import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SchemeName } from '../../../demo/server/schemes.js'
import { initSegment, segment } from '../../support/fragments.js'
import { world } from './world.js'

const PART_S = 0.05
/** Twenty times as fast as in reality, so that the window of 36 s holds 180 segments. */
const SEGMENT_S = 4 * PART_S
const SEGMENTS = 400

let mediaRoot = ''
const put = (file: string, content: string | Buffer) => {
  mkdirSync(join(mediaRoot, file, '..'), { recursive: true })
  writeFileSync(join(mediaRoot, file), content)
}
const demo = world((root) => {
  mediaRoot = root
  put(
    'film/360p/playlist.m3u8',
    [
      '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n',
      ...Array.from({ length: 60 }, (_, n) => `#EXTINF:2.000000,\nseg-${n}.m4s\n`),
      '#EXT-X-ENDLIST\n',
    ].join(''),
  )
  put('film/master.m3u8', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n360p/playlist.m3u8\n')
  put(
    'film/manifest.mpd',
    '<SegmentTemplate initialization="360p/init.mp4" media="360p/$Number%03d$.m4s" startNumber="0">',
  )
  put('film/360p/init.mp4', 'the beginning')
  put('film/360p/003.m4s', 'the third')
  put('live-hls/playlist.m3u8', '#EXTM3U\n')
  put('live-dash/index.mpd', '<SegmentTemplate initialization="i.m4s" media="004chunk-stream0-9-$Number%05d$.m4s">')
  put('low-latency/master.m3u8', '#EXTM3U\n')
  put('low-latency/video/init.mp4', initSegment())
  for (let n = 0; n < SEGMENTS; n++) {
    const file = `low-latency/video/${String(n + 1).padStart(5, '0')}.m4s`
    put(file, segment([0, 1, 2, 3].map((part) => n * SEGMENT_S + part * PART_S)))
  }
})

async function open(settings: Parameters<typeof demo.stage>[0] = {}, slug = 'film') {
  const stage = demo.stage({ answer: 'json', ...settings })
  const url = await demo.sign(stage, `${slug}/master.m3u8`)
  const ask = (file: string, query = '') => fetch(withQuery(url.replace('master.m3u8', file), query))
  return { stage, url, ask, read: async (file: string, query = '') => (await ask(file, query)).text() }
}

/** Adds `query` before the credentials, as a player does. */
function withQuery(url: string, query: string): string {
  if (query === '') return url
  const [path = '', credentials] = url.split('?')
  return [`${path}?${query}`, ...(credentials === undefined ? [] : [credentials])].join('&')
}

const sequenceOf = (playlist: string) => Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1])

describe('a broadcast made of VOD playlists', () => {
  it('has a window of 36 s as live.m3u8', async () => {
    const { read } = await open()
    expect(await read('live.m3u8')).toContain('360p/live.m3u8')
    const playlist = await read('360p/live.m3u8')
    expect(playlist.match(/#EXTINF/g)).toHaveLength(18)
    expect(playlist).not.toContain('PLAYLIST-TYPE')
    expect(playlist).not.toContain('ENDLIST')
  })

  it('keeps everything from the start as event.m3u8', async () => {
    const { read } = await open()
    expect(await read('event.m3u8')).toContain('360p/event.m3u8')
    const playlist = await read('360p/event.m3u8')
    expect(playlist).toContain('#EXT-X-PLAYLIST-TYPE:EVENT\n')
    expect(sequenceOf(playlist)).toBe(0)
    expect(playlist.match(/#EXTINF/g)?.length).toBeGreaterThanOrEqual(18)
    expect(playlist).not.toContain('ENDLIST')
  })
})

describe.concurrent.each<SchemeName>(['gcore', 'akamai'])('low-latency HLS signed by %s', (scheme) => {
  const playlist = 'video/low-latency.m3u8'
  /** The end of the playlist: the segment in progress, and how many of its parts exist. */
  const endOf = (text: string) => ({
    msn:
      sequenceOf(text) + (text.match(/#EXTINF/g)?.length ?? 0) + Number(/SKIPPED-SEGMENTS=(\d+)/.exec(text)?.[1] ?? 0),
    parts: (
      text
        .split('#EXTINF')
        .at(-1)
        ?.match(/#EXT-X-PART:/g) ?? []
    ).length,
  })

  it('answers a blocking reload as soon as the part exists', async () => {
    const { read, stage } = await open({ scheme }, 'low-latency')
    const { msn, parts } = endOf(await read(playlist))
    // This part does not exist yet.
    const end = endOf(await read(playlist, `_HLS_msn=${msn + 1}&_HLS_part=${parts}`))
    expect(end.msn > msn || end.parts > parts).toBe(true)
    expect(stage.log.at(-1)).toMatchObject({ status: 200, url: expect.stringContaining(`_HLS_msn=${msn + 1}`) })
  })

  it('answers a blocking reload for an existing segment at once, and rejects one for a segment far ahead', async () => {
    const { ask, read } = await open({ scheme }, 'low-latency')
    const { msn } = endOf(await read(playlist))
    expect((await ask(playlist, `_HLS_msn=${msn - 1}&_HLS_part=0`)).status).toBe(200)
    expect((await ask(playlist, `_HLS_msn=${msn + 50}`)).status).toBe(400)
    expect((await ask(playlist, '_HLS_part=1')).status).toBe(400)
  })

  it('omits old segments from a delta update', async () => {
    const { read } = await open({ scheme }, 'low-latency')
    const [whole, delta] = [await read(playlist), await read(playlist, '_HLS_skip=YES')]
    expect(delta).toMatch(/#EXT-X-SKIP:SKIPPED-SEGMENTS=\d+\n/)
    expect(delta.length).toBeLessThan(whole.length)
    expect(endOf(delta).msn).toBeGreaterThanOrEqual(endOf(whole).msn)
  })

  it('holds back the hinted part until it exists', async () => {
    const { read, ask } = await open({ scheme }, 'low-latency')
    const [, hint = ''] = /PRELOAD-HINT:TYPE=PART,URI="(.*)"/.exec(await read(playlist)) ?? []
    const response = await ask(`video/${hint}`)
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'video/iso.segment'])
    const [, number = '', part = ''] = /(\d+)\.(\d)\.m4s/.exec(hint) ?? []
    const time = (Number(number) - 1) * SEGMENT_S + Number(part) * PART_S
    expect(await response.text()).toContain(`from ${time.toFixed(3)}`)
    expect((await ask(`video/${String(SEGMENTS - 1).padStart(5, '0')}.m4s`)).status).toBe(404)
    expect((await ask('video/init.mp4')).status).toBe(200)
  })
})

describe('the file names of Gcore', () => {
  it('appear in the MPD of a video and map to its files', async () => {
    const { read } = await open()
    expect(await read('index.mpd')).toBe(
      '<SegmentTemplate initialization="004init-stream360p.m4s?part=4" media="004chunk-stream360p-$Bandwidth$-$Number%05d$.m4s?part=4" startNumber="0">',
    )
    expect(await read('004init-stream360p.m4s', 'part=4')).toBe('the beginning')
    expect(await read('004chunk-stream360p-10000000-00003.m4s', 'part=4')).toBe('the third')
  })

  it('get their query in the MPD of a broadcast', async () => {
    const { read } = await open({}, 'live-dash')
    expect(await read('index.mpd')).toBe(
      '<SegmentTemplate initialization="i.m4s?part=4" media="004chunk-stream0-9-$Number%05d$.m4s?part=4">',
    )
  })
})

describe.concurrent('staleWhenExpired', () => {
  it.each([
    ['film', '360p/live.m3u8'],
    ['low-latency', 'video/low-latency.m3u8'],
  ])('serves the playlist of %s as it was at expiry, and refuses its other files', async (slug, file) => {
    const { stage, ask, read, url } = await open({}, slug)
    // Both URLs are long dead: 20 s of their 10 s have passed.
    stage.change({ staleWhenExpired: true, clockSkewMs: 20_000 })
    const stale = await read(file)
    expect(stale).toContain('#EXTINF')
    expect((await ask(file)).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 2 * SEGMENT_S * 1000))
    expect(await read(file)).toBe(stale)
    expect((await ask('360p/seg-3.m4s')).status).toBe(410)
    stage.change({ clockSkewMs: 0 })
    expect(await (await fetch(url.replace('master.m3u8', file))).text()).not.toBe(stale)
  })

  it('serves a playlist of ffmpeg as the URL last got it', async () => {
    const { stage, read } = await open({}, 'live-hls')
    put('live-hls/playlist.m3u8', '#EXTM3U\n# first\n')
    expect(await read('playlist.m3u8')).toContain('first')
    put('live-hls/playlist.m3u8', '#EXTM3U\n# second\n')
    stage.change({ staleWhenExpired: true, clockSkewMs: 20_000 })
    expect(await read('playlist.m3u8')).toContain('first')
    stage.change({ clockSkewMs: 0 })
    expect(await read('playlist.m3u8')).toContain('second')
  })

  it('does not affect a URL that is refused for another reason', async () => {
    const { stage, ask, url } = await open({ staleWhenExpired: true })
    stage.change({ refuse: 'all' })
    expect((await ask('360p/live.m3u8')).status).toBe(403)
    stage.change({ refuse: 'none', clockSkewMs: 20_000 })
    expect((await fetch(url.replace(/\/\d{10}\/master/, '/1000000000/360p/live'))).status).toBe(403)
  })
})
