import type { Part } from './coverage/part.js'
import type { Signature } from './signature.js'
import { linkedController, wait } from './wait.js'

/**
 * Whether the CDN serves a file now: requests its first byte, with the present credentials of `part`, and reads no body. False where it doesn't answer in time.
 * Rejects when the media ends. `signature`: the media's own.
 */
export async function isServedNow(askedUrl: string, part: Part | undefined, signature: Signature): Promise<boolean> {
  const { signal, settings } = signature
  const { coverage } = part ?? {}
  await part?.signature.ready({ signal })
  const { controller, release } = linkedController(signal)
  const ask = (headers: HeadersInit) =>
    fetch(coverage?.carry(askedUrl) ?? askedUrl, {
      headers,
      cache: 'no-store',
      credentials: coverage?.withCredentials ? 'include' : 'same-origin',
      signal: controller.signal,
    })
  try {
    // Older browsers ask the CDN first whether it allows the header (CORS), which it may not.
    const answered = ask({ Range: 'bytes=0-0' })
      .catch(() => ask({}))
      .catch(() => undefined)
    const late = wait(settings.retry.timeoutMs, controller.signal).then(() => undefined)
    const response = await Promise.race([answered, late])
    signal.throwIfAborted()
    return response?.ok ?? false
  } finally {
    controller.abort()
    release()
  }
}
