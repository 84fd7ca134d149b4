import type { Html5TechClass, SourceHandlerInstance } from '../../video-js.js'
import type { Engine, EngineContext } from '../engine.js'

/**
 * Hands the signed URL to the page's own VHS, for DASH and for players that must keep VHS.
 * The URL is signed once, at the start: the film plays as long as that URL does.
 */
export default class VhsEngine implements Engine {
  #vhs: SourceHandlerInstance | undefined

  constructor({ videojs, source, tech, type, signal, fail }: EngineContext, techOptions: object) {
    const Html5 = videojs.getTech('Html5') as Html5TechClass
    source.start().then(
      (url) => {
        if (signal.aborted) return
        const signed = { src: url, type }
        const handler = Html5.sourceHandlers.find((candidate) => candidate.canHandleSource(signed, techOptions))
        if (handler) this.#vhs = handler.handleSource(signed, tech, techOptions)
        else fail({ code: 4 })
      },
      () => {},
    )
  }

  seekable(): TimeRanges | undefined {
    return this.#vhs?.seekable?.()
  }

  duration(): number | undefined {
    return this.#vhs?.duration?.()
  }

  dispose(): void {
    this.#vhs?.dispose?.()
  }
}
