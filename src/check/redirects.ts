import { SECOND_MS } from '../core/clock.js'
import { readExpiry } from '../core/expiry/index.js'
import { redact } from '../core/redact.js'
import { parseUrl } from '../core/split-url.js'
import { inWords } from './expiry.js'
import { found, type Note, saw, skipped } from './report.js'
import type { Visit } from './visit.js'

/** Where the signed URL leads. `expiresAt`: its own expiry, in Unix seconds. */
export function checkRedirects({ hops, leadsTo }: Visit, expiresAt: number | undefined): Note[] {
  if (leadsTo === '')
    return [skipped('redirects', 'The URL redirects, and a browser hides where: run the check on the command line.')]
  const targets = [...hops.map(({ to }) => to), ...(leadsTo === undefined ? [] : [leadsTo])]
  const notes = targets.flatMap((to): Note[] => {
    const end = readExpiry(to)
    if (end === undefined || expiresAt === undefined || end >= expiresAt)
      return [saw(`The URL redirects to ${redact(to)}.`)]
    const soonerMs = (expiresAt - end) * SECOND_MS
    return [
      found(
        'redirect-dies-sooner',
        `The URL redirects to ${redact(to)}, which expires ${inWords(soonerMs)} sooner than the signed URL says.`,
      ),
    ]
  })
  if (leadsTo === undefined) return notes
  const origin = parseUrl(leadsTo)?.origin
  return [...notes, skipped('redirects', `A redirect leads to ${origin}, which was not named: nothing was sent there.`)]
}
