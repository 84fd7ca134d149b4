import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { cert, key } from '../support/certificate.js'

/* The command as a process, from the built files: what it prints, and its exit status. */

const COMMAND = resolve('dist/check-command.js')
const SITE = 'https://club.example'
const TOKEN = '5f4dcc3b5aa765d61d8327deb882cf99'
const COOKIE = 'viewer-0cc175b9c0f1b6a8'
const PATH = `/film.mp4?token=${TOKEN}&expires=${Math.floor(Date.now() / 1000) + 3600}`

const servers: Server[] = []
const folder = mkdtempSync(join(tmpdir(), 'check-command-'))
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true })
})

async function listen(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An MP4 behind a token, as it should be; `isFaulty`: without CORS headers on refusals. `/sign` is the endpoint, for those who have the cookie. */
const serve =
  (isFaulty: boolean): RequestListener =>
  (request, response) => {
    const { url = '', headers } = request
    const isRefused = url.startsWith('/sign') ? headers.cookie !== COOKIE : !url.includes(TOKEN)
    if (!isRefused || !isFaulty) response.setHeader('Access-Control-Allow-Origin', SITE)
    if (isRefused) return void response.writeHead(403).end()
    if (url.startsWith('/sign')) {
      const fresh = `http://${headers.host}${PATH}${url.includes('reason=refused') ? '&n=2' : ''}`
      return void response.end(JSON.stringify({ url: fresh, expiresIn: 3600 }))
    }
    response.setHeader('Access-Control-Expose-Headers', 'Content-Range')
    response.setHeader('Content-Type', 'video/mp4')
    if (headers.range === undefined) return void response.end('0123456789')
    response.writeHead(206, { 'Content-Range': 'bytes 0-1/10' }).end('01')
  }
const good = listen(createHttpServer(serve(false)))
const faulty = listen(createHttpServer(serve(true)))
const secure = listen(createHttpsServer({ cert, key }, serve(false)))

interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** No row may print a token, wherever it was typed. */
async function run(args: readonly string[], { input = '', env = {} } = {}): Promise<Outcome> {
  const outcome = await new Promise<Outcome>((done) => {
    const options = { env: { ...process.env, ...env } }
    const child = execFile(process.execPath, [COMMAND, ...args], options, (error, stdout, stderr) =>
      done({ status: error ? Number(error.code) : 0, stdout, stderr }),
    )
    child.stdin?.end(input)
  })
  expect(outcome.stdout + outcome.stderr).not.toContain(TOKEN)
  expect(outcome.stdout + outcome.stderr).not.toContain(COOKIE)
  return outcome
}

describe('videojs-signed-url check', () => {
  it('ends with 0 where nothing is wrong', async () => {
    const { status, stdout } = await run(['check', `http://${await good}${PATH}`, '--origin', SITE])
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/film\.mp4\?… \(a file\)\n\nNo faults found\.\n/)
    expect(status).toBe(0)
  })

  it('ends with 1 where something is, and says what and how to fix it', async () => {
    const { status, stdout } = await run(['check', `http://${await faulty}${PATH}`, '--origin', SITE])
    expect(stdout).toMatch(/\n1 fault found:\n\n {2}cors-missing-on-refusal\n {4}The answer .+\n {4}Fix: Send .+\n/)
    expect(status).toBe(1)
  })

  it('writes the report as JSON', async () => {
    const { status, stdout } = await run(['check', `http://${await faulty}${PATH}`, '--origin', SITE, '--json'])
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      url: `http://${await faulty}/film.mp4?…`,
      kind: 'file',
      findings: [{ code: 'cors-missing-on-refusal', problem: expect.any(String), fix: expect.any(String) }],
      seen: expect.arrayContaining([expect.stringContaining('expires in')]),
      notChecked: [{ topic: 'the URL after its expiry', reason: expect.any(String) }],
    })
    expect(status).toBe(1)
  })

  it('reads the URL from standard input, and asks the endpoint as a viewer with a cookie', async () => {
    const endpoint = ['--endpoint', `http://${await good}/sign`, '--resource', 'final-2026']
    const args = ['check', '-', '--origin', SITE, ...endpoint, '--json']
    const input = `http://${await good}${PATH}\n`
    expect(JSON.parse((await run(args, { input })).stdout).findings).toMatchObject([{ code: 'endpoint-denied' }])
    const { status, stdout } = await run([...args, '--header', `Cookie: ${COOKIE}`], { input })
    expect(JSON.parse(stdout).findings).toEqual([])
    expect(status).toBe(0)
  })

  it.each<[string, string[]]>([
    ['no URL', ['check']],
    ['what is no URL', ['check', `film.mp4?token=${TOKEN}`]],
    ['a URL that the shell has cut in two', ['check', 'https://cdn.example/film.mp4', TOKEN]],
    ['an unknown command', [TOKEN]],
    ['an unknown option', ['check', `--${TOKEN}`]],
    ['an option without its value', ['check', 'https://cdn.example/film.mp4', '--origin']],
    ['a wait that is no number', ['check', 'https://cdn.example/film.mp4', '--wait', TOKEN]],
    ['what is no status', ['check', 'https://cdn.example/film.mp4', '--refused', TOKEN]],
    ['a header without a name', ['check', 'https://cdn.example/film.mp4', '--header', TOKEN]],
  ])('ends with 2 for %s', async (_title, args) => {
    const { status, stdout, stderr } = await run(args)
    if (args.length === 1 && args[0] === 'check') expect(stderr).toContain('missing')
    expect(stderr).toMatch(/^[^\n]+\.\n$/)
    expect([status, stdout]).toEqual([2, ''])
  })

  it('ends with 2 for a host that is dead', async () => {
    const server = createHttpServer()
    const dead = await listen(server)
    await new Promise((done) => server.close(done))
    const { status, stderr } = await run(['check', `http://${dead}${PATH}`])
    expect([status, stderr]).toEqual([2, `${dead} refuses connections (ECONNREFUSED).\n`])
  })

  it('ends with 2 for a certificate that is not trusted, or is for another host', async () => {
    const url = `https://${await secure}${PATH}`
    const untrusted = await run(['check', url])
    expect(untrusted.stderr).toMatch(/^127\.0\.0\.1:\d+ has a certificate that is not trusted \(\w+\)\.\n$/)
    const file = join(folder, 'cert.pem')
    writeFileSync(file, cert)
    const other = await run(['check', url, '--json'], { env: { NODE_EXTRA_CA_CERTS: file } })
    expect(JSON.parse(other.stdout)).toEqual({
      version: 1,
      error: expect.stringMatching(/^127\.0\.0\.1:\d+ has a certificate for another host \(\w+\)\.$/),
    })
    expect([untrusted.status, other.status]).toEqual([2, 2])
  })

  it('explains itself', async () => {
    const { status, stdout } = await run(['--help'])
    expect(stdout).toContain('Usage: videojs-signed-url check <signed-url>')
    expect(status).toBe(0)
  })
})
