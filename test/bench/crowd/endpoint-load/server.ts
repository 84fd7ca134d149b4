import cluster from 'node:cluster'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gcore, nodeHandler, signingEndpoint } from '../../../../src/signers/index.js'

/* The signing endpoint as a site would run it, under Node's `http`: one process, or as many as `PROCESSES` says. Speaks to the bench through `process.send`. */

const { PROCESSES = '1', CACHE_FOR_MS = '0' } = process.env
const LIFE_S = 60

/** Sent once the server listens, and for each `'cpu'`: the processor time of all of its processes so far, ms. */
export interface ServerMessage {
  readonly port?: number
  readonly cpuMs?: number
}

const send = (message: ServerMessage) => process.send?.(message)

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function serve(): void {
  const handle = signingEndpoint({
    cacheForMs: Number(CACHE_FOR_MS),
    authorize: (request) => request.headers.get('cookie') === 'ticket=1',
    sign(resource) {
      const expiresAt = Math.floor(Date.now() / 1_000) + LIFE_S
      const url = gcore({
        baseUrl: 'https://cdn.example',
        clientId: 2675,
        videoId: resource,
        secret: 'secret',
        expiresAt,
      })
      return { url, expiresAt }
    },
  })
  const server = createServer(nodeHandler(handle))
  server.listen(0, '127.0.0.1', () => send({ port: (server.address() as AddressInfo).port }))
  process.on('message', () => send({ cpuMs: cpuMs() }))
}

/** Passes on what the workers say: one port, which they share, and the sum of their processor times. */
function lead(): void {
  const workers = Array.from({ length: Number(PROCESSES) }, () => cluster.fork())
  let answers: number[] = []
  let listening = 0
  for (const worker of workers) {
    worker.on('message', ({ port, cpuMs: workerMs }: ServerMessage) => {
      if (port !== undefined) {
        listening += 1
        if (listening === workers.length) send({ port })
      }
      if (workerMs === undefined) return
      answers.push(workerMs)
      if (answers.length < workers.length) return
      send({ cpuMs: cpuMs() + answers.reduce((sum, ms) => sum + ms) })
      answers = []
    })
  }
  process.on('message', () => {
    for (const worker of workers) worker.send('cpu')
  })
}

if (PROCESSES === '1' || cluster.isWorker) serve()
else lead()
process.on('disconnect', () => process.exit())
