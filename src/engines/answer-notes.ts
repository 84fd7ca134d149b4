import { redact } from '../core/redact.js'
import type { SignedSource } from '../core/signed-source.js'

/** What the plugin knows when an engine says that the media can't be played: how the film's URL is, and what came in place of a playlist. Holds no token. */
export class AnswerNotes {
  readonly #source: SignedSource
  #note = ''

  constructor(source: SignedSource) {
    this.#source = source
  }

  /** An answer that should be a playlist or a manifest came from `baseUrl` for a request to `sentUrl`; both are the same where nothing redirected. */
  read(text: string, baseUrl: string, askedUrl: string, sentUrl: string): void {
    const led = baseUrl === askedUrl ? '' : `, after a redirect to ${redact(baseUrl)}`
    const kind = /^\s*<(?!\?xml|MPD)/i.test(text) ? 'a page' : 'no playlist'
    this.#note = /^\s*(?:#EXTM3U|<\?xml|<MPD)/.test(text) ? '' : ` ${redact(sentUrl)} was answered by ${kind}${led}.`
  }

  describe(): string {
    const { status, stats } = this.#source
    return `The signed URL is ${status}; ${stats.refusals} requests were refused.${this.#note}`
  }
}
