import { spawn, spawnSync } from 'node:child_process'
import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as signers from '../../src/signers/index.js'
import { guard } from '../support/browsers/guard.js'
import { createProject, type TemporaryProject } from '../support/fetched-packages.js'
import { FULL } from '../support/in-browser.js'
import { until } from '../support/site.js'
import { expectProtocol, freePort, SECRET, VIDEO } from './ask-endpoint.js'

/*
 * `signingEndpoint` as a plain Web handler on the platforms that take one: the endpoints in `examples`, with the built package. The platforms come from npm,
 * and weigh a hundred megabytes each.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EXPIRES_AT = 1_688_124_955

interface Platform {
  readonly name: string
  readonly program: string
  readonly version: number
  /** In `examples`. */
  readonly example: string
  /** The example's own file. */
  readonly script: string
  args(script: string, port: number): readonly string[]
}

const PLATFORMS: readonly Platform[] = [
  {
    name: 'workerd, which runs Cloudflare Workers',
    program: 'workerd',
    version: 1,
    example: 'workers',
    script: 'worker.js',
    args: (script, port) => ['serve', script.replace('.js', '.capnp'), '--socket-addr', `http=127.0.0.1:${port}`],
  },
  {
    name: 'Deno',
    program: 'deno',
    version: 2,
    example: 'deno',
    script: 'server.js',
    args: (script, port) => [
      'serve',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--allow-env=GCORE_SECRET',
      script,
    ],
  },
  { name: 'Bun', program: 'bun', version: 1, example: 'bun', script: 'server.js', args: (script) => [script] },
]

/** Signs what a POST says with the signer that it names. A GET takes its time, and answers all with one URL. */
const OTHER_SCRIPT = `import * as signers from 'videojs-signed-url/signers'

let count = 0
const shared = signers.signingEndpoint({
  authorize: () => true,
  cacheForMs: 60_000,
  async sign() {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    count += 1
    return 'https://cdn.example/' + count + '.mp4'
  },
})

export default {
  async fetch(request) {
    if (request.method === 'GET') return shared(request)
    const calls = await request.json()
    return Response.json(calls.map(([name, options]) => signers[name](options)))
  },
}
`

const url = 'https://club.example/media%20files/caf%C3%A9/video1.mp4?quality=high'
const file = {
  baseUrl: 'https://c0999z0999.r-cdn.com',
  path: '/uploads/café & co/',
  file: 'playlist.m3u8',
  address: '203.0.113.7',
}
const secrets = { secret: SECRET, expiresAt: EXPIRES_AT }
const calls = [
  ['gcore', { ...VIDEO, ...secrets }],
  ['nginxSecureLink', { url, ...secrets }],
  ['clubEvent', { url: `${url}&secret=Really%2BSecret+String`, expiresAt: EXPIRES_AT }],
  ['bitsOnTheRun', { url, ...secrets }],
  ['pushrFile', { ...file, ...secrets }],
  ['pushrTitle', { ...file, ...secrets }],
] as const
const KNOWN = [
  signers.gcore(calls[0][1]),
  signers.nginxSecureLink(calls[1][1]),
  signers.clubEvent(calls[2][1]),
  signers.bitsOnTheRun(calls[3][1]),
  signers.pushrFile(calls[4][1]),
  signers.pushrTitle(calls[5][1]),
]

describe.each(PLATFORMS)('signingEndpoint on $name', ({ name, program, version, example, script, args }) => {
  let project: TemporaryProject
  let whyNotRun: string | undefined
  beforeAll(async () => {
    project = await createProject(`${program}@${version}`)
    const { folder } = project
    await cp(join(ROOT, 'examples', example), folder, { recursive: true })
    await symlink(ROOT, join(folder, 'node_modules/videojs-signed-url'), 'dir')
    await writeFile(join(folder, 'other.js'), OTHER_SCRIPT)
    const config = await readFile(join(folder, 'worker.capnp'), 'utf8').catch(() => '')
    await writeFile(join(folder, 'other.capnp'), config.replace('embed "worker.js"', 'embed "other.js"'))
    const { signal, status, stderr } = spawnSync(binary(), ['--version'], { encoding: 'utf8' })
    // A processor that lacks an instruction, which no test can change.
    if (signal === 'SIGILL' || status === 132) whyNotRun = `${name} does not run on this processor.`
    else if (status !== 0) throw new Error(`${program} does not start: ${stderr}`)
  })
  afterAll(() => project?.remove())

  const binary = () => join(project.folder, 'node_modules/.bin', program)

  async function started<T>(script: string, ask: (port: number) => Promise<T>): Promise<T> {
    const port = await freePort()
    const child = spawn(binary(), args(script, port), {
      cwd: project.folder,
      env: { ...process.env, GCORE_SECRET: SECRET, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    })
    const stop = guard(child)
    try {
      return await ask(port)
    } finally {
      await stop()
    }
  }

  it('answers with a URL, a denial that says why, 404 and 400', FULL, async ({ task, skip }) => {
    if (whyNotRun) task.meta.notRun = whyNotRun
    skip(whyNotRun !== undefined, whyNotRun)
    await started(script, expectProtocol)
  })

  it('signs every scheme as on Node, and once for all who ask at one time', FULL, async ({ task, skip }) => {
    if (whyNotRun) task.meta.notRun = whyNotRun
    skip(whyNotRun !== undefined, whyNotRun)
    await started('other.js', async (port) => {
      const address = `http://127.0.0.1:${port}/`
      const post = () => fetch(address, { method: 'POST', body: JSON.stringify(calls) })
      await until(async () => (await post().catch(() => undefined))?.ok === true, program)
      expect(await (await post()).json()).toEqual(KNOWN)
      const ask = async (signal?: AbortSignal) => {
        const response = await fetch(`${address}?resource=a`, signal ? { signal } : {})
        const answer = (await response.json()) as { url: string }
        return answer.url
      }
      // The platform may end what the first one began, while the others wait for it.
      const leaving = new AbortController()
      const first = ask(leaving.signal).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 100))
      const others = [ask(), ask()]
      await new Promise((resolve) => setTimeout(resolve, 100))
      leaving.abort()
      await first
      const urls = await Promise.all(others)
      expect(urls[0]).toMatch(/^https:\/\/cdn\.example\/\d\.mp4$/)
      expect(await ask()).toBe(urls[0])
      expect(urls[1]).toBe(urls[0])
    })
  })
})
