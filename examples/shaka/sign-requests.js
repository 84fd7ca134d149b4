import shaka from 'shaka-player'

const { RequestType } = shaka.net.NetworkingEngine
const KINDS = new Map([
  [RequestType.MANIFEST, 'playlist'],
  [RequestType.SEGMENT, 'segment'],
  [RequestType.KEY, 'key'],
])

/** Shaka pauses for a second before it repeats a refused request, which is longer than a small buffer lasts. Later pauses are longer: 0.3, 0.9 and 2.7 s. */
const RETRIES = { maxAttempts: 5, baseDelay: 100, backoffFactor: 3 }

/** Sends the requests of a Shaka Player to the current signed URL, and again after a refusal. */
export function signRequests(player, media) {
  player.configure({ manifest: { retryParameters: RETRIES }, streaming: { retryParameters: RETRIES } })
  /** By Shaka's request, which stays the same through all its attempts. */
  const calls = new WeakMap()
  const network = player.getNetworkingEngine()

  // Before each attempt.
  network.registerRequestFilter(async (type, request) => {
    if (!KINDS.has(type)) return
    if (!calls.has(request)) {
      const [url] = request.uris
      calls.set(request, { url, own: media.request(url, { kind: KINDS.get(type) }) })
    }
    const { own, verdict } = calls.get(request)
    await verdict
    request.uris = [await own.url()]
    request.allowCrossSiteCredentials = own.withCredentials
  })

  // Before the next attempt. An attempt that was aborted or timed out says nothing about the URL.
  player.addEventListener('downloadfailed', ({ request, error, httpResponseCode: status, aborted }) => {
    const call = calls.get(request)
    if (call && !aborted && error?.code !== shaka.util.Error.Code.OPERATION_ABORTED) {
      call.verdict = call.own.answered({ status })
    }
  })

  network.registerResponseFilter(async (type, response) => {
    const call = calls.get(response.originalRequest)
    if (!call) return
    const text = type === RequestType.MANIFEST ? new TextDecoder().decode(response.data) : undefined
    const verdict = await call.own.answered({ status: response.status, url: response.uri, text })
    // Relative links are resolved against the URL that Shaka asked for, which stays the same through all refreshes.
    response.originalUri = call.url
    response.uri = verdict.url ?? call.url
    if (verdict.text !== undefined) response.data = new TextEncoder().encode(verdict.text).buffer
  })
}
