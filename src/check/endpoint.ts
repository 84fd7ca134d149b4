import { Clock } from '../core/clock.js'
import { SignedUrlError } from '../core/errors.js'
import { endOf, toIssue } from '../core/issue.js'
import { redactText } from '../core/redact.js'
import type { SignReason } from '../core/signing/answer.js'
import { type Signing, SigningClient } from '../core/signing/signing-client.js'
import { parseUrl } from '../core/split-url.js'
import { checkAnswerCaching } from './caching.js'
import { type Skew, skewOf } from './clock.js'
import { corsFault, isExposed, type Viewpoint } from './cors.js'
import { CouldNotCheckError, explainFailure } from './could-not-check.js'
import type { Life } from './expiry.js'
import { found, type Note, skipped } from './report.js'

interface EndpointSettings {
  /** Absolute. */
  readonly endpoint: string
  readonly resource: string
  readonly request: RequestInit | undefined
  readonly viewpoint: Viewpoint
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

/** An answer of the signing endpoint, and what is wrong with it. */
export interface Signed {
  /** Undefined where there is no URL. */
  readonly signing: Signing | undefined
  readonly life: Life | undefined
  readonly skew: Skew | undefined
  readonly notes: readonly Note[]
}

interface Heard {
  readonly response: Response
  readonly sentAt: number
  readonly receivedAt: number
}

const TIMEOUT_MS = 15_000

/** Requests a signed URL as the plugin does, once. Follows no redirect: an endpoint that redirects answers with where it leads. Throws `CouldNotCheckError` where nothing answers. */
export async function askEndpoint(settings: EndpointSettings, reason: SignReason): Promise<Signed> {
  const { endpoint, resource, request, signal } = settings
  let heard: Heard | undefined
  let failure: unknown
  const listening: typeof fetch = async (input, init) => {
    const sentAt = Date.now()
    try {
      const response = await settings.fetch(input, withOrigin(init, settings.viewpoint))
      heard = { response, sentAt, receivedAt: Date.now() }
      return asAnswer(response, endpoint)
    } catch (thrown) {
      failure = thrown
      throw thrown
    }
  }
  const clock = new Clock()
  const rules = { baseUrl: endpoint, allowedOrigins: undefined, isSecurePage: false }
  const client = new SigningClient({ endpoint, request, timeoutMs: TIMEOUT_MS, rules, fetch: listening }, clock)
  try {
    const signing = await client.request({ resource, reason, attempt: 1 }, signal)
    const issue = toIssue(signing, clock)
    const endsAt = endOf(issue, clock.skew)
    const life = { endsAt, lifeMs: endsAt === undefined ? undefined : endsAt - issue.issuedAt }
    const notes = heard
      ? [...checkAnswerCaching(heard.response.headers), ...checkReadable(heard, signing, settings)]
      : []
    return { signing, life, skew: heard && skewOf({ ...heard, headers: heard.response.headers }), notes }
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    return {
      signing: undefined,
      life: undefined,
      skew: undefined,
      notes: explain(thrown, heard, failure, settings),
    }
  }
}

function withOrigin(init: RequestInit | undefined, { origin, isBrowser }: Viewpoint): RequestInit {
  const headers = new Headers(init?.headers)
  if (!isBrowser && origin !== undefined) headers.set('Origin', origin)
  if (!isBrowser && origin !== undefined) headers.set('Referer', `${origin}/`)
  return { ...init, headers, redirect: 'manual' }
}

/** Where the endpoint redirects, the URL that it leads to is the answer: it is not requested here. */
function asAnswer(response: Response, endpoint: string): Response {
  const to = parseUrl(response.headers.get('location') ?? '', endpoint)
  return /^30[12378]$/.test(`${response.status}`) && to ? Response.json({ url: to.href }) : response
}

function checkReadable({ response }: Heard, { answer }: Signing, settings: EndpointSettings): Note[] {
  const { endpoint, viewpoint, request } = settings
  const { headers } = response
  const { origin, isBrowser } = viewpoint
  const notes: Note[] = []
  if (origin === undefined)
    notes.push(skipped("the endpoint's CORS", 'The origin of your page was not named (`--origin`).'))
  else if (!isBrowser && parseUrl(endpoint)?.origin !== origin) {
    const fault = corsFault(headers, origin)
    const needsCookies = request?.credentials === 'include'
    const lacksCookies =
      headers.get('access-control-allow-origin') === '*' || headers.get('access-control-allow-credentials') !== 'true'
    if (fault) notes.push(found('endpoint-cors-missing', `The endpoint's answer ${fault[1]}.`))
    else if (needsCookies && lacksCookies)
      notes.push(
        found('endpoint-cors-missing', "The endpoint's CORS headers allow no credentials, which `request` sends."),
      )
  }
  const needsDate = answer.expiresInMs === undefined && answer.serverTime === undefined
  if (needsDate && !isExposed(headers, endpoint, 'date', viewpoint))
    notes.push(
      found(
        'date-hidden',
        "The page can't read the time of the endpoint, so the device's clock decides when a URL expires.",
      ),
    )
  return notes
}

function explain(thrown: unknown, heard: Heard | undefined, failure: unknown, settings: EndpointSettings): Note[] {
  const { endpoint, viewpoint } = settings
  if (heard?.response.type === 'opaqueredirect')
    return [skipped('the endpoint', 'It redirects, and a browser hides where: run the check on the command line.')]
  if (heard === undefined)
    throw new CouldNotCheckError(explainFailure(parseUrl(endpoint)?.host ?? '', failure ?? thrown, viewpoint.isBrowser))
  if (!(thrown instanceof SignedUrlError)) throw thrown
  const problem = redactText(thrown.message)
  if (thrown.code === 'signed-url-denied') return [found('endpoint-denied', problem)]
  return [found('endpoint-failed', heard.response.status >= 500 ? `${problem} Your server's log says why.` : problem)]
}
