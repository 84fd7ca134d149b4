import { equal } from 'node:assert/strict'
import fc from 'fast-check'
import { IssueCoverage } from '../../src/core/coverage/issue-coverage.js'
import {
  anyChain,
  anyVideo,
  chain,
  type Issue,
  longChain,
  namedVideo,
  ownPairs,
  queryVideo,
  type SignedVideo,
  twoCdns,
  way,
} from './signed-videos.js'

/*
 * The guarantees of carrying credentials, for any video, chain of refreshes and link. The videos know what their signers own, so the expected link is built
 * from its pieces and never parsed from its text.
 */

/** A coverage remembers the first issue and this many of the latest ones. */
const MEMORY = 64

/** A link derived from an issue: the pairs that it keeps of the issue's query, and its own pairs in between. */
interface Link {
  readonly way: readonly string[]
  /** For each key of the issue, whether the link keeps it. */
  readonly holds: 'none' | 'all' | readonly boolean[]
  readonly own: readonly string[]
  /** The position of each own pair. */
  readonly positions: readonly number[]
  /** A fragment. A `?` before it is written only without a query. */
  readonly end: string
}

const link: fc.Arbitrary<Link> = fc.record({
  way,
  holds: fc.oneof(fc.constant('none'), fc.constant('all'), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })),
  own: ownPairs,
  positions: fc.array(fc.nat(9), { minLength: 3, maxLength: 3 }),
  end: fc.constantFrom('', '', '?', '#t=3', '?#a=b&token=1'),
})

/** A pair of the issue, by its index, or one of the link's own. */
type Item = number | string

const nameOf = (pair: string) => pair.split('=', 1)[0] ?? ''

function itemsOf({ holds, own, positions }: Link, { pairs }: Issue): Item[] {
  const names = [...new Set(pairs.map(nameOf))]
  const isHeld = (name: string) => holds === 'all' || (holds !== 'none' && holds[names.indexOf(name) % 4] === true)
  const items: Item[] = pairs.flatMap((pair, slot) => (isHeld(nameOf(pair)) ? [slot] : []))
  own.forEach((pair, index) => {
    items.splice((positions[index] ?? 0) % (items.length + 1), 0, pair)
  })
  // A query of one empty pair is an empty query.
  return items.length === 1 && items[0] === '' ? [] : items
}

const textOf = (item: Item, { pairs }: Pick<Issue, 'pairs'>) => (typeof item === 'number' ? pairs[item] : item)

function write({ head, pairs }: Issue, path: readonly string[], items: readonly Item[], end = ''): string {
  const query = items.map((item) => textOf(item, { pairs })).join('&')
  return `${head}/${path.join('/')}${items.length > 0 ? `?${query}${end.replace('?', '')}` : end}`
}

/** `items`, followed by the pairs of the issue that they lack. */
function completed(items: readonly Item[], { pairs }: Issue): Item[] {
  return [...items, ...pairs.flatMap((_, slot) => (items.includes(slot) ? [] : [slot]))]
}

function learn(video: SignedVideo, serials: readonly number[]): IssueCoverage {
  const coverage = new IssueCoverage(video.resource)
  for (const serial of serials) coverage.add(video.issue(serial).url)
  return coverage
}

/** The items that are not the issue's. A query of one empty pair is an empty query. */
function ownItems(items: readonly Item[]): Item[] {
  const own = items.filter((item) => typeof item === 'string')
  return own.length === 1 && own[0] === '' ? [] : own
}

const oneOf = <T>(values: readonly T[], index: number) => values[index % values.length] as T

/** A link derived from `old`, and the link expected now that `current` is the newest issue. */
function linkFrom(old: Issue, current: Issue, { place }: SignedVideo, spec: Link) {
  const path = [...place.folder, ...spec.way]
  const items = itemsOf(spec, old)
  const expected = write(current, path, completed(items, current), spec.end)
  return { old, current, path, items, end: spec.end, url: write(old, path, items, spec.end), expected }
}

/** A video after some refreshes, and a link from any remembered issue. */
const cases = (videos = anyVideo, chains = chain) =>
  fc.tuple(videos, chains, link, fc.nat()).map(([video, serials, spec, index]) => {
    const remembered = [...serials.slice(0, 1), ...serials.slice(1).slice(-MEMORY)]
    const old = video.issue(oneOf(remembered, index))
    const current = video.issue(serials.at(-1) ?? 0)
    return { video, serials, coverage: learn(video, serials), ...linkFrom(old, current, video, spec) }
  })

function expectUnchanged(coverage: IssueCoverage, url: string): void {
  equal(coverage.carry(url), url)
  equal(coverage.covers(url), false)
}

/** Carries another URL in between, because the last one carried takes a shortcut. */
function expectIdempotent(coverage: IssueCoverage, url: string, between: string): void {
  const once = coverage.carry(url)
  equal(coverage.carry(once), once)
  coverage.carry(between)
  equal(coverage.carry(once), once)
}

/** URLs that contain `origin` but lie elsewhere. */
function lookalikes(origin: string, path: string): string[] {
  const { protocol, host, hostname } = new URL(origin)
  const other = protocol === 'https:' ? 'http:' : 'https:'
  return [
    `${protocol}//evil.example${path}`,
    `${protocol}//${hostname}.evil${path}`,
    `${protocol}//${hostname.toUpperCase()}.EVIL${path}`,
    `${protocol}//evil-${host}${path}`,
    `${protocol}//sub.${host}${path}`,
    `${protocol}//${host}@evil.example${path}`,
    `${protocol}//user@${host}${path}`,
    `${protocol}//user:word@${host}${path}`,
    `${protocol}//${hostname}.${path}`,
    `${protocol}//${hostname}:8443${path}`,
    `${other}//${host}${path}`,
    `${protocol}//evil.example/${host}${path}`,
    `${protocol}//evil.example?${origin}${path}`,
    `${protocol}//evil.example#${origin}${path}`,
    `${protocol}//evil.example\\@${host}${path}`,
    `${protocol}\\\\${host}${path}`,
    `${protocol}/${host}${path}`,
    `//${host}${path}`,
    ` ${origin}${path}`,
    `${protocol}//${host[0]}\t${host.slice(1)}${path}`,
    `blob:${origin}${path}`,
    path,
  ]
}

const DOTS = ['.', '..', '%2e', '%2E', '%2e%2E', '.%2e', '%2E.']

const URL_WORDS = [
  'https:',
  'http:',
  '//',
  'cdn.example',
  'evil',
  '/',
  '/',
  '?',
  '&',
  '=',
  '#',
  '@',
  ':',
  '.',
  '..',
  '%',
  '2e',
  '\\\\',
  '~',
  'token',
  ' ',
  'a',
]
const text = (write: (code: number) => string) =>
  fc.array(fc.nat(0xffff)).map((codes) => codes.map((code) => write(code)).join(''))

/** `links`: how many links one run of the property checks. */
function property<T extends [unknown, ...unknown[]]>(of: fc.IPropertyWithHooks<T>, links = 1) {
  return (count: number) => fc.assert(of, { numRuns: Math.ceil(count / links) })
}

/** The links per chain, because adding a long chain takes longer than carrying many links. */
const MANY = 100

/** Each property throws unless it holds for the given number of links. */
export const CREDENTIAL_PROPERTIES: Readonly<Record<string, (links: number) => void>> = {
  'a link from any remembered issue gets the newest credentials and keeps every other byte': property(
    fc.property(cases(anyVideo, anyChain), ({ coverage, url, expected, current }) => {
      equal(coverage.covers(url), true)
      equal(coverage.carry(url), expected)
      expectIdempotent(coverage, url, current.url)
    }),
  ),

  'a link that is carried again and again survives any chain of refreshes, and so does one from the first issue':
    property(
      fc.property(anyVideo, anyChain, link, (video, serials, spec) => {
        const coverage = new IssueCoverage(video.resource)
        const first = video.issue(serials[0] ?? 0)
        let carried = linkFrom(first, first, video, spec).url
        for (const serial of serials) {
          const { url, current, expected } = linkFrom(first, video.issue(serial), video, spec)
          coverage.add(current.url)
          carried = coverage.carry(carried)
          equal(carried, expected)
          equal(coverage.carry(url), expected)
        }
      }),
    ),

  'a link from a remembered issue is carried, and a link with older credentials stays unchanged': property(
    fc.property(
      namedVideo,
      longChain,
      fc.array(link, { minLength: MANY, maxLength: MANY }),
      (video, serials, links) => {
        const coverage = learn(video, serials)
        const later = serials.slice(1)
        links.forEach((spec, index) => {
          const at = index % later.length
          const isForgotten = at < later.length - MEMORY
          const old = video.issue(later[at] ?? 0)
          const { url, items, current, expected } = linkFrom(old, video.issue(serials.at(-1) ?? 0), video, spec)
          // When the query is all that is signed, a link without credentials is as good as any.
          const isOld = old.head !== current.head || items.some((item) => textOf(item, old) !== textOf(item, current))
          equal(coverage.carry(url), isForgotten && isOld ? url : expected)
          expectIdempotent(coverage, url, current.url)
        })
      },
    ),
    MANY,
  ),

  'a link whose query a player has re-encoded regains its bytes and keeps what the player added': property(
    fc.property(cases(), ({ coverage, old, current, path }) => {
      const slots = [...old.pairs.keys()]
      const reload = new URL(write(old, path, slots))
      reload.searchParams.set('_HLS_msn', '7')
      equal(coverage.carry(reload.href), write(current, path, [...slots, '_HLS_msn=7']))
    }),
  ),

  'a link that the server signed separately, in part or whole, stays unchanged': property(
    fc.property(cases(queryVideo), fc.nat(), ({ video, serials, coverage, old, current, path, items, end }, index) => {
      const later = video.issue((serials.at(-1) ?? 0) + 1)
      const signed = [...old.pairs.keys()].filter((slot) => old.pairs[slot] !== later.pairs[slot])
      const own = oneOf(signed, index)
      const ownPair = `${nameOf(old.pairs[own] ?? '')}=signed-by-the-server`
      const url = write(old, path, [ownPair, ...items.filter((item) => item !== own)], end)
      equal(coverage.carry(url), url)
      expectIdempotent(coverage, url, current.url)
    }),
  ),

  'a link on another origin gets no credentials, however similar it looks': property(
    fc.property(cases(), ({ coverage, video, old, path, items, end }) => {
      const { origin } = video.place
      const url = write(
        old,
        path,
        items.filter((item) => typeof item === 'string'),
        end,
      )
      for (const other of lookalikes(origin, url.slice(origin.length))) expectUnchanged(coverage, other)
    }),
  ),

  'a link with the values of an issue gets the newest ones, under whatever key and on whatever origin': property(
    fc.property(cases(queryVideo), ({ coverage, video, serials, old, current, path, end }) => {
      const later = video.issue((serials.at(-1) ?? 0) + 1)
      const isLong = (pair = '') => pair.slice(nameOf(pair).length + 1).length >= 16
      const slots = [...old.pairs.keys()].filter(
        (slot) => isLong(old.pairs[slot]) && old.pairs[slot] !== later.pairs[slot],
      )
      const renamed = ({ pairs }: Issue) => slots.map((slot) => (pairs[slot] ?? '').replace(/^[^=]*/, `own${slot}`))
      const elsewhere = (issue: Issue) =>
        `https://other.example/${path.join('/')}?${renamed(issue).join('&')}${end.replace('?', '')}`
      equal(coverage.carry(elsewhere(old)), elsewhere(current))
      equal(coverage.covers(elsewhere(old)), true)
    }),
  ),

  'a link with another spelling of the origin is carried and keeps its spelling': property(
    fc.property(cases(), ({ coverage, video, url, expected }) => {
      const { origin } = video.place
      const spelling = origin.toUpperCase() + (origin.startsWith('https:') ? ':443' : '')
      const spelled = (text: string) => spelling + text.slice(origin.length)
      equal(coverage.carry(spelled(url)), spelled(expected))
    }),
  ),

  'a link with dot segments, plain or encoded, stays unchanged': property(
    fc.property(cases(), fc.constantFrom(...DOTS), fc.nat(), ({ coverage, old, path, items, end }, dots, index) => {
      const at = index % (path.length + 1)
      const own = ownItems(items)
      expectUnchanged(coverage, write(old, [...path.slice(0, at), dots, ...path.slice(at)], own, end))
    }),
  ),

  'a link that the credentials do not open gets no query, but fresh credentials in its path': property(
    fc.property(cases(), fc.nat(), ({ coverage, video, old, current, path, items }, index) => {
      const { folder, origin } = video.place
      if (folder.length === 0) return
      const outside = path.map((piece, at) => (at === index % folder.length ? `${piece}-2` : piece))
      const own = ownItems(items)
      const url = write(old, outside, own)
      if (video.opens(outside)) equal(coverage.carry(url), write(current, outside, completed(own, current)))
      else if (old.head === origin) expectUnchanged(coverage, url)
      else equal(coverage.carry(url), write(current, outside, own))
      expectIdempotent(coverage, url, current.url)
    }),
  ),

  'a link from either of two CDNs moves to the one that signed last, and a link on a third stays unchanged': property(
    fc.property(twoCdns, fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), way, ([one, other], turns, rest) => {
      const coverage = new IssueCoverage('final-2026')
      const path = [...one.place.folder, ...rest]
      const issues: Issue[] = []
      turns.forEach((isOther, serial) => {
        const current = (isOther ? other : one).issue(serial)
        coverage.add(current.url)
        issues.push(current)
        for (const old of issues) {
          const url = write(old, path, [])
          equal(coverage.carry(url), write(current, path, completed([], current)))
          // Keys that both CDNs use keep the position that they have in the older issue.
          const [base, query = ''] = coverage.carry(write(old, path, [...old.pairs.keys()])).split('?')
          equal(base, write(current, path, []))
          equal(query.split('&').sort().join(), [...current.pairs].sort().join())
          expectUnchanged(coverage, url.replace(/\/\/[^/]+/, '//third.example'))
        }
      })
    }),
  ),

  'any text is carried without an error, and a second time without effect': property(
    fc.property(
      cases(),
      fc.oneof(
        text(String.fromCharCode),
        text((code) => URL_WORDS[code % URL_WORDS.length] ?? ''),
      ),
      fc.boolean(),
      ({ coverage, current }, text, isBelow) => {
        expectIdempotent(coverage, isBelow ? `${current.head}/${text}` : text, current.url)
      },
    ),
  ),
}
