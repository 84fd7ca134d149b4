import { describe, expect, it } from 'vitest'
import type { SignedUrlErrorCode } from '../../../../src/core/errors.js'
import {
  backoffMs,
  DEFAULT_RETRY,
  endpointFailure,
  retryAfterMs,
  retryDelayMs,
} from '../../../../src/core/signing/retry.js'
import { START_AT } from '../../../support/fake-time.js'

describe('DEFAULT_RETRY', () => {
  it('matches the options table', () => {
    expect(DEFAULT_RETRY).toEqual({ maxAttempts: 4, baseDelayMs: 500, maxDelayMs: 8000, timeoutMs: 10_000 })
  })
})

describe('endpointFailure', () => {
  it.each<[SignedUrlErrorCode | undefined, number[]]>([
    [undefined, [200]],
    ['signed-url-denied', [401, 402, 403, 404, 410, 451]],
    ['signed-url-unavailable', [408, 425, 429, 500, 502, 503, 504, 599]],
    ['signed-url-invalid', [0, 204, 302, 304, 400, 405, 418]],
  ])('is %s for %o', (verdict, statuses) => {
    expect(statuses.map(endpointFailure)).toEqual(statuses.map(() => verdict))
  })
})

describe('backoffMs', () => {
  it.each([
    [1, 500],
    [2, 1000],
    [3, 2000],
    [4, 4000],
    [5, 8000],
    [6, 8000],
    [60, 8000],
  ])('after %i failures waits between 0 and %i ms', (failures, boundMs) => {
    expect(backoffMs(failures, DEFAULT_RETRY, () => 0)).toBe(0)
    expect(backoffMs(failures, DEFAULT_RETRY, () => 0.5)).toBe(boundMs / 2)
    expect(backoffMs(failures, DEFAULT_RETRY, () => 1)).toBe(boundMs)
  })

  it('waits at least Retry-After, which adds nothing to a longer delay', () => {
    expect(backoffMs(1, DEFAULT_RETRY, () => 0, 30_000)).toBe(30_000)
    expect(backoffMs(5, DEFAULT_RETRY, () => 1, 3000)).toBe(8000)
  })
})

describe('retryDelayMs', () => {
  it.each([
    [1, 0, 250],
    [3, 0, 1_000],
    [3, 30_000, 30_000],
    [3, 30_001, undefined],
    [4, 0, undefined],
  ])('after %i failures and a Retry-After of %i ms is %s', (failures, retryAfter, expected) => {
    expect(retryDelayMs(failures, DEFAULT_RETRY, () => 0.5, retryAfter)).toBe(expected)
  })
})

describe('retryAfterMs', () => {
  it.each([
    ['120', 120_000],
    ['0', undefined],
    [' 7 ', 7000],
    ['Wed, 07 Jan 2026 10:31:07 GMT', 60_000],
    ['Wed, 07 Jan 2026 10:29:07 GMT', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads %o as %o', (header, expected) => {
    expect(retryAfterMs(header, START_AT)).toBe(expected)
  })
})
