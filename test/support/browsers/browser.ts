export type BrowserName = 'chromium' | 'firefox' | 'webkit'

/** Room for a player of 320 by 180 and what stands below it: without a graphics card each pixel costs the processor time. */
export const VIEWPORT = { width: 400, height: 300 }

export interface LaunchOptions {
  /** Leave the browser's own autoplay policy in force, so that sound needs a click. Without it any film may start. */
  gestureRequired?: boolean
  /** Firefox only: service workers end so long after their last event, whatever they are at. Its own patience is 30 s. */
  workersEndAfterMs?: number
}

/** What a page holds in memory. */
export interface Holdings {
  readonly heapBytes: number
  readonly listeners: number
  readonly nodes: number
}

/** One window of a fresh visitor: it shares no cookies, cache or service worker with other pages. */
export interface Page {
  /** Settles at the page's `load` event. */
  goto(url: string): Promise<void>
  /**
   * Runs an expression, or a function that uses nothing but its argument, in the page; waits for a promise it gives.
   * Argument and result pass as JSON. Never counts as a user's gesture.
   */
  evaluate<T, A = undefined>(script: string | ((arg: A) => T | Promise<T>), arg?: A): Promise<T>
  /** Waits for the element and clicks it as a user would: a trusted event, a real gesture. */
  click(selector: string): Promise<void>
  /** Chromium only: ends the service workers of the page's site, as the browser itself does for want of memory. */
  endWorkers?(): Promise<void>
  /** Chromium only: begins a reload past caches and service workers, as with Shift. */
  hardReload?(): Promise<void>
  /** Chromium only: what the page holds after a collection of garbage. */
  holdings?(): Promise<Holdings>
  resize(width: number, height: number): Promise<void>
  /** Writes a PNG. */
  screenshot(path: string): Promise<void>
  /** Console messages and uncaught errors so far, oldest first. Empty in WebKit, whose driver doesn't tell. */
  consoleText(): string[]
  close(): Promise<void>
}

export interface Browser {
  readonly name: BrowserName
  newPage(): Promise<Page>
  /** Closes its pages too. */
  close(): Promise<void>
}

/** The text of an expression that calls `script` with `arg`; one form that every driver accepts. */
export function toExpression<A>(script: string | ((arg: A) => unknown), arg?: A): string {
  if (typeof script === 'string') return script
  return `(${script})(${arg === undefined ? '' : JSON.stringify(arg)})`
}
