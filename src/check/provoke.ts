import { SECOND_MS } from '../core/clock.js'
import { parseUrl } from '../core/split-url.js'
import { wait } from '../core/wait.js'
import { breakCredentials } from './break-url.js'
import { inWords, type Life } from './expiry.js'
import { isServed } from './kind.js'
import { checkBroken, checkExpired } from './refusal.js'
import { type Note, skipped } from './report.js'
import type { CheckSettings } from './settings.js'
import type { Visit, Visitor } from './visit.js'

/* Refusals on purpose, because what a CDN says then decides what the plugin can do. */

/** Servers accept a URL to the end of the second in which it expires. */
const GRACE_MS = 1_500
/** Some servers accept a URL for some seconds more, because clocks differ. */
const LEEWAY_MS = 15_000

/** A URL of the video, how it was answered, and how long it lives. */
export interface CheckedUrl {
  readonly url: string
  readonly visit: Visit
  readonly life: Life
}

/** What the steps of a check share. */
export interface Tools {
  readonly settings: CheckSettings
  readonly visitor: Visitor
}

/** Provokes a refusal with a changed token. */
export async function checkChangedToken(
  { url, visit }: CheckedUrl,
  other: CheckedUrl | undefined,
  { settings, visitor }: Tools,
): Promise<Note[]> {
  const broken = breakCredentials(url, other?.url)
  if (broken === undefined)
    return [
      skipped('refusals', 'No signature was found in the URL that could be changed, to see how the CDN refuses it.'),
    ]
  const answer = await visitor.visit(broken)
  // Another host decides, to which nothing is sent.
  if (answer.leadsTo !== undefined && parseUrl(answer.leadsTo)?.host === parseUrl(visit.leadsTo ?? '')?.host)
    return [skipped('refusals', 'The URL redirects whatever its token is: the host behind it decides.')]
  return checkBroken(answer, settings.viewpoint)
}

/** Whether it had expired for certain. */
export function isOver({ life }: CheckedUrl, at: number): boolean {
  return life.endsAt !== undefined && life.endsAt + GRACE_MS <= at
}

/** How the CDN answers once the URL has expired; waits for that where it is near. */
export async function checkAfterExpiry(issue: CheckedUrl, { settings, visitor }: Tools): Promise<Note[]> {
  const { url, visit, life } = issue
  const { waitMs, onWait, signal, viewpoint } = settings
  const topic = 'the URL after its expiry'
  if (life.endsAt === undefined) return [skipped(topic, "It isn't known when it expires.")]
  if (visit.leadsTo !== undefined) return [skipped(topic, 'The host behind the redirect decides.')]
  const restMs = life.endsAt + GRACE_MS - Date.now()
  if (restMs > waitMs)
    return [
      skipped(
        topic,
        `The URL lives ${inWords(restMs)} more, and the check waits ${Math.round(waitMs / SECOND_MS)} s at most.`,
      ),
    ]
  if (restMs > 0) {
    onWait(restMs)
    await wait(restMs, signal)
  }
  const answer = isOver(issue, visit.sentAt) ? visit : await visitor.visit(url)
  const leewayMs = life.endsAt + LEEWAY_MS - answer.sentAt
  if (!isServed(answer) || leewayMs <= 0 || Math.max(0, restMs) + leewayMs > waitMs)
    return checkExpired(answer, answer.sentAt - life.endsAt, viewpoint)
  onWait(leewayMs)
  await wait(leewayMs, signal)
  const later = await visitor.visit(url)
  return checkExpired(later, later.sentAt - life.endsAt, viewpoint)
}
