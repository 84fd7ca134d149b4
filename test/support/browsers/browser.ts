export type BrowserName = 'chromium' | 'firefox' | 'webkit'

/** Fits a player of 320 by 180 and what is below it. Without a GPU each pixel costs CPU time. */
export const VIEWPORT = { width: 400, height: 300 }

export interface LaunchOptions {
  /** Keeps the browser's own autoplay policy, so that sound needs a click. Without it any video may start. */
  gestureRequired?: boolean
  /** Firefox only: service workers end this long after their last event, even while they work. Firefox's default is 30 s. */
  workersEndAfterMs?: number
  /** Chromium only: pages that are left stay in the back-forward cache, which Playwright switches off. */
  keepsPages?: boolean
}

/** What a page holds in memory. */
export interface Holdings {
  readonly heapBytes: number
  readonly listeners: number
  readonly nodes: number
}

/** A window of a new visitor, which shares no cookies, cache or service worker with other pages. */
export interface Page {
  /** Settles at the page's `load` event. */
  goto(url: string): Promise<void>
  /**
   * Runs an expression in the page, or a function that uses nothing but its argument, and awaits its result.
   * Argument and result pass as JSON. Never counts as a user gesture.
   */
  evaluate<T, A = undefined>(script: string | ((arg: A) => T | Promise<T>), arg?: A): Promise<T>
  /** Waits for the element and clicks it as a user would: a trusted event, a real gesture. */
  click(selector: string): Promise<void>
  /** Chromium only: presses a key, such as `Tab` or `Shift+Tab`, where the focus is. */
  press?(key: string): Promise<void>
  /** Chromium only: ends the service workers of the page's site, as the browser itself does when it lacks memory. */
  endWorkers?(): Promise<void>
  /** Chromium only: starts a reload that bypasses caches and service workers, as with Shift. */
  hardReload?(): Promise<void>
  /** Chromium only: freezes the page, as a device that sleeps does, or wakes it. */
  freeze?(isFrozen: boolean): Promise<void>
  /** Chromium only: cuts the page and its workers off from the network. */
  setOffline?(isOffline: boolean): Promise<void>
  /** Chromium only: what the page holds after garbage collection. */
  holdings?(): Promise<Holdings>
  resize(width: number, height: number): Promise<void>
  /** Writes a PNG. */
  screenshot(path: string): Promise<void>
  /** Console messages and uncaught errors so far, oldest first. Empty in WebKit, whose driver doesn't report them. */
  consoleText(): string[]
  close(): Promise<void>
}

export interface Browser {
  readonly name: BrowserName
  newPage(): Promise<Page>
  /** Closes its pages too. */
  close(): Promise<void>
}

/** Returns an expression that calls `script` with `arg`, in a form that every driver accepts. */
export function toExpression<A>(script: string | ((arg: A) => unknown), arg?: A): string {
  if (typeof script === 'string') return script
  return `(${script})(${arg === undefined ? '' : JSON.stringify(arg)})`
}
