import type { Plugin, PreviewServer, ViteDevServer } from 'vite'
import { DemoServer } from './demo-server.js'

export interface ProtectedOriginOptions {
  /** Default: the port after the dev server's; if that is taken, any. */
  originPort?: number
}

/** Vite plugin: puts the demo's signing endpoint on the dev server, and its protected origin beside it on a second port. */
export function protectedOrigin({ originPort }: ProtectedOriginOptions = {}): Plugin {
  const mount = ({ middlewares, httpServer }: Pick<ViteDevServer | PreviewServer, 'middlewares' | 'httpServer'>) => {
    const demo = new DemoServer()
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
