import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Small enough that a short answer does not wait behind all of a long one. */
const PIECE_BYTES = 16_384

export interface LineOptions {
  /** The round trip to every server. */
  readonly rttMs: number
  /** Of all connections together, towards the viewer. */
  readonly bytesPerSecond: number
}

/**
 * A viewer's line to several servers of this machine. Each connection takes a round trip to open, and each byte half a one; what the servers send shares the
 * line's speed. There is no TLS, no slow start and no loss.
 */
export class SlowLine {
  readonly #options: LineOptions
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  /** When the line has sent what it was given, in ms of `performance.now()`. */
  #freeAt = 0

  constructor(options: LineOptions) {
    this.#options = options
  }

  /** Returns the port behind which the server on `port` is this line away. */
  async open(port: number): Promise<number> {
    const server = createServer((viewer) => this.#join(viewer, connect(port, '127.0.0.1')))
    this.#servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  #join(viewer: Socket, server: Socket): void {
    const { rttMs, bytesPerSecond } = this.#options
    const openAt = performance.now() + rttMs
    for (const socket of [viewer, server]) {
      this.#sockets.add(socket)
      socket.setNoDelay()
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        viewer.destroy()
        server.destroy()
      })
    }
    const later = (at: number, act: () => void) => setTimeout(act, Math.max(0, at - performance.now()))
    viewer.on('data', (bytes) => {
      later(Math.max(performance.now(), openAt) + rttMs / 2, () => server.write(bytes))
    })
    server.on('data', (bytes) => {
      for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
        const piece = bytes.subarray(from, from + PIECE_BYTES)
        this.#freeAt = Math.max(this.#freeAt, performance.now()) + (1000 * piece.length) / bytesPerSecond
        later(this.#freeAt + rttMs / 2, () => viewer.write(piece))
      }
      // The line holds little of each connection: what is sent later does not wait behind a whole file.
      server.pause()
      later(this.#freeAt, () => server.resume())
    })
  }
}
