import type { Coverage } from './coverage.js'
import { withDirectivesOf } from './directives.js'

/** One file. Whatever the engine calls it, its requests go to the newest URL. */
export class FileCoverage implements Coverage {
  readonly isUsedOnce: () => boolean
  readonly issueDied: (at: number) => void
  #url = ''

  constructor(isUsedOnce = () => false, issueDied: (at: number) => void = () => {}) {
    this.isUsedOnce = isUsedOnce
    this.issueDied = issueDied
  }

  add(url: string): void {
    this.#url = url
  }

  covers(): boolean {
    return true
  }

  carry(url: string): string {
    return withDirectivesOf(url, this.#url)
  }
}
