import { putLast } from '../recent.js'

/** Beginnings of URLs: what lies below `from` was answered from the same path below `to`. */
export interface Redirect {
  readonly from: string
  readonly to: string
  /** The credentials were kept. Otherwise the server that the redirect led to has its own, which only the redirecting server can give. */
  readonly keepsCredentials: boolean
}

/** Redirects that are remembered: a video has few edge servers. */
const MOST_REDIRECTS = 16

/** Where redirects have led, so that links found there can be traced back to the signed URL. */
export class Redirects {
  /** By `to`; the latest used is the last. */
  readonly #redirects = new Map<string, Redirect>()

  add(redirect: Redirect): void {
    putLast(this.#redirects, redirect.to, redirect, MOST_REDIRECTS)
  }

  /** Passes the URLs that redirects may have led from to `url` to `find`, until it returns something. */
  trace<T>(url: string, find: (before: string, redirect: Redirect) => T | undefined): T | undefined {
    for (const redirect of this.#redirects.values()) {
      const found = isBelow(url, redirect.to)
        ? find(redirect.from + url.slice(redirect.to.length), redirect)
        : undefined
      if (found === undefined) continue
      this.add(redirect)
      return found
    }
    return undefined
  }

  /** `url` past `redirect`, where that kept the credentials. */
  followAgain(url: string, { from, to, keepsCredentials }: Redirect): string {
    return keepsCredentials && isBelow(url, from) ? to + url.slice(from.length) : url
  }
}

function isBelow(url: string, beginning: string): boolean {
  return url.startsWith(`${beginning}/`)
}
