import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { LoadFigures } from '../figures.js'
import { requestUrls } from './client.js'
import type { ServerMessage } from './server.js'

const WARM_UP_MS = 2_000
const MEASURED_MS = 6_000
const RUNS: readonly Omit<LoadFigures, 'requestsPerCore'>[] = [
  { processes: 1, isShared: false },
  { processes: 1, isShared: true },
  { processes: 2, isShared: false },
  { processes: 2, isShared: true },
]

/** Loads the real endpoint. What counts is the server's processor time, so that the client and the rest of the machine don't. */
export async function measureEndpoint(serverFile: string): Promise<LoadFigures[]> {
  const figures: LoadFigures[] = []
  for (const run of RUNS) figures.push({ ...run, requestsPerCore: await measure(serverFile, run) })
  return figures
}

async function measure(file: string, { processes, isShared }: (typeof RUNS)[number]): Promise<number> {
  const env = { ...process.env, PROCESSES: String(processes), CACHE_FOR_MS: isShared ? '30000' : '0' }
  const server = fork(file, { env })
  try {
    const { port } = await messageOf(server)
    if (port === undefined) throw new Error('The endpoint did not start.')
    await requestUrls(port, WARM_UP_MS)
    const before = await cpuMs(server)
    const answers = await requestUrls(port, MEASURED_MS)
    return Math.round((1_000 * answers) / ((await cpuMs(server)) - before))
  } finally {
    server.disconnect()
  }
}

async function messageOf(server: ChildProcess): Promise<ServerMessage> {
  const [message]: ServerMessage[] = await once(server, 'message')
  return message ?? {}
}

async function cpuMs(server: ChildProcess): Promise<number> {
  const answer = messageOf(server)
  server.send('cpu')
  return (await answer).cpuMs ?? Number.NaN
}
