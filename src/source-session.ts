import { type Answer, type AnswerRules, readAnswer } from './core/answer.js'
import type { Clock } from './core/clock.js'
import type { Environment } from './core/environment.js'
import { SignedUrlError } from './core/errors.js'
import { redactError } from './core/redact.js'
import { SignedSource } from './core/signed-source.js'
import type { SigningClient } from './core/signing-client.js'
import { settleOnce, wait } from './core/wait.js'
import type { Engine, EngineContext, MediaFailure } from './engines/engine.js'
import type { HlsClass } from './engines/hls-js/hls-class.js'
import type { HlsJsEngine } from './engines/hls-js/index.js'
import { empty, mediaSourceClass, openMediaSource } from './engines/media-source.js'
import { bareType, typeOf } from './engines/media-type.js'
import { type EngineName, selectEngine } from './engines/select-engine.js'
import { displayFailures } from './failure-display.js'
import { listen } from './listen.js'
import { absolute, type ResolvedOptions } from './options.js'
import { onWakeUp } from './page-environment.js'
import type { SignedUrlSource } from './signed-url-source.js'
import type { Html5Tech, PlayerEvent, PlayerSource, SignedPlayer, SourceHandlerInstance, VideoJs } from './video-js.js'

/** The delay after which Video.js hands a source on; equal ones run in the order in which they were set. */
const TIMER_MS = 1
/** `HTMLMediaElement.HAVE_FUTURE_DATA`. */
const HAVE_FUTURE_DATA = 3

/** How the build at hand gets at hls.js; undefined where it can't. */
export type LoadHlsJs = () => Promise<{ Hls: HlsClass; HlsJsEngine: typeof HlsJsEngine }>

/** What every source of one player shares. */
export interface SessionSettings {
  readonly videojs: VideoJs
  readonly player: SignedPlayer
  readonly options: ResolvedOptions
  readonly client: SigningClient
  readonly clock: Clock
  readonly rules: AnswerRules
  readonly environment: Environment
  readonly loadHlsJs: LoadHlsJs | undefined
  /** What the console has been told. */
  readonly warnings: Set<string>
}

/** One signed source from `src()` to the next one: signs, chooses the engine, starts it. It is what Video.js holds as its source handler. */
export class SourceSession implements SourceHandlerInstance {
  readonly source: SignedSource
  readonly #settings: SessionSettings
  readonly #tech: Html5Tech
  readonly #life = new AbortController()
  /** Call when what the viewer is shown may have to change. */
  readonly #updateFailures: () => void
  #engine: Engine | undefined
  /** The element has a new source and has not said so: when it does, Video.js forgets every error. */
  #isOpening = false
  /** How many there were when the last one began. */
  #refreshes: number | undefined

  constructor(
    settings: SessionSettings,
    given: PlayerSource & SignedUrlSource,
    tech: Html5Tech,
    techOptions: object,
    isLatest: boolean,
  ) {
    const { player, options } = settings
    this.#settings = settings
    this.#tech = tech
    this.source = new SignedSource({
      ...settings,
      ...options,
      resource: (options.scope === 'file' && absolute(given.src)) || given.src,
      listener: {
        onRefreshing: (reason) => {
          this.#refreshes = this.source.stats.refreshes
          this.#trigger('signedurlrefreshing', { reason })
        },
        onIssue: (issue) => {
          // The first URL replaces none.
          if (this.#refreshes === undefined) return
          const { stats } = this.source
          const seamless = this.#engine?.isSeamless ?? false
          if (seamless && stats.refreshes > this.#refreshes) stats.seamlessRefreshes += 1
          this.#trigger('signedurlrefreshed', { ...issue, seamless })
        },
        onFailure: (error, willRetry) => this.#trigger('signedurlfailed', { error, willRetry }),
        onSettled: () => this.#updateFailures(),
      },
    })
    const { signal } = this.#life
    // Before the display listens: what a new attempt may mend is not shown.
    onWakeUp(player, () => this.source.recheck(), signal)
    this.#updateFailures = displayFailures(
      player,
      () => this.#isStarved(),
      this.source,
      options.retry.maxDelayMs,
      signal,
    )
    this.#takeLoad()
    this.#takeSourceTags()
    // An engine's code that can't be loaded.
    this.#run(given, techOptions, isLatest).catch((cause) => this.#fail({ code: 2, cause }))
  }

  get isDisposed(): boolean {
    return this.#life.signal.aborted
  }

  seekable(): TimeRanges {
    return this.#engine?.seekable?.() ?? this.#tech.el().seekable
  }

  duration(): number {
    return this.#engine?.duration?.() ?? (this.#tech.el().duration || Number.NaN)
  }

  /** Nothing left to play: not started, or the buffer has run out. */
  #isStarved(): boolean {
    const element = this.#tech.el()
    if (this.#isOpening) return false
    return this.#engine?.isStarved?.() || (!element.ended && element.readyState < HAVE_FUTURE_DATA)
  }

  dispose(): void {
    this.#engine?.dispose?.()
    this.#life.abort()
    this.source.dispose()
    // As a new `src` would: the old film neither plays on nor loads while the next one is being signed. And a MediaSource that has not opened yet would fail
    // for its revoked URL, and take with it the `play()` that was meant for the next source.
    empty(this.#tech.el())
  }

  async #run(given: PlayerSource & SignedUrlSource, techOptions: object, isLatest: boolean): Promise<void> {
    const { source } = this
    const { signal } = this.#life
    const { options, client } = this.#settings
    const { scope } = options
    const adopted = given.signedUrl === undefined ? undefined : this.#readSignedUrl(given.signedUrl)
    const told = given.type || adopted?.type
    let engine = told === undefined ? undefined : this.#select(told, given)
    // At once, in the turn of `player.src()`: Video.js waits with `play()` for the `loadstart` that comes of it.
    let mediaSource = engine === 'hls.js' ? this.#takeElement() : undefined
    // The source that replaces this one comes in a timer that was set before this one: only the last of several is signed.
    if (!isLatest) await wait(TIMER_MS, signal)
    if (this.#tech.preload() === 'none') await this.#played(signal)
    const scopes = scope === 'directory' ? undefined : import('./scopes/index.js')
    const hlsJs = engine === 'hls.js' ? this.#settings.loadHlsJs?.() : undefined
    // hls.js loads while the endpoint signs; a failure of either is told where it is awaited.
    hlsJs?.catch(() => {})
    if (adopted) source.adopt(adopted)
    const signing = source.start()
    signing.catch(() => {})
    const type = bareType(
      told ?? (await signing.then((url) => source.signing?.answer.type ?? typeOf(given.src) ?? typeOf(url))) ?? '',
    )
    signal.throwIfAborted()
    if (!engine) {
      engine = this.#select(type, given)
      if (engine === 'hls.js') mediaSource = this.#takeElement()
    }
    const openScope = (await scopes)?.SCOPES[scope]
    const context = this.#context(type, openScope?.bind(undefined, source, client, options))
    if (engine === 'hls.js' && mediaSource) {
      const loaded = await (hlsJs ?? this.#settings.loadHlsJs?.())
      signal.throwIfAborted()
      if (loaded) {
        this.#engine = new loaded.HlsJsEngine(context, loaded.Hls, options.hls, mediaSource)
        return
      }
    }
    const { default: OwnLoader } = await (engine === 'vhs'
      ? import('./engines/vhs/index.js')
      : import('./engines/native/index.js'))
    if (!signal.aborted) this.#engine = new OwnLoader(context, techOptions)
  }

  #context(type: string, openScope: EngineContext['openScope']): EngineContext {
    const { videojs, player, options, warnings } = this.#settings
    return {
      videojs,
      player,
      tech: this.#tech,
      source: this.source,
      type,
      signal: this.#life.signal,
      serviceWorker: options.serviceWorker,
      openScope,
      warn: (message) => {
        if (!warnings.has(message)) videojs.log?.warn(`signedUrl: ${message}`)
        warnings.add(message)
      },
      openMediaSource: () => this.#openMediaSource(),
      fail: (failure) => this.#fail(failure),
    }
  }

  #select(type: string, given: PlayerSource): EngineName {
    const { options, loadHlsJs, videojs, player } = this.#settings
    return selectEngine({
      engine: options.engine,
      type: bareType(type),
      hasHlsJs: loadHlsJs !== undefined,
      hasMediaSource: mediaSourceClass() !== undefined,
      hasVhs: videojs.Vhs !== undefined,
      wantsVhs: wantsVhs(videojs, player),
      hasKeySystems: given.keySystems !== undefined,
    })
  }

  #openMediaSource(): MediaSource {
    return openMediaSource(this.#tech.el(), this.#settings.options.hls.preferManagedMediaSource, this.#life.signal)
  }

  /**
   * `player.load()` would empty the element under hls.js's feet, and give a native one its dead URL again. With VHS Video.js sets the source anew instead;
   * so does this. While a source is being set it is Safari's `play()` that calls, to keep the viewer's gesture for the element: that takes the element's own `load()`.
   */
  #takeLoad(): void {
    const { player } = this.#settings
    const tech = this.#tech
    tech.load = () => {
      if (player.changingSrc_) HTMLMediaElement.prototype.load.call(tech.el())
      else player.src(player.currentSources())
    }
    this.#life.signal.addEventListener('abort', () => delete tech.load)
  }

  /**
   * Where a player is made of a `<video>` with `<source>` tags, `play()` would have the browser load one of them while the film is being signed. And Video.js
   * tells of the one that the browser had chosen, as if it had been set after ours, and puts its absolute URL into `currentSource()`:
   * that comes once the first source is open, and reaches this listener before the player's.
   */
  #takeSourceTags(): void {
    const tech = this.#tech
    const tags = [...tech.el().querySelectorAll('source')]
    if (tags.length === 0) return
    for (const tag of tags) tag.remove()
    empty(tech.el())
    const hush = (event: PlayerEvent) => {
      if (!event.src || tags.some(({ src }) => src === event.src)) event.stopImmediatePropagation()
    }
    listen(tech, 'sourceset', hush, this.#life.signal)
  }

  /** Gives hls.js the element, in the turn of `player.src()`. */
  #takeElement(): MediaSource {
    const mediaSource = this.#openMediaSource()
    this.#isOpening = true
    this.#settings.player.one('loadstart', () => {
      this.#isOpening = false
      this.#updateFailures()
    })
    this.#trigger('sourceset', { src: this.source.resource })
    return mediaSource
  }

  /** A URL that the server signed into the page; one that can't be used is no loss, the endpoint is asked. */
  #readSignedUrl(given: unknown): Answer | undefined {
    try {
      return readAnswer(given, this.#settings.rules)
    } catch (error) {
      if (error instanceof SignedUrlError) this.#trigger('signedurlfailed', { error, willRetry: true })
      return undefined
    }
  }

  /** With `preload="none"` nothing is asked for before someone plays. */
  async #played(signal: AbortSignal): Promise<void> {
    const element = this.#tech.el()
    if (element.autoplay || !element.paused) return
    await settleOnce(signal, (resolve) => {
      element.addEventListener('play', resolve)
      return () => element.removeEventListener('play', resolve)
    })
  }

  #trigger(type: string, data: object): void {
    if (!this.isDisposed) this.#settings.player.trigger({ type, ...data })
  }

  #fail({ code, cause }: MediaFailure): void {
    if (this.isDisposed) return
    this.#settings.player.error({ code, ...(cause !== undefined && { cause: redactError(cause) }) })
  }
}

/** The page configured VHS for this player or for all, or hooked its requests. */
function wantsVhs({ Vhs, options }: VideoJs, player: SignedPlayer): boolean {
  const configured = { ...options?.vhs, ...player.options_?.html5?.vhs }
  const { original, beforeRequest, _requestCallbackSet: requests, _responseCallbackSet: responses } = Vhs?.xhr ?? {}
  return Boolean(Object.keys(configured).length || !original || beforeRequest || requests?.size || responses?.size)
}
