import type { Signing } from '../signing/signing-client.js'

/** Which URLs one signature opens, and how its newest credentials get onto them. */
export interface Coverage {
  /** The endpoint refreshes something other than the URL, so the same URL again is a new issue. */
  readonly hasFixedUrl?: boolean
  /** Covered requests carry cookies. */
  readonly withCredentials?: boolean
  /** Learns a new issue. Throws `SignedUrlError` `signed-url-invalid` when its URL can't belong to the media. */
  add(url: string, signing: Signing): void
  covers(url: string): boolean
  /** `url` with the newest credentials; `url` itself where the signature does not cover it. */
  carry(url: string): string
  /** Whether the file at `url` is requested only once, so that nothing needs its signature again. */
  isUsedOnce?(url: string): boolean
  /** An issue died before its time: what was refused with it at `at` (device's clock) is served with the next one. */
  issueDied?(at: number): void
  /** A request to `sentUrl` was redirected, and answered by `responseUrl`. */
  redirected?(sentUrl: string, responseUrl: string): void
}
