import {
  type RetryPolicy,
  readExpiry,
  type SignContext,
  type SignedUrlAnswer,
  SignedUrlError,
  type SignedUrlErrorCode,
  type SignedUrlEventMap,
  type SignedUrlOptions,
  type SignReason,
} from 'videojs-signed-url'
import type { Equal, Expect } from './equal.js'

/* Options, answers, events and errors. */

type Option<Name extends keyof SignedUrlOptions> = NonNullable<SignedUrlOptions[Name]>

export type Options = [
  Expect<Equal<Option<'endpoint'>, string | URL>>,
  Expect<Equal<Option<'scope'>, 'auto' | 'directory' | 'file' | 'manifest' | 'cookie'>>,
  Expect<Equal<Option<'engine'>, 'auto' | 'hls.js' | 'vhs' | 'native'>>,
  Expect<Equal<Option<'leadTimeMs'>, number>>,
  Expect<Equal<Option<'refusedStatuses'>, number[]>>,
  Expect<Equal<Option<'retry'>, Partial<RetryPolicy>>>,
  Expect<Equal<keyof RetryPolicy, 'maxAttempts' | 'baseDelayMs' | 'maxDelayMs' | 'timeoutMs'>>,
  Expect<Equal<Option<'allowedOrigins'>, string[]>>,
  Expect<Equal<Option<'serviceWorker'>, string | URL | false>>,
  Expect<Equal<Option<'errorPanel'>, boolean>>,
]

export const byFunction: SignedUrlOptions = {
  async sign({ resource, reason, attempt, previousUrl, status, signal }) {
    const context: Expect<Equal<typeof signal, AbortSignal>> = true
    const texts: (string | undefined)[] = [resource, reason, previousUrl]
    const numbers: (number | undefined)[] = [attempt, status]
    return { url: `https://cdn.example/${texts.length}/${numbers.length}/${context}`, expiresAt: new Date() }
  },
  hls: { maxBufferLength: 10 },
  protects: ({ src, type }) => src.startsWith('videos/') && type !== 'audio/mpeg',
}
export const byRequest: SignedUrlOptions = {
  endpoint: new URL('https://club.example/api/playback-url'),
  request: async ({ reason }: SignContext) => ({ method: 'POST', headers: { 'X-Reason': reason } }),
}
// @ts-expect-error a scope that does not exist
export const wrongScope: SignedUrlOptions = { endpoint: '/sign', scope: 'folder' }
// @ts-expect-error an option of hls.js that does not exist
export const wrongHls: SignedUrlOptions = { endpoint: '/sign', hls: { maxBuffer: 10 } }
// @ts-expect-error `sign` that returns no URL
export const wrongSign: SignedUrlOptions = { sign: async () => 7 }

export const answers: SignedUrlAnswer[] = [
  'https://cdn.example/film.mp4',
  { url: 'https://cdn.example/film.mp4', expiresIn: 60, serverTime: '2026-01-07T10:40:07Z', covers: '/film7/' },
]
// @ts-expect-error no URL
export const wrongAnswer: SignedUrlAnswer = { expiresIn: 60 }

export type Reasons = Expect<Equal<SignReason, 'start' | 'expiring' | 'expired' | 'refused' | 'resumed' | 'manual'>>
export type Codes = Expect<
  Equal<
    SignedUrlErrorCode,
    'signed-url-denied' | 'signed-url-unavailable' | 'signed-url-invalid' | 'signed-url-refused'
  >
>
export type Events = [
  Expect<Equal<keyof SignedUrlEventMap, 'signedurlrefreshing' | 'signedurlrefreshed' | 'signedurlfailed'>>,
  Expect<Equal<SignedUrlEventMap['signedurlrefreshed']['expiresAt'], number | undefined>>,
  Expect<Equal<SignedUrlEventMap['signedurlfailed']['error'], SignedUrlError>>,
]

const error = new SignedUrlError('signed-url-denied', 'No ticket', { reason: 'no-ticket', viewerMessage: 'Buy one.' })
export type ErrorFields = [
  Expect<Equal<typeof error.code, SignedUrlErrorCode>>,
  Expect<Equal<typeof error.status, number | undefined>>,
  Expect<Equal<typeof error.viewerMessage, string | undefined>>,
]
// @ts-expect-error a code that does not exist
export const wrongError = new SignedUrlError('signed-url-lost', 'No ticket')

export type Expiry = Expect<Equal<typeof readExpiry, (url: string) => number | undefined>>
export const seconds = readExpiry('https://cdn.example/')
