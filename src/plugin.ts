import { acquire } from './core/acquire.js'
import type { AnswerRules } from './core/answer.js'
import { Clock } from './core/clock.js'
import type { Environment } from './core/environment.js'
import type { SourceStats, SourceStatus } from './core/signed-source.js'
import { SigningClient } from './core/signing-client.js'
import { type ResolvedOptions, resolveOptions } from './options.js'
import { pageEnvironment } from './page-environment.js'
import { isLeftAlone, type SignedUrlSource } from './signed-url-source.js'
import { type LoadHlsJs, type SessionSettings, SourceSession } from './source-session.js'
import type { Html5Tech, PlayerSource, SignedPlayer, SourceHandlerInstance, VideoJs } from './video-js.js'

export type { SourceStats, SourceStatus }

const NO_STATS: Readonly<SourceStats> = {
  signings: 0,
  refreshes: 0,
  refusals: 0,
  failures: 0,
  lastSigningMs: 0,
  waitedMs: 0,
}

/**
 * The plugin of one player: `player.signedUrl()`.
 *
 * A source set on the player is marked by the middleware, claimed by the source handler (`register.ts`), and opened here: one session per source signs it and
 * runs its engine. Setting another source disposes the session.
 */
export class SignedUrlPlugin {
  readonly #player: SignedPlayer
  readonly #options: ResolvedOptions
  readonly #settings: SessionSettings
  readonly #client: SigningClient
  readonly #environment: Environment
  readonly #life = new AbortController()
  #session: SourceSession | undefined

  constructor(videojs: VideoJs, player: SignedPlayer, options: unknown, loadHlsJs: LoadHlsJs | undefined) {
    this.#player = player
    this.#options = resolveOptions(options)
    const clock = new Clock()
    const rules = answerRules(this.#options)
    this.#environment = pageEnvironment(player)
    this.#client = new SigningClient(
      { ...this.#options, ...this.#options.retry, rules, fetch: fetch.bind(window) },
      clock,
    )
    this.#settings = {
      videojs,
      player,
      options: this.#options,
      client: this.#client,
      clock,
      rules,
      environment: this.#environment,
      loadHlsJs,
    }
  }

  /** Whether this source is to be signed. Called by the middleware, at once. */
  claims(source: PlayerSource & SignedUrlSource): boolean {
    if (isLeftAlone(source) || this.#player.ads?.isInAdMode?.()) return false
    return this.#options.protects(source)
  }

  /** Opens a claimed source. Called by the source handler. */
  open(source: PlayerSource & SignedUrlSource, tech: Html5Tech, techOptions: object): SourceHandlerInstance {
    this.#session?.dispose()
    this.#session = new SourceSession(this.#settings, source, tech, techOptions)
    return this.#session
  }

  /**
   * Gets fresh credentials now; joins a refresh in flight. Clears an error that the plugin shows and goes on at the place.
   * Rejects with `SignedUrlError` when it gives up; resolves at once when no signed source is set.
   */
  async refresh(): Promise<void> {
    await this.#session?.source.refresh('manual')
  }

  /** Signs another resource of the site (poster, thumbnails, cast, AirPlay), with the same retries. Rejects with `SignedUrlError`. */
  sign(resource: string): Promise<string> {
    if (typeof resource !== 'string' || resource === '') {
      return Promise.reject(new TypeError('signedUrl: sign() takes a resource, a string that is not empty.'))
    }
    return acquire({
      client: this.#client,
      retry: this.#options.retry,
      environment: this.#environment,
      request: { resource, reason: 'manual' },
      accept: ({ answer }) => answer.url,
      signal: this.#life.signal,
    })
  }

  get status(): SourceStatus {
    return this.#session?.source.status ?? 'idle'
  }

  get refreshing(): boolean {
    return this.#session?.source.refreshing ?? false
  }

  /** Epoch ms in the server's clock; undefined when nothing tells. */
  get expiresAt(): number | undefined {
    return this.#session?.source.expiresAt
  }

  /** Counts and times since the source was set. */
  get stats(): SourceStats {
    return { ...NO_STATS, ...this.#session?.source.stats }
  }

  dispose(): void {
    this.#session?.dispose()
    this.#session = undefined
    this.#life.abort(new DOMException('The player was disposed.', 'AbortError'))
  }
}

function answerRules({ endpoint, allowedOrigins }: ResolvedOptions): AnswerRules {
  return {
    baseUrl: endpoint?.replace(/\{resource\}|%7Bresource%7D/gi, '') ?? document.baseURI,
    allowedOrigins,
    isSecurePage: location.protocol === 'https:',
  }
}
