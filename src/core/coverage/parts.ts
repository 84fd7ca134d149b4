import { Signature } from '../signature.js'
import type { SignatureSettings } from '../signature-settings.js'
import type { Signer, Signing } from '../signing/signing-client.js'
import type { Coverage } from './coverage.js'
import { Part } from './part.js'

export interface PartSettings {
  readonly resource: string
  readonly signer: Signer
  readonly coverage: Coverage
}

/**
 * The parts of a media that has several signatures. They share its clock, its page and its counts. Where its own signature covers no
 * file, the media shows the expiry of the newest issue.
 * What a part can't get is the failure of the whole media; the part tries again when the media's own next refresh succeeds.
 */
export class Parts {
  readonly #main: Signature
  readonly #signatures = new Set<Signature>()
  /** Those that have given up, and those that try again with the media's next URL. */
  readonly #failed = new Set<Signature>()
  readonly #waiting = new Set<Signature>()
  /** The media's own signature covers no file, so the newest of the others stands for the media. */
  #isMainIdle = false

  constructor(main: Signature) {
    this.#main = main
    main.signal.addEventListener('abort', () => {
      for (const signature of this.#signatures) signature.dispose()
    })
  }

  /**
   * Calls back with each new signing of the media's own signature, the present one included: the first, one that the page asked for, or one after the plugin has
   * recovered from a failure. The signature itself covers no file: each belongs to a part.
   */
  watchMain(onSigning: (signing: Signing) => void): void {
    this.#isMainIdle = true
    this.#main.cover({ add: (_url, signing) => onSigning(signing), covers: () => false, carry: (url) => url })
  }

  make({ resource, signer, coverage }: PartSettings): Part {
    const { settings } = this.#main
    const { listener } = settings
    let isReplaced = false
    const own: SignatureSettings = {
      ...settings,
      resource,
      signer,
      isPart: true,
      listener: {
        onRefreshing: (reason) => {
          // One that was dropped while a request was on its way has something to end again.
          this.#signatures.add(signature)
          isReplaced = true
          listener.onRefreshing(reason)
        },
        onIssue: (issue) => {
          this.#follow(signature)
          if (isReplaced) listener.onIssue(issue)
        },
        onFailure: (error, willRetry) => listener.onFailure(error, willRetry),
        onSettled: () => this.#settled(signature),
      },
    }
    const signature = new Signature(own)
    this.#signatures.add(signature)
    return new Part(signature, coverage)
  }

  /** Gives `part` what was signed without its asking. `isRefresh`: whether replacing an issue counts as a refresh. */
  take({ signature }: Part, signing: Signing, isRefresh = true): void {
    signature.take(signing, isRefresh)
    this.#follow(signature)
  }

  /** No request will need it again. */
  drop({ signature }: Part): void {
    signature.cancelPlan()
    if (!signature.isRefreshing && !signature.error) this.#signatures.delete(signature)
  }

  #follow(signature: Signature): void {
    if (this.#isMainIdle) this.#main.follow(signature)
  }

  #settled(signature: Signature): void {
    const { error, isHeld } = signature
    if (!error) {
      if (this.#failed.delete(signature) && this.#failed.size === 0) this.#main.recover()
      return
    }
    this.#failed.add(signature)
    this.#main.fail(error, isHeld)
    if (this.#waiting.has(signature)) return
    this.#waiting.add(signature)
    // The media tries again, because this waits for its next URL.
    this.#main
      .next('resumed')
      .then(() => {
        this.#waiting.delete(signature)
        signature.refreshQuietly('resumed')
      })
      .catch(() => {})
  }
}
