import { DASH } from '../../core/coverage/dash-format.js'
import type { SignedMedia } from '../../core/signed-media.js'
import type {
  Html5Tech,
  Html5TechClass,
  PlayerError,
  SignedPlayer,
  SourceHandlerInstance,
} from '../../video-js/types.js'
import type { Engine, EngineContext } from '../engine.js'
import { setNativeSrc } from '../media-source.js'
import { redactData } from './redact-data.js'
import { signedXhr, type VhsXhr } from './signed-xhr.js'

/** The name of VHS among the source handlers. */
const VHS = 'videojs-http-streaming'

/** VHS playing one source. Names that end in an underscore are private to VHS: each has a browser test that fails when it changes. */
interface VhsHandler extends SourceHandlerInstance {
  xhr: VhsXhr
  player_?: SignedPlayer
  playlistController_?: PlaylistController
  /** Its name in Video.js 7. */
  masterPlaylistController_?: PlaylistController
}

interface PlaylistController {
  error?: PlayerError | null
}

interface VhsTech extends Html5Tech {
  vhs?: VhsHandler
  src?(url: string): void
}

/**
 * Plays a source with the page's own VHS: DASH, and HLS on players that must keep VHS.
 * Every request of VHS goes through a façade over its `xhr`, which is put on at `xhr-hooks-ready`: VHS makes an `xhr` for each source and fires the event
 * before the first request. Versions without the event get it when they assign that `xhr`.
 */
export default class VhsEngine implements Engine {
  readonly #context: EngineContext
  readonly #techOptions: object
  #vhs: SourceHandlerInstance | undefined
  /** Where VHS leaves the type to the browser (Safari, unless the page overrides that). */
  #native: Engine | undefined

  constructor(context: EngineContext, techOptions: object) {
    this.#context = context
    this.#techOptions = techOptions
    const media = context.openMedia({ formats: [DASH] })
    media
      .start()
      .then((url) => this.#play(url, media))
      .catch((cause) => context.fail({ code: 4, cause }))
  }

  get isSeamless(): boolean {
    return this.#native ? (this.#native.isSeamless ?? false) : true
  }

  seekable(): TimeRanges | undefined {
    return (this.#vhs ?? this.#native)?.seekable?.()
  }

  duration(): number | undefined {
    return (this.#vhs ?? this.#native)?.duration?.()
  }

  isStarved(): boolean {
    return this.#native?.isStarved?.() ?? false
  }

  dispose(): void {
    this.#vhs?.dispose?.()
  }

  async #play(url: string, media: SignedMedia): Promise<void> {
    const { videojs, player, resource, type, signal } = this.#context
    if (signal.aborted) return
    const tech: VhsTech = this.#context.tech
    const { sourceHandlers } = videojs.getTech('Html5') as Html5TechClass
    // With what the page added to the source: key systems, credentials.
    const signed = { ...player.currentSource(), src: url, type }
    const handler = sourceHandlers.find(
      (candidate) => candidate.name === VHS && candidate.canHandleSource(signed, this.#techOptions),
    )
    if (!handler) {
      const { default: NativeEngine } = await import('../native/index.js')
      if (!signal.aborted) this.#native = new NativeEngine(this.#context)
      return
    }
    let isTaken = false
    const takeOver = () => {
      if (!tech.vhs) return
      isTaken = true
      tech.vhs.xhr = signedXhr(tech.vhs.xhr, media)
      tech.vhs.player_ = redacting(player)
    }
    player.one('xhr-hooks-ready', takeOver)
    // Video.js 7 and the first versions of 8 have neither hooks nor that event: they assign `xhr`, and send the first request.
    if (!videojs.Vhs?.xhr?.onRequest) onceAssigned(tech, 'vhs', (vhs) => vhs && onceAssigned(vhs, 'xhr', takeOver))
    // Past Video.js's own `src` property, which would put the blob's URL into `currentSource()` when one source is set twice in a row.
    const sourceset = { type: 'sourceset', src: resource }
    tech.src = (blobUrl) => {
      const element = tech.el()
      const wasPlaying = !element.paused
      setNativeSrc(element, blobUrl)
      // A load ends the `play()` for which the plugin has waited with `preload="none"`.
      if (wasPlaying) element.play().catch(() => {})
      player.trigger(sourceset)
    }
    // The viewer has played already, and VHS would wait for another `play`.
    if (tech.preload() === 'none') {
      tech.preload = () => 'auto'
      signal.addEventListener('abort', () => Reflect.deleteProperty(tech, 'preload'), { once: true })
    }
    try {
      this.#vhs = handler.handleSource(signed, tech, this.#techOptions)
    } finally {
      delete tech.src
      player.off('xhr-hooks-ready', takeOver)
    }
    if (!isTaken) takeOver()
    redactErrors(tech.vhs)
    this.#keepEarlyError(tech)
    // Of VHS's own making, or the element's where VHS ended the stream.
    const addCause = () => {
      const error = player.error()
      if (error && error.cause === undefined) Object.assign(error, { cause: new Error(media.describe()) })
    }
    player.on('error', addCause)
    signal.addEventListener('abort', () => player.off('error', addCause), { once: true })
  }

  /** Video.js forgets at `loadstart` what failed before it, as a login page does that was answered at once. */
  #keepEarlyError(tech: VhsTech): void {
    const { player, signal } = this.#context
    const show = () => {
      const error = controllerOf(tech.vhs)?.error
      if (error && !player.error()) player.error(error)
    }
    player.one('loadstart', show)
    signal.addEventListener('abort', () => player.off('loadstart', show), { once: true })
  }
}

/** The player as VHS sees it: URLs in the events that VHS triggers are redacted. */
function redacting(player: SignedPlayer): SignedPlayer {
  const trigger = (event: { type: string; metadata?: unknown }) =>
    player.trigger(event.metadata === undefined ? event : { ...event, metadata: redactData(event.metadata) })
  return new Proxy(player, {
    get: (target, name) => (name === 'trigger' ? trigger : Reflect.get(target, name)),
  })
}

function controllerOf(vhs: VhsHandler | undefined): PlaylistController | undefined {
  return vhs?.playlistController_ ?? vhs?.masterPlaylistController_
}

/** Calls `then` when `key` of `target` is next assigned, by which time it is a plain property again. */
function onceAssigned<T, K extends keyof T>(target: T, key: K, then: (value: T[K]) => void): void {
  const before = target[key]
  Object.defineProperty(target, key, {
    configurable: true,
    enumerable: true,
    get: () => before,
    set(value: T[K]) {
      Object.defineProperty(target, key, { configurable: true, enumerable: true, writable: true, value })
      then(value)
    },
  })
}

/** VHS keeps an error here, and passes to `player.error()` what it finds here later. */
function redactErrors(vhs: VhsHandler | undefined): void {
  const controller = controllerOf(vhs)
  if (!controller) return
  let shown: unknown = controller.error
  Object.defineProperty(controller, 'error', {
    configurable: true,
    enumerable: true,
    get: () => shown,
    set: (error: unknown) => {
      shown = redactData(error)
    },
  })
}
