import type { EngineContext } from '../engine.js'
import type { HlsClass, HlsInstance } from './hls-class.js'

/** What the parts of this engine share. */
export interface HlsSession extends EngineContext {
  readonly hls: HlsInstance
  readonly Hls: HlsClass
}
