import type { Part } from './coverage/part.js'
import type { Signature } from './signature.js'
import { inTime } from './wait.js'

/**
 * Whether the CDN serves a file now: requests its first byte, with the present credentials of `part`, and reads no body. False where it doesn't answer in time.
 * Rejects when the media ends. `signature`: the media's own.
 */
export async function isServedNow(askedUrl: string, part: Part | undefined, signature: Signature): Promise<boolean> {
  const { signal, settings } = signature
  const { coverage } = part ?? {}
  await part?.signature.ready({ signal })
  const response = await inTime({ timeoutMs: settings.retry.timeoutMs, signal, late: () => undefined }, (limit) => {
    const ask = (headers: HeadersInit) =>
      fetch(coverage?.carry(askedUrl) ?? askedUrl, {
        headers,
        cache: 'no-store',
        credentials: coverage?.withCredentials ? 'include' : 'same-origin',
        signal: limit,
      })
    // Older browsers ask the CDN first whether it allows the header (CORS), which it may not.
    return ask({ Range: 'bytes=0-0' })
      .catch(() => ask({}))
      .catch(() => undefined)
  })
  signal.throwIfAborted()
  return response?.ok ?? false
}
