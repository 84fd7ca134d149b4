import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, inject } from 'vitest'
import { bitsOnTheRun } from '../../src/signers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { expectNoneRefused, expectUnseen } from '../support/judge.js'
import { openStage, signings, until } from '../support/site.js'
import { Video } from '../support/video.js'

/*
 * The embed of Bits on the Run: a page whose server signs both the player's script, on the CDN, and the first URL of the video. The script is Video.js, hls.js
 * and the build for script tags as one file, and its address dies like every other.
 */

const SECRET = 'CEmediaS3cret'
const PLAYERS = { 'with-hls-js': ['video.js', 'hls.js', 'own'], 'with-vhs': ['video.js', 'own'] } as const
type PlayerName = keyof typeof PLAYERS
const FILES = {
  'video.js': 'node_modules/video.js/dist/video.min.js',
  'hls.js': 'node_modules/hls.js/dist/hls.min.js',
  own: 'dist/videojs-signed-url.iife.js',
}
/** A page that is slow to load its script must still find it alive. */
const SCRIPT_LIFE_S = 10
const LIFE_MS = 3_000

describe('a player whose script is behind an expiring URL too', () => {
  const it = inBrowser('chromium')
  let server: Server
  let port = 0
  /** What was requested of the CDN for scripts. */
  const requested: { url: string; status: number }[] = []

  beforeAll(async () => {
    server = createServer(async (req, res) => {
      const { pathname, searchParams } = new URL(req.url ?? '/', 'http://127.0.0.1')
      if (pathname === '/watch') {
        const html = await page(searchParams.get('stage') ?? '', searchParams.get('player') ?? '')
        return void res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(html)
      }
      const script = await player(pathname, searchParams)
      requested.push({ url: req.url ?? '', status: script === undefined ? 403 : 200 })
      if (script === undefined) return void res.writeHead(403).end()
      res.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(script)
    })
    server.listen(0)
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address ? address.port : 0
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const signScript = (path: string, expiresAt: number) =>
    bitsOnTheRun({ url: `http://127.0.0.1:${port}${path}`, secret: SECRET, expiresAt })

  /** The script of a player, as the content server gives it to whoever has a signature that is right and alive. */
  async function player(path: string, query: URLSearchParams): Promise<string | undefined> {
    const expiresAt = Number(query.get('exp'))
    const name = Object.keys(PLAYERS).find((one) => path === `/players/${one}.js`) as PlayerName | undefined
    const isSigned = signScript(path, expiresAt).endsWith(`?${query}`)
    if (!name || !isSigned || expiresAt <= Date.now() / 1000) return undefined
    return (await Promise.all(PLAYERS[name].map((file) => readFile(FILES[file], 'utf8')))).join('\n;')
  }

  /** What the site's server sends. */
  async function page(stage: string, name: string): Promise<string> {
    const endpoint = `${inject('siteUrl')}/api/playback-url?stage=${stage}`
    const answer = await (await fetch(`${endpoint}&resource=film`)).json()
    const source = { src: 'film', type: 'application/x-mpegURL', signedUrl: answer }
    const script = signScript(`/players/${name}.js`, Math.floor(Date.now() / 1000) + SCRIPT_LIFE_S)
    return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Embed</title><link rel="icon" href="data:,">
<div id="stage"></div><script src="${script.replaceAll('&', '&amp;')}"></script>
<script type="module">
  import { createLab } from '${inject('siteUrl')}/test/browser/pages/lab.ts'
  Object.assign(videojs.Vhs, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })
  window.lab = createLab(videojs)
  const hls = { maxBufferLength: 6, maxMaxBufferLength: 6 }
  lab.start({ name: 'film', plugin: { endpoint: ${JSON.stringify(endpoint)}, hls }, source: ${JSON.stringify(source)} })
</script></html>`
  }

  it.for(['with-hls-js', 'with-vhs'] as const)(
    'plays on when the script’s URL is dead, and takes nothing from it: %s',
    FULL,
    async (name, { openWindow }) => {
      const stage = await openStage({ lifeMs: LIFE_MS, answer: 'expiresAt' })
      const window = await openWindow(null)
      await window.goto(`http://localhost:${port}/watch?stage=${stage.id}&player=${name}`)
      await until(() => window.evaluate<boolean>('!!window.lab?.seeAll().film'), 'the player')
      const src = await window.evaluate<string>('document.scripts[0].src')
      const video = new Video(window, stage, 'film')
      const { exp = '' } = Object.fromEntries(new URL(src).searchParams)
      await until(async () => Date.now() / 1000 > Number(exp), 'the script’s URL to expire')
      expect((await fetch(src)).status).toBe(403)
      const issuesBefore = signings(await video.log()).length
      const run = await video.outlives(issuesBefore + 3)
      expectUnseen(run)
      expectNoneRefused(run)
      // The server made the first one.
      const refreshes = run.seen.events.filter(({ type }) => type === 'signedurlrefreshing')
      expect(run.seen.stats.signings).toBeLessThanOrEqual(refreshes.length)

      const { search } = new URL(src)
      const signature = new URLSearchParams(search).get('sig') ?? ''
      expect(signature).toMatch(/^[\da-f]{32}$/)
      const loaded = await window.evaluate<string[]>('performance.getEntriesByType("resource").map(({ name }) => name)')
      expect(loaded.filter((url) => url.includes(signature) || url.includes('/players/'))).toEqual([src])
      expect((await window.evaluate<string>('document.documentElement.outerHTML')).split(signature)).toHaveLength(2)
      expect(JSON.stringify([run, window.consoleText()])).not.toContain(signature)
      expect(requested.filter(({ url }) => src.endsWith(url)).map(({ status }) => status)).toEqual([200, 403])
    },
  )
})
