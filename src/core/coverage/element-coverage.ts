import type { Coverage } from './coverage.js'
import { FolderCoverage } from './folder-coverage.js'

/** The one file that an element loads by itself. Whatever URL the element has, its next one is the newest issue. */
export class ElementCoverage implements Coverage {
  /** Recognizes another video's URL. */
  readonly #folder: FolderCoverage
  #url = ''

  constructor(resource: string) {
    this.#folder = new FolderCoverage(resource)
  }

  add(url: string): void {
    this.#folder.add(url)
    this.#url = url
  }

  covers(): boolean {
    return true
  }

  carry(): string {
    return this.#url
  }
}
