import type { Clock } from './clock.js'
import type { Environment } from './environment.js'
import type { SignedUrlError } from './errors.js'
import type { SignReason } from './signing/answer.js'
import type { RetryPolicy } from './signing/retry.js'
import type { Signer } from './signing/signing-client.js'
import type { Tries } from './signing/tries.js'
import type { SourceStats } from './stats.js'

export interface SignatureSettings {
  /** What is signed. */
  readonly resource: string
  readonly signer: Signer
  readonly clock: Clock
  readonly environment: Environment
  readonly retry: RetryPolicy
  readonly listener: SignatureListener
  /** All signatures of one source count here. */
  readonly stats: SourceStats
  readonly tries: Tries
  /** After it has given up, another signature decides when it tries again. */
  readonly isPart?: boolean
  readonly leadTimeMs?: number | undefined
  readonly refusedStatuses: readonly number[]
}

/** What a signature reports to its owner. */
export interface SignatureListener {
  onRefreshing(reason: SignReason): void
  onIssue(issue: { reason: SignReason; expiresAt: number | undefined; tookMs: number }): void
  onFailure(error: SignedUrlError, willRetry: boolean): void
  /** No refresh is in flight any more; `Signature.error` says how the last one ended. */
  onSettled(): void
}
