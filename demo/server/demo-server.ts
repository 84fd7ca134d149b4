import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createBroadcastControl } from './broadcast-control.js'
import { Broadcasts } from './broadcasts.js'
import { FilmFiles } from './film-files.js'
import { MADE_FILMS } from './made-films.js'
import { sendResponse, toRequest } from './node-http.js'
import { createOrigin } from './origin.js'
import { createPlaybackUrl } from './playback-url.js'
import { listen, listenFrom } from './ports.js'
import { openUrl } from './schemes.js'
import { isElsewhere } from './site-address.js'
import { createStageControl } from './stage-control.js'
import { Stages } from './stages.js'

export const MEDIA = fileURLToPath(new URL('../media', import.meta.url))

/**
 * Both halves of the demo's server side: `middleware` for the site's server (signing endpoint, stage control, log of unsigned
 * requests), and the origin, a second server that only signed URLs point to.
 */
export class DemoServer {
  readonly stages = new Stages()
  readonly #films: FilmFiles
  readonly #signing: (request: Request) => Promise<Response>
  readonly #broadcasts: Broadcasts
  readonly #control: (request: Request) => Promise<Response>
  readonly #serveMedia: (req: IncomingMessage, res: ServerResponse) => Promise<void>
  readonly #broadcastControl: (request: Request) => Promise<Response>
  #origin: Promise<Server> | undefined

  constructor(mediaRoot: string = MEDIA) {
    this.#broadcasts = new Broadcasts(join(mediaRoot, 'film/film.mp4'))
    this.#films = new FilmFiles(mediaRoot, MADE_FILMS, this.#broadcasts.folder)
    this.#signing = createPlaybackUrl(this.stages, this.#films, () => this.startOrigin())
    this.#serveMedia = createOrigin(this.stages, this.#films)
    this.#control = createStageControl(this.stages, () => this.startOrigin())
    this.#broadcastControl = createBroadcastControl(this.#broadcasts)
  }

  /** Starts the origin, once, on the first port from `wish` on that is free and that browsers allow. Returns its URL. */
  async startOrigin(wish = 0): Promise<string> {
    this.#origin ??= listenFrom(this.#createOrigin(), wish)
    return urlOf(await this.#origin)
  }

  /** Starts the origin on exactly this port. Rejects if it is taken. */
  async startOriginOn(port: number): Promise<string> {
    const server = await listen(this.#createOrigin(), port)
    this.#origin = Promise.resolve(server)
    return urlOf(server)
  }

  /** Connect-style. Passes requests that are not for the demo to `next`. */
  readonly middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void => {
    const path = (req.url ?? '/').split('?')[0] ?? ''
    const handler = this.#handlerOf(path)
    if (handler) {
      toRequest(req, res)
        .then(handler)
        .then((response) => sendResponse(res, response))
        .catch(next)
      return
    }
    if (isElsewhere(req.headers.host) && openUrl(req.url ?? '/', req.headers.cookie)) {
      this.#serveMedia(req, res).catch(() => res.destroy())
      return
    }
    this.#watch(req)
    next()
  }

  /** Ends ffmpeg's broadcasts too. */
  async close(): Promise<void> {
    const ended = this.#broadcasts.close()
    const server = await this.#origin
    this.#origin = undefined
    server?.closeAllConnections()
    if (server) await new Promise((done) => server.close(done))
    await ended
  }

  #handlerOf(path: string): ((request: Request) => Promise<Response>) | undefined {
    if (path === '/api/playback-url') return this.#signing
    if (path.startsWith('/__stages/')) return this.#control
    return path.startsWith('/__broadcasts/') ? this.#broadcastControl : undefined
  }

  /** Logs a request to the site for a film, from code that mistook the resource for a URL. The page's URL names the stage. */
  #watch(req: IncomingMessage): void {
    const { method = 'GET', url = '/', headers } = req
    if (!this.#films.find(url)) return
    const asked = [url, headers.referer ?? ''].filter((text) => URL.canParse(text, 'http://host.invalid'))
    const stage = asked.map((text) => new URL(text, 'http://host.invalid').searchParams.get('stage')).find(Boolean)
    this.stages.recordStray(stage ?? undefined, method, url, 0)
  }

  #createOrigin(): Server {
    return createServer((req, res) => {
      this.#serveMedia(req, res).catch(() => res.destroy())
    })
  }
}

export function urlOf(server: Server): string {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return `http://127.0.0.1:${address.port}`
}
