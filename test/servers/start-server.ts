import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { guard } from '../support/browsers/guard.js'
import { until } from '../support/site.js'

/** Where Debian's packages `nginx` and `apache2-bin` install them. The configurations depend on how those are built. */
const PROGRAMS = { nginx: '/usr/sbin/nginx', 'nginx-folder': '/usr/sbin/nginx', apache: '/usr/sbin/apache2' }
const SERVERS = dirname(fileURLToPath(import.meta.url))
/** The user that a server runs as when root starts it, because Apache serves nothing as root. */
const NOBODY = 65534
const START_TIMEOUT_MS = 10_000

export type ServerName = keyof typeof PROGRAMS

export interface Access {
  readonly method: string
  /** Encoded, as it was sent, without the query. */
  readonly path: string
  readonly token: string | null
  readonly expires: string | null
  readonly status: number
}

export interface MediaServer {
  /** Videos are below `/media_files/`. */
  readonly origin: string
  /** The server's own access log so far. A request appears when its answer ends. */
  log(): Promise<Access[]>
  stop(): Promise<void>
}

export function isInstalled(name: ServerName): boolean {
  return existsSync(PROGRAMS[name])
}

/**
 * Starts a server with its shipped configuration on a free port of this machine, for the pages of `site`. Resolves when it answers.
 *
 * `media` maps the paths to serve to files and folders. They are copied, so that the server may read them whatever user it runs as.
 * It ends with `stop()` or with this process, however that ends, and its folder is removed.
 */
export async function startServer(
  name: ServerName,
  site: string,
  media: Readonly<Record<string, string>>,
): Promise<MediaServer> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`))
  const address = `127.0.0.1:${await freePort()}`
  await mkdir(join(folder, 'media/media_files'), { recursive: true })
  for (const [path, from] of Object.entries(media))
    await cp(from, join(folder, 'media/media_files', path), { recursive: true })
  const config = join(folder, `${name}.conf`)
  await writeFile(config, configFor(await readFile(join(SERVERS, `${name}.conf`), 'utf8'), address, site, folder))
  const options =
    name !== 'apache' ? ['-p', folder, '-e', 'stderr', '-g', 'daemon off;'] : ['-d', folder, '-DFOREGROUND']
  const file = name !== 'apache' ? '-c' : '-f'
  const stop = await launch(PROGRAMS[name], [...options, file, config], folder, address)
  return {
    origin: `http://${address}`,
    log: async () => parseLog(await readFile(join(folder, 'access.log'), 'utf8')),
    stop,
  }
}

/** Starts nginx with a configuration of the test's own, which is written to `folder`. Resolves when `address` answers. */
export async function startNginx(config: string, folder: string, address: string): Promise<() => Promise<void>> {
  const file = join(folder, 'nginx.conf')
  await writeFile(file, config)
  return launch(PROGRAMS.nginx, ['-p', folder, '-e', 'stderr', '-g', 'daemon off;', '-c', file], folder, address)
}

/** Runs a server until the function that this resolves with is called; that removes `folder` too. */
async function launch(program: string, args: string[], folder: string, address: string): Promise<() => Promise<void>> {
  const isRoot = process.getuid?.() === 0
  if (isRoot) await promisify(execFile)('chown', ['-R', `${NOBODY}:${NOBODY}`, folder])
  const child = spawn(program, args, {
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await once(child, 'spawn')
  const stop = guard(child, folder)
  try {
    await untilAnswers(`http://${address}`, child)
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}

function configFor(shipped: string, address: string, site: string, folder: string): string {
  return shipped
    .replaceAll('127.0.0.1:8080', address)
    .replaceAll('/srv/media', join(folder, 'media/media_files'))
    .replaceAll('https://club.example', site)
    .replaceAll('club.example', new URL(site).hostname)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const answers = async () => {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode} before it answered.`)
    return fetch(url, { method: 'HEAD' }).then(
      () => true,
      () => false,
    )
  }
  await until(answers, `an answer of ${child.spawnfile}`, START_TIMEOUT_MS)
}

/** Both use the common log format: `… "GET /path?query HTTP/1.1" 200 …`. */
function parseLog(text: string): Access[] {
  return [...text.matchAll(/"([A-Z]+) (\S+) HTTP\/[\d.]+" (\d{3}) /g)].map(([, method = '', target = '', status]) => {
    const [path = '', query] = target.split('?')
    const params = new URLSearchParams(query)
    return { method, path, token: params.get('token'), expires: params.get('expires'), status: Number(status) }
  })
}
