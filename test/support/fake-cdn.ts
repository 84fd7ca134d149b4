import { readExpiry } from '../../src/core/expiry/index.js'
import { FakeEndpoint, type Reply } from './fake-endpoint.js'

type Sign = (expiresAt: number) => string

/** A CDN and the endpoint that signs for it, with a common clock. By default they behave as the seed documents say; a test can change that. */
export class FakeCdn {
  /** The server's clock minus the device's. */
  skewMs = 0
  /** How long a URL lives, s. */
  lifeS = 60
  /** The status for an expired URL: 410 for Gcore and ClubEvent, 403 for PUSHR and Bits on the Run. */
  expiredStatus = 410
  /** When set, the status for every request, valid or not. */
  status: number | undefined
  /** Extra fields in the endpoint's answers. */
  extra: (expiresAt: number) => object = () => ({})
  readonly served: { url: string; status: number; at: number }[] = []
  readonly endpoint: FakeEndpoint
  readonly #sign: Sign

  constructor(sign: Sign) {
    this.#sign = sign
    this.endpoint = new FakeEndpoint(this.issue)
  }

  /** Signs a URL that expires `lifeS` from now, in whole seconds. */
  readonly issue: Reply = () => {
    const expiresAt = Math.floor(this.now() / 1000) + this.lifeS
    return Response.json({ url: this.#sign(expiresAt), ...this.extra(expiresAt) })
  }

  now(): number {
    return Date.now() + this.skewMs
  }

  /** Returns the status for a media request. */
  serve(url: string): number {
    const status = this.status ?? this.#check(url)
    this.served.push({ url, status, at: Date.now() })
    return status
  }

  get refused(): number {
    return this.served.filter(({ status }) => status !== 200).length
  }

  #check(url: string): number {
    const expiresAt = readExpiry(url)
    if (expiresAt === undefined || !this.#hasToken(url, this.#sign(expiresAt))) return 403
    // nginx: valid while `expires >= now`, both in whole seconds.
    return Math.floor(this.now() / 1000) <= expiresAt ? 200 : this.expiredStatus
  }

  #hasToken(url: string, signed: string): boolean {
    const tokens = signed.match(/(?<=[/=])[\w-]{22,}(?=[/&]|$)/g) ?? []
    return tokens.length > 0 && tokens.every((token) => url.includes(token))
  }
}
