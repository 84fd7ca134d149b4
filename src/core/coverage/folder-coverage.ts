import { SignedUrlError } from '../errors.js'
import { readScheme } from '../expiry/index.js'
import { joinPairs, normalisePair, type QueryPair, queryPairs } from '../query.js'
import { joinUrl, type RequestUrl, splitRequestUrl } from '../split-url.js'
import type { Coverage } from './coverage.js'
import { type Redirect, Redirects } from './redirects.js'

/** One signed URL that the endpoint issued. `depth`: how many path segments it takes to include the last credential. */
interface IssuedUrl {
  readonly url: string
  readonly split: RequestUrl
  readonly pairs: readonly QueryPair[]
  readonly depth: number
}

/** Where a URL lies: below `depth` path segments that it shares with an issue. */
interface Place {
  readonly split: RequestUrl
  readonly depth: number
  readonly isInFolder: boolean
  readonly redirect?: Redirect
}

/** Issues that are remembered besides the first: playlists rarely contain older links. */
const LONGEST_MEMORY = 64

/**
 * `scope: 'directory'`: a signed URL opens its whole folder. Learns what the signer changes from one issue to the next, and carries the newest credentials onto URLs
 * that hold older ones.
 *
 * The part of the path up to the last credential is replaced as a whole. The issued query is added to links that lack it, and replaced pair by pair where there is
 * an older one.
 */
export class FolderCoverage implements Coverage {
  #first: IssuedUrl | undefined
  #recent: IssuedUrl[] = []
  /** Leading part (origin and `depth` segments) of every remembered issue. */
  #heads = new Set<string>()
  #depths: number[] = []
  /** The position of each pair, normalised, in its issue. */
  #issuedPairs = new Map<string, number>()
  /** The path segments that the signer owns, for each origin: one CDN's paths say nothing about another's. */
  readonly #slots = new Map<string, ReadonlySet<number>>()
  readonly #redirects = new Redirects()
  /** The last URL that was made: a request asks about it again when it has been answered. */
  #carried: string | undefined
  #located: { url: string; place: Place | undefined } | undefined
  /** The segments of the resource: they name the video, whatever is next to them. */
  readonly #resourceSegments: ReadonlySet<string>

  constructor(resource: string) {
    this.#resourceSegments = new Set(resource.split(/[/?#]/))
  }

  get #current(): IssuedUrl | undefined {
    return this.#recent.at(-1) ?? this.#first
  }

  /** Learns a new issue. Throws `signed-url-invalid` when more than its credentials changed. */
  add(url: string): void {
    const split = splitRequestUrl(url)
    if (!split) throw new SignedUrlError('signed-url-invalid', 'The signed URL is not an absolute http(s) URL.')
    const previous = this.#current
    const slots = readScheme(split).pathSlots
    const known = this.#slotsOf(split)
    const issue: IssuedUrl = { url, split, pairs: queryPairs(split.query), depth: depthOf([...known, ...slots]) }
    const learned = previous ? changedSlots(previous, issue, slots, this.#resourceSegments) : slots
    this.#slots.set(split.origin, new Set([...known, ...learned]))
    if (previous) this.#recent = [...this.#recent, issue].slice(-LONGEST_MEMORY)
    else this.#first = issue
    this.#index()
  }

  /** Whether `url` lies below the credentials of an issue, or in its folder: only then may it get newer ones. */
  covers(url: string): boolean {
    return url === this.#carried || this.#locate(url) !== undefined
  }

  /**
   * Carries the newest credentials onto `url`, a URL derived from any issue (a segment, a playlist, a key).
   *
   * Edits the raw text: what the signer does not own keeps its bytes and its position, because CDNs verify byte for byte.
   * Returns `url` itself when it lies on another origin or outside the signed folder, so that no third party sees a token. Never throws.
   *
   * @see RFC 3986 section 5.2.2: a relative reference drops its base's query.
   */
  carry(url: string): string {
    if (url === this.#carried) return url
    const current = this.#current
    const place = this.#locate(url)
    if (!current || !place) return url
    const { split, depth, redirect } = place
    const isMoved = split.origin !== current.split.origin
    const carried = joinUrl({
      prefix: isMoved ? current.split.prefix : split.prefix,
      segments: [...current.split.segments.slice(0, current.depth), ...split.segments.slice(depth)],
      query: this.#carryQuery(split.query, current, place.isInFolder),
      hash: split.hash,
    })
    this.#carried = redirect ? this.#redirects.followAgain(carried, redirect) : carried
    return this.#carried
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
    let shared = 0
    while (shared < Math.min(from.length, to.length) && from.at(-1 - shared) === to.at(-1 - shared)) shared += 1
    if (shared === 0) return
    const changed = from.length - shared
    const redirect = {
      from: [sent.prefix, ...from.slice(0, changed)].join('/'),
      to: [answered.prefix, ...to.slice(0, to.length - shared)].join('/'),
      keepsCredentials: sent.query === answered.query && changed <= Math.min(...this.#slotsOf(sent)),
    }
    this.#redirects.add(redirect)
    this.#located = undefined
  }

  #carryQuery(query: string | undefined, current: IssuedUrl, isInFolder: boolean): string | undefined {
    if (this.#issuedPairs.size === 0) return query
    const fresh = new Map(current.pairs.map((pair) => [pair.key, pair]))
    const own = queryPairs(query)
    const lacking = new Map(fresh)
    for (const { key } of own) lacking.delete(key)
    let isWhole = isInFolder
    let isSelfSigned = false
    const kept = own.flatMap((pair) => {
      const issued = fresh.get(pair.key)
      const slot = this.#issuedPairs.get(normalisePair(pair.text))
      if (slot === undefined) {
        if (issued) {
          isWhole = false
          isSelfSigned ||= !this.#first?.pairs.some(({ text }) => text === issued.text)
        }
        return pair
      }
      if (issued) return issued
      // The key is gone: EdgeCast's token is itself a key, and another CDN has other keys.
      const successor = current.pairs[slot]
      return successor && lacking.delete(successor.key) ? successor : []
    })
    // Its own value for a key whose value changes means that the server signed it. Maybe it did so in the second of an issue, so the expiry next to it isn't ours either.
    if (isSelfSigned) return query
    // Nothing is added outside the folder, or to a link with its own value for one of the keys.
    const added = isWhole ? lacking.values() : []
    return joinPairs([...kept, ...added]) || (own.length > 0 ? undefined : query)
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
    const folder = current.split.segments.slice(current.depth, -1)
    for (const depth of this.#depths) {
      if (split.segments.length <= depth || !this.#heads.has(head(split, depth))) continue
      const isInFolder =
        split.segments.length > depth + folder.length &&
        folder.every((segment, index) => segment === split.segments[depth + index])
      // A URL that holds credentials in its path was made from one of ours, wherever its file lies.
      if (depth > 0 || isInFolder) return { split, depth, isInFolder }
    }
    return undefined
  }

  #slotsOf({ origin }: RequestUrl): ReadonlySet<number> {
    return this.#slots.get(origin) ?? new Set()
  }

  /** Rebuilds the look-up tables: a newly learned slot may change the `depth` of every issue. */
  #index(): void {
    this.#located = undefined
    this.#carried = undefined
    const deepen = (issue: IssuedUrl): IssuedUrl => {
      const depth = depthOf(this.#slotsOf(issue.split))
      return issue.depth < depth ? { ...issue, depth } : issue
    }
    this.#first = this.#first && deepen(this.#first)
    this.#recent = this.#recent.map(deepen)
    const issues = this.#first ? [this.#first, ...this.#recent] : []
    this.#heads = new Set(issues.map((issue) => head(issue.split, issue.depth)))
    this.#depths = [...new Set(issues.map((issue) => issue.depth))]
    this.#issuedPairs = new Map(
      issues.flatMap(({ pairs }) => pairs.map(({ text }, slot) => [normalisePair(text), slot])),
    )
  }
}

function head({ origin, segments }: RequestUrl, depth: number): string {
  return [origin, ...segments.slice(0, depth)].join('/')
}

function depthOf(slots: Iterable<number>): number {
  return Math.max(-1, ...slots) + 1
}

/** Dot segments, plain or encoded: a browser would resolve them to a URL outside the folder. */
function leavesFolder(segments: readonly string[]): boolean {
  return segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
}

/** The path slots that changed with the new issue. Throws when anything but credentials changed. */
function changedSlots(
  previous: IssuedUrl,
  next: IssuedUrl,
  readSlots: readonly number[],
  resourceSegments: ReadonlySet<string>,
): Iterable<number> {
  const from = previous.split.segments
  const to = next.split.segments
  if (previous.split.origin !== next.split.origin) {
    // Several CDNs: the path up to the credentials is theirs, the rest is the video's.
    if (from.slice(previous.depth).join('/') !== to.slice(next.depth).join('/')) throw anotherVideo()
    return readSlots
  }
  if (from.length !== to.length) throw anotherVideo()
  const changed = to.flatMap((segment, index) => (segment === from[index] ? [] : [index]))
  const namesVideo = (index: number) =>
    index === to.length - 1 || [from, to].some((path) => resourceSegments.has(path[index] ?? ''))
  const [expiry = Number.NaN] = readSlots
  const isBeside = (index: number) => Math.abs(index - expiry) === 1
  const isCredential = (index: number) => readSlots.includes(index) || (isBeside(index) && !namesVideo(index))
  if (!changed.every(isCredential)) throw anotherVideo()
  return [...readSlots, ...changed]
}

function anotherVideo(): SignedUrlError {
  return new SignedUrlError(
    'signed-url-invalid',
    'The new signed URL differs from the last one in more than its credentials, so it names another video.',
  )
}
