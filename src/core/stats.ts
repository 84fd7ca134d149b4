import type { SigningClient, SourceClient } from './signing/signing-client.js'

/** Counts and times since the source was set. */
export interface SourceStats {
  /** Signing requests sent, failed ones too. */
  signings: number
  /** Those that began because the viewer reached for the paused player (option `refreshOnIntent`). */
  anticipated: number
  /** URLs that replaced an older one. */
  refreshes: number
  /** Refreshes that reached the engine's requests without a swap. */
  seamlessRefreshes: number
  /** How often the native engine set the element's source again. */
  swaps: number
  /** From the last frame of the old source to the first frame of the new one, at the last swap, ms. */
  lastGapMs: number
  longestGapMs: number
  /** Media requests that the CDN refused. */
  refusals: number
  /** Signing requests that failed. */
  failures: number
  /** How long the last successful signing took, ms. */
  lastSigningMs: number
  /** How long all requests together waited for a fresh URL, ms. */
  waitedMs: number
}

export function noStats(): SourceStats {
  return {
    signings: 0,
    anticipated: 0,
    refreshes: 0,
    seamlessRefreshes: 0,
    swaps: 0,
    lastGapMs: 0,
    longestGapMs: 0,
    refusals: 0,
    failures: 0,
    lastSigningMs: 0,
    waitedMs: 0,
  }
}

/** `client` for one source: its requests are counted in `stats`. */
export function countSignings(client: SigningClient, stats: SourceStats): SourceClient {
  return {
    async request(request, signal) {
      stats.signings += 1
      const signing = await client.request(request, signal)
      stats.lastSigningMs = signing.receivedAt - signing.sentAt
      return signing
    },
    ask(request, signal, read) {
      stats.signings += 1
      return client.ask(request, signal, read)
    },
  }
}
