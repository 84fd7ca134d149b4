import { DASH_TYPE, isHls } from './engine.js'

export type EngineName = 'hls.js' | 'vhs' | 'native'
export type EngineOption = 'auto' | EngineName

/**
 * Whether hls.js in this version can't play for the plugin: before 1.6 it takes no MediaSource from outside. A copy without a version, or with one that is no number,
 * is the page's own build, and counts as new.
 */
export function isTooOld(version: string | undefined): boolean {
  return version !== undefined && version.localeCompare('1.6', 'en', { numeric: true }) < 0
}

/** What the choice of an engine depends on. */
export interface EngineChoice {
  readonly engine: EngineOption
  /** Lower case, without parameters; undefined when unknown. */
  readonly type: string | undefined
  /** The package can import hls.js, or the page brought it, in a version that can be used. */
  readonly hasHlsJs: boolean
  readonly hasMediaSource: boolean
  readonly hasVhs: boolean
  /** The page configured VHS (`html5.vhs`) or hooked its requests: it means to have it. */
  readonly wantsVhs: boolean
  /** The source names DRM key systems, which videojs-contrib-eme serves through VHS. */
  readonly hasKeySystems: boolean
}

/** HLS by hls.js unless the page means to have VHS; DASH by VHS; everything else by the element. */
export function selectEngine(choice: EngineChoice): EngineName {
  const { engine, type, hasHlsJs, hasMediaSource, hasVhs, wantsVhs, hasKeySystems } = choice
  const vhs: EngineName = hasVhs ? 'vhs' : 'native'
  if (type === undefined || (!isHls(type) && type !== DASH_TYPE)) return 'native'
  if (type === DASH_TYPE) return vhs
  if (!hasMediaSource && engine !== 'vhs') return 'native'
  if (engine === 'hls.js') return hasHlsJs ? 'hls.js' : vhs
  if (engine !== 'auto') return engine
  return hasHlsJs && !(hasVhs && (wantsVhs || hasKeySystems)) ? 'hls.js' : vhs
}
