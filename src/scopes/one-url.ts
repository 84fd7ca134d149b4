import type { Scope } from '../core/signed-source.js'
import { withDirectivesOf } from './directives.js'

/** One file: whatever the engine calls it, its requests go to the newest URL. */
export class OneUrl implements Scope {
  readonly isUsedOnce: () => boolean
  #url = ''

  constructor(isUsedOnce = () => false) {
    this.isUsedOnce = isUsedOnce
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
