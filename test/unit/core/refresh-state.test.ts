import { describe, expect, it } from 'vitest'
import { SignedUrlError } from '../../../src/core/errors.js'
import {
  begin,
  clearError,
  errorOf,
  failFromOutside,
  finish,
  IDLE,
  planned,
  type RefreshState,
} from '../../../src/core/refresh-state.js'

const FIRST = new SignedUrlError('signed-url-unavailable', 'The endpoint is down.')
const LATER = new SignedUrlError('signed-url-denied', 'The endpoint denies it.')
const done = Promise.resolve()
const PLANNED = planned(new AbortController())
const FAILED: RefreshState = { name: 'failed', error: FIRST }

describe('a refresh', () => {
  it.each([
    ['idle', IDLE, undefined],
    ['planned', PLANNED, undefined],
    ['failed', FAILED, FIRST],
  ])('that begins in the %s state keeps the error that it may clear', (_name, state, error) => {
    const refreshing = begin(state, done)
    expect(refreshing.name).toBe('refreshing')
    expect(errorOf(refreshing)).toBe(error)
  })

  it('that succeeds ends idle with no error', () => {
    expect(finish(begin(FAILED, done), undefined)).toBe(IDLE)
  })

  it('that gives up ends with its own error, not the earlier one', () => {
    expect(errorOf(finish(begin(FAILED, done), LATER))).toBe(LATER)
  })

  it('that is no longer in flight leaves the state unchanged', () => {
    for (const state of [IDLE, PLANNED, FAILED]) expect(finish(state, LATER)).toBe(state)
  })
})

describe('an error from outside', () => {
  it.each([IDLE, PLANNED, FAILED])('is set at once when no refresh is in flight: %o', (state) => {
    expect(failFromOutside(state, LATER)).toEqual({ name: 'failed', error: LATER })
  })

  it('keeps a refresh in flight, whose success clears the error', () => {
    const state = failFromOutside(begin(IDLE, done), LATER)
    expect(state).toMatchObject({ name: 'refreshing', done })
    expect(errorOf(state)).toBe(LATER)
    expect(errorOf(finish(state, undefined))).toBeUndefined()
  })
})

describe('clearing the error', () => {
  it('returns a failed signature to idle and keeps a refresh in flight', () => {
    expect(clearError(FAILED)).toBe(IDLE)
    expect(clearError(begin(FAILED, done))).toMatchObject({ name: 'refreshing', past: undefined })
    expect(clearError(PLANNED)).toBe(PLANNED)
  })
})
