import { canMeet, type FaultId, faultOf, isFault, rivalOf } from './faults.js'
import {
  canPlay,
  canSign,
  ENGINES,
  engineFor,
  FILMS,
  LIVES,
  OPENING_PROGRAMME,
  type Programme,
  TOKENS,
} from './programme.js'

export interface ReadAddress {
  readonly programme: Programme
  /** A sentence for each choice that doesn't exist or doesn't go with another. */
  readonly notes: readonly string[]
}

/** Reads a programme from a query. What doesn't exist or doesn't go together becomes the nearest that does. */
export function readAddress(query: string): ReadAddress {
  const given = new URLSearchParams(query)
  const notes: string[] = []
  const choose = <T extends string>(name: string, choices: readonly T[], usual: T): T => {
    const text = given.get(name)
    if (text === null) return usual
    const found = choices.find((choice) => choice === text)
    if (found === undefined) notes.push(`There is no ${name} “${text}”. It is ${usual}.`)
    return found ?? usual
  }

  const film = choose('film', FILMS, OPENING_PROGRAMME.film)
  let tokens = choose('tokens', TOKENS, OPENING_PROGRAMME.tokens)
  if (!canSign(tokens, film)) {
    notes.push(`The tokens ${tokens} don’t go with ${film}. They are ${OPENING_PROGRAMME.tokens}.`)
    tokens = OPENING_PROGRAMME.tokens
  }
  let engine = choose('engine', ENGINES, engineFor(film))
  if (!canPlay(engine, film)) {
    notes.push(`The engine ${engine} doesn’t play ${film}. It is ${engineFor(film)}.`)
    engine = engineFor(film)
  }
  const from = choose('from', ['start', 'middle'], OPENING_PROGRAMME.from)
  return {
    programme: { film, tokens, engine, lifeMs: readLife(given, notes), faults: readFaults(given, film, notes), from },
    notes,
  }
}

/** Returns the nearest life that the ticket offers. */
function readLife(given: URLSearchParams, notes: string[]): number {
  const text = given.get('life')
  if (text === null) return OPENING_PROGRAMME.lifeMs
  const askedMs = 1000 * Number(text)
  if (text === '' || !Number.isFinite(askedMs)) {
    notes.push(`There is no life “${text}”. It is ${OPENING_PROGRAMME.lifeMs / 1000} s.`)
    return OPENING_PROGRAMME.lifeMs
  }
  const [nearest = OPENING_PROGRAMME.lifeMs] = [...LIVES].sort((a, b) => Math.abs(a - askedMs) - Math.abs(b - askedMs))
  if (nearest !== askedMs) notes.push(`A URL can’t live for ${text} s here. It lives for ${nearest / 1000} s.`)
  return nearest
}

function readFaults(given: URLSearchParams, film: Programme['film'], notes: string[]): FaultId[] {
  const faults: FaultId[] = []
  for (const text of (given.get('faults') ?? '').split(',').filter(Boolean)) {
    const rival = isFault(text) ? rivalOf(text, faults) : undefined
    if (!isFault(text)) notes.push(`There is no fault “${text}”.`)
    else if (!canMeet(text, film)) notes.push(`The fault ${text} can’t happen to ${film}.`)
    else if (rival) notes.push(`The faults ${rival} and ${text} don’t go together. It is ${rival}.`)
    else if (!faults.includes(text)) faults.push(text)
  }
  return faults
}

/** Returns the query that `readAddress` reads the programme from. Leaves out what is as in a page without a query. */
export function toQuery({ film, tokens, engine, lifeMs, faults, from }: Programme): string {
  const query = new URLSearchParams({ film, tokens, engine })
  if (lifeMs !== OPENING_PROGRAMME.lifeMs) query.set('life', String(lifeMs / 1000))
  if (faults.length > 0) query.set('faults', faults.join(','))
  if (faults.length > 0 && from !== OPENING_PROGRAMME.from) query.set('from', from)
  return `?${query}`.replaceAll('%2C', ',')
}

/** Returns a sentence that names the faults, for the page's status line. */
export function describeFaults(faults: readonly FaultId[]): string {
  const parts = faults.map((id) => {
    const { group, title } = faultOf(id)
    return group === 'time' ? title : `${group === 'cdn' ? 'The CDN' : 'The endpoint'} ${title}`
  })
  return parts.length === 0 ? '' : `${parts.join('. ')}.`
}
