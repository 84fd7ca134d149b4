/** How often a resource is signed anew at most because a viewer says that its URL is dead: nobody can get round the cache by saying so. */
const SHORTEST_USE_MS = 1_000
/** Enough for the videos watched at one time; an evicted one is simply signed again. */
const MAX_ENTRIES = 1000

/** What was signed, and until when others get the same, epoch ms: 0 for what is not shared. */
interface Shared<T> {
  readonly signed: T
  readonly sharedUntil: number
}

/** What is known of a URL that was signed for several viewers. Epoch ms. */
interface Shareable {
  readonly signedAt: number
  /** Infinity where it is unknown. */
  readonly expiresAt: number
}

/**
 * Whether one more viewer gets a URL. `forMs`: how long one may be shared. `reason`: why the viewer asks, in the endpoint's protocol.
 *
 * Past half of its life none gets it, however long `forMs` is: viewers who got the rest of a life would all be back within it, in the same seconds.
 */
export function isShareable({ signedAt, expiresAt }: Shareable, now: number, forMs: number, reason: string): boolean {
  const isDead = (reason === 'refused' || reason === 'expired') && now - signedAt >= SHORTEST_USE_MS
  return now < sharedUntil({ signedAt, expiresAt }, forMs) && !isDead
}

function sharedUntil({ signedAt, expiresAt }: Shareable, forMs: number): number {
  return signedAt + Math.min(forMs, (expiresAt - signedAt) / 2)
}

type Reuse<T> = (resource: string, reason: string, sign: () => Promise<T>) => Promise<Shared<T>>

/**
 * Remembers for `forMs`, or half of the URL's life, what was signed for a resource. This is an optimization: losing it costs one more signature.
 *
 * Concurrent requests share one `sign`. A failure, or what has expired by `expiryOf` (epoch ms), is not kept. A viewer whose URL has expired or
 * was refused by the CDN (`reason`) gets a new one, which all viewers then share; at most one a second for each resource.
 */
export function sharedUrls<T>(forMs: number, expiryOf: (signed: T) => number): Reuse<T> {
  const entries = new Map<string, { readonly signed: Promise<T>; readonly signedAt: number; expiresAt: number }>()

  return async (resource, reason, sign) => {
    if (!(forMs > 0)) return { signed: await sign(), sharedUntil: 0 }
    const kept = entries.get(resource)
    const now = Date.now()
    if (kept && isShareable(kept, now, forMs, reason)) {
      const signed = await kept.signed.catch(() => undefined)
      if (signed !== undefined && expiryOf(signed) > now) return { signed, sharedUntil: sharedUntil(kept, forMs) }
    }
    const entry = { signed: sign(), signedAt: now, expiresAt: Number.POSITIVE_INFINITY }
    entries.delete(resource)
    entries.set(resource, entry)
    const oldest = entries.size > MAX_ENTRIES ? entries.keys().next().value : undefined
    if (oldest !== undefined) entries.delete(oldest)
    const forget = () => {
      if (entries.get(resource) === entry) entries.delete(resource)
    }
    try {
      const signed = await entry.signed
      entry.expiresAt = expiryOf(signed)
      const isKept = entry.expiresAt > Date.now()
      if (!isKept) forget()
      return { signed, sharedUntil: isKept ? sharedUntil(entry, forMs) : 0 }
    } catch (error) {
      forget()
      throw error
    }
  }
}
