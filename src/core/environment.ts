/** What the core has to know about the page, without touching it. */
export interface Environment {
  /** Resolves when a signing request may be sent: online, and for retries not both hidden and paused. Rejects when the signal aborts. */
  whenReady(isRetry: boolean, signal: AbortSignal): Promise<void>
  isOnline(): boolean
  random(): number
}
