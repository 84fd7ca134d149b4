import type { HlsConfig, Loader, LoaderCallbacks, LoaderConfiguration, LoaderContext, LoaderStats } from 'hls.js'

const timing = () => ({ start: 0, first: 0, end: 0 })

/** Stands in for hls.js's XHR loader, with its rules: used once, silent after `destroy()`. The test plays the server. */
export class FakeLoader implements Loader<LoaderContext> {
  /** All instances, in the order of their creation. */
  static made: FakeLoader[] = []

  context: LoaderContext | null = null
  stats: LoaderStats = {
    aborted: false,
    loaded: 0,
    retry: 0,
    total: 0,
    chunkCount: 0,
    bwEstimate: 0,
    loading: timing(),
    parsing: { start: 0, end: 0 },
    buffering: timing(),
  }
  config: LoaderConfiguration | undefined
  isDestroyed = false
  /** The headers of the server's answer. */
  headers: Record<string, string> = {}
  #callbacks: LoaderCallbacks<LoaderContext> | undefined

  constructor(readonly hlsConfig: HlsConfig) {
    FakeLoader.made.push(this)
  }

  /** The URL that the request was actually sent to. */
  get sentTo(): string | undefined {
    return this.context?.url
  }

  load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
    if (this.stats.loading.start) throw new Error('Loader can only be used once.')
    this.stats.loading.start = performance.now()
    this.context = context
    this.config = config
    this.#callbacks = callbacks
  }

  abort(): void {
    const callbacks = this.#callbacks
    this.destroy()
    if (this.context) callbacks?.onAbort?.(this.stats, this.context, null)
  }

  destroy(): void {
    this.#callbacks = undefined
    this.isDestroyed = true
  }

  getCacheAge(): number | null {
    return this.headers.age === undefined ? null : Number(this.headers.age)
  }

  getResponseHeader(name: string): string | null {
    return this.headers[name.toLowerCase()] ?? null
  }

  /** The first byte arrives. */
  firstByte(): void {
    this.stats.loading.first = performance.now()
  }

  progress(data: string): void {
    if (this.context) this.#callbacks?.onProgress?.(this.stats, this.context, data, null)
  }

  /** The whole answer arrives; `url` is where redirects ended. */
  succeed(data = '#EXTM3U', url = this.sentTo ?? ''): void {
    this.stats.loading.end = performance.now()
    this.stats.loaded = this.stats.total = data.length
    if (this.context) this.#callbacks?.onSuccess({ url, data, code: 200 }, this.stats, this.context, null)
  }

  fail(code: number): void {
    if (this.context) this.#callbacks?.onError({ code, text: '' }, this.context, null, this.stats)
  }

  timeOut(): void {
    if (this.context) this.#callbacks?.onTimeout(this.stats, this.context, null)
  }
}
