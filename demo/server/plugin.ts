import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { build, type Connect, type Plugin, type PreviewServer, type ViteDevServer } from 'vite'
import { DemoServer } from './demo-server.js'
import { type PortRequest, requirePort } from './ports.js'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))

export interface ProtectedOriginOptions {
  /**
   * Default: the first port after the dev server's that is free and that browsers allow. An explicit port that is taken is an error.
   * The origin of a preview server takes any free port when a page first needs it.
   */
  originPort?: number
}

const DEMO = { use: 'the demo', hint: 'choose another one, as in "npm start -- --port 5180", or leave --port out' }
const ORIGIN = { use: 'the protected origin', hint: 'choose another originPort, or leave it out', host: '127.0.0.1' }

/**
 * Vite plugin that adds the demo's signing endpoint and the service worker to the dev server, and starts the protected origin on a second port.
 * An explicit port that can't be used is an error. Without one, Vite takes the next free port.
 */
export function protectedOrigin({ originPort }: ProtectedOriginOptions = {}): Plugin {
  // Oldest first: on a restart, the new server is created before the old one closes.
  const running: DemoServer[] = []
  let sitePort: PortRequest | undefined
  const mount = ({ middlewares }: ViteDevServer | PreviewServer): DemoServer => {
    const demo = new DemoServer()
    running.push(demo)
    middlewares.use('/signed-url-worker.js', serveWorker)
    middlewares.use(demo.middleware)
    return demo
  }
  const close = () => running.shift()?.close()

  return {
    name: 'videojs-signed-url:protected-origin',
    config({ server: { port, host, strictPort } = {} }, { command, isPreview }) {
      if (command !== 'serve' || isPreview || port === undefined || port === 0 || strictPort === false) return undefined
      sitePort = { port, ...DEMO, host: typeof host === 'string' && !ANY_HOST.has(host) ? host : undefined }
      return { server: { strictPort: true } }
    },
    configureServer(server) {
      const demo = mount(server)
      let originUrl: string | undefined
      const listen = server.listen.bind(server)
      server.listen = async (port, isRestart) => {
        if (originPort !== undefined) {
          await requirePort({ port: originPort, ...ORIGIN })
          originUrl = await demo.startOriginOn(originPort)
        }
        // Checked here and not in `config`, because a restarting server still holds its port there.
        if (sitePort) await requirePort(sitePort)
        const listening = await listen(port, isRestart)
        // Started only now: Vite takes the next port if the preferred one is taken, and the origin must not take it first.
        originUrl ??= await demo.startOrigin(portOf(server) + 1)
        return listening
      }
      const printUrls = server.printUrls.bind(server)
      server.printUrls = () => {
        printUrls()
        if (originUrl) server.config.logger.info(addressLine('Origin', `${originUrl}/`))
      }
      replaceBrowserErrors(server)
    },
    configurePreviewServer: (server) => void mount(server),
    // Vite awaits this, so that a restarting server finds the origin's port free.
    closeServer: close,
    closePreviewServer: close,
  }
}

/** Hosts for which Vite listens on `localhost` too. */
const ANY_HOST = new Set(['localhost', '0.0.0.0', '::', '0000:0000:0000:0000:0000:0000:0000:0000'])

function portOf({ httpServer }: ViteDevServer): number {
  const address = httpServer?.address()
  if (typeof address !== 'object' || address === null) throw new Error('the dev server does not listen on a port')
  return address.port
}

/** Formats an address as Vite does. */
function addressLine(name: string, url: string): string {
  const paint: typeof styleText = process.stdout.hasColors?.() ? styleText : (_format, text) => text
  return `  ${paint('green', '➜')}  ${paint('bold', name)}:  ${paint('cyan', url)}`
}

/** When `vite --open` finds no browser, it logs a stack trace. This logs a sentence for the user instead. */
function replaceBrowserErrors(server: ViteDevServer): void {
  const { logger } = server.config
  const logError = logger.error.bind(logger)
  logger.error = (message, options) => {
    if (!/^Error: spawn \S+ E(?:NOENT|ACCES)/.test(message)) return logError(message, options)
    logger.info(`  No browser could be opened: open ${server.resolvedUrls?.local[0]} yourself.`)
  }
}

/** Serves the worker file as `npm run build` makes it, from the current sources. */
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
