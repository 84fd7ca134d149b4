import type { SignedUrlError } from './errors.js'

/**
 * What refreshing a signature has come to. Whether its URL works is another question (`Validity`): an expired URL may be left alone, a fresh one may be refreshed.
 *
 * From `idle` a request plans a refresh; from any state a refresh may begin; it ends in `idle` or `failed`.
 */
export type RefreshState =
  | { readonly name: 'idle' }
  /** A background refresh begins when `timer`, which abort ends, runs out. */
  | { readonly name: 'planned'; readonly timer: AbortController }
  /** `past`: why it gave up before, until this refresh succeeds. */
  | { readonly name: 'refreshing'; readonly done: Promise<void>; readonly past: SignedUrlError | undefined }
  /** `timer`: until the next single try, which abort ends; undefined where only the page or the viewer can change something. */
  | { readonly name: 'failed'; readonly error: SignedUrlError; readonly timer?: AbortController }

export const IDLE: RefreshState = { name: 'idle' }

export function errorOf(state: RefreshState): SignedUrlError | undefined {
  if (state.name === 'failed') return state.error
  return state.name === 'refreshing' ? state.past : undefined
}

export function timerOf(state: RefreshState): AbortController | undefined {
  return state.name === 'planned' || state.name === 'failed' ? state.timer : undefined
}

export function planned(timer: AbortController): RefreshState {
  return { name: 'planned', timer }
}

export function begin(state: RefreshState, done: Promise<void>): RefreshState {
  return { name: 'refreshing', done, past: errorOf(state) }
}

/** The refresh is over: `error` where it gave up. */
export function finish(state: RefreshState, error: SignedUrlError | undefined): RefreshState {
  if (state.name !== 'refreshing') return state
  return error ? { name: 'failed', error } : IDLE
}

/** It gives up without another attempt. */
export function failed(error: SignedUrlError): RefreshState {
  return { name: 'failed', error }
}

/** Something that the media depends on can't be had. A refresh in flight goes on, and its success clears the error. */
export function failFromOutside(state: RefreshState, error: SignedUrlError): RefreshState {
  return state.name === 'refreshing' ? { ...state, past: error } : { name: 'failed', error }
}

/** The next single try begins when `timer` runs out. */
export function withTimer(state: RefreshState, timer: AbortController): RefreshState {
  return state.name === 'failed' ? { ...state, timer } : state
}

export function clearError(state: RefreshState): RefreshState {
  if (state.name === 'failed') return IDLE
  return state.name === 'refreshing' ? { ...state, past: undefined } : state
}
