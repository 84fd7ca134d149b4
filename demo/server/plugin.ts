import { fileURLToPath } from 'node:url'
import { build, type Connect, type Plugin, type PreviewServer, type ViteDevServer } from 'vite'
import { DemoServer } from './demo-server.js'
import { requirePort } from './ports.js'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))

export interface ProtectedOriginOptions {
  /** Default: the first port after the dev server's that is free and that browsers allow. One that is taken is an error. */
  originPort?: number
}

const CHOOSE = 'choose another one, as in npm start -- --port 5180, or none'

/**
 * Vite plugin: puts the demo's signing endpoint and the service worker on the dev server, and its protected origin beside it on a second port.
 * A port that is asked for and can't be used is an error; without one Vite takes the next free one.
 */
export function protectedOrigin({ originPort }: ProtectedOriginOptions = {}): Plugin {
  const mount = (server: ViteDevServer | PreviewServer) => {
    const { middlewares, httpServer } = server
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
    const printUrls = server.printUrls.bind(server)
    server.printUrls = () => {
      printUrls()
      void demo.startOrigin().then((url) => server.config.logger.info(`  ➜  Origin:  ${url}/`))
    }
  }
  return {
    name: 'videojs-signed-url:protected-origin',
    async config({ server = {} }, { command, isPreview }) {
      if (command !== 'serve' || isPreview) return undefined
      if (originPort !== undefined) await requirePort(originPort, 'the protected origin', 'choose another one')
      if (!server.port || server.strictPort === false) return undefined
      await requirePort(server.port, 'the demo', CHOOSE)
      return { server: { strictPort: true } }
    },
    configureServer: mount,
    configurePreviewServer: mount,
  }
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
