import { execFile, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject } from 'vitest'
import { freePort } from '../servers/ask-endpoint.js'
import { guard } from '../support/browsers/guard.js'
import { blocks, pageOf } from '../support/documents.js'
import { createProject, pack, type TemporaryProject } from '../support/fetched-packages.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { playInstalled } from '../support/installed-page.js'
import { openStage, refused, until } from '../support/site.js'

/*
 * A newcomer's five minutes: an empty folder, the packed tarball, and what the README says, pasted. Only the CDN is another one: the test's takes the place of
 * Gcore's, with its host, client, video and secret, and URLs that live for seconds.
 */

const LIFE_S = 4
const inReadme = blocks.filter(({ page }) => page === 'README.md')
const block = (language: string, part: string) => {
  const code = inReadme.find((one) => one.language === language && one.code.includes(part))?.code
  if (code === undefined) throw new Error(`The README has no ${language} block with ${part}`)
  return code
}
/** Replaces what must be there. */
function replace(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`The README no longer says ${from}`)
    return changed.replace(from, to)
  }, text)
}

describe('a newcomer with the README', () => {
  const it = inBrowser('chromium')
  let project: TemporaryProject
  beforeAll(async () => {
    const packing = await createProject()
    try {
      const { tarball } = await pack(packing.folder)
      const [, ...packages] = block('sh', 'npm install videojs-signed-url').trim().split(' ').slice(1)
      project = await createProject(...packages.map((name) => (name === 'videojs-signed-url' ? tarball : name)), 'vite')
    } finally {
      await packing.remove()
    }
  })
  afterAll(() => project?.remove())

  it(
    'plays a video through expiries: the first page, bundled by Vite, and the endpoint for Node',
    FULL,
    async ({ openWindow }) => {
      const { folder } = project
      const stage = await openStage({ scheme: 'gcore', ttfbMs: 400 })
      const signed = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=film`)
      const { origin } = new URL(((await signed.json()) as { url: string }).url)
      const [endpointPort, sitePort] = [await freePort(), await freePort()]

      const video = /^With `(<video .+<\/video>)` in the page:$/m.exec(pageOf('README.md'))?.[1] ?? ''
      const proxy = { '/api/playback-url': `http://127.0.0.1:${endpointPort}` }
      const files = {
        'index.html': `<!doctype html><meta charset="utf-8"><title>My site</title><link rel="icon" href="data:,">${video}
<script type="module" src="/main.js"></script>
<script type="module">import videojs from 'video.js'; window.videojs = videojs</script>`,
        'main.js': replace(block('js', "import 'videojs-signed-url'"), { "'final-2026'": "'film'" }),
        'endpoint.js': replace(block('js', 'createServer('), {
          'https://demo-protected.gvideo.io': origin,
          'clientId: 2675': `clientId: '${stage.id}'`,
          '+ 60': `+ ${LIFE_S}`,
          'listen(3000)': `listen(${endpointPort})`,
        }),
        'tickets.js': 'export const mayWatch = () => true',
        'vite.config.js': `export default { preview: { proxy: ${JSON.stringify(proxy)} } }`,
      }
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      const vite = join(folder, 'node_modules/vite/bin/vite.js')
      await promisify(execFile)(process.execPath, [vite, 'build'], { cwd: folder })

      const run = (...args: string[]) => {
        const env = { ...process.env, GCORE_SECRET: 'demo-gcore-key' }
        return guard(spawn(process.execPath, args, { cwd: folder, env, stdio: 'ignore', detached: true }))
      }
      const running = [
        run('endpoint.js'),
        run(vite, 'preview', '--port', String(sitePort), '--strictPort', '--host', '127.0.0.1'),
      ]
      try {
        const site = `http://127.0.0.1:${sitePort}/`
        const isUp = () =>
          fetch(`${site}api/playback-url?resource=film`).then(
            ({ ok }) => ok,
            () => false,
          )
        await until(isUp, 'the site and its endpoint')
        const page = await openWindow(null)
        await page.goto(site)
        const { error, source } = await playInstalled(page, 3 * LIFE_S, 2)
        expect({ error, source }).toEqual({ error: null, source: 'film' })
        const log = await stage.log()
        expect(refused(log)).toEqual([])
        const times = log.filter(({ kind, status }) => kind === 'media' && status === 200).map(({ at }) => at)
        expect(Math.max(...times) - Math.min(...times), 'ms of media requests').toBeGreaterThan(2 * LIFE_S * 1000)
        expect(page.consoleText()).toEqual([])
      } finally {
        await Promise.all(running.map((stop) => stop()))
      }
    },
  )
})
