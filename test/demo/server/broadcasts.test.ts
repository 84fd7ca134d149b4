import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Broadcasts } from '../../../demo/server/broadcasts.js'

const folder = mkdtempSync(join(tmpdir(), 'broadcasts-'))
const { PATH } = process.env

/** A fake ffmpeg that writes down its process id and runs forever. */
const FAKE_FFMPEG = `#!/bin/sh
[ "$1" = -version ] && exit
echo $$ >process-id
printf '%s\\n' segment-00003.ts >playlist.m3u8
exec sleep 1000
`

beforeAll(() => {
  writeFileSync(join(folder, 'ffmpeg'), FAKE_FFMPEG)
  chmodSync(join(folder, 'ffmpeg'), 0o755)
  process.env.PATH = `${folder}:${PATH}`
})
afterAll(() => {
  process.env.PATH = PATH
  rmSync(folder, { recursive: true })
})

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch {
    return false
  }
}

describe('Broadcasts', () => {
  it('starts from scratch when started again, and leaves neither ffmpeg nor its files behind', async () => {
    const broadcasts = new Broadcasts('film.mp4')
    const place = join(broadcasts.folder, 'live-hls')
    const start = async () => {
      await broadcasts.start('live-hls')
      return Number(readFileSync(join(place, 'process-id'), 'utf8'))
    }
    try {
      const first = await start()
      expect(isRunning(first)).toBe(true)
      writeFileSync(join(place, 'segment-00001.ts'), 'of the first')
      const second = await start()
      expect(isRunning(first)).toBe(false)
      expect(isRunning(second)).toBe(true)
      expect(existsSync(join(place, 'segment-00001.ts'))).toBe(false)
      await broadcasts.close()
      expect(isRunning(second)).toBe(false)
    } finally {
      await broadcasts.close()
    }
    expect(existsSync(broadcasts.folder)).toBe(false)
  })
})
