import { createServer } from 'node:http'
import { DemoServer, MEDIA, urlOf } from './demo-server.js'
import { listen } from './ports.js'
import type { Stages } from './stages.js'

export interface RunningServers {
  /** The server of `/api/playback-url` and `/__stages/…`. */
  url: string
  originUrl: string
  stages: Stages
  close(): Promise<void>
}

/** Starts the signing endpoint and the origin without Vite, for tests in Node, each on a free port. */
export async function startServers({ mediaRoot = MEDIA }: { mediaRoot?: string } = {}): Promise<RunningServers> {
  const demo = new DemoServer(mediaRoot)
  const site = await listen(
    createServer((req, res) => demo.middleware(req, res, () => res.writeHead(404).end())),
    0,
  )
  return {
    url: urlOf(site),
    originUrl: await demo.startOrigin(),
    stages: demo.stages,
    async close() {
      site.closeAllConnections()
      await new Promise((done) => site.close(done))
      await demo.close()
    },
  }
}
