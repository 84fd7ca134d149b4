import type { ServedPlaylist } from './coverage/division.js'
import { redact } from './redact.js'
import type { Signature } from './signature.js'

/** What the plugin can add to an engine's own error: how the URL is, and what came in place of a playlist. Holds no token. */
export class AnswerNotes {
  readonly #signature: Signature
  #note = ''

  constructor(signature: Signature) {
    this.#signature = signature
  }

  /** Notes an answer that should be a playlist or a manifest. */
  read({ text, askedUrl, sentUrl, baseUrl }: ServedPlaylist): void {
    const led = baseUrl === askedUrl ? '' : `, after a redirect to ${redact(baseUrl)}`
    const kind = /^\s*<(?!\?xml|MPD)/i.test(text) ? 'a page' : 'no playlist'
    this.#note = /^\s*(?:#EXTM3U|<\?xml|<MPD)/.test(text) ? '' : ` ${redact(sentUrl)} was answered by ${kind}${led}.`
  }

  describe(): string {
    const { status, settings } = this.#signature
    return `The signed URL is ${status}; ${settings.stats.refusals} requests were refused.${this.#note}`
  }
}
