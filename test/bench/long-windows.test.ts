import { expect, it } from 'vitest'
import { HlsLinkTable } from '../../src/core/coverage/hls-link-table.js'
import { recordRow } from '../figures/record.js'

/* The script time of a live playlist's reload, whose links the server signs anew each time: 2 s segments, an hour to twelve hours of DVR. */

const LOADS = 30
const URL_OF_IT = 'https://cdn.example/live/index.m3u8'

/** As a CDN writes it that exchanges tokens: no link is the same twice. */
function playlist(links: number, load: number): string {
  const token = (n: number) =>
    `hdntl=exp=${1767781807 + load}~acl=/*~hmac=${`${n}`.padStart(40, 'a')}${load}&uid=${load}-${n}`
  const lines = Array.from({ length: links }, (_, n) => `#EXTINF:2,\nseg-${load + n}.ts?${token(load + n)}`)
  return `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${load}\n${lines.join('\n')}\n`
}

const median = (values: readonly number[]) => [...values].sort((one, other) => one - other)[values.length >> 1] ?? 0

it.each([1_800, 7_200, 21_600])('a window of %i links', (links) => {
  const table = new HlsLinkTable()
  const times: number[] = []
  let parsed = ''
  const reads: number[] = []
  for (let load = 0; load < LOADS; load += 1) {
    const text = playlist(links, load)
    // What any player has to do at least: cut the text into its lines.
    const before = performance.now()
    parsed = text.split('\n').at(-2) ?? ''
    const between = performance.now()
    table.take(text, URL_OF_IT)
    const handed = table.hand(text, URL_OF_IT)
    const asked = new URL(handed.split('\n').at(-2) ?? '', URL_OF_IT).href
    table.successorOf(asked)
    times.push(performance.now() - between)
    reads.push(between - before)
    expect(asked).toContain(parsed)
  }
  const [first = 0, ...later] = times
  const perLink = (ms: number) => ((1_000 * ms) / links).toFixed(2)
  console.info(
    `${links} links: ${median(later).toFixed(1)} ms for a reload (${perLink(median(later))} µs a link), ${first.toFixed(1)} ms for the first load, ${median(reads).toFixed(1)} ms to cut the text into lines`,
  )
  recordRow('windows', { links, reloadMs: median(later) })
})
