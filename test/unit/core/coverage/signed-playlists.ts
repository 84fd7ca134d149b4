import { vi } from 'vitest'
import { Clock } from '../../../../src/core/clock.js'
import { HLS } from '../../../../src/core/coverage/hls-format.js'
import { SignaturePerPlaylist } from '../../../../src/core/coverage/signature-per-playlist.js'
import type { SignedUrlError } from '../../../../src/core/errors.js'
import { readExpiry } from '../../../../src/core/expiry/index.js'
import { Signature } from '../../../../src/core/signature.js'
import type { SignedMedia } from '../../../../src/core/signed-media.js'
import { SigningClient } from '../../../../src/core/signing/signing-client.js'
import { Tries } from '../../../../src/core/signing/tries.js'
import { countSignings, noStats } from '../../../../src/core/stats.js'
import { FakeEndpoint, type Reply } from '../../../support/fake-endpoint.js'
import { FakeEnvironment } from '../../../support/fake-environment.js'
import type { FakeTime } from '../../../support/fake-time.js'
import { openDivided } from '../../../support/open-media.js'

export const CDN = 'https://cdn.example'
const RULES = { baseUrl: 'https://club.example/', allowedOrigins: undefined, isSecurePage: true }
const RETRY = { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 1_000, timeoutMs: 2_000 }

/** How a server writes a signed link. `n` is the number of its earlier answers. */
type Sign = (path: string, expiresAt: number, n: number) => string

export const IN_QUERY: Sign = (path, expiresAt, n) => `${path}?token=t-${n}-abcdefgh&expires=${expiresAt}`
/** As PUSHR does it: each answer puts the link on another path. */
export const IN_PATH: Sign = (path, expiresAt, n) => `/T${String(n).padStart(20, '0')}w/${expiresAt}${path}`

/** The signature of a video, with the events and errors that its listener receives. */
export function signatureOf(time: FakeTime, reply: Reply) {
  const endpoint = new FakeEndpoint(reply)
  const clock = new Clock(time)
  const settings = { endpoint: 'https://club.example/api/playback-url', timeoutMs: 2_000, rules: RULES }
  const stats = noStats()
  const client = countSignings(new SigningClient({ ...settings, fetch: endpoint.fetch }, clock), stats)
  const errors: SignedUrlError[] = []
  const events: string[] = []
  const signature = new Signature({
    resource: 'final-2026',
    signer: client,
    stats,
    tries: new Tries(clock),
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
  return { signature, endpoint, client, errors, events }
}

/**
 * A video whose server writes signed links into its playlists, with the requests of an engine. A link lives for `lifeS`. In the text of a playlist,
 * `{name}` stands for the signed link of a file.
 */
export class SignedPlaylists {
  readonly playlists = new Map<string, string>()
  readonly endpoint: FakeEndpoint
  readonly errors: readonly SignedUrlError[]
  readonly events: readonly string[]
  /** Each request to the server, with the status of its answer. */
  readonly requests: string[] = []
  readonly signature: Signature
  readonly media: SignedMedia
  lifeS = 60
  refusedStatus = 403
  /** When set, the status of every answer. */
  status: number | undefined
  /** Files that are refused once. */
  readonly refusing = new Set<string>()
  #answers = 0
  readonly #sign: (path: string) => string

  constructor(time: FakeTime, sign: Sign = IN_QUERY) {
    this.#sign = (path) => sign(path, Math.floor(Date.now() / 1000) + this.lifeS, this.#answers)
    const made = signatureOf(time, () => Response.json({ url: CDN + this.#sign('/film/master.m3u8') }))
    this.signature = made.signature
    this.endpoint = made.endpoint
    this.errors = made.errors
    this.events = made.events
    this.media = openDivided(
      this.signature,
      (refusals) => new SignaturePerPlaylist({ ...made, refusals, formats: [HLS] }),
    )
    vi.stubGlobal('fetch', async (url: string, { signal }: RequestInit) => {
      await Promise.resolve()
      signal?.throwIfAborted()
      const { status, text } = this.serve(url)
      const response = new Response(text, { status })
      Object.defineProperty(response, 'url', { value: url })
      return response
    })
  }

  /** The answer of the server to a request for `url`. */
  serve(url: string): { status: number; text: string } {
    const expiresAt = readExpiry(url) ?? 0
    const name = url.replace(/[?#].*/, '').replace(/.*\/film\//, '')
    const isAlive = Math.floor(Date.now() / 1000) <= expiresAt
    const playlist = this.playlists.get(name)
    const isThere = playlist !== undefined || !name.endsWith('.m3u8')
    const isRefused = !isAlive || this.refusing.delete(name)
    const status = this.status ?? (isRefused ? this.refusedStatus : isThere ? 200 : 404)
    this.requests.push(`${name} ${status}`)
    this.#answers += 1
    const text = status === 200 ? (playlist ?? name) : ''
    return { status, text: text.replace(/\{([^}]+)\}/g, (_all, file: string) => CDN + this.#sign(`/film/${file}`)) }
  }

  /** Makes one request as an engine does. Returns its status, and its links when it is a playlist. */
  async load(url: string, signal?: AbortSignal): Promise<{ status: number; links: string[] }> {
    const request = this.media.request(url, signal && { signal })
    for (;;) {
      const sentUrl = await request.url()
      const { status, text } = this.serve(sentUrl)
      const verdict = await request.answered({ status, text, url: sentUrl })
      if (!verdict.again) return { status: verdict.status, links: verdict.text?.match(/https:[^"\s]+/g) ?? [] }
    }
  }

  /** Starts as an engine does: loads the master playlist, then the first one that it lists. Returns the links of the latter. */
  async open(): Promise<{ url: string; links: string[] }> {
    const master = await this.load(await this.media.start())
    const url = master.links[0] ?? ''
    return { url, links: (await this.load(url)).links }
  }

  /** The requests since the last call. */
  takeRequests(): string[] {
    return this.requests.splice(0)
  }
}
