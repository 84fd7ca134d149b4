import type { LoaderCallbacks, LoaderConfiguration, LoaderContext } from 'hls.js'
import type { EarlyAnswer, EarlyPlaylist } from './early-playlist.js'
import type { LoaderClass } from './signed-loader.js'

/** `Inner`, whose first request for the playlist that was requested early gets that answer. Where it doesn't come in time, `Inner` sends its own request. */
export function earlyLoader(Inner: LoaderClass, early: Promise<EarlyPlaylist>): LoaderClass {
  let waiting: EarlyPlaylist | undefined
  early.then(
    (playlist) => {
      waiting = playlist
    },
    () => {},
  )
  return class EarlyLoader extends Inner {
    #hasEnded = false

    override load(
      context: LoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      const taken = waiting?.url === context.url && !context.rangeEnd ? waiting : undefined
      if (!taken) {
        super.load(context, config, callbacks)
        return
      }
      waiting = undefined
      this.context = context
      const timer = setTimeout(() => this.#loadItself(context, config, callbacks), config.loadPolicy.maxLoadTimeMs)
      taken.answer.then(
        (answer) => {
          clearTimeout(timer)
          if (!this.#hasEnded) this.#deliver(answer, context, callbacks)
        },
        () => {
          clearTimeout(timer)
          this.#loadItself(context, config, callbacks)
        },
      )
    }

    override abort(): void {
      this.#hasEnded = true
      super.abort()
    }

    override destroy(): void {
      this.#hasEnded = true
      super.destroy()
    }

    #loadItself(...given: Parameters<InstanceType<LoaderClass>['load']>): void {
      if (this.#hasEnded) return
      this.#hasEnded = true
      super.load(...given)
    }

    #deliver(
      { response, text, start, first, end }: EarlyAnswer,
      context: LoaderContext,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      this.#hasEnded = true
      const { stats } = this
      Object.assign(stats.loading, { start, first, end })
      Object.assign(stats, { loaded: text.length, total: text.length })
      const { ok, status: code, statusText, url } = response
      if (ok) callbacks.onSuccess({ url, data: text, code }, stats, context, response)
      else callbacks.onError({ code, text: statusText }, context, response, stats)
    }
  }
}
