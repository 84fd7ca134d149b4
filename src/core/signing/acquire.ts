import type { Environment } from '../environment.js'
import { isRetryable, SignedUrlError } from '../errors.js'
import { wait } from '../wait.js'
import { backoffMs, type RetryPolicy } from './retry.js'
import type { Signer, Signing, SigningRequest } from './signing-client.js'

export interface Acquisition<T> {
  readonly signer: Signer
  readonly retry: RetryPolicy
  readonly environment: Environment
  /** What to request; `attempt` is filled in. */
  readonly request: Omit<SigningRequest, 'attempt'>
  /** Failures that count before this acquisition began (fresh URLs that the CDN refused). */
  readonly failures?: number
  /** Takes the answer. A `SignedUrlError` that it throws counts as a failed attempt: the answer can't be used. */
  readonly accept: (signing: Signing) => T
  /** Called for each attempt that fails. */
  readonly onFailure?: (error: SignedUrlError, willRetry: boolean) => void
  readonly signal: AbortSignal
}

/** Where an endpoint's `Retry-After` is longer, it counts as unavailable: no viewer would wait for it. */
const LONGEST_PATIENCE_MS = 30_000

/** Signs, and retries failures that may pass, with full-jitter backoff. Throws the last `SignedUrlError`, or the signal's reason. */
export async function acquire<T>(acquisition: Acquisition<T>): Promise<T> {
  const { signer, retry, environment, request, accept, onFailure, signal } = acquisition
  for (let failures = acquisition.failures ?? 0; ; ) {
    await environment.whenReady(failures > 0, signal)
    try {
      const signing = await signer.request({ ...request, attempt: failures + 1 }, signal)
      signal.throwIfAborted()
      return accept(signing)
    } catch (error) {
      if (signal.aborted || !(error instanceof SignedUrlError)) throw error
      failures += 1
      const isPatient = (error.retryAfterMs ?? 0) <= LONGEST_PATIENCE_MS
      const willRetry = isRetryable(error) && isPatient && failures < retry.maxAttempts
      onFailure?.(error, willRetry)
      if (!willRetry) throw error
      await wait(backoffMs(failures, retry, environment.random, error.retryAfterMs), signal)
    }
  }
}
