import { type Film, LEAD_MS } from './film.js'

/* How a page without the plugin gets signed URLs. */

export interface Signed {
  readonly url: string
  /** How long it lives, counted from the answer. Independent of the device's clock. */
  readonly livesMs: number
}

export async function sign({ endpoint }: Film): Promise<Signed> {
  const response = await fetch(endpoint, { cache: 'no-store' })
  if (!response.ok) throw new Error(`The endpoint answered ${response.status}.`)
  const { url, expiresIn } = (await response.json()) as { url: string; expiresIn: number }
  return { url, livesMs: 1_000 * expiresIn }
}

/** The URL that is used now. Signs again when the last one is about to expire, once for all who wait. */
export class Signatures {
  readonly #film: Film
  #url: Promise<string> | undefined
  #staleAt = 0

  constructor(film: Film) {
    this.#film = film
  }

  current(): Promise<string> {
    if (this.#url && performance.now() < this.#staleAt) return this.#url
    return this.again()
  }

  /** Signs, whatever is known. */
  again(): Promise<string> {
    this.#staleAt = Number.POSITIVE_INFINITY
    const url = sign(this.#film).then(({ url, livesMs }) => {
      this.#staleAt = performance.now() + livesMs - LEAD_MS
      return url
    })
    url.catch(() => {
      this.#staleAt = 0
    })
    this.#url = url
    return url
  }
}

/** Signs shortly before each expiry, and passes each new URL to `apply`. Tries again after a second when the endpoint fails. */
export function refreshOnTimer(film: Film, first: Signed, apply: (url: string) => void): void {
  const refresh = async () => {
    const next = await sign(film).catch(() => undefined)
    if (next) apply(next.url)
    setTimeout(refresh, next ? next.livesMs - LEAD_MS : LEAD_MS)
  }
  setTimeout(refresh, first.livesMs - LEAD_MS)
}

/** `url` with the token and the expiry of `fresh`, for Gcore's scheme: `/…/{token}/{expires}/…`. */
export function carry(url: string, fresh: string): string {
  const credentials = /\/[\w-]{6,}\/\d{10}\//
  const [pair] = credentials.exec(fresh) ?? []
  return pair === undefined ? url : url.replace(credentials, pair)
}
