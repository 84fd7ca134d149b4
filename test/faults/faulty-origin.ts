import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readRange } from '../../demo/server/send-file.js'
import { nowS, tokenFor } from '../support/shaped-origin.js'

const MEDIA = new URL('../../demo/media/', import.meta.url).pathname
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.m4s': 'video/iso.segment',
  '.mp4': 'video/mp4',
  '.vtt': 'text/vtt',
}
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Date, ETag, Retry-After, Content-Range, Content-Length',
}
const LOOK_MS = 50
/** A connection that breaks in the middle brings at most this much of an MP4. */
const LONGEST_CUT_BYTES = 60_000

/** An answer instead of a URL or a file. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Scripts of other origins then see no status. */
  readonly withoutCors?: boolean
}

/** What a request to the CDN came with. */
export interface MediaRequest {
  readonly file: string
  readonly range: string | undefined
  readonly token: Issued
  /** How often that token has opened that file before. */
  readonly uses: number
}

/** A token of the endpoint, and what it is bound to. */
export interface Issued {
  readonly serial: number
  /** Unix seconds. */
  readonly expiresAt: number
  readonly address: string
  readonly path: string
}

/** How the endpoint and the CDN behave. All of it may change while a video plays. */
export interface Conditions {
  lifeS: number
  /** The endpoint's answer instead of a URL; `silence` never comes. */
  endpoint: (asked: { count: number; serial: number }) => Reply | 'silence' | undefined
  /** The CDN's answer to a request whose token is good. */
  cdn: (request: MediaRequest) => Reply | undefined
  /** Connections break before an answer. */
  isEndpointDown: boolean
  isCdnDown: boolean
  /** The CDN sends not a byte more, of answers that it has begun neither. */
  isSilent: boolean
  /** How many of the next segments, or answers with a part of an MP4, break off in the middle. */
  cutsLeft: number
  /** The viewer's address, which the CDN compares with that of the token. */
  address: string
  etag: string
  /** How many bytes of an MP4 come at full speed, and how many a second follow. What has been sent once comes at full speed again, as from a CDN's edge. */
  burstBytes: number
  bytesPerSecond: number
}

export const WELL: Readonly<Conditions> = {
  lifeS: 3_600,
  endpoint: () => undefined,
  cdn: () => undefined,
  isEndpointDown: false,
  isCdnDown: false,
  isSilent: false,
  cutsLeft: 0,
  address: '192.0.2.7',
  etag: '"first"',
  burstBytes: 80_000,
  bytesPerSecond: 30_000,
}

/** One request. `isFaulty`: it met the fault of the row. */
export interface Entry {
  readonly at: number
  readonly kind: 'sign' | 'media'
  readonly path: string
  readonly reason: string | undefined
  status: number
  isFaulty: boolean
}

/**
 * A signing endpoint and a CDN whose tokens are in the path, so that players without the plugin can play them too.
 * A token that has expired gets 410, and the connections that it opened break.
 */
export class FaultyOrigin {
  readonly log: Entry[] = []
  /** Every token that the endpoint has issued. */
  readonly tokens = new Map<string, Issued>()
  readonly conditions: Conditions
  readonly #server: Server
  readonly #uses = new Map<string, number>()
  /** How far MP4s have been sent, bytes. */
  #sentTo = 0
  readonly #open = new Map<ServerResponse, Entry>()

  private constructor(given: Partial<Conditions>) {
    this.conditions = { ...WELL, ...given }
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error))
    })
  }

  static async open(given: Partial<Conditions>): Promise<FaultyOrigin> {
    const opened = new FaultyOrigin(given)
    opened.#server.listen(0)
    await once(opened.#server, 'listening')
    return opened
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get endpoint(): string {
    return `${this.origin}/api/playback-url`
  }

  /** A fresh URL, as the endpoint answers it. */
  issue(resource: string, lifeS = this.conditions.lifeS): { url: string; expiresAt: number } {
    const serial = this.tokens.size + 1
    const expiresAt = Math.floor(Date.now() / 1000) + lifeS
    const { address } = this.conditions
    const token = tokenFor(`${expiresAt} ${serial} ${address}`)
    const path = `/s/${expiresAt}/${token}/film/${resource.endsWith('.mp4') ? 'film.mp4' : 'master.m3u8'}`
    this.tokens.set(token, { serial, expiresAt, address, path })
    return { url: `${this.origin}${path}`, expiresAt }
  }

  /** Breaks the media connections that are open. */
  cut(): void {
    for (const [response, entry] of this.#open) {
      entry.isFaulty = true
      response.destroy()
    }
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin)
    response.setHeader('Cache-Control', 'no-store')
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value)
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { 'Access-Control-Allow-Headers': '*, Range', 'Access-Control-Max-Age': '600' }).end()
    } else if (url.pathname === '/api/playback-url') this.#sign(url, response)
    else if (url.pathname === '/log-in') response.setHeader('Content-Type', 'text/html').end('<!doctype html>Log in')
    else await this.#serve(request, url, response)
  }

  #sign(url: URL, response: ServerResponse): void {
    const { isEndpointDown, endpoint } = this.conditions
    const entry = this.#record('sign', url)
    const count = this.log.filter(({ kind, isFaulty }) => kind === 'sign' && isFaulty).length + 1
    const reply = endpoint({ count, serial: this.tokens.size })
    entry.isFaulty = isEndpointDown || reply !== undefined
    if (isEndpointDown) return void response.destroy()
    if (reply === 'silence') return
    entry.status = reply?.status ?? 200
    if (reply) return void send(response, reply)
    const { url: signed, expiresAt } = this.issue(url.searchParams.get('resource') ?? '')
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ url: signed, expiresAt, serverTime: Date.now() / 1000 }))
  }

  async #serve({ headers: { range } }: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    const [, , , value = '', ...names] = url.pathname.split('/')
    const file = names.join('/')
    const entry = this.#record('media', url)
    const token = this.tokens.get(value)
    if (this.conditions.isCdnDown) {
      entry.isFaulty = true
      return void response.destroy()
    }
    const key = `${value} ${file}`
    const uses = this.#uses.get(key) ?? 0
    const reply = token && this.conditions.cdn({ file, range, token, uses })
    const refusal = this.#refusalOf(token)
    this.#uses.set(key, uses + 1)
    await this.#whileSilent(entry, response)
    if (response.destroyed) return
    entry.isFaulty ||= reply !== undefined || (refusal === 403 && token !== undefined)
    entry.status = reply?.status ?? refusal ?? 200
    if (reply) return void send(response, reply)
    if (refusal) return void response.writeHead(refusal, { Date: new Date().toUTCString() }).end()
    const bytes = await readFile(join(MEDIA, file)).catch(() => undefined)
    if (!bytes) {
      entry.status = 404
      return void response.writeHead(404).end()
    }
    await this.#send(response, entry, { bytes, range, file, token })
  }

  #refusalOf(token: Issued | undefined): number | undefined {
    if (!token || token.address !== this.conditions.address) return 403
    // As in nginx, a URL is valid to the end of the second that it names.
    return nowS() > token.expiresAt ? 410 : undefined
  }

  async #whileSilent(entry: Entry, response: ServerResponse): Promise<void> {
    while (this.conditions.isSilent && !response.destroyed) {
      entry.isFaulty = true
      await wait(LOOK_MS)
    }
  }

  async #send(
    response: ServerResponse,
    entry: Entry,
    what: { bytes: Buffer; range: string | undefined; file: string; token: Issued | undefined },
  ): Promise<void> {
    const { bytes, file } = what
    const span = readRange(what.range, bytes.length)
    const { start, end } = typeof span === 'string' ? { start: 0, end: bytes.length - 1 } : span
    const body = bytes.subarray(start, end + 1)
    entry.isFaulty ||= this.conditions.etag !== WELL.etag
    entry.status = span === 'outside' ? 416 : span === 'whole' ? 200 : 206
    const contentRange = `bytes ${span === 'outside' ? '*' : `${start}-${end}`}/${bytes.length}`
    response.writeHead(entry.status, {
      'Accept-Ranges': 'bytes',
      'Content-Type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
      ...(this.conditions.etag && { ETag: this.conditions.etag }),
      ...(entry.status !== 200 && { 'Content-Range': contentRange }),
      ...(span !== 'outside' && { 'Content-Length': body.length }),
    })
    if (span === 'outside') return void response.end()
    this.#open.set(response, entry)
    const look = setInterval(() => this.#refusalOf(what.token) && response.destroy(), LOOK_MS)
    const gone = new AbortController()
    response.once('close', () => {
      gone.abort()
      clearInterval(look)
      this.#open.delete(response)
    })
    const isMedia = /\.m(?:4s|p4)$/.test(file)
    const breaksAt =
      isMedia && this.conditions.cutsLeft > 0 ? Math.min(body.length / 2, LONGEST_CUT_BYTES) : Number.POSITIVE_INFINITY
    if (breaksAt < body.length) {
      this.conditions.cutsLeft -= 1
      entry.isFaulty = true
    }
    for (let at = 0; at < body.length && !response.destroyed; ) {
      await this.#whileSilent(entry, response)
      const { burstBytes, bytesPerSecond } = this.conditions
      const isPaced = file.endsWith('film.mp4') && start + at >= Math.max(burstBytes, this.#sentTo)
      const size = isPaced ? Math.ceil(bytesPerSecond / 20) : 16_384
      if (isPaced) await wait(50)
      const piece = body.subarray(at, at + size)
      at += piece.length
      this.#sentTo = Math.max(this.#sentTo, start + at)
      if (!response.write(piece)) await once(response, 'drain', { signal: gone.signal }).catch(() => {})
      // What has been written must reach the viewer before the connection breaks.
      if (at >= breaksAt) return void setTimeout(() => response.destroy(), LOOK_MS)
    }
    response.end()
  }

  #record(kind: 'sign' | 'media', url: URL): Entry {
    const path = kind === 'sign' ? (url.searchParams.get('resource') ?? '') : url.pathname.split('/').slice(4).join('/')
    const reason = url.searchParams.get('reason') ?? undefined
    const entry: Entry = { at: Date.now(), kind, path, reason, status: 0, isFaulty: false }
    this.log.push(entry)
    return entry
  }
}

function send(response: ServerResponse, { status, headers = {}, body = '', withoutCors }: Reply): void {
  if (withoutCors) for (const name of Object.keys(CORS)) response.removeHeader(name)
  response.writeHead(status, { Date: new Date().toUTCString(), ...headers }).end(body)
}
