import { equal } from 'node:assert/strict'
import fc from 'fast-check'
import { Credentials } from '../../src/core/credentials.js'
import {
  anyChain,
  anyFilm,
  chain,
  type Film,
  type Issue,
  longChain,
  namedFilm,
  ownPairs,
  queryFilm,
  twoCdns,
  way,
} from './signed-films.js'

/*
 * What carrying credentials promises, for any film, chain of refreshes and link. The films know what their signers own, so what is expected of a link is put
 * together from its pieces, never taken from its text.
 */

/** The first issue and this many of the last ones are remembered. */
const MEMORY = 64

/** A link derived from an issue: what of the issue's query it holds, and what of its own between. */
interface Link {
  readonly way: readonly string[]
  /** For each key of the issue, whether the link holds it. */
  readonly holds: 'none' | 'all' | readonly boolean[]
  readonly own: readonly string[]
  /** Where each own pair stands. */
  readonly positions: readonly number[]
  /** A fragment; a `?` before it stands there only without a query. */
  readonly end: string
}

const link: fc.Arbitrary<Link> = fc.record({
  way,
  holds: fc.oneof(fc.constant('none'), fc.constant('all'), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })),
  own: ownPairs,
  positions: fc.array(fc.nat(9), { minLength: 3, maxLength: 3 }),
  end: fc.constantFrom('', '', '?', '#t=3', '?#a=b&token=1'),
})

/** A pair of the issue's, by its place in it; or one of the link's own. */
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

/** What the issue has and the items lack, behind them. */
function completed(items: readonly Item[], { pairs }: Issue): Item[] {
  return [...items, ...pairs.flatMap((_, slot) => (items.includes(slot) ? [] : [slot]))]
}

function learn(film: Film, serials: readonly number[]): Credentials {
  const credentials = new Credentials(film.resource)
  for (const serial of serials) credentials.add(film.issue(serial).url)
  return credentials
}

const oneOf = <T>(things: readonly T[], index: number) => things[index % things.length] as T

/** A link made from `old`, and what it is to become now that `current` is the newest. */
function linkFrom(old: Issue, current: Issue, { place }: Film, spec: Link) {
  const path = [...place.folder, ...spec.way]
  const items = itemsOf(spec, old)
  const expected = write(current, path, completed(items, current), spec.end)
  return { old, current, path, items, end: spec.end, url: write(old, path, items, spec.end), expected }
}

/** A film after some refreshes, and a link from any of the issues that are remembered. */
const cases = (films = anyFilm, chains = chain) =>
  fc.tuple(films, chains, link, fc.nat()).map(([film, serials, spec, index]) => {
    const remembered = [...serials.slice(0, 1), ...serials.slice(1).slice(-MEMORY)]
    const old = film.issue(oneOf(remembered, index))
    const current = film.issue(serials.at(-1) ?? 0)
    return { film, serials, credentials: learn(film, serials), ...linkFrom(old, current, film, spec) }
  })

/** Nothing of this link is to be touched, however often it is asked for. */
function expectUntouched(credentials: Credentials, url: string): void {
  equal(credentials.carry(url), url)
  equal(credentials.covers(url), false)
}

/** Asks for another URL in between: the last one carried is answered by a short cut. */
function expectIdempotent(credentials: Credentials, url: string, between: string): void {
  const once = credentials.carry(url)
  equal(credentials.carry(once), once)
  credentials.carry(between)
  equal(credentials.carry(once), once)
}

/** URLs that name `origin` without being there. */
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

/** `links`: how many a run of the property tries. */
function property<T extends [unknown, ...unknown[]]>(of: fc.IPropertyWithHooks<T>, links = 1) {
  return (count: number) => fc.assert(of, { numRuns: Math.ceil(count / links) })
}

/** Learning a long chain takes longer than to carry many links. */
const MANY = 100

/** Each throws unless it holds for so many links. */
export const CREDENTIAL_PROPERTIES: Readonly<Record<string, (links: number) => void>> = {
  'a link from any remembered issue gets the newest credentials, and keeps every other byte': property(
    fc.property(cases(anyFilm, anyChain), ({ credentials, url, expected, current }) => {
      equal(credentials.covers(url), true)
      equal(credentials.carry(url), expected)
      expectIdempotent(credentials, url, current.url)
    }),
  ),

  'a link that is carried on survives any chain of refreshes, and so does one from the first issue': property(
    fc.property(anyFilm, anyChain, link, (film, serials, spec) => {
      const credentials = new Credentials(film.resource)
      const first = film.issue(serials[0] ?? 0)
      let carried = linkFrom(first, first, film, spec).url
      for (const serial of serials) {
        const { url, current, expected } = linkFrom(first, film.issue(serial), film, spec)
        credentials.add(current.url)
        carried = credentials.carry(carried)
        equal(carried, expected)
        equal(credentials.carry(url), expected)
      }
    }),
  ),

  'a link from one of the last issues is carried, up to the oldest that is remembered; with older credentials it comes back as it is':
    property(
      fc.property(
        namedFilm,
        longChain,
        fc.array(link, { minLength: MANY, maxLength: MANY }),
        (film, serials, links) => {
          const credentials = learn(film, serials)
          const later = serials.slice(1)
          links.forEach((spec, index) => {
            const at = index % later.length
            const isForgotten = at < later.length - MEMORY
            const old = film.issue(later[at] ?? 0)
            const { url, items, current, expected } = linkFrom(old, film.issue(serials.at(-1) ?? 0), film, spec)
            // In a folder that the query opens, a link without credentials is as good as any.
            const isOld = old.head !== current.head || items.some((item) => textOf(item, old) !== textOf(item, current))
            equal(credentials.carry(url), isForgotten && isOld ? url : expected)
            expectIdempotent(credentials, url, current.url)
          })
        },
      ),
      MANY,
    ),

  'a link whose query a player has encoded anew gets its bytes back, and what the player set stays': property(
    fc.property(cases(), ({ credentials, old, current, path }) => {
      const slots = [...old.pairs.keys()]
      const reload = new URL(write(old, path, slots))
      reload.searchParams.set('_HLS_msn', '7')
      equal(credentials.carry(reload.href), write(current, path, [...slots, '_HLS_msn=7']))
    }),
  ),

  'a link that the server signed by itself, in part or whole, comes back as it is': property(
    fc.property(cases(queryFilm), fc.nat(), ({ film, serials, credentials, old, current, path, items, end }, index) => {
      const later = film.issue((serials.at(-1) ?? 0) + 1)
      const signed = [...old.pairs.keys()].filter((slot) => old.pairs[slot] !== later.pairs[slot])
      const own = oneOf(signed, index)
      const ownPair = `${nameOf(old.pairs[own] ?? '')}=signed-by-the-server`
      const url = write(old, path, [ownPair, ...items.filter((item) => item !== own)], end)
      equal(credentials.carry(url), url)
      expectIdempotent(credentials, url, current.url)
    }),
  ),

  'a link on another origin comes back as it is, however like ours it looks': property(
    fc.property(cases(), ({ credentials, film, url }) => {
      const { origin } = film.place
      for (const other of lookalikes(origin, url.slice(origin.length))) expectUntouched(credentials, other)
    }),
  ),

  'a link in the origin’s other spelling is ours, and keeps the spelling': property(
    fc.property(cases(), ({ credentials, film, url, expected }) => {
      const { origin } = film.place
      const spelling = origin.toUpperCase() + (origin.startsWith('https:') ? ':443' : '')
      const spelled = (text: string) => spelling + text.slice(origin.length)
      equal(credentials.carry(spelled(url)), spelled(expected))
    }),
  ),

  'a link with dot segments, plain or encoded, comes back as it is': property(
    fc.property(cases(), fc.constantFrom(...DOTS), fc.nat(), ({ credentials, old, path, items, end }, dots, index) => {
      const at = index % (path.length + 1)
      expectUntouched(credentials, write(old, [...path.slice(0, at), dots, ...path.slice(at)], items, end))
    }),
  ),

  'a link outside the folder gets no query; credentials in its path are exchanged': property(
    fc.property(cases(), fc.nat(), ({ credentials, film, old, current, path, items, end }, index) => {
      const { folder, origin } = film.place
      if (folder.length === 0) return
      const outside = path.map((piece, at) => (at === index % folder.length ? `${piece}-2` : piece))
      const url = write(old, outside, items, end)
      if (old.head === origin) expectUntouched(credentials, url)
      else equal(credentials.carry(url), write(current, outside, items, end))
      expectIdempotent(credentials, url, current.url)
    }),
  ),

  'a link from either of two CDNs goes to the one that signed last; a third is never touched': property(
    fc.property(twoCdns, fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), way, ([one, other], turns, rest) => {
      const credentials = new Credentials('final-2026')
      const path = [...one.place.folder, ...rest]
      const issues: Issue[] = []
      turns.forEach((isOther, serial) => {
        const current = (isOther ? other : one).issue(serial)
        credentials.add(current.url)
        issues.push(current)
        for (const old of issues) {
          const url = write(old, path, [])
          equal(credentials.carry(url), write(current, path, completed([], current)))
          // Keys that both CDNs have stand where the older one had them.
          const [base, query = ''] = credentials.carry(write(old, path, [...old.pairs.keys()])).split('?')
          equal(base, write(current, path, []))
          equal(query.split('&').sort().join(), [...current.pairs].sort().join())
          expectUntouched(credentials, url.replace(/\/\/[^/]+/, '//third.example'))
        }
      })
    }),
  ),

  'any text at all is carried without an error, and a second time to no effect': property(
    fc.property(
      cases(),
      fc.oneof(
        text(String.fromCharCode),
        text((code) => URL_WORDS[code % URL_WORDS.length] ?? ''),
      ),
      fc.boolean(),
      ({ credentials, current }, text, isBelow) => {
        expectIdempotent(credentials, isBelow ? `${current.head}/${text}` : text, current.url)
      },
    ),
  ),
}
