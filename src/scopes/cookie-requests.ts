import type { MediaRequests } from '../core/media-requests.js'
import { SignedRequests } from '../core/signed-requests.js'
import type { Scope, SignedSource } from '../core/signed-source.js'
import { parseUrl } from '../core/split-url.js'

/** `scope: 'cookie'`. The endpoint renews a cookie and the URL stays: the film's requests go as they are, with cookies. */
export class CookieRequests extends SignedRequests implements MediaRequests {
  readonly #scope: RenewedCookie

  constructor(source: SignedSource) {
    const scope = new RenewedCookie()
    super(source, scope)
    this.#scope = scope
  }

  sendsCookies(sentUrl: string): boolean {
    return this.#scope.covers(sentUrl)
  }
}

/** The origins that the endpoint names, or that a redirect led to. Other servers neither want cookies nor, with `Access-Control-Allow-Origin: *`, can take them. */
class RenewedCookie implements Scope {
  readonly keepsUrl = true
  readonly #origins = new Set<string | undefined>()

  add(url: string): void {
    this.#origins.add(parseUrl(url)?.origin)
  }

  covers(url: string): boolean {
    return this.#origins.has(parseUrl(url)?.origin)
  }

  carry(url: string): string {
    return url
  }

  redirected(_sentUrl: string, responseUrl: string): void {
    this.add(responseUrl)
  }
}
