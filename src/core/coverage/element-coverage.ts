import type { Signing } from '../signing/signing-client.js'
import { fileName } from '../split-url.js'
import type { Coverage } from './coverage.js'
import { IssueCoverage } from './issue-coverage.js'

/** The one file that an element loads by itself: whatever URL the element has for it, its next one is the newest issue. And the files beside it, which a page loads. */
export class ElementCoverage implements Coverage {
  readonly #files: IssueCoverage
  #url = ''

  constructor(resource: string) {
    this.#files = new IssueCoverage(resource)
  }

  add(url: string, signing?: Signing): void {
    this.#files.add(url, signing)
    this.#url = url
  }

  covers(url: string): boolean {
    return this.#isElements(url) || this.#files.covers(url)
  }

  carry(url: string): string {
    return this.#isElements(url) ? this.#url : this.#files.carry(url)
  }

  /** All issues of a video end with the same file. */
  #isElements(url: string): boolean {
    return fileName(url) === fileName(this.#url)
  }
}
