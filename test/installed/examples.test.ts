import { execFile, spawn } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject } from 'vitest'
import { freePort } from '../servers/ask-endpoint.js'
import { guard } from '../support/browsers/guard.js'
import { createProject, pack, type TemporaryProject } from '../support/fetched-packages.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { endBroadcast, openStage, refused, type Stage, startBroadcast, until, untilSeen } from '../support/site.js'
import { seeVideo, type Watched, watchVideo } from '../support/watch-video.js'

/*
 * The players in `examples`: each folder is copied, installed with the packed package, and started with `npm start`. The test's CDN takes the place of Gcore's, and
 * URLs live for seconds.
 */

const LIFE_S = 4
const EXAMPLES = new URL('../../examples/', import.meta.url).pathname
const run = promisify(execFile)

describe('an example', () => {
  const it = inBrowser('chromium')
  let packing: TemporaryProject
  let tarball: string
  beforeAll(async () => {
    packing = await createProject()
    ;({ tarball } = await pack(packing.folder))
    await Promise.all([startBroadcast('live-hls'), startBroadcast('live-dash')])
  })
  afterAll(() => Promise.all([packing?.remove(), endBroadcast('live-hls'), endBroadcast('live-dash')]))

  const players = [
    ['hls.js alone', 'hls-js', 'film'],
    ['Shaka Player, HLS', 'shaka', 'film'],
    ['Shaka Player, DASH', 'shaka', 'film/manifest.mpd'],
    ['Shaka Player, live HLS', 'shaka', 'live-hls'],
    ['Shaka Player, live DASH', 'shaka', 'live-dash/index.mpd'],
    ['Video.js 10', 'video-js-10', 'film'],
    ['Video.js 10, the beta with an hls.js element', 'video-js-10-beta', 'film'],
    ['React in strict mode', 'react', 'film'],
  ] as const

  it.for(players)('plays through three lives of its URL: %s', FULL, async ([, name, resource], { openWindow }) => {
    const stage = await openStage({ scheme: 'gcore', ttfbMs: 400 })
    const seen = await play(name, resource, stage, openWindow)
    console.info(`${name}, ${resource}: starved ${Math.round(seen.starvedMs)} ms in ${seen.lives} lives`)
    expect(seen).toMatchObject({ error: null, hasBegun: true, starvedMs: 0 })
    expect(refused(await stage.log())).toEqual([])
  })

  it.for(players.filter(([title]) => /^Shaka Player, (?!live)/.test(title)))(
    'repairs what a CDN refuses whose clock is ahead: %s',
    FULL,
    async ([, name, resource], { openWindow }) => {
      const stage = await openStage({ scheme: 'gcore', ttfbMs: 400, clockSkewMs: 2_000 })
      const seen = await play(name, resource, stage, openWindow)
      expect(seen).toMatchObject({ error: null, hasBegun: true, starvedMs: 0 })
      const refusals = refused(await stage.log()).length
      expect(refusals).toBeGreaterThan(0)
      // Video, audio and playlists are in flight at the same time.
      expect(refusals).toBeLessThanOrEqual(8)
    },
  )

  /** Starts an example, and plays its video through three lives. */
  async function play(
    name: string,
    resource: string,
    stage: Stage,
    openWindow: InBrowser['openWindow'],
  ): Promise<Watched> {
    const signed = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=film`)
    const { origin } = new URL(((await signed.json()) as { url: string }).url)
    const { folder, remove } = await createProject()
    try {
      await cp(join(EXAMPLES, name), folder, { recursive: true })
      const manifest = await readFile(join(folder, 'package.json'), 'utf8')
      await writeFile(
        join(folder, 'package.json'),
        manifest.replace(/("videojs-signed-url": )"[^"]+"/, `$1${JSON.stringify(`file:${tarball}`)}`),
      )
      await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, shell: process.platform === 'win32' })
      const port = String(await freePort())
      const env = {
        ...process.env,
        GCORE_URL: origin,
        GCORE_CLIENT: stage.id,
        GCORE_SECRET: 'demo-gcore-key',
        LIFE_S: String(LIFE_S),
      }
      const args = ['start', '--', '--host', '127.0.0.1', '--port', port, '--strictPort']
      const stop = guard(spawn('npm', args, { cwd: folder, env, stdio: 'ignore', detached: true }))
      try {
        const site = `http://127.0.0.1:${port}/`
        const isUp = () =>
          fetch(site).then(
            ({ ok }) => ok,
            () => false,
          )
        await until(isUp, 'the example to start')
        const page = await openWindow(null)
        // Vite bundles what a page imports at its first visit, and may load the page again.
        await page.goto(`${site}?resource=none`)
        await until(() => page.evaluate<boolean>("!!document.querySelector('video, hls-video')"), 'the page')
        await page.goto(`${site}?resource=${resource}`)
        await watchVideo(page)
        return await untilSeen(
          () => seeVideo(page),
          ({ error, lives, position }) => error !== null || (lives >= 3 && position > 2 * LIFE_S),
          'three lives of the URL',
        )
      } finally {
        await stop()
      }
    } finally {
      await remove()
    }
  }
})
