import { fileURLToPath } from 'node:url'
import { build, type Connect, type Plugin, type PreviewServer, type ViteDevServer } from 'vite'
import { DemoServer } from './demo-server.js'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))

export interface ProtectedOriginOptions {
  /** Default: the port after the dev server's; if that is taken, any. */
  originPort?: number
}

/** Vite plugin: puts the demo's signing endpoint and the service worker on the dev server, and its protected origin beside it on a second port. */
export function protectedOrigin({ originPort }: ProtectedOriginOptions = {}): Plugin {
  const mount = ({ middlewares, httpServer }: Pick<ViteDevServer | PreviewServer, 'middlewares' | 'httpServer'>) => {
    const demo = new DemoServer()
    middlewares.use('/signed-url-worker.js', serveWorker)
    middlewares.use(demo.middleware)
    // Known only now: Vite takes the next port when the wished one is taken, and the origin must not be what took it.
    httpServer?.once('listening', () => {
      const address = httpServer.address()
      const next = typeof address === 'object' && address !== null ? address.port + 1 : 0
      void demo.startOrigin(originPort ?? next)
    })
    httpServer?.once('close', () => void demo.close())
  }
  return { name: 'videojs-signed-url:protected-origin', configureServer: mount, configurePreviewServer: mount }
}

/** The worker file as `npm run build` makes it, of the sources as they are now. */
const serveWorker: Connect.SimpleHandleFunction = (_req, res) => {
  buildWorker().then(
    (code) => res.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-cache' }).end(code),
    (error) => res.writeHead(500).end(String(error)),
  )
}

async function buildWorker(): Promise<string> {
  const built = await build({ root: PROJECT, mode: 'service-worker', logLevel: 'silent', build: { write: false } })
  const [file] = [built].flat().flatMap((one) => ('output' in one ? one.output : []))
  if (file?.type !== 'chunk') throw new Error('the worker was not built')
  return file.code
}
