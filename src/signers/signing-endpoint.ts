import { checkExpiresAt, checkText } from './checks.js'
import { corsFor } from './endpoint-cors.js'
import { readRequest } from './endpoint-request.js'
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
  /**
   * Pages on other origins that may call the endpoint: a list, such as `['https://shop.example']`, whose requests may carry cookies, or `'*'` for any page, without cookies.
   * Answers their preflight requests too. Default: none.
   */
  corsOrigins?: readonly string[] | '*'
  /**
   * Hosts, with a port where there is one, that a resource may name, such as `['cdn.example']` for the files of `scope: 'file'`. Default: none. A resource is then an id or a path,
   * and one that names a host is answered with 400.
   */
  allowedHosts?: readonly string[]
  /**
   * Lets any resource of at most 2 kB through to `authorize`: with a host, a `..` segment, a backslash or a control character, encoded ones too. Default: false.
   * Watch out: what `sign` makes of it may be the URL of another file.
   */
  anyResource?: boolean
}

type Answer<T> = T | Promise<T>

/** How many resources of a batch are authorized and signed at one time: an `authorize` that asks a database would otherwise ask it a thousand times at once. */
const AT_ONCE = 20

/**
 * Creates the signing endpoint: a Web-standard handler that speaks the plugin's protocol.
 *
 * `GET ?resource=…` (with `&reason=refused` after the CDN refused a URL), `POST {"resource", "reason"}`, and batches: `POST {"resources", "reason"}` → `{"urls"}` in the same order, with null
 * for a denied resource. Answers JSON with `Cache-Control: no-store` (but see `sharedCache`): 200 `{url, expiresAt?, expiresIn?, serverTime}`, 400 for a request that names no
 * resource, several or one that `authorize` must not see (see `allowedHosts` and `anyResource`), 403 when `authorize` denies it, 404 when `sign` knows no such video, 405, 413 for a
 * body over 1 MB, and 500 when either throws. The error goes to `console.error`, and none of its text into the answer. `authorize` runs for every resource of every request,
 * shared URLs included. Keeps no state that matters. Sessions and rate limits are left to the platform.
 */
export function signingEndpoint(options: SigningEndpointOptions): (request: Request) => Promise<Response> {
  const { sign, authorize, cacheForMs = 0, sharedCache = false, allowedHosts = [], anyResource = false } = options
  if (typeof sign !== 'function') throw new TypeError('sign must be a function')
  if (typeof authorize !== 'function') throw new TypeError('authorize must be a function')
  if (sharedCache && !(cacheForMs > 0)) throw new TypeError('sharedCache needs cacheForMs')
  if (!Array.isArray(allowedHosts)) throw new TypeError('allowedHosts must be a list of hosts, such as ["cdn.example"]')
  const shared = sharedUrls<SignedUrl | null | undefined>(cacheForMs, expiryOf)
  const cors = corsFor(options.corsOrigins)

  async function answer(request: Request, resource: string, reason: string): Promise<Described | number | Response> {
    const allowed = await authorize(request, resource)
    if (allowed instanceof Response) return allowed
    if (allowed !== true) return 403
    const { signed, sharedUntil } = await shared(resource, reason, async () => sign(resource, request))
    // After a refusal, a cache would hand out the same URL again.
    const isForAll = sharedCache && request.method === 'GET' && reason === ''
    return signed ? describe(signed, isForAll ? sharedUntil : 0) : 404
  }

  async function respond(request: Request): Promise<Response> {
    if (request.method !== 'GET' && request.method !== 'POST') return fault(405, { Allow: 'GET, POST' })
    const asked = await readRequest(request, { allowedHosts, anyResource })
    if ('error' in asked) return json(asked.status, { error: asked.error })
    const { reason } = asked
    if ('resource' in asked) {
      const answered = await answer(request, asked.resource, reason)
      if (answered instanceof Response) return withNoStore(answered)
      return typeof answered === 'number' ? fault(answered) : json(200, answered.body, cacheHeaders(answered))
    }
    const answers = await inTurn(asked.resources, AT_ONCE, (resource) => answer(request, resource, reason))
    return json(200, {
      urls: answers.map((result) => (typeof result === 'number' || result instanceof Response ? null : result.body)),
    })
  }

  return async (request) => {
    const preflight = cors.preflight(request)
    if (preflight) return preflight
    const response = await respond(request).catch((error) => {
      // To viewers it says nothing, so without this line nothing anywhere would say why.
      console.error('The signing endpoint failed:', error)
      return fault(500)
    })
    return cors.allow(request, response)
  }
}

/** `make` of each item, in their order, with at most `atOnce` under way. */
async function inTurn<T, R>(items: readonly T[], atOnce: number, make: (item: T) => Promise<R>): Promise<R[]> {
  const made: R[] = []
  const left = items.entries()
  const work = async () => {
    for (const [index, item] of left) made[index] = await make(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return made
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
  // A cache may send the answer later. So `expiresIn` counts from the last moment in the cache, and `serverTime`, which would be wrong by then, is left out.
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

const FAULTS: Record<number, string> = {
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
