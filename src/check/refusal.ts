import { redact } from '../core/redact.js'
import { checkRefusalCors, type Viewpoint } from './cors.js'
import { inWords } from './expiry.js'
import { isServed, kindOf } from './kind.js'
import { found, type Note, saw, skipped } from './report.js'
import type { Visit } from './visit.js'

/** How the CDN answers a URL whose credentials were broken on purpose. */
export function checkBroken(visit: Visit, viewpoint: Viewpoint): Note[] {
  if (isServed(visit) && kindOf(visit) !== undefined)
    return [found('not-protected', 'The CDN serves the video even with a changed token.')]
  // Some CDNs call such a token malformed. A player never sends one.
  if (visit.status === 400 && !visit.isRefused)
    return [saw('The CDN refuses a changed token with 400.'), ...checkRefusalCors(visit, viewpoint)]
  return checkRefusal(visit, 'a changed token', viewpoint)
}

/** How the CDN answers a URL after its expiry. */
export function checkExpired(visit: Visit, sinceMs: number, viewpoint: Viewpoint): Note[] {
  if (isServed(visit) && kindOf(visit) !== undefined)
    return [found('served-after-expiry', `The CDN still serves the URL ${inWords(sinceMs)} after its expiry.`)]
  return checkRefusal(visit, 'an expired URL', viewpoint)
}

/** What a refusal has to look like, so that the plugin sees what it is. */
export function checkRefusal(visit: Visit, of: string, viewpoint: Viewpoint): Note[] {
  const { status, isRefused, headers, failure, leadsTo, isHidden } = visit
  if (isHidden) return checkRefusalCors(visit, viewpoint)
  if (failure !== undefined) return [found('unknown-refusal', `The CDN refuses ${of} without an answer: ${failure}`)]
  const notes: Note[] = []
  if (leadsTo !== undefined) {
    const where = leadsTo === '' ? '' : ` to ${redact(leadsTo)}`
    notes.push(found('unknown-refusal', `The CDN refuses ${of} with a redirect${where}.`))
  } else if (isRefused) notes.push(saw(`The CDN refuses ${of} with ${status}.`))
  else
    notes.push(
      found('unknown-refusal', `The CDN refuses ${of} with ${status}, which the plugin takes for another fault.`),
    )
  const scheme = headers.get('www-authenticate')?.split(' ')[0]
  if (status === 401 && scheme)
    notes.push(
      found(
        'www-authenticate',
        `The CDN refuses ${of} with \`WWW-Authenticate: ${scheme}\`: browsers may ask the viewer for a password.`,
      ),
    )
  else if (status === 401 && viewpoint.isBrowser)
    notes.push(skipped('WWW-Authenticate', 'A browser hides it from scripts.'))
  return [...notes, ...checkRefusalCors(visit, viewpoint)]
}
