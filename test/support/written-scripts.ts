import type { Plugin } from 'vite'
import { toRequest } from '../../demo/server/node-http.js'

/** Vite plugin for scripts that tests add to the running site. `PUT /written-….js` stores one, at the root, so that the scope of a worker is the whole site. */
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
