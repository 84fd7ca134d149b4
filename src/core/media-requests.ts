import type { SignedRequests } from './signed-requests.js'

/** What an engine asks of a film: by which signature a file goes, and what the film begins with. One class for each `scope`. */
export interface MediaRequests {
  /** The URL that the engine begins with, once there is one that is signed. Rejects only when the source ends. */
  start(): Promise<string>
  /** The requests that the file at `url`, as the engine names it, is one of. */
  of(url: string): SignedRequests
  /** A playlist that was asked for as `askedUrl` came from `sentUrl`; its links are meant from `baseUrl`. Answers what the engine is to read instead, if anything. */
  readPlaylist?(text: string, baseUrl: string, askedUrl: string, sentUrl: string): string | undefined
  /** Whether a request to `sentUrl` goes with cookies; missing where none does. */
  readonly sendsCookies?: ((sentUrl: string) => boolean) | undefined
}
