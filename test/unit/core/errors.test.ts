import { describe, expect, it } from 'vitest'
import { isRetryable, SignedUrlError } from '../../../src/core/errors.js'
import { SESSION_ENDED, sentenceFor, VIEWER_SENTENCES } from '../../../src/video-js/viewer-sentences.js'

describe('SignedUrlError', () => {
  it('is an Error with a code and the given details', () => {
    const cause = new Error('503')
    const error = new SignedUrlError('signed-url-unavailable', 'The signing endpoint failed (503).', {
      status: 503,
      attempt: 2,
      retryAfterMs: 1000,
      cause,
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'SignedUrlError', code: 'signed-url-unavailable', status: 503, attempt: 2 })
    expect(error.cause).toBe(cause)
    expect('cause' in new SignedUrlError('signed-url-denied', 'No.')).toBe(false)
  })

  it.each([
    ['signed-url-denied', false],
    ['signed-url-unavailable', true],
    ['signed-url-invalid', true],
    ['signed-url-refused', true],
  ] as const)('with the code %s is retryable: %s', (code, expected) => {
    expect(isRetryable(new SignedUrlError(code, 'x'))).toBe(expected)
  })

  it.each([
    [401, SESSION_ENDED],
    [402, VIEWER_SENTENCES['signed-url-denied']],
    [403, VIEWER_SENTENCES['signed-url-denied']],
    [undefined, VIEWER_SENTENCES['signed-url-denied']],
  ])('of a denial with status %s reads: %s', (status, sentence) => {
    expect(sentenceFor(new SignedUrlError('signed-url-denied', 'x', { status }))).toBe(sentence)
  })

  it('with 401 by the CDN is no ended session', () => {
    const error = new SignedUrlError('signed-url-refused', 'x', { status: 401 })
    expect(sentenceFor(error)).toBe(VIEWER_SENTENCES['signed-url-refused'])
  })

  it('has a sentence for the viewer for each code, free of developer jargon', () => {
    expect(Object.keys(VIEWER_SENTENCES).sort()).toEqual([
      'signed-url-denied',
      'signed-url-invalid',
      'signed-url-refused',
      'signed-url-unavailable',
    ])
    for (const sentence of [...Object.values(VIEWER_SENTENCES), SESSION_ENDED]) {
      expect(sentence).toMatch(/^[A-Z].+\.$/)
      expect(sentence).not.toMatch(/token|sign|endpoint|CDN|HTTP|URL|reload|\d{3}/i)
    }
  })
})
