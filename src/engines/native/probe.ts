/**
 * Returns the CDN's current status for the URL, which the element doesn't expose; 0 where the browser hides it (no CORS headers, no network).
 * Requests one byte with GET, because a signature for GET often doesn't cover HEAD. With `hasCookie` the request carries cookies.
 */
export async function probe(
  url: string,
  element: Pick<HTMLVideoElement, 'crossOrigin'>,
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
