/** How long a browser need not ask again whether it may send its request. */
const PREFLIGHT_LIFE_S = 600

/** What lets pages of `origins` call the endpoint: `'*'` any page, without cookies; a list these, with cookies. Undefined without the option: then it says nothing. */
export function corsFor(origins: readonly string[] | '*' | undefined) {
  if (origins !== undefined && origins !== '*') origins.forEach(checkOrigin)

  const headersFor = (request: Request): Record<string, string> => {
    const origin = request.headers.get('origin')
    if (origins === undefined || origin === null) return {}
    const readable = { 'Access-Control-Expose-Headers': 'Age, Date, Retry-After' }
    if (origins === '*') return { 'Access-Control-Allow-Origin': '*', ...readable }
    if (!origins.includes(origin)) return {}
    return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true', ...readable }
  }

  return {
    /** The answer to a browser that asks before it sends a request; undefined for any other request. */
    preflight(request: Request): Response | undefined {
      if (origins === undefined || request.method !== 'OPTIONS') return undefined
      const headers = headersFor(request)
      const isAllowed = Object.keys(headers).length > 0
      return new Response(null, {
        status: isAllowed ? 204 : 403,
        headers: {
          Vary: 'Origin, Access-Control-Request-Headers',
          'Cache-Control': 'no-store',
          ...headers,
          ...(isAllowed && {
            'Access-Control-Allow-Methods': 'GET, POST',
            'Access-Control-Allow-Headers': request.headers.get('access-control-request-headers') ?? 'Content-Type',
            'Access-Control-Max-Age': String(PREFLIGHT_LIFE_S),
          }),
        },
      })
    },

    /** Adds the headers to an answer. */
    allow(request: Request, response: Response): Response {
      if (origins === undefined) return response
      for (const [name, value] of Object.entries(headersFor(request))) response.headers.set(name, value)
      // A cache must not give one page the answer to another.
      if (origins !== '*') response.headers.append('Vary', 'Origin')
      return response
    },
  }
}

function checkOrigin(origin: string): void {
  const isOrigin = typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin
  if (!isOrigin || origin.includes('*')) {
    throw new TypeError('corsOrigins must be "*" or a list of origins, such as "https://shop.example", without a path')
  }
}
