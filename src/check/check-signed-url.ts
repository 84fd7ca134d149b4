import { IssueCoverage } from '../core/coverage/issue-coverage.js'
import { SignedUrlError } from '../core/errors.js'
import { readExpiry } from '../core/expiry/index.js'
import { redact } from '../core/redact.js'
import { parseUrl } from '../core/split-url.js'
import { wait } from '../core/wait.js'
import { checkClocks, likelySkewMs, skewOf } from './clock.js'
import { checkCors } from './cors.js'
import { CouldNotCheckError } from './could-not-check.js'
import { askEndpoint, type Signed } from './endpoint.js'
import { checkExpiry, checkLife, checkMixedContent, inWords, lifeOfUrl } from './expiry.js'
import { isServed, kindOf } from './kind.js'
import { autoRules, fileRules } from './links.js'
import { explorePlaylists } from './playlists.js'
import { type CheckedUrl, checkAfterExpiry, checkChangedToken, isOver, type Tools } from './provoke.js'
import { checkRange, TWO_BYTES } from './range.js'
import { checkRedirects } from './redirects.js'
import { checkRefusal } from './refusal.js'
import { type CheckReport, found, type Note, skipped, toReport, type VideoKind } from './report.js'
import { type CheckOptions, type CheckSettings, resolveSettings } from './settings.js'
import { Visitor } from './visit.js'

/** Until the next second has begun on the endpoint. */
const NEXT_SECOND_MS = 1_100

/**
 * Looks at what a player would meet at a signed URL, and says what is wrong and how to fix it.
 *
 * Requests go to the hosts of `url` and `endpoint` only: links and redirects to others are looked at. A browser hides some of it, which is listed as not checked.
 * Rejects with `CouldNotCheckError` where nothing can be checked: no URL, no video, a host that doesn't answer; or with the signal's reason.
 */
export async function checkSignedUrl(options: CheckOptions): Promise<CheckReport> {
  const settings = resolveSettings(options)
  const { url, viewpoint } = settings
  const visitor = new Visitor({ ...settings, ...viewpoint })
  const visit = await visitor.visit(url)
  if (visit.failure !== undefined) throw new CouldNotCheckError(visit.failure)
  const cdn = skewOf(visit)
  const skewMs = likelySkewMs(cdn)
  const given: CheckedUrl = { url, visit, life: lifeOfUrl(url, skewMs) }
  const coverage = new IssueCoverage(settings.resource)
  coverage.add(url)
  const signed = settings.endpoint === undefined ? undefined : await askEndpoint(asked(settings), 'start')
  const notes: Note[] = [...(signed?.notes ?? [])]
  const fresh = await issueOf(signed, coverage, visitor, notes)
  const main = fresh ?? given
  // Of an answer that can't be used, it isn't known whether it would have an expiry.
  const hasFailed = signed !== undefined && signed.signing === undefined
  const kind = requireVideo(main, fresh !== undefined)
  if (fresh && visit.isRefused && !isOver(given, visit.sentAt))
    notes.push(found('url-refused', `The CDN refuses the URL with ${visit.status}, though it serves a fresh one.`))
  notes.push(
    ...(main.life.endsAt === undefined && hasFailed ? [] : checkExpiry(main.life, Date.now())),
    ...checkRedirects(main.visit, readExpiry(main.url)),
    ...checkMixedContent(
      [main.url, ...main.visit.hops.map(({ to }) => to), main.visit.leadsTo ?? '', settings.endpoint ?? ''],
      main.url,
      viewpoint.origin,
    ),
    ...checkClocks(cdn, signed?.skew),
  )
  if (main.visit.isRefused) notes.push(...refused(main, settings))
  else if (kind !== undefined) notes.push(...(await explore(main, kind, { settings, visitor, coverage, skewMs })))
  else notes.push(...checkCors([main.visit], viewpoint))
  if (!main.visit.isRefused) notes.push(...(await checkChangedToken(main, fresh && given, { settings, visitor })))
  if (signed?.signing) notes.push(...(await askAgain(signed.signing.answer.url, settings)))
  notes.push(...(await checkAfterExpiry(given.life.endsAt === undefined ? main : given, { settings, visitor })))
  return toReport(redact(url), kind, notes)
}

function asked({ endpoint = '', ...rest }: CheckSettings) {
  return { endpoint, ...rest }
}

/** The endpoint's URL as an issue of the same video; undefined where there is none that can be requested. */
async function issueOf(
  signed: Signed | undefined,
  coverage: IssueCoverage,
  visitor: Visitor,
  notes: Note[],
): Promise<CheckedUrl | undefined> {
  const { signing, life } = signed ?? {}
  if (!signing || !life) return undefined
  const { url } = signing.answer
  try {
    coverage.add(url, signing)
  } catch (error) {
    if (!(error instanceof SignedUrlError)) throw error
    notes.push(found('another-video', error.message))
    return undefined
  }
  if (visitor.mayVisit(url)) return { url, visit: await visitor.visit(url), life }
  notes.push(
    skipped("the endpoint's URL", `It is on ${parseUrl(url)?.host}, which was not named: nothing was sent there.`),
  )
  return undefined
}

/** What kind of video there is; undefined where the page may not read the answer, it is a refusal, or a redirect is not followed. Throws where there is no video. */
function requireVideo({ visit, url, life }: CheckedUrl, isFresh: boolean): VideoKind | undefined {
  const { status, failure, isHidden, leadsTo, headers } = visit
  if (failure !== undefined) throw new CouldNotCheckError(failure)
  if (leadsTo !== undefined) return undefined
  if ((visit.isRefused || isHidden) && !isFresh && isOver({ url, visit, life }, visit.sentAt))
    throw new CouldNotCheckError(
      `The URL expired ${inWords(visit.sentAt - (life.endsAt ?? 0))} ago: pass a fresh one, or \`endpoint\` and \`resource\`.`,
    )
  if (visit.isRefused || isHidden) return undefined
  if (!isServed(visit)) throw new CouldNotCheckError(`${redact(url)} is answered with ${status}.`)
  const kind = kindOf(visit)
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(headers.get('content-type') ?? '')?.[0] ?? 'no type'
  if (kind === undefined) throw new CouldNotCheckError(`${redact(url)} is no playlist and no video (${type}).`)
  return kind
}

function refused({ visit, life }: CheckedUrl, { viewpoint }: CheckSettings): Note[] {
  return [
    found(
      'url-refused',
      `The CDN refuses the URL with ${visit.status}${life.endsAt === undefined ? '' : ', though it has not expired'}.`,
    ),
    ...checkRefusal(visit, 'the URL', viewpoint),
    skipped('the video', "The CDN doesn't serve it."),
  ]
}

async function explore(
  { url, visit, life }: CheckedUrl,
  kind: VideoKind,
  { settings, visitor, coverage, skewMs }: Tools & { coverage: IssueCoverage; skewMs: number },
): Promise<Note[]> {
  const { viewpoint } = settings
  const again = await visitor.visit(url)
  if (again.isRefused)
    return [
      ...checkCors([visit], viewpoint),
      found('single-use', `The CDN refuses the same URL with ${again.status} when it is requested a second time.`),
      skipped('the video', 'The URL was used up.'),
    ]
  if (kind === 'file') {
    const part = await visitor.visit(url, TWO_BYTES)
    const readable = part.isHidden ? [visit] : [visit, part]
    return [...checkCors(readable, viewpoint), ...checkRange(part, true, viewpoint)]
  }
  const rules = settings.scope === 'file' ? fileRules((file) => sign(file, settings)) : autoRules(coverage)
  const explored = await explorePlaylists(isServed(again) ? again : visit, url, {
    kind,
    rules,
    visitor,
    viewpoint,
    life,
    skewMs,
  })
  return [
    ...checkCors([visit, ...explored.visits], viewpoint),
    ...explored.notes,
    ...checkLife(life, explored.longestS, Date.now()),
  ]
}

/** The signed URL of one file. */
async function sign(resource: string, settings: CheckSettings): Promise<string | undefined> {
  const { signing } = await askEndpoint({ ...asked(settings), resource }, 'start')
  return signing?.answer.url
}

/** After a refusal an endpoint has to sign anew. Two signatures of one second are the same, so it gets a second chance. */
async function askAgain(first: string, settings: CheckSettings): Promise<Note[]> {
  for (const isSecond of [false, true]) {
    if (isSecond) await wait(NEXT_SECOND_MS, settings.signal)
    const { signing } = await askEndpoint(asked(settings), 'refused')
    if (signing?.answer.url !== first) return []
  }
  return [found('endpoint-repeats-url', 'The endpoint answers `reason=refused` with the URL that it signed before.')]
}
