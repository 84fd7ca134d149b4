import { redact } from '../core/redact.js'
import { parseUrl } from '../core/split-url.js'
import { isServed } from './kind.js'
import { type FindingCode, found, type Note, skipped } from './report.js'
import type { Hop, Visit } from './visit.js'

/** Who looks: the page for which answers have to be readable, and whether this is that page. */
export interface Viewpoint {
  /** Undefined where it was not named. */
  readonly origin: string | undefined
  /** A browser decides by itself what can be read, and hides the rest. */
  readonly isBrowser: boolean
}

type CorsFault = readonly [code: 'cors-missing' | 'cors-other-origin' | 'cors-repeated', what: string]

/** What is wrong with the CORS headers of an answer that `sentOrigin` requested; undefined where that may read it. */
export function corsFault(headers: Headers, sentOrigin: string): CorsFault | undefined {
  const allowed = headers.get('access-control-allow-origin')
  if (allowed === '*' || allowed === sentOrigin) return undefined
  if (allowed === null) return ['cors-missing', 'has no `Access-Control-Allow-Origin`']
  // Two headers of one name arrive as one.
  if (allowed.includes(','))
    return ['cors-repeated', `has \`Access-Control-Allow-Origin: ${allowed}\`, and browsers accept one value only`]
  return ['cors-other-origin', `has \`Access-Control-Allow-Origin: ${allowed}\`, which is not ${sentOrigin}`]
}

/** Whether a script of the page may read the header `name`. Those that CORS always exposes are not asked for here. */
export function isExposed(headers: Headers, url: string, name: string, { origin, isBrowser }: Viewpoint): boolean {
  if (origin === undefined || parseUrl(url)?.origin === origin) return true
  if (isBrowser) return headers.has(name)
  const exposed = (headers.get('access-control-expose-headers') ?? '').toLowerCase().split(/\s*,\s*/)
  return exposed.includes(name.toLowerCase()) || exposed.includes('*')
}

/** Whether a page may read what was served, and each redirect on the way. */
export function checkCors(visits: readonly Visit[], viewpoint: Viewpoint): Note[] {
  const { origin } = viewpoint
  if (origin === undefined) return [skipped('CORS', 'The origin of your page was not named (`--origin`).')]
  return visits
    .filter((visit) => isServed(visit) || visit.isHidden || visit.leadsTo)
    .flatMap((visit) => faultsOf(visit, origin, viewpoint.isBrowser))
}

/** The same for a refusal, whose status the plugin has to read. */
export function checkRefusalCors(visit: Visit, { origin, isBrowser }: Viewpoint): Note[] {
  if (origin === undefined) return []
  const [fault] = faultsOf(visit, origin, isBrowser)
  if (fault?.is !== 'finding') return []
  return [found('cors-missing-on-refusal', `${fault.problem} So the page can't read the status.`)]
}

function faultsOf(visit: Visit, origin: string, isBrowser: boolean): Note[] {
  const { url, headers, status, hops, isHidden, sentOrigin = '' } = visit
  const answer = `The answer for ${redact(url)}${status === 0 ? '' : ` (${status})`}`
  if (isHidden) return [found('cors-missing', `${answer} can't be read by the page.`)]
  // A browser has judged the headers, and shows them to no script.
  if (isBrowser) return []
  const redirected = hops.flatMap((hop) => faultOf(hop.headers, hop, `The redirect from ${redact(hop.from)}`, origin))
  return [...redirected, ...faultOf(headers, { from: url, sentOrigin }, answer, origin)]
}

function faultOf(
  headers: Headers,
  { from, sentOrigin = '' }: Pick<Hop, 'from' | 'sentOrigin'>,
  what: string,
  origin: string,
): Note[] {
  // Its own answers a page may read anyway, unless a redirect of another origin led back to them.
  if (parseUrl(from)?.origin === origin && sentOrigin === origin) return []
  const fault: readonly [FindingCode, string] | undefined = corsFault(headers, sentOrigin)
  return fault ? [found(fault[0], `${what} ${fault[1]}.`)] : []
}
