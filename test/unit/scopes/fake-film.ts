import { vi } from 'vitest'
import { Clock } from '../../../src/core/clock.js'
import type { SignedUrlError } from '../../../src/core/errors.js'
import { readExpiry } from '../../../src/core/expiry/index.js'
import { SignedSource } from '../../../src/core/signed-source.js'
import { SigningClient } from '../../../src/core/signing-client.js'
import { ManifestRequests } from '../../../src/scopes/manifest-requests.js'
import { FakeEndpoint, type Reply } from '../../support/fake-endpoint.js'
import { FakeEnvironment } from '../../support/fake-environment.js'
import type { FakeTime } from '../../support/fake-time.js'

export const CDN = 'https://cdn.example'
const RULES = { baseUrl: 'https://club.example/', allowedOrigins: undefined, isSecurePage: true }
const RETRY = { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 1_000, timeoutMs: 2_000 }

/** How a server writes a signed link. `n` tells its writings apart. */
type Sign = (path: string, expiresAt: number, n: number) => string

export const IN_QUERY: Sign = (path, expiresAt, n) => `${path}?token=t-${n}-abcdefgh&expires=${expiresAt}`
/** PUSHR's: a later writing has another path. */
export const IN_PATH: Sign = (path, expiresAt, n) => `/T${String(n).padStart(20, '0')}w/${expiresAt}${path}`

/** A film's state, and what its owner was told. */
export function sourceOf(time: FakeTime, reply: Reply) {
  const endpoint = new FakeEndpoint(reply)
  const clock = new Clock(time)
  const settings = { endpoint: 'https://club.example/api/playback-url', timeoutMs: 2_000, rules: RULES }
  const client = new SigningClient({ ...settings, fetch: endpoint.fetch }, clock)
  const errors: SignedUrlError[] = []
  const events: string[] = []
  const source = new SignedSource({
    resource: 'final-2026',
    client,
    clock,
    environment: new FakeEnvironment(),
    retry: RETRY,
    refusedStatuses: [401, 403, 410],
    listener: {
      onRefreshing: (reason) => events.push(`refreshing ${reason}`),
      onIssue: ({ reason }) => events.push(`issue ${reason}`),
      onFailure: (error) => errors.push(error),
      onSettled: () => {},
    },
  })
  return { source, endpoint, client, errors, events }
}

/**
 * A film whose server writes signed links into its playlists, and what an engine does with it. A link lives for `lifeS`; a playlist is text in which
 * `{name}` is a file's signed link.
 */
export class FakeFilm {
  readonly playlists = new Map<string, string>()
  readonly endpoint: FakeEndpoint
  readonly errors: readonly SignedUrlError[]
  readonly events: readonly string[]
  /** What the server was asked for, and with what it answered. */
  readonly asked: string[] = []
  readonly source: SignedSource
  readonly requests: ManifestRequests
  lifeS = 60
  refusedStatus = 403
  /** When set, every request is answered with it. */
  status: number | undefined
  /** Files that are refused once. */
  readonly refusing = new Set<string>()
  #writings = 0
  readonly #sign: (path: string) => string

  constructor(time: FakeTime, sign: Sign = IN_QUERY) {
    this.#sign = (path) => sign(path, Math.floor(Date.now() / 1000) + this.lifeS, this.#writings)
    const made = sourceOf(time, () => Response.json({ url: CDN + this.#sign('/film/master.m3u8') }))
    this.source = made.source
    this.endpoint = made.endpoint
    this.errors = made.errors
    this.events = made.events
    this.requests = new ManifestRequests(this.source, made.client)
    vi.stubGlobal('fetch', async (url: string, { signal }: RequestInit) => {
      await Promise.resolve()
      signal?.throwIfAborted()
      const { status, text } = this.serve(url)
      const response = new Response(text, { status })
      Object.defineProperty(response, 'url', { value: url })
      return response
    })
  }

  /** What the server answers to `url`. */
  serve(url: string): { status: number; text: string } {
    const expiresAt = readExpiry(url) ?? 0
    const name = url.replace(/[?#].*/, '').replace(/.*\/film\//, '')
    const isAlive = Math.floor(Date.now() / 1000) <= expiresAt
    const playlist = this.playlists.get(name)
    const isThere = playlist !== undefined || !name.endsWith('.m3u8')
    const isRefused = !isAlive || this.refusing.delete(name)
    const status = this.status ?? (isRefused ? this.refusedStatus : isThere ? 200 : 404)
    this.asked.push(`${name} ${status}`)
    this.#writings += 1
    const text = status === 200 ? (playlist ?? name) : ''
    return { status, text: text.replace(/\{([^}]+)\}/g, (_all, file: string) => CDN + this.#sign(`/film/${file}`)) }
  }

  /** One request of an engine: what came of it, and the links where that is a playlist. */
  async load(url: string, signal?: AbortSignal): Promise<{ status: number; links: string[] }> {
    const requests = this.requests.of(url)
    let sentUrl = await requests.resolve(url, signal)
    for (;;) {
      const sentAt = requests.now()
      const { status, text } = this.serve(sentUrl)
      if (requests.isRefusal(status, sentUrl)) {
        sentUrl = await requests.repair(sentUrl, status, sentAt, signal)
        continue
      }
      if (status !== 200) return { status, links: [] }
      requests.accepted(sentUrl, sentAt)
      const told = this.requests.readPlaylist(text, requests.baseOf(sentUrl, sentUrl, url), url, sentUrl)
      return { status, links: told.match(/https:[^"\s]+/g) ?? [] }
    }
  }

  /** Begins as an engine does: the master playlist, then the first that it names. Answers the links of that. */
  async open(): Promise<{ url: string; links: string[] }> {
    const master = await this.load(await this.requests.start())
    const url = master.links[0] ?? ''
    return { url, links: (await this.load(url)).links }
  }

  /** What the server has been asked for since the last time. */
  asking(): string[] {
    return this.asked.splice(0)
  }
}
