/** How often a resource is signed anew at most because a viewer says that its URL is dead: nobody can get round the cache by saying so. */
const SHORTEST_USE_MS = 1_000
/** Enough for the videos watched at one time; an evicted one is simply signed again. */
const MAX_ENTRIES = 1000

/** What was signed, and until when others get the same, epoch ms: 0 for what is not shared. */
interface Shared<T> {
  readonly signed: T
  readonly sharedUntil: number
}

type Reuse<T> = (resource: string, reason: string, sign: () => Promise<T>) => Promise<Shared<T>>

/**
 * Remembers for `forMs` what was signed for a resource. This is an optimization: losing it costs one more signature.
 *
 * Concurrent requests share one `sign`. A failure, or a URL that `isAlive` rejects, is not kept. A viewer whose URL has expired or
 * was refused by the CDN (`reason`) gets a new one, which all viewers then share; at most one a second for each resource.
 */
export function sharedUrls<T>(forMs: number, isAlive: (signed: T) => boolean): Reuse<T> {
  const entries = new Map<string, { signed: Promise<T>; at: number }>()

  return async (resource, reason, sign) => {
    if (!(forMs > 0)) return { signed: await sign(), sharedUntil: 0 }
    const kept = entries.get(resource)
    const now = Date.now()
    const isDead = (reason === 'refused' || reason === 'expired') && now - (kept?.at ?? 0) >= SHORTEST_USE_MS
    if (kept && now - kept.at < forMs && !isDead) {
      const signed = await kept.signed.catch(() => undefined)
      if (signed !== undefined && isAlive(signed)) return { signed, sharedUntil: kept.at + forMs }
    }
    const entry = { signed: sign(), at: now }
    entries.delete(resource)
    entries.set(resource, entry)
    const oldest = entries.size > MAX_ENTRIES ? entries.keys().next().value : undefined
    if (oldest !== undefined) entries.delete(oldest)
    const forget = () => {
      if (entries.get(resource) === entry) entries.delete(resource)
    }
    try {
      const signed = await entry.signed
      const isKept = isAlive(signed)
      if (!isKept) forget()
      return { signed, sharedUntil: isKept ? now + forMs : 0 }
    } catch (error) {
      forget()
      throw error
    }
  }
}
