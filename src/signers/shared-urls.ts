/** The shortest time between two signatures of a resource that are made because a viewer reports a dead URL. Otherwise anyone could bypass the cache by reporting one. */
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
 * Who asks while a resource is being signed shares the outcome, good or bad, whatever the reason. A failure, or what has expired by `expiryOf` (epoch ms), is not
 * kept. A viewer whose URL has expired or was refused by the CDN (`reason`) gets a new one, which all viewers then share; at most one a second for each resource.
 */
export function sharedUrls<T>(forMs: number, expiryOf: (signed: T) => number): Reuse<T> {
  const kept = new Map<string, Shareable & { readonly signed: T }>()
  const signing = new Map<string, Promise<Shared<T>>>()

  const signFor = async (resource: string, sign: () => Promise<T>): Promise<Shared<T>> => {
    const signedAt = Date.now()
    const signed = await sign()
    const entry = { signed, signedAt, expiresAt: expiryOf(signed) }
    if (entry.expiresAt <= Date.now()) return { signed, sharedUntil: 0 }
    kept.set(resource, entry)
    const oldest = kept.size > MAX_ENTRIES ? kept.keys().next().value : undefined
    if (oldest !== undefined) kept.delete(oldest)
    return { signed, sharedUntil: sharedUntil(entry, forMs) }
  }

  return async (resource, reason, sign) => {
    if (!(forMs > 0)) return { signed: await sign(), sharedUntil: 0 }
    const others = signing.get(resource)
    if (others) return others
    const last = kept.get(resource)
    if (last && isShareable(last, Date.now(), forMs, reason)) {
      return { signed: last.signed, sharedUntil: sharedUntil(last, forMs) }
    }
    kept.delete(resource)
    const ours = signFor(resource, sign).finally(() => signing.delete(resource))
    signing.set(resource, ours)
    return ours
  }
}
