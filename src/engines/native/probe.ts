/**
 * What the CDN answers to the URL now: its status, or 0 where the browser hides it (no CORS headers, no network).
 * The element tells no status. One byte by GET: a signature for GET often covers no HEAD. With `hasCookie` that goes along.
 */
export async function probe(
  url: string,
  element: HTMLVideoElement,
  signal: AbortSignal,
  hasCookie = false,
): Promise<number> {
  const credentials = hasCookie || element.crossOrigin === 'use-credentials' ? 'include' : 'same-origin'
  try {
    const headers = { Range: 'bytes=0-0' }
    const response = await fetch(url, { headers, credentials, cache: 'no-store', signal })
    await response.body?.cancel()
    return response.status
  } catch {
    signal.throwIfAborted()
    return 0
  }
}
