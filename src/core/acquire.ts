import type { Environment } from './environment.js'
import { isRetryable, SignedUrlError } from './errors.js'
import { backoffMs, type RetryPolicy } from './retry.js'
import type { Signer, Signing, SigningRequest } from './signing-client.js'
import { wait } from './wait.js'

export interface Acquisition<T> {
  readonly client: Signer
  readonly retry: RetryPolicy
  readonly environment: Environment
  /** What to ask for; `attempt` is filled in. */
  readonly request: Omit<SigningRequest, 'attempt'>
  /** Failures that count before this acquisition began (fresh URLs that the CDN refused). */
  readonly failures?: number
  /** Takes the answer in; a `SignedUrlError` that it throws counts as a failed attempt (an answer that can't be used). */
  readonly accept: (signing: Signing) => T
  /** Called for each attempt that fails. */
  readonly onFailure?: (error: SignedUrlError, willRetry: boolean) => void
  readonly signal: AbortSignal
}

/** An endpoint that wants to be left alone for longer is told of as unavailable: a viewer would not sit through it. */
const LONGEST_PATIENCE_MS = 30_000

/** Signs, and repeats what may pass, with full-jitter backoff. Throws the last `SignedUrlError`, or the signal's reason. */
export async function acquire<T>(acquisition: Acquisition<T>): Promise<T> {
  const { client, retry, environment, request, accept, onFailure, signal } = acquisition
  for (let failures = acquisition.failures ?? 0; ; ) {
    await environment.whenReady(failures > 0, signal)
    try {
      const signing = await client.request({ ...request, attempt: failures + 1 }, signal)
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
