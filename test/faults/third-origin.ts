import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** An analytics server, on an origin of its own. Keeps whatever reaches it: addresses, headers with the referrer, bodies. */
export class ThirdOrigin {
  readonly received: string[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await text(request).catch(() => '')
      this.received.push([request.url, JSON.stringify(request.headers), body].join('\n'))
      response.writeHead(204, { 'Access-Control-Allow-Origin': '*' }).end()
    })
  }

  static async open(): Promise<ThirdOrigin> {
    const opened = new ThirdOrigin()
    opened.#server.listen(0)
    await once(opened.#server, 'listening')
    return opened
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}
