import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type RunningServers, startServers } from '../../../demo/server/servers.js'
import type { StageSettings } from '../../../demo/server/stage-settings.js'
import type { Stage } from '../../../demo/server/stages.js'

export const SEGMENT = Buffer.from(Array.from({ length: 1000 }, (_, n) => n % 251))

/** Real servers for a test file, with a video of a few bytes and the files that `addTo` adds. `stage` creates a separate stage for each test. */
export function world(addTo: (mediaRoot: string) => void = () => {}) {
  const mediaRoot = mkdtempSync(join(tmpdir(), 'demo-server-'))
  mkdirSync(join(mediaRoot, 'film/360p'), { recursive: true })
  writeFileSync(join(mediaRoot, 'film/master.m3u8'), '#EXTM3U\n')
  writeFileSync(join(mediaRoot, 'film/film.mp4'), SEGMENT)
  writeFileSync(join(mediaRoot, 'film/360p/seg-3.m4s'), SEGMENT)
  writeFileSync(join(mediaRoot, 'film/360p/key.key'), '0123456789abcdef')
  writeFileSync(join(mediaRoot, 'outside.txt'), 'no film')
  addTo(mediaRoot)

  let servers: RunningServers
  let stageCount = 0
  beforeAll(async () => {
    servers = await startServers({ mediaRoot })
  })
  afterAll(async () => {
    await servers.close()
    rmSync(mediaRoot, { recursive: true })
  })

  return {
    servers: () => servers,
    stage: (settings: Partial<StageSettings> = {}): Stage => servers.stages.put(`test-${++stageCount}`, settings),
    endpoint: (stage: Stage, query = '', init?: RequestInit) =>
      fetch(`${servers.url}/api/playback-url?stage=${stage.id}${query}`, init),
    async sign(stage: Stage, resource = 'film'): Promise<string> {
      const response = await this.endpoint(stage, `&resource=${encodeURIComponent(resource)}`)
      return (await response.json()).url
    },
  }
}
