import { isHls } from '../engines/engine.js'
import type { LoadHlsJs } from '../engines/hls-js/load-hls-js.js'
import { mediaSourceClass } from '../engines/media-source.js'
import { bareType } from '../engines/media-type.js'
import { SignedUrlPlugin } from '../plugin.js'
import type { SignedUrlSource } from './signed-url-source.js'
import type { Html5TechClass, Middleware, PlayerSource, SignedPlayer, SourceHandler, VideoJs } from './types.js'

const NAME = 'signedUrl'
/** Of `HTMLMediaElement`. */
const NETWORK_NO_SOURCE = 3

type Marked = PlayerSource & SignedUrlSource

/** What marks a source. */
interface Claim {
  readonly plugin: SignedUrlPlugin
  /**
   * False when another `src()` of the same task is on its way. Video.js hands each of them on in a timer of its own, but `currentSources()` returns the list
   * of the last one from the start, until the source that is being handed on sets its own list.
   */
  isLatest(): boolean
}

/** The plugin as Video.js holds it; players that are made later take this loader. */
interface Registered {
  loadHlsJs: LoadHlsJs | undefined
}

/** Registers the plugin, its middleware and its source handler with a copy of Video.js. Later calls for the same copy only change the loader. */
export function register(videojs: VideoJs, loadHlsJs: LoadHlsJs | undefined, isOwnHls: boolean): void {
  const registered = videojs.getPlugin(NAME) as Registered | undefined
  if (registered) {
    if (isOwnHls) registered.loadHlsJs = loadHlsJs
    return
  }
  // An enumerable symbol marks a source: other middlewares' copies keep it, and Video.js leaves it out of `currentSource()`, which copies named keys only.
  const mark = Symbol(NAME)
  const plugins = new WeakMap<SignedPlayer, SignedUrlPlugin>()
  const playingUnsigned = new WeakSet<SignedPlayer>()

  const Html5 = videojs.getTech('Html5') as Html5TechClass
  Html5.registerSourceHandler(sourceHandler(mark, Html5, loadHlsJs !== undefined), 0)

  videojs.use(
    '*',
    (player: SignedPlayer): Middleware => ({
      // At once: signing here would lose the viewer's gesture, and let a late answer overtake a newer source.
      setSource(source: Marked, next) {
        const plugin = plugins.get(player)
        if (!plugin) playingUnsigned.add(player)
        if (!plugin?.claims(source)) return next(null, source)
        const sources = player.currentSources()
        const claim: Claim = { plugin, isLatest: () => player.currentSources() === sources }
        next(null, { ...source, [mark]: claim })
      },
    }),
  )

  function signedUrl(this: SignedPlayer, options: unknown): SignedUrlPlugin {
    const plugin = new SignedUrlPlugin(videojs, this, options, signedUrl.loadHlsJs)
    plugins.set(this, plugin)
    this.one('dispose', () => plugin.dispose())
    // As Video.js does for plugins that are classes: from now on the name returns the instance.
    this.signedUrl = () => plugin
    // Video.js does not set a `<source>` that the browser has chosen already, unless the network state says that the browser found none.
    if (this.tag?.querySelector('source')) this.tag.initNetworkState_ = NETWORK_NO_SOURCE
    const hasSource = playingUnsigned.has(this) || !this.changingSrc_
    const source = this.currentSource() as PlayerSource
    if (hasSource && source.src && plugin.claims(source)) this.src(this.currentSources())
    return plugin
  }
  signedUrl.loadHlsJs = loadHlsJs
  videojs.registerPlugin(NAME, signedUrl)
}

function sourceHandler(mark: symbol, Html5: Html5TechClass, hasHlsJs: boolean): SourceHandler {
  const claimOn = (source: PlayerSource) => source[mark] as Claim | undefined
  const handler: SourceHandler = {
    // The plugin doesn't change what can be played: the handlers behind this one answer.
    canPlayType: () => '',
    canHandleSource(source, options) {
      if (!claimOn(source)) return ''
      if (!source.type) return 'maybe'
      if (hasHlsJs && isHls(bareType(source.type)) && mediaSourceClass()) return 'probably'
      const plain = { src: source.src, type: source.type }
      const others = Html5.sourceHandlers.filter((other) => other !== handler)
      return others.map((other) => other.canHandleSource(plain, options)).find(Boolean) ?? ''
    },
    handleSource(source: Marked, tech, techOptions) {
      const claim = claimOn(source)
      return claim?.plugin.open({ source, tech, techOptions, isLatest: claim.isLatest() })
    },
  }
  return handler
}
