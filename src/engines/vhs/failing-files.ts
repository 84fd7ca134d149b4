/** How often a file may fail in a row before the next request for it is held back. */
const FREE_FAILURES = 2
const SHORTEST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 4_000

/**
 * The files that fail, by the URL that VHS requests.
 * VHS tries a broken file forever, with DASH a hundred times a second. With this it still does, but with pauses that double.
 */
export class FailingFiles {
  readonly #failures = new Map<string, number>()

  add(url: string): void {
    this.#failures.set(url, (this.#failures.get(url) ?? 0) + 1)
  }

  remove(url: string): void {
    this.#failures.delete(url)
  }

  /** How long the next request for the file has to wait. */
  pauseMs(url: string): number {
    const excess = (this.#failures.get(url) ?? 0) - FREE_FAILURES
    return excess < 0 ? 0 : Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** excess)
  }
}
