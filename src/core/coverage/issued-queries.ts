import { joinPairs, normalisePair, pairValue, type QueryPair, queryPairs } from '../query.js'

/** MD5 in base64url has 22 characters. */
const SHORTEST_SIGNATURE = 16

interface IssuedQuery {
  readonly pairs: readonly QueryPair[]
  /** Each pair, normalised. */
  readonly names: readonly string[]
}

/** The queries of a video's issues: which pairs are the signer's, and how its newest ones get onto a link. */
export class IssuedQueries {
  #current: readonly QueryPair[] = []
  /** The keys whose value the signer makes: it changes from issue to issue. Before the second issue, any that is long enough. */
  #signed = new Set<string>()
  /** The position of each pair, normalised, in its issue. */
  #slots = new Map<string, number>()
  /** What has been read of each remembered query. */
  #read = new Map<string | undefined, IssuedQuery>()

  /** `queries` of all issues that are remembered, the newest last. */
  learn(queries: readonly (string | undefined)[]): void {
    this.#read = new Map(queries.map((query) => [query, this.#read.get(query) ?? readQuery(query)]))
    const issues = queries.map((query) => this.#read.get(query)?.pairs ?? [])
    const [first = []] = issues
    const firstTexts = new Set(first.map(({ text }) => text))
    this.#current = issues.at(-1) ?? []
    const isSigned = ({ text }: QueryPair) =>
      issues.length > 1 ? !firstTexts.has(text) : pairValue(text).length >= SHORTEST_SIGNATURE
    this.#signed = new Set(this.#current.filter(isSigned).map(({ key }) => key))
    this.#slots = new Map([...this.#read.values()].flatMap(({ names }) => names.map((name, slot) => [name, slot])))
  }

  /** The pairs of a link's query that no issue has. */
  ownPairs(query: string | undefined): QueryPair[] {
    return queryPairs(query).filter(({ text }) => this.#slotOf(text) === undefined)
  }

  /** Whether a link with these own pairs has another value for one of the signer's keys: then the server signed it. */
  isSigned(own: readonly QueryPair[]): boolean {
    return own.some(({ key }) => this.#signed.has(key))
  }

  /** A link's query with the newest pairs in place of older ones; `isWhole`: and with those that it lacks. `exchange` puts newer values into its own pairs. */
  carry(query: string | undefined, isWhole: boolean, exchange: (text: string) => string): string | undefined {
    if (this.#slots.size === 0) return query
    const fresh = new Map(this.#current.map((pair) => [pair.key, pair]))
    const own = queryPairs(query)
    const foreign = new Map(this.ownPairs(query).map((pair) => [pair.key, pair]))
    // Maybe the server signed it in the second of an issue, so the expiry next to it isn't the issue's either.
    if (this.isSigned([...foreign.values()])) return query
    const lacking = new Map(fresh)
    for (const { key } of own) lacking.delete(key)
    const kept = own.flatMap((pair) => {
      if (foreign.has(pair.key)) return { ...pair, text: exchange(pair.text) }
      const issued = fresh.get(pair.key)
      if (issued) return issued
      // The key is gone: EdgeCast's token is itself a key, and another CDN has other keys.
      const successor = this.#current[this.#slotOf(pair.text) ?? -1]
      return successor && lacking.delete(successor.key) ? successor : []
    })
    // Nothing is added to a link that has its own value for one of the keys.
    const added = isWhole && ![...foreign.keys()].some((key) => fresh.has(key)) ? lacking.values() : []
    return joinPairs([...kept, ...added]) || (own.length > 0 ? undefined : query)
  }

  #slotOf(text: string): number | undefined {
    return this.#slots.get(normalisePair(text))
  }
}

function readQuery(query: string | undefined): IssuedQuery {
  const pairs = queryPairs(query)
  return { pairs, names: pairs.map(({ text }) => normalisePair(text)) }
}
