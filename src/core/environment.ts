/** What the core has to know of the page, without touching it. */
export interface Environment {
  /** Resolves when a signing request may go out: online, and for repeats not both hidden and paused. Rejects when the signal aborts. */
  whenReady(isRepeat: boolean, signal: AbortSignal): Promise<void>
  isOnline(): boolean
  random(): number
}
