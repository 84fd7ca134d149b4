import { acquire } from './core/acquire.js'
import type { AnswerRules } from './core/answer.js'
import { Clock } from './core/clock.js'
import { noStats, type SignedSource, type SourceStats, type SourceStatus } from './core/signed-source.js'
import { fillIn, SigningClient } from './core/signing-client.js'
import { type ResolvedOptions, resolveOptions } from './options.js'
import { pageEnvironment } from './page-environment.js'
import { isLeftAlone, type SignedUrlSource } from './signed-url-source.js'
import { type LoadHlsJs, type SessionSettings, SourceSession } from './source-session.js'
import type { Html5Tech, PlayerSource, SignedPlayer, SourceHandlerInstance, VideoJs } from './video-js.js'

export type { SourceStats, SourceStatus }

/**
 * The plugin of one player: `player.signedUrl()`.
 *
 * A source set on the player is marked by the middleware, claimed by the source handler (`register.ts`), and opened here: one session per source signs it and
 * runs its engine. Setting another source disposes the session.
 */
export class SignedUrlPlugin {
  readonly #settings: SessionSettings
  readonly #life = new AbortController()
  #session: SourceSession | undefined

  constructor(videojs: VideoJs, player: SignedPlayer, given: unknown, loadHlsJs: LoadHlsJs | undefined) {
    const options = resolveOptions(given)
    const clock = new Clock()
    const rules = answerRules(options)
    const client = new SigningClient({ ...options, ...options.retry, rules, fetch: fetch.bind(window) }, clock)
    const environment = pageEnvironment(player)
    this.#settings = { videojs, player, options, client, clock, rules, environment, loadHlsJs, warnings: new Set() }
  }

  /** Whether this source is to be signed. Called by the middleware, at once. */
  claims(source: PlayerSource & SignedUrlSource): boolean {
    const { player, options } = this.#settings
    // contrib-ads is in ad mode, though no longer in a break, when it sets the film again after an ad.
    const isAd = player.ads?.inAdBreak?.() ?? player.ads?.isInAdMode?.()
    return !isLeftAlone(source) && !isAd && options.protects(source)
  }

  /** Opens a claimed source. Called by the source handler. One that is not the latest gives way to another within the same task. */
  open(
    source: PlayerSource & SignedUrlSource,
    tech: Html5Tech,
    techOptions: object,
    isLatest: boolean,
  ): SourceHandlerInstance {
    this.#session = new SourceSession(this.#settings, source, tech, techOptions, isLatest)
    return this.#session
  }

  /**
   * Gets fresh credentials now; joins a refresh in flight. Clears an error that the plugin shows and goes on at the place.
   * Rejects with `SignedUrlError` when it gives up, with an `AbortError` when another source is set meanwhile; resolves at once when no signed source is set.
   */
  async refresh(): Promise<void> {
    await this.#source?.refresh('manual')
  }

  /** Signs another resource of the site (poster, thumbnails, cast, AirPlay), with the same retries. Rejects with `SignedUrlError`, or an `AbortError` when the player is disposed. */
  async sign(resource: string): Promise<string> {
    if (typeof resource !== 'string' || resource === '') {
      throw new TypeError('signedUrl: sign() takes a resource, a string that is not empty.')
    }
    const { client, options, environment } = this.#settings
    return acquire({
      client,
      retry: options.retry,
      environment,
      request: { resource, reason: 'manual' },
      accept: ({ answer }) => answer.url,
      signal: this.#life.signal,
    })
  }

  get status(): SourceStatus {
    return this.#source?.status ?? 'idle'
  }

  get refreshing(): boolean {
    return this.#source?.refreshing ?? false
  }

  /** The present source, if it is one of ours. */
  get #source(): SignedSource | undefined {
    return this.#session?.isDisposed ? undefined : this.#session?.source
  }

  /** Epoch ms in the server's clock; undefined when nothing tells. */
  get expiresAt(): number | undefined {
    return this.#source?.expiresAt
  }

  /** Counts and times since the source was set. */
  get stats(): SourceStats {
    return { ...(this.#source?.stats ?? noStats()) }
  }

  dispose(): void {
    this.#session?.dispose()
    this.#session = undefined
    this.#life.abort()
  }
}

function answerRules({ endpoint, allowedOrigins }: ResolvedOptions): AnswerRules {
  return {
    baseUrl: endpoint === undefined ? document.baseURI : fillIn(endpoint, ''),
    allowedOrigins,
    isSecurePage: location.protocol === 'https:',
  }
}
