/** Enough for the films on show at one time; an older one is just signed again. */
const MAX_ENTRIES = 1000

type Reuse<T> = (resource: string, reason: string, sign: () => Promise<T>) => Promise<T>

/**
 * Remembers what was signed for a resource for `forMs`, as an optimisation: losing it costs one more signature.
 *
 * Requests at the same moment join one `sign`. A failure, or what `isAlive` says no to, is not kept. A viewer whose URL the
 * CDN refused or let expire (as its `reason` says; only POST tells) gets a new one, which is then everyone's.
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
