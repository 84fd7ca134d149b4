import { escapePattern } from '../escape-pattern.js'
import { decodePair, normalisePair, pairValue, queryPairs } from '../query.js'

/** A shorter value may stand in a URL by coincidence. */
const SHORTEST = 16
/** Beside a longer one of the same issue, an expiry in seconds is no coincidence. */
const SHORTEST_BESIDE = 8

/** As it is written; as `EXT-X-DEFINE:QUERYPARAM` fills it in; as `URLSearchParams` writes it when a player adds to the query. */
const SPELLINGS: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => decodePair(value),
  (value) => normalisePair(`x=${value}`).slice('x='.length),
]

/** The values of one query, by key, in each of the spellings. */
type IssuedQueryValues = ReadonlyMap<string, readonly string[]>

/** One value of an issue's query, in one spelling, and the newest one. */
interface Exchange {
  readonly old: string
  readonly fresh: string
}

/**
 * The values of a video's issues, wherever a playlist has put them: under another key or on another host (`EXT-X-DEFINE:QUERYPARAM`), in any
 * spelling that players make of them.
 */
export class IssuedValues {
  #issues: readonly (readonly Exchange[])[] = []
  /** What has been read of each remembered query. */
  #read = new Map<string | undefined, IssuedQueryValues>()

  /** `queries` of all issues that are remembered, the newest last. */
  learn(queries: readonly (string | undefined)[]): void {
    this.#read = new Map(queries.map((query) => [query, this.#read.get(query) ?? valuesOf(query)]))
    const issues = [...this.#read.values()]
    const current: IssuedQueryValues = this.#read.get(queries.at(-1)) ?? new Map()
    const isConstant = (key: string) =>
      issues.length > 1 && issues.every((values) => values.get(key)?.[0] === current.get(key)?.[0])
    const changing = new Set([...current.keys()].filter((key) => !isConstant(key)))
    this.#issues = issues.map((values) =>
      [...values].flatMap(([key, spellings]) => {
        const [old = ''] = spellings
        if (!changing.has(key) || old.length < SHORTEST_BESIDE || isPath(old)) return []
        return spellings.map((spelling, index) => ({ old: spelling, fresh: current.get(key)?.[index] ?? spelling }))
      }),
    )
  }

  /** Whether `url` holds a value of an issue that is no coincidence. */
  isIn(url: string): boolean {
    return this.#issues.some((exchanges) => exchanges.some(({ old }) => old.length >= SHORTEST && url.includes(old)))
  }

  /** `url` with the newest values in place of older ones; every other byte stays. */
  exchange(url: string): string {
    for (const exchanges of this.#issues) {
      if (!exchanges.some(({ old }) => old.length >= SHORTEST && url.includes(old))) continue
      // The longest first, because a shorter one may be part of it.
      const inOrder = [...exchanges].sort((one, other) => other.old.length - one.old.length)
      const pattern = new RegExp(inOrder.map(({ old }) => escapePattern(old)).join('|'), 'g')
      const fresh = new Map(inOrder.map((exchange) => [exchange.old, exchange.fresh]))
      return url.replace(pattern, (old) => fresh.get(old) ?? old)
    }
    return url
  }
}

function valuesOf(query: string | undefined): IssuedQueryValues {
  return new Map(queryPairs(query).map(({ key, text }) => [key, SPELLINGS.map((spell) => spell(pairValue(text)))]))
}

/** What a credential opens is no secret, and URLs of the same folder contain it. */
function isPath(value: string): boolean {
  return /^(?:\/|%2f).*(?:\/|%2f|\*)$/i.test(value)
}
