import { SECOND_MS } from '../core/clock.js'
import type { IssueCoverage } from '../core/coverage/issue-coverage.js'
import { readExpiry } from '../core/expiry/index.js'
import { redact } from '../core/redact.js'
import { parseUrl, splitUrl } from '../core/split-url.js'
import { isServed } from './kind.js'
import type { LinkedFile } from './playlist-links.js'
import { isRefusal } from './refusal.js'
import { found, type Note, saw, skipped } from './report.js'
import type { Visit } from './visit.js'

/** What the player does with a link, as the plugin's own code says. `signed`: the playlist has signed it; `bare`: nothing puts credentials onto it. */
export type Handling = 'covered' | 'signed' | 'bare'

export function handlingOf(url: string, coverage: IssueCoverage): Handling {
  if (coverage.hasOwnCredentials(url)) return 'signed'
  return coverage.covers(url) ? 'covered' : 'bare'
}

/** When a link that a playlist has signed expires, in Unix seconds. Where the path holds the signed URL's own expiry as well, the query's counts. */
export function expiryOfLink(url: string): number | undefined {
  return readExpiry(url) ?? readExpiry(`https://-/?${splitUrl(url)?.query ?? ''}`)
}

/** Links that are only looked at. `mayVisit`: the others, which a request can judge. `nowMs`: the CDN's clock. */
export function checkLinks(
  links: readonly LinkedFile[],
  coverage: IssueCoverage,
  mayVisit: (url: string) => boolean,
  nowMs: number,
): Note[] {
  const of = (handling: Handling) => links.filter(({ url }) => handlingOf(url, coverage) === handling)
  const [covered, signed, bare] = [of('covered'), of('signed'), of('bare')]
  const notes: Note[] = []
  if (links.length > 0) notes.push(saw(`The signature covers ${covered.length} of ${links.length} links.`))
  if (signed.length > 0)
    notes.push(
      saw(
        `${signed.length} of ${links.length} links were signed by their playlist, with which the plugin refreshes them.`,
      ),
    )
  const dead = signed.find(({ url }) => (expiryOfLink(url) ?? Number.POSITIVE_INFINITY) * SECOND_MS <= nowMs)
  if (dead)
    notes.push(
      found(
        'signed-link-expired',
        `A playlist has just been served with a link that has expired: ${redact(dead.url)}.`,
      ),
    )
  const hosts = new Set(bare.filter(({ url }) => !mayVisit(url)).map(({ url }) => parseUrl(url)?.origin ?? ''))
  for (const host of hosts)
    notes.push(
      found(
        'link-on-other-origin',
        `Links lead to ${host}, where the plugin sends no credentials: the signed URL is for another origin.`,
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
  if (!isRefusal(visit)) return [saw(`${file} is answered with ${failure ?? status}.`)]
  if (handling === 'bare')
    return [
      found(
        'link-not-covered',
        `The signed URL doesn’t say that it opens ${file}, so the plugin requests it without credentials, and the CDN answers ${status}.`,
      ),
    ]
  const how =
    handling === 'signed'
      ? 'though the playlist has just signed the link'
      : 'while it serves the playlist with the same credentials'
  return [found('link-refused', `The CDN refuses ${file} with ${status}, ${how}.`)]
}
