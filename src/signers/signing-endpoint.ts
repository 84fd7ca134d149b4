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
  /**
   * Lets the cache in front of the endpoint (a CDN's, a platform's) keep the answer to a GET for as long as viewers share it: `Cache-Control: public, s-maxage=…`. Default: false.
   * Needs `cacheForMs`. Watch out: `authorize` is not called for an answer from such a cache, so use it only for videos that everyone may watch.
   */
  sharedCache?: boolean
}

type Answer<T> = T | Promise<T>
type RequestedResources = { resource: string; reason: string } | { resources: string[]; reason: string }

/** No player requests more files than a playlist has. */
const MAX_BATCH = 1000

/**
 * Creates the signing endpoint: a Web-standard handler that speaks the plugin's protocol.
 *
 * `GET ?resource=…` (with `&reason=refused` after the CDN refused a URL), `POST {"resource", "reason"}`, and batches: `POST {"resources", "reason"}` → `{"urls"}` in the same order, with null
 * for a denied resource. Answers JSON with `Cache-Control: no-store` (but see `sharedCache`): 200 `{url, expiresAt?, expiresIn?, serverTime}`, 400 without a resource,
 * 403 when `authorize` denies it, 404 when `sign` knows no such video, 405, and 500 when either throws. The error goes to `console.error`, and none of
 * its text into the answer. `authorize` runs for every resource of every request, shared URLs included. Keeps no state that matters.
 * CORS, sessions and rate limits are left to the platform.
 */
export function signingEndpoint(options: SigningEndpointOptions): (request: Request) => Promise<Response> {
  const { sign, authorize, cacheForMs = 0, sharedCache = false } = options
  if (typeof sign !== 'function') throw new TypeError('sign must be a function')
  if (typeof authorize !== 'function') throw new TypeError('authorize must be a function')
  if (sharedCache && !(cacheForMs > 0)) throw new TypeError('sharedCache needs cacheForMs')
  const shared = sharedUrls<SignedUrl | null | undefined>(cacheForMs, expiryOf)

  async function answer(request: Request, resource: string, reason: string): Promise<Described | number | Response> {
    const allowed = await authorize(request, resource)
    if (allowed instanceof Response) return allowed
    if (allowed !== true) return 403
    const { signed, sharedUntil } = await shared(resource, reason, async () => sign(resource, request))
    // After a refusal, a cache would hand out the same URL again.
    const isForAll = sharedCache && request.method === 'GET' && reason === ''
    return signed ? describe(signed, isForAll ? sharedUntil : 0) : 404
  }

  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'POST') return fault(405, { Allow: 'GET, POST' })
    const requested = await read(request)
    if (!requested) return fault(400)
    try {
      if ('resource' in requested) {
        const answered = await answer(request, requested.resource, requested.reason)
        if (answered instanceof Response) return withNoStore(answered)
        return typeof answered === 'number' ? fault(answered) : json(200, answered.body, cacheHeaders(answered))
      }
      const answers = await Promise.all(
        requested.resources.map((resource) => answer(request, resource, requested.reason)),
      )
      return json(200, {
        urls: answers.map((result) => (typeof result === 'number' || result instanceof Response ? null : result.body)),
      })
    } catch (error) {
      // To viewers it says nothing, so without this line nothing anywhere would say why.
      console.error('The signing endpoint failed:', error)
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

interface Described {
  readonly body: object
  /** How long a cache in front may keep the answer, in whole seconds. */
  readonly cachedForS: number
}

/** `cachedUntil`: epoch ms. */
function describe(signed: SignedUrl, cachedUntil: number): Described {
  const now = Date.now()
  const { url, expiresAt, type, covers }: Partial<Exclude<SignedUrl, string>> =
    typeof signed === 'string' ? { url: signed } : { ...signed, expiresAt: checkExpiresAt(signed.expiresAt) }
  const lifeS = expiresAt && Math.max(0, expiresAt * 1000 - now) / 1000
  // The last viewer whom a cache answers gets at least half of the URL's life.
  const longestS = Math.min((cachedUntil - now) / 1000, (lifeS ?? Number.POSITIVE_INFINITY) / 2)
  const cachedForS = Math.max(0, Math.floor(longestS))
  // In a cache the answer grows old. So `expiresIn` counts from the last moment there, and no time is told that would be wrong by then.
  const expiresIn = lifeS && lifeS - cachedForS
  const serverTime = cachedForS > 0 ? undefined : now / 1000
  // JSON leaves out what is undefined.
  return { body: { url: checkText('url', url ?? ''), expiresAt, expiresIn, serverTime, type, covers }, cachedForS }
}

/** Browsers keep nothing: after a refusal they would hand the dead URL out again. */
function cacheHeaders({ cachedForS }: Described): Record<string, string> {
  return cachedForS > 0 ? { 'Cache-Control': `public, max-age=0, s-maxage=${cachedForS}` } : {}
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
