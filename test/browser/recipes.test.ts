import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer as createNetServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer, type Plugin, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { gcore } from '../../src/signers/index.js'
import { inBrowser } from '../support/in-browser.js'
import { openStage, refused, signings, until } from '../support/site.js'

/* Runs the snippets of the README and the recipes of docs/recipes.md as written, on a site made of them, with the built package. */

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const readmeAndRecipes = await Promise.all(
  ['README.md', 'docs/recipes.md'].map((page) => readFile(join(ROOT, page), 'utf8')),
)

/** Their code block in `language` that begins with `start`. */
function block(language: string, start: string): string {
  const blocks = [...readmeAndRecipes.join('\n').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
  const [, , code] = blocks.find(([, given, text]) => given === language && text?.startsWith(start)) ?? []
  if (code === undefined) throw new Error(`There is no ${language} block that begins with ${start}`)
  return code
}

/** Inside the project, so that packages resolve. Removed at the end. */
let folder: string
beforeAll(async () => {
  const cache = join(ROOT, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  folder = await mkdtemp(join(cache, 'recipes-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(ROOT, join(folder, 'node_modules/videojs-signed-url'), 'dir')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const write = (files: Record<string, string>) =>
  Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)))

describe('a page from the README and its recipes', () => {
  const scripts = block('html', '<link')
  /** The head of the page with script tags, which the page with markup alone shares. */
  const head = scripts.slice(0, scripts.indexOf('<video'))
  /** Exposes the library to the test on pages that import it as a module. */
  const expose = `<script type="module">import videojs from 'video.js'; window.videojs = videojs</script>`
  const PAGES = {
    'npm.html': `<video id="my-video" class="video-js" controls></video><script type="module" src="npm.js"></script>${expose}`,
    'view.html': `<div id="root"></div><script type="module" src="view.jsx"></script>${expose}`,
    'script-tags.html': scripts,
    'tags.html': head + block('html', '<video'),
  }
  const JS: Record<string, string> = {
    'video-js.css': 'node_modules/video.js/dist/video-js.css',
    'video.min.js': 'node_modules/video.js/dist/video.min.js',
    'hls.min.js': 'node_modules/hls.js/dist/hls.min.js',
    'videojs-signed-url.iife.js': 'dist/videojs-signed-url.iife.js',
  }

  const it = inBrowser('chromium')
  let site: ViteDevServer

  /**
   * What the recipes assume of a site: the files in `/js`, and an endpoint, which calls the demo's film `final-2026` and uses the stage named in the
   * page's address.
   */
  const surroundings: Plugin = {
    name: 'recipes',
    configureServer({ middlewares }) {
      middlewares.use('/js', async (req, res) => {
        const name = (req.url ?? '').slice(1)
        res.setHeader('Content-Type', name.endsWith('.css') ? 'text/css' : 'text/javascript')
        res.end(await readFile(join(ROOT, JS[name] ?? '')))
      })
      middlewares.use('/api/playback-url', async (req, res) => {
        const resource = new URLSearchParams((req.url ?? '').split('?')[1]).get('resource')
        const demoResource = resource === 'final-2026' ? 'film' : 'nothing'
        const stage = new URL(req.headers.referer ?? '').searchParams.get('stage')
        const answer = await fetch(`${inject('siteUrl')}/api/playback-url?stage=${stage}&resource=${demoResource}`)
        res.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text())
      })
    },
  }

  beforeAll(async () => {
    const pages = Object.entries(PAGES).map(([name, body]) => [
      name,
      `<!doctype html><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">${body}`,
    ])
    await write({
      ...Object.fromEntries(pages),
      'npm.js': block('js', "import videojs from 'video.js'"),
      'video-player.jsx': block('jsx', '// video-player.jsx'),
      'view.jsx': `import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { VideoPlayer } from './video-player.jsx'

createRoot(document.querySelector('#root')).render(<StrictMode><VideoPlayer resource="final-2026" /></StrictMode>)`,
    })
    site = await createServer({
      configFile: false,
      root: folder,
      appType: 'mpa',
      logLevel: 'error',
      server: { port: 5480, host: 'localhost', hmr: false, watch: null, fs: { allow: [ROOT] } },
      optimizeDeps: { include: ['video.js', 'hls.js', 'react', 'react-dom/client', 'react/jsx-dev-runtime'] },
      plugins: [surroundings],
    })
    await site.listen()
  })
  afterAll(() => site?.close())

  it.for([
    ['with script tags', 'script-tags.html'],
    ['with markup alone', 'tags.html'],
    ['with npm and Vite', 'npm.html'],
    ['with React, in strict mode', 'view.html'],
  ] as const)('plays %s, and keeps playing after a refresh', async ([, file], { openWindow }) => {
    const stage = await openStage({ lifeMs: 3_600_000 })
    const page = await openWindow(null)
    await page.goto(`${site.resolvedUrls?.local[0]}${file}?stage=${stage.id}`)
    const inPage = <T>(script: string) => page.evaluate<T>(`{ const [player] = videojs.getAllPlayers(); ${script} }`)
    const has = async (condition: string) => (await inPage<boolean>(condition)) === true
    await until(() => page.evaluate<boolean>('!!window.videojs?.getAllPlayers()[0]'), 'a player')
    await inPage('player.muted(true); void player.play()')
    await until(() => has('player.currentTime() > 1'), 'the video to play')
    expect(signings(await stage.log())).toHaveLength(1)
    await inPage('player.signedUrl().refresh()')
    await until(() => has('player.currentTime() > 3'), 'the video to keep playing')
    expect(await inPage('[player.error(), player.currentSource().src]')).toEqual([null, 'final-2026'])
    expect(refused(await stage.log())).toEqual([])
    // The development builds of Vite and React print a greeting.
    expect(page.consoleText().filter((text) => !/^\[vite\]|React DevTools/.test(text))).toEqual([])
  })
})

describe('an endpoint from the recipes', () => {
  const SECRET = 'demo-gcore-key'
  const video = { baseUrl: 'https://demo-protected.gvideo.io', clientId: 2675, videoId: 'final-2026', secret: SECRET }
  const running: ChildProcess[] = []
  afterAll(() => {
    for (const child of running) child.kill()
  })

  /** Starts a server with the command line that `command` returns for a free port. Returns its URL. */
  async function start(command: (port: number) => [string, string[]]): Promise<string> {
    const probe = createNetServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const address = probe.address()
    const port = typeof address === 'object' && address ? address.port : 0
    probe.close()
    const [program, args] = command(port)
    const env = { ...process.env, PORT: String(port), GCORE_SECRET: SECRET }
    running.push(spawn(program, args, { cwd: folder, env, stdio: 'ignore' }))
    const url = `http://127.0.0.1:${port}`
    const answers = () =>
      fetch(url).then(
        () => true,
        () => false,
      )
    await until(answers, program)
    return url
  }

  async function expectEndpoint(url: string): Promise<void> {
    const ask = (resource: string, cookie: string) => fetch(`${url}?resource=${resource}`, { headers: { cookie } })
    const response = await ask('final-2026', 'ticket=1')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const answer = (await response.json()) as { url: string; expiresAt: number; expiresIn: number }
    expect(answer.url).toBe(gcore({ ...video, expiresAt: answer.expiresAt }))
    expect(answer.expiresIn).toBeGreaterThan(57)
    expect(answer.expiresIn).toBeLessThanOrEqual(60)
    for (const [resource, cookie] of [
      ['final-2026', 'ticket=0'],
      ['another', 'ticket=1'],
    ] as const)
      expect((await ask(resource, cookie)).status).toBe(403)
  }

  it('signs with Express for viewers who may watch, also by POST', async () => {
    await write({
      'endpoint.js': block('js', '// endpoint.js'),
      'tickets.js': `export const mayWatch = (cookie, video) => cookie === 'ticket=1' && video === 'final-2026'`,
    })
    const url = `${await start(() => [process.execPath, ['endpoint.js']])}/api/playback-url`
    await expectEndpoint(url)
    const batch = await fetch(url, {
      method: 'POST',
      headers: { cookie: 'ticket=1', 'content-type': 'application/json' },
      body: JSON.stringify({ resources: ['final-2026', 'another'], reason: 'start' }),
    })
    const { urls } = (await batch.json()) as { urls: ({ url: string; expiresAt: number } | null)[] }
    expect(urls[0]?.url).toBe(gcore({ ...video, expiresAt: urls[0]?.expiresAt ?? 0 }))
    expect(urls[1]).toBeNull()
  })

  const hasPhp = spawnSync('php', ['--version']).status === 0
  it.skipIf(!hasPhp)('signs in PHP exactly as the package does', async () => {
    await write({
      'playback-url.php': block('php', '<?php // playback-url.php'),
      'tickets.php': `<?php function may_watch($video) { return $_COOKIE === ['ticket' => '1'] && $video === 'final-2026'; }`,
    })
    await expectEndpoint(`${await start((port) => ['php', ['-S', `127.0.0.1:${port}`]])}/playback-url.php`)
  })
})
