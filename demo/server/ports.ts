import { createServer, type Server } from 'node:http'
import { inspect } from 'node:util'

/**
 * Ports that browsers refuse to connect to (`ERR_UNSAFE_PORT`).
 *
 * @see https://fetch.spec.whatwg.org/#port-blocking
 */
const BLOCKED = new Set([
  ...[0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
  ...[110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530],
  ...[531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190],
  ...[5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
])
const LAST_PORT = 65_535
const LOOPBACK = '127.0.0.1'

export const isBlockedByBrowsers = (port: number): boolean => BLOCKED.has(port)

/**
 * Makes `server` listen on the first port from `wish` on that is free and that browsers allow. 0 lets the system choose.
 * Listens only on the loopback address, which browsers reach by `localhost` too: the origin misbehaves on request, and is not for others.
 */
export async function listenFrom(server: Server, wish: number): Promise<Server> {
  for (let port = wish; port !== 0 && port <= LAST_PORT; port += 1) {
    if (BLOCKED.has(port)) continue
    try {
      return await listen(server, port)
    } catch (error) {
      if (!isTaken(error)) throw error
    }
  }
  // The system chooses ports far above the blocked ones.
  return listen(server, 0)
}

/** Makes `server` listen on exactly this port of the loopback address. Rejects if it is taken. */
export function listen(server: Server, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

/** Every address that `localhost` can resolve to. Another server on one of them would answer some browsers instead. */
const ANY_LOCALHOST = ['0.0.0.0', '::', LOOPBACK, '::1']

export interface PortRequest {
  port: number
  /** What the port is for, as in "the demo". */
  use: string
  /** What to do instead, as in "choose another one". */
  hint: string
  /** The address that has to be free. Default: all that `localhost` can resolve to. */
  host?: string | undefined
}

/**
 * Throws an error with one sentence if an explicit port can't be used: out of range, refused by browsers, taken or not permitted.
 * Leaves other errors, such as an address that this machine lacks, to the server that listens next.
 */
export async function requirePort({ port, use, hint, host }: PortRequest): Promise<void> {
  const complain = (problem: string) => new PortError(`${problem}: ${hint}.`)
  if (!Number.isInteger(port) || port < 1 || port > LAST_PORT) {
    throw complain(`There is no port ${port}, which ${use} was to use`)
  }
  if (BLOCKED.has(port)) throw complain(`Browsers refuse to open port ${port}, which ${use} was to use`)
  for (const address of host === undefined ? ANY_LOCALHOST : [host]) {
    const code = await failureOf(port, address)
    if (code === 'EADDRINUSE') throw complain(`Port ${port}, which ${use} was to use, is taken`)
    if (code === 'EACCES') throw complain(`This system does not let you open port ${port}, which ${use} was to use`)
  }
}

/** Returns the error code of a server that tries to listen on this address, or undefined if it can. */
function failureOf(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error) => resolve('code' in error ? String(error.code) : undefined))
    probe.listen({ port, host, ipv6Only: host === '::' }, () => probe.close(() => resolve(undefined)))
  })
}

/** Prints as a sentence for the user, without the stack, which would not help. */
class PortError extends Error {
  override name = 'PortError';

  [inspect.custom](): string {
    return this.message
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EADDRINUSE', 'EACCES'].includes(String(error.code))
}
