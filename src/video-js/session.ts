import { SignedUrlError } from '../core/errors.js'
import { redactError } from '../core/redact.js'
import type { Signature } from '../core/signature.js'
import type { SignedMedia } from '../core/signed-media.js'
import { type Answer, readAnswer } from '../core/signing/answer.js'
import type { SourceClient } from '../core/signing/signing-client.js'
import { settleOnce, wait } from '../core/wait.js'
import type { Engine, EngineContext, MediaFailure } from '../engines/engine.js'
import type { LoadHlsJs } from '../engines/hls-js/load-hls-js.js'
import { empty, mediaSourceClass, openMediaSource } from '../engines/media-source.js'
import { bareType, typeOf } from '../engines/media-type.js'
import { type EngineChoice, type EngineName, isTooOld, selectEngine } from '../engines/select-engine.js'
import { type SigningSetup, signatureFor } from '../signing-setup.js'
import { takeLoad, takeSourceTags } from './element-takeover.js'
import { displayFailures } from './failure-display.js'
import { headStart } from './head-start.js'
import type { SignedUrlSource } from './signed-url-source.js'
import { sniffType } from './sniff-type.js'
import type {
  Html5Tech,
  PlayerError,
  PlayerSource,
  SignedPlayer,
  SourceHandlerInstance,
  TechElement,
  VideoJs,
} from './types.js'
import { onWakeUp } from './wake-up.js'

/** The delay after which Video.js hands a source on; equal delays run in the order in which they were set. */
const TIMER_MS = 1
/** `HTMLMediaElement.HAVE_FUTURE_DATA`. */
const HAVE_FUTURE_DATA = 3

const NO_TYPE =
  'The media type is unknown: set `type` on the source or in the endpoint’s answer. No URL has an extension, and the CDN’s `Content-Type` names none.'

/** What all sources of one player share. */
export interface SessionSettings extends SigningSetup {
  readonly videojs: VideoJs
  readonly player: SignedPlayer
  readonly loadHlsJs: LoadHlsJs | undefined
  /** What the console has been warned of. */
  readonly warnings: Set<string>
}

/** A claimed source, as Video.js hands it over. */
export interface ClaimedSource {
  readonly source: PlayerSource & SignedUrlSource
  readonly tech: Html5Tech
  readonly techOptions: object
  /** False when another `src()` of the same task is on its way. */
  readonly isLatest: boolean
}

/**
 * One signed source from `src()` to the next: signs it, chooses an engine and starts it. Video.js holds it as its source handler.
 */
export class SourceSession implements SourceHandlerInstance {
  readonly signature: Signature
  readonly #settings: SessionSettings
  readonly #claimed: ClaimedSource
  readonly #client: SourceClient
  readonly #life = new AbortController()
  /** Call when what the viewer is shown may have to change. */
  readonly #updateFailures: () => void
  /** Once the engine has opened it. */
  readonly #media: Promise<SignedMedia>
  #haveMedia: (media: SignedMedia) => void = () => {}
  #engine: Engine | undefined
  /** Why hls.js doesn't play the source. */
  #obstacle: string | undefined
  /** The element has a new source and has not fired `loadstart`: when it does, Video.js forgets every error. */
  #isOpening = false
  /** The error of the player that an engine has caused. */
  #failure: PlayerError | null = null
  /** How many there were when the last one began. */
  #refreshes: number | undefined

  constructor(settings: SessionSettings, claimed: ClaimedSource) {
    const { player, options } = settings
    const { source, tech } = claimed
    this.#settings = settings
    this.#claimed = claimed
    this.#media = settleOnce(this.#life.signal, (resolve) => {
      this.#haveMedia = resolve
      return () => {}
    })
    this.#media.catch(() => {})
    const { signature, client } = signatureFor(source.src, settings, {
      onRefreshing: (reason) => {
        this.#refreshes = stats.refreshes
        this.#trigger('signedurlrefreshing', { reason })
      },
      onIssue: (issue) => {
        // The first URL replaces none.
        if (this.#refreshes === undefined) return
        const seamless = this.#engine?.isSeamless ?? false
        if (seamless && stats.refreshes > this.#refreshes) stats.seamlessRefreshes += 1
        this.#trigger('signedurlrefreshed', { ...issue, seamless })
      },
      onFailure: (error, willRetry) => this.#trigger('signedurlfailed', { error, willRetry }),
      onSettled: () => this.#updateFailures(),
    })
    this.signature = signature
    this.#client = client
    const { stats } = signature.settings
    const { signal } = this.#life
    // Before the display listens: a failure that a new attempt may clear is not shown.
    onWakeUp(player, () => signature.recheck(), signal)
    this.#updateFailures = displayFailures({
      player,
      signature,
      options,
      signal,
      isStarved: () => this.#isStarved(),
    })
    takeLoad(player, tech, signal)
    takeSourceTags(tech, signal)
    // An engine's code that can't be loaded.
    this.#run().catch((cause) => this.#fail({ code: 2, cause }))
  }

  get isDisposed(): boolean {
    return this.#life.signal.aborted
  }

  seekable(): TimeRanges {
    return this.#engine?.seekable?.() ?? this.#element.seekable
  }

  duration(): number {
    return this.#engine?.duration?.() ?? (this.#element.duration || Number.NaN)
  }

  /** What the engine has given up by itself is tried again. */
  retry(): void {
    this.#engine?.retry?.()
  }

  /** The URL of a file that the page requests by itself (`SignedMedia.resolve`). */
  async resolve(url: string): Promise<string> {
    return (await this.#media).resolve(url)
  }

  dispose(): void {
    this.#engine?.dispose?.()
    this.#life.abort()
    this.signature.dispose()
    // As a new `src` would: the old video neither plays on nor loads while the next one is being signed. And a MediaSource that has not opened yet would fail
    // for its revoked URL, and with it the `play()` that was meant for the next source.
    empty(this.#element)
  }

  get #element(): TechElement {
    return this.#claimed.tech.el()
  }

  /** Nothing left to play: not started, or the buffer has run out. */
  #isStarved(): boolean {
    if (this.#isOpening) return false
    const { ended, readyState } = this.#element
    return this.#engine?.isStarved?.() || (!ended && readyState < HAVE_FUTURE_DATA)
  }

  async #run(): Promise<void> {
    const { signature } = this
    const { signal } = this.#life
    const { options } = this.#settings
    const { source, tech, isLatest } = this.#claimed
    const adopted = source.signedUrl === undefined ? undefined : this.#readSignedUrl(source.signedUrl)
    const namedType = source.type || adopted?.type
    let engine = namedType === undefined ? undefined : this.#select(namedType)
    // At once, in the turn of `player.src()`: Video.js delays `play()` until the `loadstart` that this causes.
    let mediaSource = engine === 'hls.js' ? this.#takeElement() : undefined
    // The source that replaces this one comes in a timer that was set before this one: only the last of several is signed.
    if (!isLatest) await wait(TIMER_MS, signal)
    if (tech.preload() === 'none') await this.#played(signal)
    const opener = this.#preparePlayback()
    let starter = engine && this.#loadEngine(engine)
    // Both load while the endpoint signs; a failure is handled where it is awaited.
    opener.catch(() => {})
    starter?.catch(() => {})
    if (adopted) signature.adopt(adopted)
    const signing = signature.start()
    signing.catch(() => {})
    const earlyPlaylist = headStart({
      engine,
      element: this.#element,
      options,
      knownUrl: adopted?.url,
      signing,
      signal,
    })
    const foundType = namedType ?? (await signing.then((url) => this.#typeOf(url)))
    signal.throwIfAborted()
    if (foundType === undefined) return this.#fail({ code: 4, cause: new Error(NO_TYPE) })
    const type = bareType(foundType)
    if (!engine) {
      engine = this.#select(type)
      if (engine === 'hls.js') mediaSource = this.#takeElement()
      starter = this.#loadEngine(engine)
      starter.catch(() => {})
    }
    const context = { ...(await opener)(type), earlyPlaylist }
    if (this.#obstacle) {
      context.warn(this.#obstacle)
      if (engine === 'native' && !this.#element.canPlayType(type)) {
        return this.#fail({ code: 4, cause: new Error(this.#obstacle) })
      }
    }
    const start = await starter
    signal.throwIfAborted()
    this.#engine = start?.(context, mediaSource)
  }

  /** Loads an engine's code. Resolves with a function that starts it. */
  async #loadEngine(engine: EngineName): Promise<(context: EngineContext, mediaSource?: MediaSource) => Engine> {
    const { options, loadHlsJs } = this.#settings
    const { techOptions } = this.#claimed
    if (engine === 'hls.js' && loadHlsJs) {
      const { Hls, HlsJsEngine } = await loadHlsJs()
      return (context, mediaSource) =>
        new HlsJsEngine(context, Hls, options.hls, mediaSource ?? this.#openMediaSource())
    }
    if (engine === 'vhs') {
      const { default: VhsEngine } = await import('../engines/vhs/index.js')
      return (context) => new VhsEngine(context, techOptions)
    }
    const { default: NativeEngine } = await import('../engines/native/index.js')
    return (context) => new NativeEngine(context)
  }

  /** The media type of a source that doesn't name it. Undefined where nothing tells. */
  async #typeOf(signedUrl: string): Promise<string | undefined> {
    const { source } = this.#claimed
    const known = this.signature.issue?.type ?? typeOf(source.src) ?? typeOf(signedUrl)
    if (known !== undefined) return known
    const credentials = this.#settings.options.scope === 'cookie' ? 'include' : 'same-origin'
    // Where scripts may not read the answer, only the element can play the URL, and finds out by itself.
    return sniffType(signedUrl, this.#life.signal, credentials).catch(() => '')
  }

  /** Loads what the source needs to be played. Resolves with a function that makes the engine's context. */
  async #preparePlayback(): Promise<(type: string) => EngineContext> {
    const { mediaOpener, onIntent, watchStalls } = await import('./playback.js')
    const { signature } = this
    const { signal } = this.#life
    const { player, options } = this.#settings
    const openMedia = await mediaOpener({ ...options, signature, client: this.#client })
    // Listening to a disposed player would keep it.
    signal.throwIfAborted()
    if (options.refreshOnIntent) onIntent(player, this.#claimed.tech, () => signature.anticipate(), signal)
    return (type) => ({
      ...this.#context(type),
      openMedia: (how) => {
        const media = openMedia(how)
        const { lacks } = media
        watchStalls({ player, signature, lacks, signal, isStarved: () => this.#isStarved() })
        this.#haveMedia(media)
        return media
      },
    })
  }

  #context(type: string): Omit<EngineContext, 'openMedia'> {
    const { videojs, player, options, warnings } = this.#settings
    const { resource, stats } = this.signature.settings
    return {
      videojs,
      player,
      tech: this.#claimed.tech,
      type,
      resource,
      signal: this.#life.signal,
      serviceWorker: options.serviceWorker,
      warn(message) {
        if (!warnings.has(message)) videojs.log?.warn(`signedUrl: ${message}`)
        warnings.add(message)
      },
      noteSwap(gapMs) {
        stats.swaps += 1
        stats.lastGapMs = gapMs
        stats.longestGapMs = Math.max(stats.longestGapMs, gapMs)
      },
      openMediaSource: () => this.#openMediaSource(),
      fail: (failure) => this.#fail(failure),
      recover: () => {
        const { player: shown } = this.#settings
        if (this.#failure && shown.error() === this.#failure) shown.error(null)
        this.#failure = null
      },
    }
  }

  #select(type: string): EngineName {
    const { options, loadHlsJs, videojs, player } = this.#settings
    const choice: EngineChoice = {
      engine: options.engine,
      type: bareType(type),
      hasHlsJs: loadHlsJs !== undefined,
      hasMediaSource: mediaSourceClass() !== undefined,
      hasVhs: videojs.Vhs !== undefined,
      wantsVhs: wantsVhs(videojs, player),
      hasKeySystems: this.#claimed.source.keySystems !== undefined,
    }
    const engine = selectEngine(choice)
    if (engine !== 'hls.js' || !isTooOld(loadHlsJs?.version)) return engine
    this.#obstacle = `hls.js ${loadHlsJs?.version} is on the page, and it takes 1.6 or newer to play HLS.`
    return selectEngine({ ...choice, hasHlsJs: false })
  }

  #openMediaSource(): MediaSource {
    return openMediaSource(this.#element, this.#settings.options.hls.preferManagedMediaSource, this.#life.signal)
  }

  /** Gives hls.js the element, in the turn of `player.src()`. */
  #takeElement(): MediaSource {
    const mediaSource = this.#openMediaSource()
    this.#isOpening = true
    this.#settings.player.one('loadstart', () => {
      this.#isOpening = false
      this.#updateFailures()
    })
    this.#trigger('sourceset', { src: this.signature.settings.resource })
    return mediaSource
  }

  /** A URL that the server signed into the page. Where it can't be used, the endpoint is asked. */
  #readSignedUrl(given: unknown): Answer | undefined {
    try {
      return readAnswer(given, this.#settings.rules)
    } catch (error) {
      if (error instanceof SignedUrlError) this.#trigger('signedurlfailed', { error, willRetry: true })
      return undefined
    }
  }

  /** With `preload="none"` nothing is requested before someone plays. */
  async #played(signal: AbortSignal): Promise<void> {
    const element = this.#element
    const { options_, waitToPlay_ } = this.#settings.player
    // Video.js plays 'muted', 'play' and 'any' itself, once it hears of a load, and so it does what the page asked for in the turn of `src()`.
    if (element.autoplay || options_?.autoplay || waitToPlay_ || !element.paused) return
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
    const { player } = this.#settings
    player.error({ code, ...(cause !== undefined && { cause: redactError(cause) }) })
    this.#failure = player.error()
  }
}

/** The page configured VHS for this player or for all, or hooked its requests. */
function wantsVhs({ Vhs, options }: VideoJs, player: SignedPlayer): boolean {
  const { vhs, hls } = player.options_?.html5 ?? {}
  // In Video.js 7, VHS also reads its older name.
  const configured = { ...options?.vhs, ...vhs, ...(options?.hls && { ...options.hls, ...hls }) }
  const { original, beforeRequest, _requestCallbackSet: requests, _responseCallbackSet: responses } = Vhs?.xhr ?? {}
  return Boolean(Object.keys(configured).length || !original || beforeRequest || requests?.size || responses?.size)
}
