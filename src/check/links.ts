import { SECOND_MS } from '../core/clock.js'
import type { IssueCoverage } from '../core/coverage/issue-coverage.js'
import { readExpiry } from '../core/expiry/index.js'
import { redact } from '../core/redact.js'
import { parseUrl, splitUrl } from '../core/split-url.js'
import { isServed } from './kind.js'
import type { LinkedFile } from './playlist-links.js'
import { found, type Note, saw, skipped } from './report.js'
import type { Visit } from './visit.js'

/**
 * What the player does with a link. `covered`: it gets the credentials of the signed URL; `signed`: the playlist has signed it; `bare`: it is requested as it is;
 * `each`: the endpoint signs it (`scope: 'file'`).
 */
export type Handling = 'covered' | 'signed' | 'bare' | 'each'

/** How the player requests what playlists link. */
export interface LinkRules {
  handlingOf(url: string): Handling
  /** Where the request for a link is sent. Undefined where the endpoint doesn't sign it. */
  locate(url: string): Promise<string | undefined>
  /** A request was redirected. */
  redirected(sentUrl: string, responseUrl: string): void
}

/** `scope: 'auto'`, as the plugin's own code has it. */
export function autoRules(coverage: IssueCoverage): LinkRules {
  const handlingOf = (url: string) => {
    if (coverage.hasOwnCredentials(url)) return 'signed'
    return coverage.covers(url) ? 'covered' : 'bare'
  }
  return {
    handlingOf,
    locate: async (url) => (handlingOf(url) === 'covered' ? coverage.carry(url) : url),
    redirected: (sentUrl, responseUrl) => coverage.redirected(sentUrl, responseUrl),
  }
}

/** `scope: 'file'`. `sign` requests the signed URL of a file from the endpoint. */
export function fileRules(sign: (url: string) => Promise<string | undefined>): LinkRules {
  return { handlingOf: () => 'each', locate: sign, redirected: () => {} }
}

export interface JudgedLink extends LinkedFile {
  readonly handling: Handling
}

/** When a link that a playlist has signed expires, in Unix seconds. Where the path holds the signed URL's own expiry as well, the query's counts. */
export function expiryOfLink(url: string): number | undefined {
  return readExpiry(url) ?? readExpiry(`https://-/?${splitUrl(url)?.query ?? ''}`)
}

/** Links, by looking at them. `mayVisit`: those that a request can judge. `serverNow`: the CDN's clock, epoch ms. */
export function checkLinks(
  links: readonly JudgedLink[],
  mayVisit: (url: string) => boolean,
  serverNow: number,
): Note[] {
  const counts = { covered: 0, signed: 0, bare: 0, each: 0 }
  const hosts = new Set<string>()
  let dead: string | undefined
  for (const { url, handling } of links) {
    counts[handling] += 1
    if (handling === 'bare' && !mayVisit(url)) hosts.add(parseUrl(url)?.origin ?? '')
    const isDead = handling === 'signed' && (expiryOfLink(url) ?? Number.POSITIVE_INFINITY) * SECOND_MS <= serverNow
    if (isDead) dead ??= url
  }
  const of = `of ${links.length} links`
  const notes: Note[] = []
  if (counts.each > 0) notes.push(saw(`The endpoint signs each ${of}.`))
  else if (links.length > 0) notes.push(saw(`The signed URL covers ${counts.covered} ${of}.`))
  if (counts.signed > 0)
    notes.push(saw(`The playlists sign ${counts.signed} ${of}, and the plugin refreshes these with them.`))
  if (dead !== undefined)
    notes.push(found('signed-link-expired', `A playlist is served with a link that has expired: ${redact(dead)}.`))
  for (const host of hosts)
    notes.push(
      found(
        'link-on-other-origin',
        `Links lead to ${host}, which gets no credentials: the signed URL is on another origin.`,
      ),
      skipped('links', `Nothing was sent to ${host}, which was not named.`),
    )
  return notes
}

/** How a link was answered, requested as the player does it. */
export function checkLink(visit: Visit, handling: Handling): Note[] {
  const { status, failure, url } = visit
  const file = redact(url)
  if (isServed(visit)) return handling === 'bare' ? [saw(`${file} is served without credentials.`)] : []
  if (!visit.isRefused)
    return [saw(failure === undefined ? `${file} is answered with ${status}.` : `${file}: ${failure}`)]
  if (handling === 'bare')
    return [
      found(
        'link-not-covered',
        `The signed URL doesn't say that it opens ${file}. The plugin requests that without credentials, and the CDN answers ${status}.`,
      ),
    ]
  return [found('link-refused', `The CDN refuses ${file} with ${status}, ${ALTHOUGH[handling]}.`)]
}

const ALTHOUGH = {
  covered: 'while it serves the playlist with the same credentials',
  signed: 'though the playlist has just signed the link',
  each: 'though the endpoint has just signed it',
}
