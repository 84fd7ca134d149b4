import { SignedUrlError } from './errors.js'
import { readScheme } from './expiry/index.js'
import { joinPairs, normalisePair, type QueryPair, queryPairs } from './query.js'
import { joinUrl, type RequestUrl, splitRequestUrl } from './request-url.js'
import type { Scope } from './signed-source.js'

/** One signed URL that the endpoint issued for the film. `depth`: how many path segments reach to the last credential. */
interface Issue {
  readonly url: string
  readonly split: RequestUrl
  readonly pairs: readonly QueryPair[]
  readonly depth: number
}

/** Where a URL lies: below `depth` path segments that an issue has too. */
interface Place {
  readonly split: RequestUrl
  readonly depth: number
  readonly isInFolder: boolean
  /** The redirect that leads there. */
  readonly led?: Redirect
}

/** Beginnings of URLs: what lies below `from` was answered from the same place below `to`. */
interface Redirect {
  readonly from: string
  readonly to: string
  /** The credentials went along; else the server that they led to has others, which only the redirecting one can give. */
  readonly keepsCredentials: boolean
}

/** Issues that are remembered besides the first: playlists rarely hold links older than that. */
const LONGEST_MEMORY = 64
/** Redirects that are remembered: a film has few edge servers. */
const MOST_REDIRECTS = 16

/**
 * Learns what the signer changes from one issue to the next, and carries the newest credentials onto URLs that hold older ones.
 *
 * The signed folder is what a URL has before its file name. Its leading part, up to the last credential in the path, is exchanged as a whole; the issued
 * query is put onto links that lack it and exchanged pair by pair where an older one stands.
 */
export class Credentials implements Scope {
  #first: Issue | undefined
  #recent: Issue[] = []
  /** Leading part (origin and `depth` segments) of every remembered issue. */
  #heads = new Set<string>()
  #depths: number[] = []
  /** Where in its issue each pair stands; normalised. */
  #issuedPairs = new Map<string, number>()
  /** Of each origin, the path segments that are the signer's: one CDN's paths say nothing of another's. */
  readonly #slots = new Map<string, ReadonlySet<number>>()
  /** Those used last stand last. */
  readonly #redirects = new Map<string, Redirect>()
  /** The last URL that was made: what was sent to is asked about again when it has been answered. */
  #carried: string | undefined
  #located: { url: string; place: Place | undefined } | undefined
  /** Pieces of the resource's own path: they name the film, whatever stands beside them. */
  readonly #filmSegments: ReadonlySet<string>

  constructor(resource: string) {
    this.#filmSegments = new Set(resource.split(/[/?#]/))
  }

  get #current(): Issue | undefined {
    return this.#recent.at(-1) ?? this.#first
  }

  /** Takes a new issue in; throws `signed-url-invalid` when more than credentials changed. */
  add(url: string): void {
    const split = splitRequestUrl(url)
    if (!split) throw new SignedUrlError('signed-url-invalid', 'The signed URL is not an absolute http(s) URL.')
    const previous = this.#current
    const slots = readScheme(split).pathSlots
    const known = this.#slotsOf(split)
    const issue: Issue = { url, split, pairs: queryPairs(split.query), depth: depthOf([...known, ...slots]) }
    const learned = previous ? changedSlots(previous, issue, slots, this.#filmSegments) : slots
    this.#slots.set(split.origin, new Set([...known, ...learned]))
    if (previous) this.#recent = [...this.#recent, issue].slice(-LONGEST_MEMORY)
    else this.#first = issue
    this.#index()
  }

  /** Whether `url` lies below the credentials of an issue, or in its signed folder: only then may it get newer ones. */
  covers(url: string): boolean {
    return url === this.#carried || this.#locate(url) !== undefined
  }

  /**
   * Carries the newest credentials onto `url`, a URL derived from any issue (a segment, a playlist, a key).
   *
   * Edits the raw text: whatever the signer does not own keeps its bytes and its place, because CDNs verify byte for byte.
   * Returns `url` itself when it lies on another origin or outside the signed folder, so that no third party sees a token. Never throws.
   *
   * @see RFC 3986 section 5.2.2: a relative reference drops its base's query.
   */
  carry(url: string): string {
    if (url === this.#carried) return url
    const current = this.#current
    const place = this.#locate(url)
    if (!current || !place) return url
    const { split, depth, led } = place
    const isMoved = split.origin !== current.split.origin
    const carried = joinUrl({
      prefix: isMoved ? current.split.prefix : split.prefix,
      segments: [...current.split.segments.slice(0, current.depth), ...split.segments.slice(depth)],
      query: this.#carryQuery(split.query, current, place.isInFolder),
      hash: split.hash,
    })
    const isLed = led?.keepsCredentials && isBelow(carried, led.from)
    this.#carried = isLed ? led.to + carried.slice(led.from.length) : carried
    return this.#carried
  }

  /**
   * A request to `sentUrl` was answered by `responseUrl`: links that are meant from there belong to the film too. Where the redirect took the credentials along they
   * get newer ones there; else they go by the redirecting server again. Only below the folder that it led to, and to the same file's name.
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
    this.#remember(redirect)
    this.#located = undefined
  }

  #remember(redirect: Redirect): void {
    this.#redirects.delete(redirect.to)
    this.#redirects.set(redirect.to, redirect)
    const [oldest] = this.#redirects.keys()
    if (this.#redirects.size > MOST_REDIRECTS && oldest !== undefined) this.#redirects.delete(oldest)
  }

  #carryQuery(query: string | undefined, current: Issue, isInFolder: boolean): string | undefined {
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
      // The key is gone: EdgeCast's token is a key itself, and another CDN's keys are others.
      const successor = current.pairs[slot]
      return successor && lacking.delete(successor.key) ? successor : []
    })
    // A value of its own for a key whose value changes: signed by the server, maybe to the very second of an issue, so that the expiry beside it is not ours either.
    if (isSelfSigned) return query
    // Outside the folder nothing is added, nor to a link with a value of its own for one of the keys.
    const added = isWhole ? lacking.values() : []
    return joinPairs([...kept, ...added]) || (own.length > 0 ? undefined : query)
  }

  /** Each request's URL is asked for several times in a row. */
  #locate(url: string): Place | undefined {
    if (this.#located?.url !== url) this.#located = { url, place: this.#find(url) }
    return this.#located.place
  }

  #find(url: string): Place | undefined {
    const place = this.#findOwn(url)
    if (place) return place
    for (const led of this.#redirects.values()) {
      const own = isBelow(url, led.to) ? this.#findOwn(led.from + url.slice(led.to.length)) : undefined
      if (!own) continue
      this.#remember(led)
      return { ...own, led }
    }
    return undefined
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
      // Credentials in the path are exchanged wherever they stand: a URL that holds them was made from one of ours.
      if (depth > 0 || isInFolder) return { split, depth, isInFolder }
    }
    return undefined
  }

  #slotsOf({ origin }: RequestUrl): ReadonlySet<number> {
    return this.#slots.get(origin) ?? new Set()
  }

  /** Rebuilds the look-up tables, as a newly learned slot may move every issue's `depth`. */
  #index(): void {
    this.#located = undefined
    this.#carried = undefined
    const deepen = (issue: Issue): Issue => {
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

function isBelow(url: string, beginning: string): boolean {
  return url.startsWith(`${beginning}/`)
}

function head({ origin, segments }: RequestUrl, depth: number): string {
  return [origin, ...segments.slice(0, depth)].join('/')
}

function depthOf(slots: Iterable<number>): number {
  return Math.max(-1, ...slots) + 1
}

/** Dot segments, plain or encoded: a browser would resolve them to a place outside the folder. */
function leavesFolder(segments: readonly string[]): boolean {
  return segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
}

/** The path slots that the new issue shows; throws when anything but credentials changed. */
function changedSlots(
  previous: Issue,
  next: Issue,
  readSlots: readonly number[],
  filmSegments: ReadonlySet<string>,
): Iterable<number> {
  const from = previous.split.segments
  const to = next.split.segments
  if (previous.split.origin !== next.split.origin) {
    // Several CDNs: what comes before the credentials is theirs, what comes after is the film.
    if (from.slice(previous.depth).join('/') !== to.slice(next.depth).join('/')) throw anotherFilm()
    return readSlots
  }
  if (from.length !== to.length) throw anotherFilm()
  const changed = to.flatMap((segment, index) => (segment === from[index] ? [] : [index]))
  const isFilm = (index: number) =>
    index === to.length - 1 || [from, to].some((path) => filmSegments.has(path[index] ?? ''))
  const [expiry = Number.NaN] = readSlots
  const isBeside = (index: number) => Math.abs(index - expiry) === 1
  const isCredential = (index: number) => readSlots.includes(index) || (isBeside(index) && !isFilm(index))
  if (!changed.every(isCredential)) throw anotherFilm()
  return [...readSlots, ...changed]
}

function anotherFilm(): SignedUrlError {
  return new SignedUrlError(
    'signed-url-invalid',
    'The new signed URL differs from the last one in more than its credentials, so it names another film.',
  )
}
