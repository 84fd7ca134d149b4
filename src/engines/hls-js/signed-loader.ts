import type { HlsConfig, Loader, LoaderCallbacks, LoaderConfiguration, LoaderContext, LoaderStats } from 'hls.js'
import type { MediaRequests } from '../../core/media-requests.js'
import type { SignedRequests } from '../../core/signed-requests.js'

export type LoaderClass = new (config: HlsConfig) => Loader<LoaderContext>

/** What the loader asks of a film. */
export interface LoaderRequests extends Pick<MediaRequests, 'readPlaylist'> {
  of(url: string): FileRequests
}

/** For one file of it. */
export type FileRequests = Pick<
  SignedRequests,
  'resolve' | 'repair' | 'isRefusal' | 'isDeadPlaylist' | 'baseOf' | 'accepted' | 'now'
>

/** What a request of hls.js is, for all its tries. */
interface Call {
  readonly requests: FileRequests
  readonly context: LoaderContext
  readonly config: LoaderConfiguration
  readonly callbacks: LoaderCallbacks<LoaderContext>
}

/**
 * A hls.js loader that sends each request to the current signed URL, and the same request again after a refusal, with `Inner` doing the loading.
 *
 * hls.js learns neither of the wait nor of the refusal: its time-outs start when a request is really sent, and so does `stats.loading.start`, which its
 * bandwidth estimate and its abandon rule read. Responses keep the URL that hls.js asked for, so that relative links have one base through all refreshes.
 */
export function signedLoader(Inner: LoaderClass, film: LoaderRequests): LoaderClass {
  return class SignedLoader implements Loader<LoaderContext> {
    context: LoaderContext | null = null
    readonly stats: LoaderStats
    readonly #hlsConfig: HlsConfig
    readonly #end = new AbortController()
    #inner: Loader<LoaderContext>
    #callbacks: LoaderCallbacks<LoaderContext> | undefined

    constructor(config: HlsConfig) {
      this.#hlsConfig = config
      this.#inner = new Inner(config)
      this.stats = this.#inner.stats
    }

    load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
      this.context = context
      this.#callbacks = callbacks
      const requests = film.of(context.url)
      this.#send(requests.resolve(context.url, this.#end.signal), { requests, context, config, callbacks })
    }

    abort(): void {
      this.#stop()
      this.#callbacks?.onAbort?.(this.stats, this.context ?? NO_CONTEXT, null)
    }

    destroy(): void {
      this.#stop()
      this.#inner.destroy()
      this.#callbacks = undefined
      this.context = null
    }

    getCacheAge(): number | null {
      return this.#inner.getCacheAge?.() ?? null
    }

    getResponseHeader(name: string): string | null {
      return this.#inner.getResponseHeader?.(name) ?? null
    }

    #stop(): void {
      this.#end.abort()
      this.stats.aborted = true
      // The inner loader would call `onAbort` a second time.
      this.#inner.destroy()
    }

    #send(url: string | Promise<string>, call: Call): void {
      if (typeof url === 'string') {
        this.#sendTo(url, call)
        return
      }
      holdStart(this.stats)
      url.then(
        (resolved) => {
          if (!this.#end.signal.aborted) this.#sendTo(resolved, call)
        },
        // Only an end of the source or of this loader rejects: hls.js has asked for it, or is gone.
        () => {},
      )
    }

    #sendTo(sentUrl: string, call: Call): void {
      const { requests, context, config, callbacks } = call
      const sentAt = requests.now()
      this.#inner.stats = resetStats(this.stats)
      const { onProgress } = callbacks
      const inner = this.#inner
      // A page's own loader may call back from its `destroy()`, or late.
      const hasEnded = () => this.#end.signal.aborted || inner !== this.#inner
      const again = (status: number) => {
        this.#inner = new Inner(this.#hlsConfig)
        inner.destroy()
        this.#send(requests.repair(sentUrl, status, sentAt, this.#end.signal), call)
      }
      inner.load({ ...context, url: sentUrl }, config, {
        onSuccess: (response, stats, _context, details) => {
          if (hasEnded()) return
          const { data } = response
          if (typeof data === 'string' && requests.isDeadPlaylist(data, context.url, sentUrl)) return again(0)
          requests.accepted(sentUrl, sentAt, stats.loading.first - stats.loading.start)
          const told = { ...response, url: requests.baseOf(response.url, sentUrl, context.url) }
          if (typeof data === 'string') told.data = film.readPlaylist?.(data, told.url, context.url, sentUrl) ?? data
          callbacks.onSuccess(told, stats, context, details)
        },
        onError: (error, _context, details, stats) => {
          if (hasEnded()) return
          if (!requests.isRefusal(error.code, sentUrl)) return callbacks.onError(error, context, details, stats)
          again(error.code)
        },
        onTimeout: (stats, _context, details) => hasEnded() || callbacks.onTimeout(stats, context, details),
        ...(onProgress && {
          onProgress: (stats, _context, data, details) => onProgress(stats, context, data, details),
        }),
      })
    }
  }
}

const NO_CONTEXT: Readonly<LoaderContext> = {
  url: '',
  responseType: '',
  type: 'manifest' as LoaderContext['type'],
}

/** While a request waits for a URL it has not started: to anyone who subtracts `loading.start` from now, no time has passed. */
function holdStart({ loading }: LoaderStats): void {
  Object.defineProperty(loading, 'start', {
    configurable: true,
    enumerable: true,
    get: () => performance.now(),
    set: () => {},
  })
}

/** Stats as of a request that has not been sent; hls.js holds on to the object, so it stays the same one. */
function resetStats(stats: LoaderStats): LoaderStats {
  delete (stats.loading as { start?: number }).start
  Object.assign(stats.loading, { start: 0, first: 0, end: 0 })
  return Object.assign(stats, { aborted: false, loaded: 0, total: 0, retry: 0, chunkCount: 0, bwEstimate: 0 })
}
