import type { HlsConfig, Loader, LoaderCallbacks, LoaderConfiguration, LoaderContext, LoaderStats } from 'hls.js'
import type { FileKind } from '../../core/blame.js'
import { type MediaRequest, onVerdict, type Verdict } from '../../core/media-request.js'
import type { SignedMedia } from '../../core/signed-media.js'

export type LoaderClass = new (config: HlsConfig) => Loader<LoaderContext>

type Final = Exclude<Verdict, { again: true }>

/** One request of hls.js, for all its tries. */
interface Call {
  readonly request: MediaRequest
  readonly context: LoaderContext
  readonly config: LoaderConfiguration
  readonly callbacks: LoaderCallbacks<LoaderContext>
}

/**
 * A loader for hls.js that sends each request to the current signed URL, and again after a refusal. `Inner` does the loading.
 *
 * hls.js sees neither the wait nor the refusal: its time-outs begin when a request is really sent, and so does `stats.loading.start`, which its
 * bandwidth estimate and its abandon rule read.
 */
export function signedLoader(Inner: LoaderClass, media: Pick<SignedMedia, 'request'>): LoaderClass {
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
      // An ad's URL from a list of ads is passed on as it is written; the browser resolves a relative one against the page.
      const url = /^[a-z]+:/i.test(context.url) ? context.url : new URL(context.url, document.baseURI).href
      const request = media.request(url, { signal: this.#end.signal, kind: kindOf(context) })
      this.#send({ request, context, config, callbacks })
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

    #send(call: Call): void {
      const url = call.request.url()
      if (typeof url === 'string') {
        this.#sendTo(url, call)
        return
      }
      holdStart(this.stats)
      url.then(
        (resolved) => {
          if (!this.#end.signal.aborted) this.#sendTo(resolved, call)
        },
        // Rejects only when the source or this loader ends: hls.js has asked for that, or is gone.
        () => {},
      )
    }

    #sendTo(url: string, call: Call): void {
      const { request, context, config, callbacks } = call
      if (request.withCredentials) this.#replaceInner(withCookies(this.#hlsConfig))
      this.#inner.stats = resetStats(this.stats)
      const { onProgress } = callbacks
      const inner = this.#inner
      let delivered = false
      // A page's own loader may call back from its `destroy()`, or late.
      const hasEnded = () => this.#end.signal.aborted || inner !== this.#inner
      const sendAgain = () => {
        this.#replaceInner(this.#hlsConfig)
        this.#send(call)
      }
      /** `deliver` hands the answer to hls.js, unless the request has to be sent again. */
      const settle = (verdict: Verdict | Promise<Verdict>, deliver: (verdict: Final) => void) =>
        onVerdict(verdict, (settled) => {
          if (hasEnded()) return
          if (settled.again) sendAgain()
          else deliver(settled)
        })
      inner.load({ ...context, url }, config, {
        onSuccess: (response, stats, _context, details) => {
          if (hasEnded()) return
          const { data } = response
          const verdict = request.answered({
            status: response.code ?? 200,
            url: response.url,
            tookMs: stats.loading.first - stats.loading.start,
            text: typeof data === 'string' ? data : undefined,
          })
          settle(verdict, ({ url: readUrl, text }) => {
            const read = { ...response, url: readUrl, ...(text !== undefined && { data: text }) }
            callbacks.onSuccess(read, stats, context, details)
          })
        },
        onError: (error, _context, details, stats) => {
          if (hasEnded()) return
          settle(request.answered({ status: error.code, delivered }), ({ status: code }) =>
            callbacks.onError({ ...error, code }, context, details, stats),
          )
        },
        onTimeout: (stats, _context, details) => hasEnded() || callbacks.onTimeout(stats, context, details),
        ...(onProgress && {
          onProgress: (stats, _context, data, details) => {
            delivered ||= data !== null
            onProgress(stats, context, data, details)
          },
        }),
      })
    }

    #replaceInner(config: HlsConfig): void {
      const old = this.#inner
      this.#inner = new Inner(config)
      old.destroy()
    }
  }
}

/** hls.js's contexts differ by what they are for. */
function kindOf(context: LoaderContext): FileKind {
  if ('keyInfo' in context) return 'key'
  if ('frag' in context) return 'segment'
  return 'type' in context ? 'playlist' : 'file'
}

const NO_CONTEXT: Readonly<LoaderContext> = {
  url: '',
  responseType: '',
  type: 'manifest' as LoaderContext['type'],
}

/** hls.js's loaders call these before each request. */
function withCookies(config: HlsConfig): HlsConfig {
  const { xhrSetup, fetchSetup } = config
  return {
    ...config,
    xhrSetup(xhr, url, ...more) {
      xhr.withCredentials = true
      return xhrSetup?.call(this, xhr, url, ...more)
    },
    fetchSetup(context, init) {
      const sent = { ...init, credentials: 'include' as const }
      return fetchSetup?.call(this, context, sent) ?? new Request(context.url, sent)
    },
  }
}

/** While a request waits for a URL it has not started: whoever subtracts `loading.start` from now sees no time pass. */
function holdStart({ loading }: LoaderStats): void {
  Object.defineProperty(loading, 'start', {
    configurable: true,
    enumerable: true,
    get: () => performance.now(),
    set: () => {},
  })
}

/** The stats of a request that has not been sent, in the same object, because hls.js keeps a reference to it. */
function resetStats(stats: LoaderStats): LoaderStats {
  delete (stats.loading as { start?: number }).start
  Object.assign(stats.loading, { start: 0, first: 0, end: 0 })
  return Object.assign(stats, { aborted: false, loaded: 0, total: 0, retry: 0, chunkCount: 0, bwEstimate: 0 })
}
