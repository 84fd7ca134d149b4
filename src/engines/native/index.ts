import type { Engine, EngineContext } from '../engine.js'
import { setNativeSrc } from '../media-source.js'

/**
 * Plays a source with the element itself. Nobody can rewrite or see the element's requests, so the URL is signed once, at the start:
 * the film plays as long as that URL does.
 */
export default class NativeEngine implements Engine {
  constructor({ source, tech, signal }: EngineContext) {
    source.start().then(
      (url) => {
        if (signal.aborted) return
        setNativeSrc(tech.el(), url)
      },
      () => {},
    )
  }

  dispose(): void {}
}
