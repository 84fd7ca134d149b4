import type { Engine, EngineContext } from '../engines/engine.js'
import type { LoadHlsJs } from '../engines/hls-js/load-hls-js.js'
import { mediaSourceClass } from '../engines/media-source.js'
import { bareType } from '../engines/media-type.js'
import { type EngineChoice, type EngineName, isTooOld, selectEngine } from '../engines/select-engine.js'
import type { ResolvedOptions } from '../options.js'
import type { PlayerSource, SignedPlayer, VideoJs } from './types.js'

/** What the choice of an engine depends on, besides the source. */
interface EngineSettings {
  readonly videojs: VideoJs
  readonly player: SignedPlayer
  readonly options: Pick<ResolvedOptions, 'engine' | 'hls'>
  readonly loadHlsJs: LoadHlsJs | undefined
}

export interface ChosenEngine {
  readonly engine: EngineName
  /** Why hls.js doesn't play the source. */
  readonly obstacle?: string
}

/** What an engine gets of the tech. */
interface TechParts {
  readonly techOptions: object
  /** The element's, if hls.js has been given it already; otherwise a new one. */
  mediaSource(): MediaSource
}

export type StartEngine = (context: EngineContext, parts: TechParts) => Engine

/** The engine for a source of this media type. */
export function chooseEngine(settings: EngineSettings, { keySystems }: PlayerSource, type: string): ChosenEngine {
  const { options, loadHlsJs, videojs, player } = settings
  const choice: EngineChoice = {
    engine: options.engine,
    type: bareType(type),
    hasHlsJs: loadHlsJs !== undefined,
    hasMediaSource: mediaSourceClass() !== undefined,
    hasVhs: videojs.Vhs !== undefined,
    wantsVhs: wantsVhs(videojs, player),
    hasKeySystems: keySystems !== undefined,
  }
  const engine = selectEngine(choice)
  if (engine !== 'hls.js' || !isTooOld(loadHlsJs?.version)) return { engine }
  const obstacle = `hls.js ${loadHlsJs?.version} is on the page, and it takes 1.6 or newer to play HLS.`
  return { engine: selectEngine({ ...choice, hasHlsJs: false }), obstacle }
}

/** Loads an engine's code, once for the page. */
export async function loadEngine(engine: EngineName, { options, loadHlsJs }: EngineSettings): Promise<StartEngine> {
  if (engine === 'hls.js' && loadHlsJs) {
    const { Hls, HlsJsEngine } = await loadHlsJs()
    return (context, parts) => new HlsJsEngine(context, Hls, options.hls, parts.mediaSource())
  }
  if (engine === 'vhs') {
    const { default: VhsEngine } = await import('../engines/vhs/index.js')
    return (context, { techOptions }) => new VhsEngine(context, techOptions)
  }
  const { default: NativeEngine } = await import('../engines/native/index.js')
  return (context) => new NativeEngine(context)
}

/** Loads what every engine needs, once for the page. */
export const loadPlayback = () => import('./playback.js')

/** The page configured VHS for this player or for all, or hooked its requests. */
function wantsVhs({ Vhs, options }: VideoJs, player: SignedPlayer): boolean {
  const { vhs, hls } = player.options_?.html5 ?? {}
  // In Video.js 7, VHS also reads its older name.
  const configured = { ...options?.vhs, ...vhs, ...(options?.hls && { ...options.hls, ...hls }) }
  const { original, beforeRequest, _requestCallbackSet: requests, _responseCallbackSet: responses } = Vhs?.xhr ?? {}
  return Boolean(Object.keys(configured).length || !original || beforeRequest || requests?.size || responses?.size)
}
