import type { SignedUrlError } from '../core/errors.js'
import type { SignReason } from '../core/signing/answer.js'

/** The plugin's events on the player; their data are properties of the event object. */
export interface SignedUrlEventMap {
  /** A refresh begins. */
  signedurlrefreshing: { type: 'signedurlrefreshing'; reason: SignReason }
  /** Fresh credentials are there. `expiresAt`: epoch ms, server's clock. `seamless`: they reach every request without a swap. */
  signedurlrefreshed: {
    type: 'signedurlrefreshed'
    reason: SignReason
    expiresAt: number | undefined
    tookMs: number
    seamless: boolean
  }
  /** A signing request failed, or the plugin gave up (`willRetry` false). */
  signedurlfailed: { type: 'signedurlfailed'; error: SignedUrlError; willRetry: boolean }
}
