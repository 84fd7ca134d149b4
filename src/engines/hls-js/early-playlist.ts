import type { HlsConfig } from 'hls.js'

/** The first playlist, requested as soon as there is a URL, whether or not hls.js is there yet. */
export interface EarlyPlaylist {
  readonly url: string
  readonly answer: Promise<EarlyAnswer>
}

export interface EarlyAnswer {
  readonly response: Response
  readonly text: string
  /** In ms of `performance.now()`. */
  readonly start: number
  readonly first: number
  readonly end: number
}

/** Whether the request would be the one that hls.js sends: where the page has changed how it sends them, it wouldn't. */
export function canRequestEarly({ loader, pLoader, xhrSetup, fetchSetup, cmcd }: Partial<HlsConfig>): boolean {
  return !(loader || pLoader || xhrSetup || fetchSetup || cmcd)
}

/** Rejects as `fetch` does: hls.js then requests it again. */
export function requestEarly(url: string, credentials: RequestCredentials, signal: AbortSignal): EarlyPlaylist {
  const start = performance.now()
  const load = async (): Promise<EarlyAnswer> => {
    const response = await fetch(url, { credentials, signal })
    const first = performance.now()
    const text = await response.text()
    return { response, text, start, first, end: performance.now() }
  }
  const answer = load()
  answer.catch(() => {})
  return { url, answer }
}
