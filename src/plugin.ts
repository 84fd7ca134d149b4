import type { Signature, SourceStatus } from './core/signature.js'
import { acquire } from './core/signing/acquire.js'
import { Tries } from './core/signing/tries.js'
import { noStats, type SourceStats } from './core/stats.js'
import { wait } from './core/wait.js'
import type { LoadHlsJs } from './engines/hls-js/load-hls-js.js'
import { absolute, resolveOptions } from './options.js'
import { setUpSigning } from './signing-setup.js'
import { type ClaimedSource, type SessionSettings, SourceSession } from './video-js/session.js'
import { isLeftAlone, type SignedUrlSource } from './video-js/signed-url-source.js'
import type { PlayerSource, SignedPlayer, SourceHandlerInstance, VideoJs } from './video-js/types.js'
import { onWakeUp } from './video-js/wake-up.js'

/**
 * The plugin of one player: `player.signedUrl()`.
 *
 * A source set on the player is marked by the middleware, claimed by the source handler (`video-js/register.ts`), and opened here: one session for each source signs it
 * and runs its engine. Setting another source disposes the session.
 */
export class SignedUrlPlugin {
  readonly #settings: SessionSettings
  readonly #life = new AbortController()
  #session: SourceSession | undefined

  constructor(videojs: VideoJs, player: SignedPlayer, given: unknown, loadHlsJs: LoadHlsJs | undefined) {
    const setup = setUpSigning(resolveOptions(given), {
      isPlaying: () => !player.paused(),
      onWakeUp: (callback, signal) => onWakeUp(player, callback, signal),
    })
    this.#settings = { ...setup, videojs, player, loadHlsJs, warnings: new Set() }
  }

  /** Whether this source is to be signed. Called by the middleware, synchronously in `player.src()`. */
  claims(source: PlayerSource & SignedUrlSource): boolean {
    const { player, options } = this.#settings
    // After an ad, contrib-ads sets the video again while it is still in ad mode: only `inAdBreak`, where it exists, tells the two apart.
    const isAd = player.ads?.inAdBreak?.() ?? player.ads?.isInAdMode?.()
    return !isLeftAlone(source) && !isAd && options.protects(source)
  }

  /** Opens a claimed source. Called by the source handler; Video.js has disposed the session before, which it holds as a handler. */
  open(claimed: ClaimedSource): SourceHandlerInstance {
    this.#session = new SourceSession(this.#settings, claimed)
    return this.#session
  }

  /**
   * Gets fresh credentials now; joins a refresh in flight. When it succeeds, an error that the plugin shows is cleared, and the video goes on where it was. An MP4
   * that the browser gave up is loaded again there.
   * Rejects with `SignedUrlError` when it gives up, with an `AbortError` when another source is set meanwhile; resolves at once when no signed source is set.
   */
  async refresh(): Promise<void> {
    await this.#signature?.refresh('manual')
    this.#session?.retry()
  }

  /** Signs another resource of the site (poster, thumbnails, cast, AirPlay), with the same retries. Rejects with `SignedUrlError`, or an `AbortError` when the player is disposed. */
  async sign(resource: string): Promise<string> {
    if (typeof resource !== 'string' || resource === '') {
      throw new TypeError('signedUrl: sign() takes a resource, a string that is not empty.')
    }
    const { client, clock, options, environment } = this.#settings
    const { signal } = this.#life
    return acquire({
      signer: client,
      retry: options.retry,
      environment,
      request: { resource, reason: 'manual' },
      tries: new Tries(clock),
      accept: ({ answer }) => answer.url,
      pause: (ms) => wait(ms, signal),
      signal,
    })
  }

  /**
   * The URL of a file of the video that the page requests by itself (storyboards, sprites, text tracks, licences, downloads): `url`, relative to the video's URL or
   * absolute, with the present credentials, which are renewed first where they are dead. A URL that the signature doesn't cover comes back as it is. Waits for the
   * video's first URL. Rejects with `SignedUrlError`, or with an `AbortError` when another source is set meanwhile.
   */
  async resolve(url: string): Promise<string> {
    if (typeof url !== 'string' || url === '') {
      throw new TypeError('signedUrl: resolve() takes the URL of a file, a string that is not empty.')
    }
    if (this.#session && !this.#session.isDisposed) return this.#session.resolve(url)
    return absolute(url) ?? url
  }

  get status(): SourceStatus {
    return this.#signature?.status ?? 'idle'
  }

  get refreshing(): boolean {
    return this.#signature?.isRefreshing ?? false
  }

  /** Epoch ms in the server's clock; undefined when unknown. */
  get expiresAt(): number | undefined {
    return this.#signature?.issue?.expiresAt
  }

  /** Counts and times since the source was set. */
  get stats(): SourceStats {
    return { ...(this.#signature?.settings.stats ?? noStats()) }
  }

  dispose(): void {
    this.#session?.dispose()
    this.#session = undefined
    this.#life.abort()
  }

  /** Of the present source, if that is signed. */
  get #signature(): Signature | undefined {
    return this.#session?.isDisposed ? undefined : this.#session?.signature
  }
}
