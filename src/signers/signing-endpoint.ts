import { checkExpiresAt, checkText } from './checks.js'
import { sharedUrls } from './shared-urls.js'

/** What `sign` returns: the URL alone, or with its expiry in whole Unix seconds, its MIME type where the extension does not show it, and the path prefix that it opens where that is more than its folder. */
export type SignedUrl = string | { url: string; expiresAt: number; type?: string; covers?: string }

export interface SigningEndpointOptions {
  /** Signs a video; null or undefined means that there is no such video. The request shows who is asking; its body has already been read. */
  sign: (resource: string, request: Request) => Answer<SignedUrl | null | undefined>
  /** Whether this request may see the video. Only `true` allows it; a Response (401, 402, a redirect) is sent unchanged. */
  authorize: (request: Request, resource: string) => Answer<boolean | Response>
  /**
   * How long a resource keeps the same URL, so that viewers share it and CDNs can cache. Default: 0, never.
   * At most half the lifetime of the URLs, where `sign` says when they expire. Watch out: don't use it with a `sign` that binds the URL to a viewer or an address.
   */
  cacheForMs?: number
}

type Answer<T> = T | Promise<T>
type RequestedResources = { resource: string; reason: string } | { resources: string[]; reason: string }

/** No player requests more files than a playlist has. */
const MAX_BATCH = 1000

/**
 * Creates the signing endpoint: a Web-standard handler that speaks the plugin's protocol.
 *
 * `GET ?resource=…` (with `&reason=refused` after the CDN refused a URL), `POST {"resource", "reason"}`, and batches: `POST {"resources", "reason"}` → `{"urls"}` in the same order, with null
 * for a denied resource. Answers JSON with `Cache-Control: no-store`: 200 `{url, expiresAt?, expiresIn?, serverTime}`, 400 without a resource,
 * 403 when `authorize` denies it, 404 when `sign` knows no such video, 405, and 500 when either throws. The 500 leaves out the error's text:
 * log it in your `sign`. `authorize` runs for every resource of every request, shared URLs included. Keeps no state that matters.
 * CORS, sessions and rate limits are left to the platform.
 */
export function signingEndpoint(options: SigningEndpointOptions): (request: Request) => Promise<Response> {
  const { sign, authorize, cacheForMs = 0 } = options
  if (typeof sign !== 'function') throw new TypeError('sign must be a function')
  if (typeof authorize !== 'function') throw new TypeError('authorize must be a function')
  const shared = sharedUrls<SignedUrl | null | undefined>(cacheForMs, expiryOf)

  async function answer(request: Request, resource: string, reason: string): Promise<object | number | Response> {
    const allowed = await authorize(request, resource)
    if (allowed instanceof Response) return allowed
    if (allowed !== true) return 403
    const signed = await shared(resource, reason, async () => sign(resource, request))
    return signed ? describe(signed) : 404
  }

  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'POST') return fault(405, { Allow: 'GET, POST' })
    const requested = await read(request)
    if (!requested) return fault(400)
    try {
      if ('resource' in requested) {
        const answered = await answer(request, requested.resource, requested.reason)
        if (answered instanceof Response) return withNoStore(answered)
        return typeof answered === 'number' ? fault(answered) : json(200, answered)
      }
      const answers = await Promise.all(
        requested.resources.map((resource) => answer(request, resource, requested.reason)),
      )
      return json(200, {
        urls: answers.map((result) => (typeof result === 'number' || result instanceof Response ? null : result)),
      })
    } catch {
      return fault(500)
    }
  }
}

/** The resource or resources that `request` names, or undefined where it names none. */
async function read(request: Request): Promise<RequestedResources | undefined> {
  const { searchParams } = new URL(request.url)
  const resource = searchParams.get('resource')
  if (request.method === 'GET') return resource ? { resource, reason: searchParams.get('reason') ?? '' } : undefined
  const body: unknown = await request.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null) return undefined
  const reason = 'reason' in body && typeof body.reason === 'string' ? body.reason : ''
  if ('resources' in body) {
    const { resources } = body
    const isBatch = Array.isArray(resources) && resources.length > 0 && resources.length <= MAX_BATCH
    return isBatch && resources.every(isText) ? { resources, reason } : undefined
  }
  return 'resource' in body && isText(body.resource) ? { resource: body.resource, reason } : undefined
}

function describe(signed: SignedUrl): object {
  const now = Date.now()
  const serverTime = now / 1000
  if (typeof signed === 'string') return { url: signed, serverTime }
  const expiresAt = checkExpiresAt(signed.expiresAt)
  const url = checkText('url', signed.url)
  const { type, covers } = signed
  // JSON leaves out what is undefined.
  return { url, expiresAt, expiresIn: Math.max(0, expiresAt * 1000 - now) / 1000, serverTime, type, covers }
}

/** Epoch ms. A denial is not kept, and a URL alone doesn't say when it expires. */
function expiryOf(signed: SignedUrl | null | undefined): number {
  if (!signed) return 0
  return typeof signed === 'string' ? Number.POSITIVE_INFINITY : signed.expiresAt * 1000
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

const FAULTS: Record<number, string> = {
  400: 'The request names no resource.',
  403: 'You do not have access to this video.',
  404: 'There is no such video.',
  405: 'Use GET or POST.',
  500: 'The URL could not be signed.',
}

function fault(status: number, headers: Record<string, string> = {}): Response {
  return json(status, { error: FAULTS[status] }, headers)
}

function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  const all = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers }
  return new Response(JSON.stringify(body), { status, headers: all })
}

/** Copies the response, because the headers of `Response.redirect()` and of a fetched response can't be changed. */
function withNoStore(response: Response): Response {
  const headers = new Headers(response.headers)
  headers.set('Cache-Control', 'no-store')
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}
