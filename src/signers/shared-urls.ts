/** Enough for the videos watched at one time; an evicted one is simply signed again. */
const MAX_ENTRIES = 1000

type Reuse<T> = (resource: string, reason: string, sign: () => Promise<T>) => Promise<T>

/**
 * Remembers for `forMs` what was signed for a resource. This is an optimization: losing it costs one more signature.
 *
 * Concurrent requests share one `sign`. A failure, or a URL that `isAlive` rejects, is not kept. A viewer whose URL has expired or
 * was refused by the CDN (`reason`, which only POST sends) gets a new one, which all viewers then share.
 */
export function sharedUrls<T>(forMs: number, isAlive: (signed: T) => boolean): Reuse<T> {
  const entries = new Map<string, { signed: Promise<T>; until: number }>()

  return async (resource, reason, sign) => {
    if (!(forMs > 0)) return sign()
    const kept = entries.get(resource)
    if (kept && Date.now() < kept.until && reason !== 'refused' && reason !== 'expired') {
      const signed = await kept.signed.catch(() => undefined)
      if (signed !== undefined && isAlive(signed)) return signed
    }
    const entry = { signed: sign(), until: Date.now() + forMs }
    entries.delete(resource)
    entries.set(resource, entry)
    const oldest = entries.size > MAX_ENTRIES ? entries.keys().next().value : undefined
    if (oldest !== undefined) entries.delete(oldest)
    const forget = () => {
      if (entries.get(resource) === entry) entries.delete(resource)
    }
    try {
      const signed = await entry.signed
      if (!isAlive(signed)) forget()
      return signed
    } catch (error) {
      forget()
      throw error
    }
  }
}
