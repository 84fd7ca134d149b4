import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { bitsOnTheRun, clubEvent, gcore, nginxSecureLink, pushrFile, pushrTitle } from '../../src/signers/index.js'
import { expectProtocol, freePort, SECRET, VIDEO } from './ask-endpoint.js'

/* The endpoints in `examples`: each signs what the package's own functions sign, and speaks the protocol. */

const run = promisify(execFile)
const EXAMPLES = new URL('../../examples/', import.meta.url).pathname
const AT = 1_688_124_955

interface Signed {
  readonly name: string
  readonly own: string
  readonly python: string
  readonly php: string
}

const text = (value: string) => JSON.stringify(value)
/** PHP reads `$` in double quotes. */
const single = (value: string) => `'${value.replace(/['\\]/g, '\\$&')}'`

/** The same call in three languages. */
function call(own: string, name: { python: string; php: string }, args: readonly (string | number)[]): Signed {
  const write = (quote: (value: string) => string) =>
    args.map((arg) => (typeof arg === 'number' ? String(arg) : quote(arg))).join(', ')
  return {
    name: `${name.php}(${write(text)})`,
    own,
    python: `${name.python}(${write(text)})`,
    php: `${name.php}(${write(single)})`,
  }
}

const GCORE = [VIDEO.baseUrl, VIDEO.clientId, VIDEO.videoId, SECRET, AT] as const
const PUSHR = [
  'https://c0999z0999.r-cdn.com',
  '/uploads/videos/2630811/',
  'playlist.m3u8',
  '203.0.113.7',
  SECRET,
  AT,
] as const
const [baseUrl, path, file, address] = PUSHR
const pushr = { baseUrl, path, file, address, secret: SECRET, expiresAt: AT }
const LINKS = [
  'https://club.example/media_files/video1.mp4',
  'https://club.example/media%20files/caf%C3%A9/video1.mp4?quality=high',
  'https://club.example/media_files//a/../video1.mp4',
]

const SIGNED: readonly Signed[] = [
  call(gcore({ ...VIDEO, secret: SECRET, expiresAt: AT }), { python: 'gcore', php: 'gcore' }, GCORE),
  ...LINKS.map((url) =>
    call(
      nginxSecureLink({ url, secret: SECRET, expiresAt: AT }),
      { python: 'nginx_secure_link', php: 'nginxSecureLink' },
      [url, SECRET, AT],
    ),
  ),
  ...LINKS.slice(0, 2).map((link) => {
    const url = `${link}${link.includes('?') ? '&' : '?'}secret=Really%2BSecret+String`
    return call(clubEvent({ url, expiresAt: AT }), { python: 'club_event', php: 'clubEvent' }, [url, AT])
  }),
  ...LINKS.slice(0, 2).map((url) =>
    call(bitsOnTheRun({ url, secret: SECRET, expiresAt: AT }), { python: 'bits_on_the_run', php: 'bitsOnTheRun' }, [
      url,
      SECRET,
      AT,
    ]),
  ),
  call(pushrFile(pushr), { python: 'pushr_file', php: 'pushrFile' }, PUSHR),
  call(pushrTitle(pushr), { python: 'pushr_title', php: 'pushrTitle' }, PUSHR),
]

describe.each([
  [
    'PHP',
    (calls: readonly Signed[]) => {
      const lines = calls.map(({ php }) => `echo ${php}, "\\n";`).join('')
      return run('php', ['-r', `require '${EXAMPLES}php/signers.php'; ${lines}`])
    },
  ],
  [
    'Python',
    (calls: readonly Signed[]) => {
      const lines = calls.map(({ python }) => `print(${python})`).join('\n')
      return run('python3', ['-c', `from signers import *\n${lines}`], { cwd: `${EXAMPLES}python` })
    },
  ],
] as const)('the example in %s', (_language, signAll) => {
  it('signs every scheme as the package does', async () => {
    const { stdout } = await signAll(SIGNED)
    const urls = stdout.trim().split('\n')
    expect(Object.fromEntries(SIGNED.map(({ name }, index) => [name, urls[index]]))).toEqual(
      Object.fromEntries(SIGNED.map(({ name, own }) => [name, own])),
    )
  })
})

describe.each([
  ['PHP', 'php', (port: number) => ['-S', `127.0.0.1:${port}`, `${EXAMPLES}php/playback-url.php`]],
  ['Python', 'python3', (port: number) => [`${EXAMPLES}python/playback_url.py`, String(port)]],
  ['Express', process.execPath, () => [`${EXAMPLES}express/server.mjs`]],
] as const)('the endpoint in %s', (_language, command, argumentsFor) => {
  it('answers with a URL, a denial that says why, 404 and 400', async () => {
    const port = await freePort()
    const server = spawn(command, argumentsFor(port), {
      env: { ...process.env, GCORE_SECRET: SECRET, PORT: String(port) },
      stdio: 'ignore',
    })
    try {
      await expectProtocol(port)
    } finally {
      await stop(server)
    }
  })
})

describe('the route handler for Next.js', () => {
  it('answers GET and POST', async () => {
    vi.stubEnv('GCORE_SECRET', SECRET)
    const { GET, POST } = await import(`${EXAMPLES}nextjs/app/api/playback-url/route.js`)
    const url = 'http://localhost/api/playback-url'
    const headers = { cookie: 'session=1' }
    expect((await GET(new Request(`${url}?resource=final-2026`))).status).toBe(401)
    const asked = [
      await GET(new Request(`${url}?resource=final-2026`, { headers })),
      await POST(new Request(url, { method: 'POST', headers, body: JSON.stringify({ resource: 'final-2026' }) })),
    ]
    for (const response of asked) {
      const { url: signed, expiresAt } = await response.json()
      expect(signed).toBe(gcore({ ...VIDEO, secret: SECRET, expiresAt }))
    }
    vi.unstubAllEnvs()
  })
})

async function stop(server: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill()
  await ended
}
