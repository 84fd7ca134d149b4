/*
 * The parts of Video.js that the plugin uses and that its types leave out or declare as `any`.
 * Names that end in an underscore are private to Video.js: each has a browser test that fails when it changes.
 */

/** Any copy of Video.js 7 or 8 that a page passes: `video.js`, `video.js/core`, a script tag's. Structural, whatever types that copy has. */
export interface VideoJsCopy {
  use(type: string, factory: never): void
  registerPlugin(name: string, plugin: never): unknown
  getPlugin(name: string): unknown
  getTech(name: string): unknown
}

/** The `videojs` function as a namespace. */
export interface VideoJs extends VideoJsCopy {
  options?: {
    vhs?: object
    /** Video.js 7 only. */
    hls?: object
  }
  /** Present where VHS is part of the build. */
  Vhs?: {
    xhr?: {
      /** Missing when the page has replaced the function by its own. */
      original?: boolean
      /** The older hook: deprecated, and still called. */
      beforeRequest?: unknown
      /** Missing before hooks were part of VHS. */
      onRequest?: unknown
      _requestCallbackSet?: Set<unknown>
      _responseCallbackSet?: Set<unknown>
    }
  }
  use(type: string, factory: (player: SignedPlayer) => Middleware): void
  registerPlugin(name: string, plugin: unknown): unknown
  getPlugin(name: string): unknown
  getTech(name: string): unknown
  log?: { warn(message: string): void }
  time?: { createTimeRanges(ranges: number[][]): TimeRanges }
  AudioTrack: new (options: AudioTrackOptions) => AudioTrackLike
}

export interface Middleware {
  setSource(source: PlayerSource, next: (error: null, source: PlayerSource) => void): void
}

/** A source as a page sets it. */
export interface PlayerSource {
  readonly src: string
  readonly type?: string | undefined
  readonly [extra: string | symbol]: unknown
}

export interface SourceHandlerInstance {
  dispose?(): void
  seekable?(): TimeRanges
  duration?(): number
}

export interface SourceHandler {
  readonly name?: string
  canPlayType(type: string): string
  canHandleSource(source: PlayerSource, options: object): string
  handleSource(source: PlayerSource, tech: Html5Tech, options: object): SourceHandlerInstance | undefined
}

/** The element of a tech. */
export type TechElement = HTMLVideoElement & {
  /** While Video.js waits for the first source: ends that. */
  resetSourceWatch_?: (() => void) | null
}

/** The Html5 tech of one player. */
export interface Html5Tech {
  el(): TechElement
  preload(): string
  load?(): void
  trigger(type: string): void
  on(types: string | string[], listener: Listener): void
  off(types: string | string[], listener: Listener): void
  overrideNativeAudioTracks?(override: boolean): void
  /** Safari: text tracks are the element's own. */
  featuresNativeTextTracks?: boolean
}

export interface Html5TechClass {
  sourceHandlers: SourceHandler[]
  registerSourceHandler(handler: SourceHandler, index: number): void
}

/** A list of tracks as Video.js emulates it: `change` fires for modes and for `enabled`. */
export interface TrackList<T> {
  readonly length: number
  [index: number]: T
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

export interface AudioTrackOptions {
  readonly id: string
  readonly kind: string
  readonly label: string
  readonly language: string
  readonly enabled: boolean
}

export interface AudioTrackLike {
  readonly id: string
  enabled: boolean
}

export interface AudioTrackListLike extends TrackList<AudioTrackLike> {
  addTrack(track: AudioTrackLike): void
  removeTrack(track: AudioTrackLike): void
}

/** What `player.qualityLevels()` takes; `enabled` reads without and writes with an argument. */
export interface QualityRepresentation {
  readonly id: string
  readonly label?: string
  readonly width: number | undefined
  readonly height: number | undefined
  readonly bandwidth: number
  readonly frameRate: number | undefined
  enabled(enable?: boolean): boolean
}

export interface QualityLevelListLike {
  readonly length: number
  selectedIndex_: number
  addQualityLevel(representation: QualityRepresentation): object
  removeQualityLevel(level: object): void
  trigger(event: { type: string; selectedIndex: number }): void
}

/** What `player.error()` gives and takes. */
export interface PlayerError {
  readonly code: number
  readonly message?: string
  readonly metadata?: { readonly errorType?: string }
  readonly cause?: unknown
}

/** The modal in which Video.js shows `player.error()`. A page may have put a component of its own in its place. */
export interface ErrorDisplayLike {
  el(): Element
  fillWith?(content: Element): void
  one(type: string, listener: () => void): void
}

/** A `<track>` element, or Video.js's imitation of one. */
export interface RemoteTextTrack {
  readonly track: TextTrack
  addEventListener(type: string, listener: () => void): void
}

/** An event of a player or a tech. */
export interface PlayerEvent {
  readonly type: string
  /** Of `sourceset`. */
  readonly src?: string
  stopImmediatePropagation(): void
}

type Listener = (event: PlayerEvent) => void

/** A Video.js player, as far as the plugin needs one. */
export interface SignedPlayer {
  el(): HTMLElement
  src(source: PlayerSource | PlayerSource[]): void
  currentSource(): PlayerSource | Record<string, never>
  currentSources(): PlayerSource[]
  error(): PlayerError | null
  error(error: PlayerError | null): void
  localize(text: string): string
  /** Missing where the page turned it off. */
  errorDisplay?: ErrorDisplayLike
  trigger(event: { type: string }): void
  on(types: string | string[], listener: Listener): void
  off(types: string | string[], listener: Listener): void
  one(type: string, listener: () => void): void
  play(): Promise<void> | undefined
  paused(): boolean
  currentTime(): number
  audioTracks(): AudioTrackListLike
  textTracks(): TrackList<TextTrack>
  addRemoteTextTrack(options: TextTrackOptions, manualCleanup: boolean): RemoteTextTrack | undefined
  options_?: { html5?: { vhs?: object; hls?: object }; autoplay?: boolean | string }
  /** Between `src()` and the moment when a source handler has it. */
  changingSrc_?: boolean
  /** A `play()` that Video.js has put off until the next `loadstart`. */
  waitToPlay_?: unknown
  signedUrl(options?: unknown): unknown
  /** The element that the player is made of, until the tech has it; its network state as the page had it. */
  tag?: (HTMLMediaElement & { initNetworkState_?: number }) | null
  /** Takes back the fall-through to the next of several sources. */
  resetRetryOnError_?(): void
  // What other plugins add.
  ads?: { isInAdMode?(): boolean; inAdBreak?(): boolean }
  qualityLevels?(): QualityLevelListLike
}

export interface TextTrackOptions {
  readonly kind: string
  readonly label: string
  readonly language: string
  readonly default?: boolean
}
