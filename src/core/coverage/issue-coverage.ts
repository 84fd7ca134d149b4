import { SignedUrlError } from '../errors.js'
import { readScheme } from '../expiry/index.js'
import { decodePair } from '../query.js'
import { redact } from '../redact.js'
import type { Signing } from '../signing/signing-client.js'
import { joinUrl, type RequestUrl, splitRequestUrl } from '../split-url.js'
import type { Coverage } from './coverage.js'
import { declaredReach } from './declared-reach.js'
import { withoutDirectives } from './directives.js'
import { IssuedQueries } from './issued-queries.js'
import { IssuedValues } from './issued-values.js'
import { type Redirect, Redirects } from './redirects.js'

/** One signed URL that the endpoint issued. */
interface IssuedUrl {
  readonly url: string
  readonly split: RequestUrl
  /** How many path segments it takes to include the last credential that a reader knows. */
  readonly signedDepth: number
  /** The path segment of the first one; Infinity where the path holds none. */
  readonly firstSlot: number
  readonly videoName: string | undefined
  /** Whether its credentials open a path on its origin, as they or the endpoint say; undefined where neither says anything. */
  readonly opens: ((path: string) => boolean) | undefined
}

/** Where a URL lies: behind `depth` path segments that it shares with an issue. */
interface Place {
  readonly split: RequestUrl
  readonly depth: number
  /** The segments of the present issue that take the place of those `depth`, with what follows. */
  readonly segments: readonly string[]
  /** The present issue's query opens it. */
  readonly isOpened: boolean
  readonly redirect?: Redirect
}

/** Issues that are remembered besides the first: playlists rarely contain older links. */
const LONGEST_MEMORY = 64

/**
 * What the endpoint's signed URLs open, and how the newest credentials get onto URLs that were made from older ones.
 *
 * The paths of all issues are aligned from the end: the longest tail that they share is the video, and whatever stands before it, the *head*, belongs to the signer
 * and is exchanged as a whole. So is each pair of the query. A path that no issue holds the beginning of gets the query where the credentials, or the answer's
 * `covers`, say that they open it; where they say nothing they open the folder of the URL's file.
 */
export class IssueCoverage implements Coverage {
  #first: IssuedUrl | undefined
  #recent: IssuedUrl[] = []
  /** How many path segments all issues share at the end, without those that a reader knows as credentials. */
  #tailLength = Number.POSITIVE_INFINITY
  /** The path segment of the first credential, as far as is known. */
  #firstSlot = Number.POSITIVE_INFINITY
  /** Origin and head of every remembered issue. */
  #heads = new Set<string>()
  #currentHead: readonly string[] = []
  /** The lengths of the heads, in segments; the longest first. */
  #depths: number[] = []
  readonly #queries = new IssuedQueries()
  readonly #values = new IssuedValues()
  readonly #redirects = new Redirects()
  /** The last URL that was made: a request asks about it again when it has been answered. */
  #carried: string | undefined
  #located: { url: string; place: Place | undefined } | undefined
  /** The segments of the resource: they name the video. */
  readonly #resourceSegments: ReadonlySet<string>

  constructor(resource: string) {
    this.#resourceSegments = new Set(resource.split(/[/?#]/).filter((segment) => segment !== ''))
  }

  get #current(): IssuedUrl | undefined {
    return this.#recent.at(-1) ?? this.#first
  }

  /** Learns a new issue. Throws `signed-url-invalid` when it is another video's. */
  add(url: string, signing?: Signing): void {
    const split = splitRequestUrl(url)
    if (!split) throw new SignedUrlError('signed-url-invalid', 'The signed URL is not an absolute http(s) URL.')
    const { pathSlots, videoName } = readScheme(split)
    const issue: IssuedUrl = {
      url,
      split,
      signedDepth: Math.max(-1, ...pathSlots) + 1,
      firstSlot: Math.min(...pathSlots),
      videoName,
      opens: reachOf(split, signing?.answer.covers),
    }
    const previous = this.#current
    if (previous) this.#checkVideo(previous, issue)
    this.#tailLength = Math.min(
      this.#tailLength,
      split.segments.length - issue.signedDepth,
      previous ? sharedTail(previous.split.segments, split.segments) : Number.POSITIVE_INFINITY,
    )
    this.#firstSlot = Math.min(this.#firstSlot, issue.firstSlot, previous ? firstDifference(previous, issue) : Infinity)
    if (previous) this.#recent = [...this.#recent, issue].slice(-LONGEST_MEMORY)
    else this.#first = issue
    this.#index()
  }

  /** Whether `url` was made from an issue, or the credentials open it: only then may it get newer ones. */
  covers(url: string): boolean {
    return url === this.#carried || this.#locate(url) !== undefined || this.#values.isIn(url)
  }

  /**
   * Carries the newest credentials onto `url`, a URL derived from any issue (a segment, a playlist, a key).
   *
   * Edits the raw text: what the signer does not own keeps its bytes and its position, because CDNs verify byte for byte.
   * Returns `url` itself where the signature does not cover it, so that no third party sees a token. Never throws.
   *
   * @see RFC 3986 section 5.2.2: a relative reference drops its base's query.
   */
  carry(url: string): string {
    if (url === this.#carried) return url
    const current = this.#current
    if (!current) return url
    const place = this.#locate(url)
    if (!place && !this.#values.isIn(url)) return url
    this.#carried = place ? this.#carryTo(place, current) : this.#values.exchange(url)
    return this.#carried
  }

  /**
   * Whether a link, as the engine resolves it, has credentials of its own, so that the playlist that holds it has signed it: an expiry that no issue has, or another
   * value for one of the signer's keys.
   */
  hasOwnCredentials(url: string): boolean {
    const split = splitRequestUrl(withoutDirectives(url))
    if (!split) return false
    const own = this.#queries.ownPairs(split.query).filter((pair) => !this.#values.isIn(pair.text))
    if (this.#queries.isSigned(own)) return true
    const place = this.#locate(url)
    // Whatever another server has signed, the redirecting one leads there again.
    if (place?.redirect) return false
    const depth = place?.depth ?? 0
    // Players that add to a query may encode the rest of it anew.
    const query = own.map(({ text }) => decodePair(text)).join('&')
    return readScheme({ ...split, segments: split.segments.slice(depth), query }).expiresAt !== undefined
  }

  /** Whether a link's query has anything of its own. */
  hasOwnPairs(url: string): boolean {
    return this.#queries.ownPairs(splitRequestUrl(withoutDirectives(url))?.query).length > 0
  }

  /**
   * A request to `sentUrl` was answered by `responseUrl`, so links that are relative to that URL belong to the media too. Where the redirect kept the credentials,
   * they get newer ones there; else they go through the redirecting server again. Only for the same file name, and only below the folder that it led to.
   */
  redirected(sentUrl: string, responseUrl: string): void {
    const sent = this.#locate(sentUrl)?.split
    const answered = splitRequestUrl(responseUrl)
    if (!sent || !answered) return
    const [from, to] = [sent.segments, answered.segments]
    const shared = sharedTail(from, to)
    if (shared === 0) return
    const changed = from.length - shared
    const redirect = {
      from: [sent.prefix, ...from.slice(0, changed)].join('/'),
      to: [answered.prefix, ...to.slice(0, to.length - shared)].join('/'),
      keepsCredentials: sent.query === answered.query && changed <= this.#firstSlot,
    }
    this.#redirects.add(redirect)
    this.#located = undefined
  }

  #carryTo(place: Place, current: IssuedUrl): string {
    const { split, segments, isOpened, redirect } = place
    const isMoved = split.origin !== current.split.origin
    const carried = joinUrl({
      prefix: isMoved ? current.split.prefix : split.prefix,
      segments,
      query: this.#queries.carry(split.query, isOpened, (text) => this.#values.exchange(text)),
      hash: split.hash,
    })
    return redirect ? this.#redirects.followAgain(carried, redirect) : carried
  }

  /** Remembers one result, because a request asks about the same URL several times in a row. */
  #locate(url: string): Place | undefined {
    if (this.#located?.url !== url) this.#located = { url, place: this.#find(url) }
    return this.#located.place
  }

  #find(url: string): Place | undefined {
    const place = this.#findOwn(url)
    if (place) return place
    return this.#redirects.trace(url, (before, redirect) => {
      const own = this.#findOwn(before)
      return own && { ...own, redirect }
    })
  }

  #findOwn(url: string): Place | undefined {
    const current = this.#current
    const split = current && splitRequestUrl(url)
    if (!split || leavesFolder(split.segments)) return undefined
    for (const depth of this.#depths) {
      if (split.segments.length <= depth || !this.#heads.has(head(split, depth))) continue
      const segments = [...this.#currentHead, ...split.segments.slice(depth)]
      const isOpened = this.#opens(current, segments)
      // A URL that begins with an issue's head was made from it, wherever its file lies.
      if (depth > 0 || isOpened) return { split, depth, segments, isOpened }
    }
    // It lies beside what the signer exchanges.
    const isOpened = split.origin === current.split.origin && this.#opens(current, split.segments)
    return isOpened ? { split, depth: 0, segments: split.segments, isOpened } : undefined
  }

  #opens({ split, opens }: IssuedUrl, segments: readonly string[]): boolean {
    if (opens) return opens(`/${segments.join('/')}`)
    const folder = split.segments.slice(0, -1)
    return segments.length > folder.length && folder.every((segment, index) => segment === segments[index])
  }

  #headOf({ split }: IssuedUrl): readonly string[] {
    return split.segments.slice(0, Math.max(0, split.segments.length - this.#tailLength))
  }

  /** Rebuilds the look-up tables: a shorter tail changes the head of every issue. */
  #index(): void {
    this.#located = undefined
    this.#carried = undefined
    const issues = this.#first ? [this.#first, ...this.#recent] : []
    this.#currentHead = this.#current ? this.#headOf(this.#current) : []
    const depths = issues.map((issue) => this.#headOf(issue).length)
    this.#heads = new Set(issues.map(({ split }, index) => head(split, depths[index] ?? 0)))
    this.#depths = [...new Set(depths)].sort((one, other) => other - one)
    const queries = issues.map(({ split }) => split.query)
    this.#queries.learn(queries)
    this.#values.learn(queries)
  }

  /** Throws unless both issues may be the same video's. Beyond that, the endpoint is trusted. */
  #checkVideo(previous: IssuedUrl, next: IssuedUrl): void {
    const [from, to] = [previous.split.segments, next.split.segments]
    const isGone = (segment: string) => this.#resourceSegments.has(segment) && !to.includes(segment)
    const names = [previous.videoName, next.videoName]
    // Other CDNs have other names.
    const isRenamed = previous.split.origin === next.split.origin && !names.includes(undefined) && names[0] !== names[1]
    if (from.at(-1) === to.at(-1) && !from.some(isGone) && !isRenamed) return
    throw new SignedUrlError(
      'signed-url-invalid',
      `The new signed URL names another video than the last one: ${shape(next)} in place of ${shape(previous)}.`,
    )
  }
}

function reachOf(split: RequestUrl, covers: string | undefined): ((path: string) => boolean) | undefined {
  const declared = declaredReach(split)
  if (covers === undefined) return declared
  const folder = covers.endsWith('/') ? covers : `${covers}/`
  return (path) => path.startsWith(folder) || declared?.(path) === true
}

function head({ origin, segments }: RequestUrl, depth: number): string {
  return [origin, ...segments.slice(0, depth)].join('/')
}

function sharedTail(from: readonly string[], to: readonly string[]): number {
  let shared = 0
  while (shared < Math.min(from.length, to.length) && from.at(-1 - shared) === to.at(-1 - shared)) shared += 1
  return shared
}

/** The first path segment that the signer has changed. Infinity where it changed none, or has moved to another host: then nothing is known. */
function firstDifference({ split: one }: IssuedUrl, { split: other }: IssuedUrl): number {
  if (one.origin !== other.origin) return Number.POSITIVE_INFINITY
  const index = one.segments.findIndex((segment, slot) => segment !== other.segments[slot])
  return index < 0 ? Number.POSITIVE_INFINITY : index
}

/** Dot segments, plain or encoded: a browser would resolve them to a URL outside the folder. */
function leavesFolder(segments: readonly string[]): boolean {
  return segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
}

/** How many folders a URL has, and what the URL shows without its credentials. */
function shape({ url, split }: IssuedUrl): string {
  return `${redact(url)} (${split.segments.length - 1} folders)`
}
