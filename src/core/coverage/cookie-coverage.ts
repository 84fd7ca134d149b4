import { parseUrl } from '../split-url.js'
import type { Coverage } from './coverage.js'

/**
 * `scope: 'cookie'`. The endpoint refreshes a cookie and the URL stays: requests go as they are, with cookies, to the origins that the endpoint names and those
 * that a redirect led to. Other servers don't want cookies, and with `Access-Control-Allow-Origin: *` can't accept them.
 */
export class CookieCoverage implements Coverage {
  readonly hasFixedUrl = true
  readonly withCredentials = true
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
