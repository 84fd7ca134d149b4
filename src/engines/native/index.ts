import type { Engine, EngineContext } from '../engine.js'
import { setNativeSrc } from '../media-source.js'

/**
 * Plays a source with the element itself. Nobody can rewrite or see the element's requests, so the URL is signed once, at the start:
 * the film plays as long as that URL does.
 */
export class NativeEngine implements Engine {
  constructor({ source, tech, signal, fail }: EngineContext) {
    source.start().then(
      (url) => {
        if (signal.aborted) return
        setNativeSrc(tech.el(), url)
        tech.el().addEventListener('error', () => fail({ code: tech.el().error?.code ?? 4 }), { signal })
      },
      () => {},
    )
  }

  dispose(): void {}
}
