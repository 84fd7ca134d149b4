import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'vite'
import { type RunningServers, startServers } from '../../../demo/server/servers.js'
import { type LineOptions, SlowLine } from './slow-line.js'

const PAGES = new URL('./pages/', import.meta.url).pathname
const LIBRARY = new URL('../../../dist/videojs-signed-url.js', import.meta.url).pathname
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

/** Pages as a site would build and serve them, their signing endpoint and the CDN, all behind the same line. */
export interface Site {
  readonly url: string
  /** A signed URL of `resource`. */
  signedUrl(resource: string): Promise<string>
  readonly stages: RunningServers['stages']
  close(): Promise<void>
}

/** Builds the pages named `names` into `outDir`. */
export async function buildPages(outDir: string, names: readonly string[]): Promise<void> {
  await build({
    configFile: false,
    root: PAGES,
    logLevel: 'error',
    resolve: { alias: { 'videojs-signed-url': LIBRARY } },
    plugins: [
      {
        name: 'pages',
        resolveId: (id) => (names.some((name) => id.endsWith(`/${name}.html`)) ? id : undefined),
        load: (id) => {
          const name = names.find((one) => id.endsWith(`/${one}.html`))
          return name && htmlOf(name)
        },
      },
    ],
    build: {
      outDir,
      emptyOutDir: true,
      rolldownOptions: { input: Object.fromEntries(names.map((name) => [name, join(PAGES, `${name}.html`)])) },
    },
  })
}

const htmlOf = (name: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Time to first frame: ${name}</title>
    <link rel="icon" href="data:," />
  </head>
  <body>
    <video id="film" class="video-js" muted playsinline width="640" height="360"></video>
    <script type="module" src="./${name}.ts"></script>
  </body>
</html>
`

export async function openSite(outDir: string, options: LineOptions): Promise<Site> {
  const servers = await startServers()
  const line = new SlowLine(options)
  const cdn = `http://127.0.0.1:${await line.open(portOf(servers.originUrl))}`
  const ask = async (path: string) =>
    (await (await fetch(`${servers.url}${path}`)).text()).replaceAll(servers.originUrl, cdn)
  const files = new Map<string, Buffer>()
  const site = createServer(async (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    try {
      if (path === '/api/playback-url') {
        response.setHeader('content-type', 'application/json').end(await ask(request.url ?? ''))
        return
      }
      const bytes = files.get(path) ?? brotliCompressSync(await readFile(join(outDir, path)))
      files.set(path, bytes)
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? '', 'content-encoding': 'br' }).end(bytes)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${await line.open((site.address() as AddressInfo).port)}`,
    signedUrl: async (resource) => JSON.parse(await ask(`/api/playback-url?resource=${resource}`)).url,
    stages: servers.stages,
    async close() {
      await line.close()
      site.closeAllConnections()
      await new Promise((resolve) => site.close(resolve))
      await servers.close()
    },
  }
}

const portOf = (url: string) => Number(new URL(url).port)
