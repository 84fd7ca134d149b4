import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { inject } from 'vitest'
import type { Page } from './browsers/index.js'
import { until, untilSeen } from './site.js'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

export interface InstalledSite {
  readonly url: string
  /** Paths that were requested. */
  readonly requested: readonly string[]
  close(): void
}

/**
 * A site made of the files in `folder`, with the endpoint of the README, which calls the demo's film `final-2026` and uses the stage that is named in the
 * page's address.
 */
export async function serveInstalled(folder: string): Promise<InstalledSite> {
  const requested: string[] = []
  const server = createServer(async (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://localhost')
    requested.push(pathname)
    if (pathname === '/api/playback-url') {
      const resource = searchParams.get('resource') === 'final-2026' ? 'film' : 'nothing'
      const answer = await fetch(`${inject('siteUrl')}/api/playback-url?stage=${stageOf(req)}&resource=${resource}`)
      return void res.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text())
    }
    const body = await readFile(join(folder, normalize(pathname))).catch(() => undefined)
    if (!body) return void res.writeHead(404).end()
    res.writeHead(200, { 'Content-Type': TYPES[extname(pathname)] ?? 'application/octet-stream' }).end(body)
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://localhost:${port}/`, requested, close }
}

function stageOf({ headers }: IncomingMessage): string {
  return new URL(headers.referer ?? '').searchParams.get('stage') ?? ''
}

/** What has been seen of the only player of a page that exposes nothing but `videojs`. */
export interface PlayerState {
  readonly position: number
  readonly refreshes: number
  readonly error: string | null
  readonly source: string
}

/** Lets the page's player play, muted, and waits until it has reached `position` and refreshed its URL so often. */
export async function playInstalled(page: Page, position: number, refreshes: number): Promise<PlayerState> {
  await until(() => page.evaluate<boolean>('!!window.videojs?.getAllPlayers()[0]'), 'a player')
  await page.evaluate('{ const [player] = videojs.getAllPlayers(); player.muted(true); void player.play() }')
  const state = () =>
    page.evaluate<PlayerState>(`(([player]) => ({
      position: player.currentTime(),
      refreshes: player.signedUrl().stats.refreshes,
      error: player.error()?.message ?? null,
      source: player.currentSource().src,
    }))(videojs.getAllPlayers())`)
  return untilSeen(
    state,
    (seen) => seen.error !== null || (seen.position >= position && seen.refreshes >= refreshes),
    `the video to reach ${position} s with ${refreshes} refreshes`,
  )
}
