import { Credentials } from '../../core/credentials.js'
import type { Scope } from '../../core/signed-source.js'

/** The one file that an element loads by itself: whatever it asks for goes to the newest URL. A URL of another film is told as such. */
export class WholeUrl implements Scope {
  readonly #credentials: Credentials
  #url = ''

  constructor(resource: string) {
    this.#credentials = new Credentials(resource)
  }

  add(url: string): void {
    this.#credentials.add(url)
    this.#url = url
  }

  covers(): boolean {
    return true
  }

  carry(): string {
    return this.#url
  }
}
