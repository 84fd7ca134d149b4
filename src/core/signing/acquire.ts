import type { Environment } from '../environment.js'
import { isRetryable, SignedUrlError } from '../errors.js'
import { type RetryPolicy, retryDelayMs } from './retry.js'
import type { Signer, Signing, SigningRequest } from './signing-client.js'
import type { Tries } from './tries.js'

export interface Acquisition<T> {
  readonly signer: Signer
  readonly retry: RetryPolicy
  readonly environment: Environment
  /** What to request; `attempt` is filled in. */
  readonly request: Omit<SigningRequest, 'attempt'>
  /** Failures so far. Once there are `retry.maxAttempts`, one more request is made and no further one. */
  readonly tries: Tries
  /** Takes the answer. A `SignedUrlError` that it throws counts as a failed attempt: the answer can't be used. */
  readonly accept: (signing: Signing) => T
  /** Called for each attempt that fails. */
  readonly onFailure?: (error: SignedUrlError, willRetry: boolean) => void
  /** Waits between two attempts; rejects with the signal's reason. */
  readonly pause: (ms: number) => Promise<void>
  readonly signal: AbortSignal
}

/** Signs, and retries failures that may pass, with full-jitter backoff. Throws the last `SignedUrlError`, or the signal's reason. */
export async function acquire<T>(acquisition: Acquisition<T>): Promise<T> {
  const { signer, retry, environment, request, tries, accept, onFailure, pause, signal } = acquisition
  for (;;) {
    await environment.whenReady(tries.failed > 0, signal)
    try {
      const signing = await signer.request({ ...request, attempt: tries.failed + 1 }, signal)
      signal.throwIfAborted()
      return accept(signing)
    } catch (error) {
      if (signal.aborted || !(error instanceof SignedUrlError)) throw error
      tries.noteFailed()
      const delayMs = isRetryable(error)
        ? retryDelayMs(tries.failed, retry, environment.random, error.retryAfterMs)
        : undefined
      onFailure?.(error, delayMs !== undefined)
      if (delayMs === undefined) throw error
      await pause(delayMs)
    }
  }
}
