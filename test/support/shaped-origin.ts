import { createHash, createHmac, randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import type { LogEntry } from '../../demo/server/stages.js'

const MEDIA = new URL('../../demo/media/', import.meta.url).pathname
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mpd': 'application/dash+xml',
  '.m4s': 'video/iso.segment',
  '.mp4': 'video/mp4',
  '.vtt': 'text/vtt',
  '.jpg': 'image/jpeg',
}
const ANY_ORIGIN = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Date, Retry-After' }

/** What a request names: a file of the demo's media, and until when its token lives (Unix seconds). */
export interface Opened {
  readonly file: string
  readonly expiresAt: number
}

/** What a server knows when it signs. */
export interface SigningTime {
  /** Of this server. */
  readonly origin: string
  /** The same server under another name, which is another origin for browsers. */
  readonly otherOrigin: string
  /** Unix seconds. */
  readonly expiresAt: number
  /** How often it has signed before. */
  readonly serial: number
}

/** How one kind of site signs. Its tokens are real: each is a hash of what it opens. */
export interface Shape {
  /** The endpoint's answer: JSON, or a response of its own. */
  sign(time: SigningTime): object | Response
  /** The file that a request names; undefined where no token of this server allows it. */
  open(url: URL, origin: string): Opened | undefined
  /** A playlist or an MPD as it is sent. */
  write?(text: string, time: SigningTime & { readonly file: string; readonly url: URL }): string
  /** The status with which the server refuses a file although the token allows it. */
  refuse?(file: string): number | undefined
  /** What the server has besides the demo's media. */
  made?(file: string): string | undefined
  /** Default: by the file's extension. */
  contentType?(file: string): string | undefined
}

export const nowS = (): number => Math.floor(Date.now() / 1000)

/** A token for `text`. The secret never leaves this file. */
export function tokenFor(text: string): string {
  return createHmac('sha256', 'shaped').update(text).digest('hex').slice(0, 32)
}

/** A token that no one can read: which file it opens is written down here. */
export class Words<T> {
  readonly #meant = new Map<string, T>()

  make(what: T): string {
    const word = randomBytes(30).toString('base64').replace(/\W/g, '').slice(0, 24)
    this.#meant.set(word, what)
    return word
  }

  read(word: string | null): T | undefined {
    return word === null ? undefined : this.#meant.get(word)
  }
}

/** Akamai's form: `exp=…~acl=…~hmac=…`. Tokens of one `kind` are no good as those of another. */
export function akamai(acl: string, expiresAt: number, kind = ''): string {
  const signed = `exp=${expiresAt}~acl=${acl}`
  return `${signed}~hmac=${tokenFor(signed + kind)}`
}

/** The expiry of a token in Akamai's form that opens `path`; undefined for any other. */
export function openAkamai(value: string | null, path: string, kind = ''): number | undefined {
  const [, signed = '', expiresAt = '', acl = '', hmac] = /^(exp=(\d+)~acl=([^~]+))~hmac=(\w+)$/.exec(value ?? '') ?? []
  const isOpen = path.startsWith(acl.replace(/\*$/, ''))
  return hmac === tokenFor(signed + kind) && isOpen ? Number(expiresAt) : undefined
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('base64url')
}

/** A signing endpoint and a CDN that sign in a shape of their own. Its log has the form of the demo's. */
export class ShapedOrigin {
  readonly log: LogEntry[] = []
  readonly #server: Server
  readonly #shape: Shape
  readonly #lifeS: number
  /** The number of each expiry that a token has. */
  readonly #issues = new Map<number, number>()
  #serial = 0

  private constructor(shape: Shape, lifeS: number) {
    this.#shape = shape
    this.#lifeS = lifeS
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error))
    })
  }

  static async open(shape: Shape, lifeS: number): Promise<ShapedOrigin> {
    const opened = new ShapedOrigin(shape, lifeS)
    await new Promise<void>((resolve) => opened.#server.listen(0, resolve))
    return opened
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get endpoint(): string {
    return `${this.origin}/api/playback-url`
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  #time(origin = this.origin): SigningTime {
    this.#serial += 1
    const otherOrigin = `http://localhost:${this.#port}`
    return { origin, otherOrigin, expiresAt: Math.floor(Date.now() / 1000 + this.#lifeS), serial: this.#serial }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    for (const [name, value] of Object.entries(ANY_ORIGIN)) response.setHeader(name, value)
    response.setHeader('Cache-Control', 'no-store')
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { 'Access-Control-Allow-Headers': '*, Range', 'Access-Control-Max-Age': '600' }).end()
    } else if (url.pathname === '/api/playback-url') await this.#sign(url, response)
    else if (url.pathname === '/log-in') response.setHeader('Content-Type', 'text/html').end('<!doctype html>Log in')
    else if (url.pathname === '/without-cors') {
      response.removeHeader('Access-Control-Allow-Origin')
      response.setHeader('Content-Type', 'video/mp4').end('no one reads this')
    } else await this.#serve(request, url, response)
  }

  async #sign(url: URL, response: ServerResponse): Promise<void> {
    const entry = this.#record('sign', url.searchParams.get('resource') ?? '', url)
    const answer = this.#shape.sign(this.#time())
    const made = answer instanceof Response ? answer : Response.json(answer)
    entry.status = made.status
    response.writeHead(made.status, Object.fromEntries(made.headers)).end(await made.text())
  }

  async #serve({ headers: { range } }: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    const opened = this.#shape.open(url, url.origin)
    const entry = this.#record('media', opened?.file ?? url.pathname.slice(1), url)
    entry.range = range ?? null
    // As in nginx, a URL is valid to the end of the second that it names.
    const isAlive = opened !== undefined && nowS() <= opened.expiresAt
    const path = opened && join(MEDIA, normalize(`/${opened.file}`))
    const made = opened && this.#shape.made?.(opened.file)
    const isThere =
      made !== undefined || (path !== undefined && (await stat(path).catch(() => undefined))?.isFile() === true)
    const refused = opened && this.#shape.refuse?.(opened.file)
    entry.status = isAlive ? (refused ?? (isThere ? 200 : 404)) : 403
    if (opened) entry.issue = this.#issueOf(opened.expiresAt)
    if (entry.status !== 200 || !opened || !path) return void response.writeHead(entry.status).end()
    if (made !== undefined) return void response.end(made)
    const contentType = this.#shape.contentType?.(opened.file) ?? CONTENT_TYPES[extname(path)]
    if (contentType) response.setHeader('Content-Type', contentType)
    const body = await this.#body(path, opened.file, url)
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
    if (from === undefined) return void response.end(body)
    const end = Math.min(to ? Number(to) : body.length - 1, body.length - 1)
    entry.status = 206
    response.writeHead(206, { 'Content-Range': `bytes ${from}-${end}/${body.length}` })
    response.end(body.subarray(Number(from), end + 1))
  }

  async #body(path: string, file: string, url: URL): Promise<Buffer> {
    const bytes = await readFile(path)
    const { write } = this.#shape
    if (!write || !/\.(?:m3u8|mpd|vtt)$/.test(path)) return bytes
    return Buffer.from(write(bytes.toString(), { ...this.#time(url.origin), file, url }))
  }

  #issueOf(expiresAt: number): number {
    const known = this.#issues.get(expiresAt) ?? this.#issues.size + 1
    this.#issues.set(expiresAt, known)
    return known
  }

  #record(kind: 'sign' | 'media', path: string, url: URL): LogEntry {
    const entry: LogEntry = {
      at: Date.now(),
      kind,
      method: 'GET',
      status: 0,
      path,
      range: null,
      bytes: 0,
      issue: undefined,
      reason: url.searchParams.get('reason') ?? undefined,
      url: url.pathname + url.search,
      host: url.hostname,
    }
    this.log.push(entry)
    return entry
  }
}

/** `text`, an HLS playlist, with other links. */
export function withLinks(text: string, write: (link: string) => string): string {
  return text.replace(/(?<=URI=")[^"]+|^[^#\s][^\r\n]*/gm, write)
}

/** The last segments of a path after a beginning. */
const after = (path: string, beginning: string) =>
  path.startsWith(beginning) ? path.slice(beginning.length) : undefined
export const filmFile = (path: string, beginning: string, expiresAt: number | undefined) => {
  const file = after(path, beginning)
  return file === undefined || expiresAt === undefined ? undefined : { file: `film/${file}`, expiresAt }
}

/** The master playlist lies in a folder of its own beside those of its links. */
export function above(sign: (time: SigningTime) => { query: string; covers?: string }): Shape {
  const accepted = new Map<string, number>()
  return {
    sign(time) {
      const { query, ...answer } = sign(time)
      accepted.set(query, time.expiresAt)
      return { url: `${time.origin}/film7/hls/master.m3u8?${query}`, ...answer }
    },
    open: ({ pathname, search }) =>
      filmFile(pathname.replace('/film7/hls/', '/film7/'), '/film7/', accepted.get(search.slice(1))),
    write: (text, { file }) => (file.endsWith('master.m3u8') ? withLinks(text, (link) => `../${link}`) : text),
  }
}

const cloudFrontText = (text: string) =>
  Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~')

export const ABOVE: Readonly<Record<string, Shape>> = {
  "CloudFront's policy": above(({ origin, expiresAt }) => {
    const policy = `{"Statement":[{"Resource":"${origin}/film7/*","Condition":{"DateLessThan":{"AWS:EpochTime":${expiresAt}}}}]}`
    return { query: `Policy=${cloudFrontText(policy)}&Signature=${tokenFor(policy)}&Key-Pair-Id=K2JCJMDEHXQW5F` }
  }),
  "Akamai's acl": above(({ expiresAt }) => ({ query: `hdnts=${akamai('/film7/*', expiresAt)}` })),
  "Bunny's token_path": above(({ expiresAt }) => ({
    query: `token=HS256-${md5(`b${expiresAt}`)}&token_path=%2Ffilm7%2F&expires=${expiresAt}`,
  })),
  "the answer's covers": above(({ expiresAt }) => ({
    query: `md5=${md5(`c${expiresAt}`)}&expires=${expiresAt}`,
    covers: '/film7/',
  })),
}
