import type { Plugin } from 'vite'
import { toRequest } from '../../demo/server/node-http.js'

/** Vite plugin: scripts that tests write onto the site while it runs. `PUT /written-….js` stores one, at the root so that a worker's scope is the whole site. */
export function writtenScripts(): Plugin {
  const scripts = new Map<string, string>()
  return {
    name: 'videojs-signed-url:written-scripts',
    configureServer({ middlewares }) {
      middlewares.use((req, res, next) => {
        const { method, url = '/' } = req
        const script = scripts.get(url)
        if (method === 'PUT' && /^\/written-[\w-]+\.js$/.test(url)) {
          toRequest(req)
            .then((request) => request.text())
            .then((text) => res.writeHead(204).end(void scripts.set(url, text)), next)
        } else if (script === undefined) next()
        else res.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-cache' }).end(script)
      })
    },
  }
}
