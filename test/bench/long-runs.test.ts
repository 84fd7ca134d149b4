import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { recordRow } from '../figures/record.js'
import { FakeTime } from '../support/fake-time.js'
import { FOLDER, playlist, signedFiles } from '../unit/core/coverage/signed-files.js'
import { signedVideo } from '../unit/core/world.js'

/* Twelve hours of a broadcast in virtual time: what the plugin's core holds, and what it costs. Engine, CDN and endpoint are simulated. */

const HOURS = 12
const HOUR_MS = 3_600_000
const SEGMENT_S = 2
const SEGMENTS_AN_HOUR = HOUR_MS / 1000 / SEGMENT_S
/** Of a live playlist. */
const WINDOW = 30
/** What the engine of JavaScript itself needs for code that it compiles meanwhile. */
const SLACK_BYTES = 3_000_000

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const megabytes = (bytes = 0) => Number((bytes / 1e6).toFixed(1))

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

/** Runs twelve hours. `forget` clears what the simulation has recorded, which is no part of the plugin. */
async function twelveHours(name: string, load: (index: number) => Promise<unknown>, forget: () => void) {
  const heaps: number[] = []
  const started = process.cpuUsage()
  for (let hour = 0; hour < HOURS; hour += 1) {
    for (let index = 0; index < SEGMENTS_AN_HOUR; index += 1) {
      await load(hour * SEGMENTS_AN_HOUR + index)
      await time.pass(SEGMENT_S * 1000)
    }
    forget()
    collectGarbage()
    heaps.push(process.memoryUsage().heapUsed)
  }
  const { user, system } = process.cpuUsage(started)
  const cpuMs = (user + system) / 1000 / HOURS
  console.info(
    `${name}: heap ${megabytes(heaps[1])} MB after 2 hours, ${megabytes(heaps[5])} after 6, ${megabytes(heaps[11])} after 12; ` +
      `${cpuMs.toFixed(0)} ms of CPU time an hour, with the simulation`,
  )
  expect((heaps[11] ?? 0) - (heaps[1] ?? 0)).toBeLessThan(SLACK_BYTES)
  recordRow('twelve-hours', { video: name, earlyMb: megabytes(heaps[1]), lateMb: megabytes(heaps[11]), cpuMs })
}

it('a broadcast of twelve hours with one signature', { timeout: 600_000 }, async () => {
  const video = signedVideo(time)
  await video.start()
  await twelveHours(
    'one signature',
    (index) => video.load(`seg-${index}.ts`),
    () => {
      video.cdn.served.length = 0
      video.cdn.endpoint.requests.length = 0
      video.events.length = 0
    },
  )
  expect(video.errors).toEqual([])
  expect(video.stats).toMatchObject({ refusals: 0, failures: 0 })
})

it('a broadcast of twelve hours with a signature for each file', { timeout: 600_000 }, async () => {
  const video = signedFiles(time)
  await video.media.start()
  const windowFrom = (first: number) =>
    playlist(WINDOW, SEGMENT_S, `#EXT-X-MEDIA-SEQUENCE:${first}`)
      .replace(/seg-(\d+)/g, (_all, n: string) => `seg-${first + Number(n)}`)
      .replace('\n#EXT-X-ENDLIST', '')
  await twelveHours(
    'a signature for each file',
    (index) => {
      video.read(windowFrom(index))
      return video.load(`${FOLDER}seg-${index}.ts`)
    },
    () => {
      video.served.length = 0
      video.endpoint.requests.length = 0
      video.events.length = 0
    },
  )
  expect(video.errors).toEqual([])
})

it('a video of 20,000 segments, each with a signature', { timeout: 600_000 }, async () => {
  const video = signedFiles(time)
  await video.media.start()
  const text = playlist(20_000, SEGMENT_S)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const started = process.hrtime.bigint()
  video.read(text)
  const readMs = Number(process.hrtime.bigint() - started) / 1e6
  await video.load(`${FOLDER}seg-0.ts`)
  collectGarbage()
  const heldBytes = process.memoryUsage().heapUsed - before
  const requested = video.endpoint.requests.length
  console.info(
    `20,000 segments: ${readMs.toFixed(0)} ms to read the playlist of ${(text.length / 1e6).toFixed(1)} MB, ${megabytes(heldBytes)} MB held, ${requested} signing requests to play the first segment`,
  )
  // The playlist's own, the first segment's, and those ahead of it in one batch.
  expect(requested).toBeLessThanOrEqual(4)
  recordRow('many-files', { video: '20,000 segments', readMs, heldMb: megabytes(heldBytes), signings: requested })
})
