import type { Fault } from './fault.js'
import type { FaultyOrigin } from './faulty-origin.js'

/** Several lives pass in a row. */
const LIFE = { lifeS: 5 }
const JSON_TYPE = { 'Content-Type': 'application/json' }
const HTML_TYPE = { 'Content-Type': 'text/html' }

const STANDS_WITHOUT_ERROR =
  'In some runs the video stands still without an error: after the swap to the dead URL nothing asks again.'
const ASKED_LATE = 'For an MP4 the endpoint is asked only when the last URL has died.'

const json = (answer: object) => ({ status: 200, headers: JSON_TYPE, body: JSON.stringify(answer) })
const resourceOf = (origin: FaultyOrigin) => origin.log.find(({ kind }) => kind === 'sign')?.path ?? ''

/** The last URL that the endpoint has issued. */
function lastUrl(origin: FaultyOrigin): string {
  return `${origin.origin}${[...origin.tokens.values()].at(-1)?.path}`
}

export const ENDPOINT_FAULTS: readonly Fault[] = [
  {
    id: 'endpoint-500-three-times',
    title: 'It answers 500 three times, then well',
    group: 'endpoint',
    given: LIFE,
    cause: () => ({ endpoint: ({ count }) => (count <= 3 ? { status: 500 } : undefined) }),
    ends: 'recovers',
    isUnseen: true,
    signings: 9,
  },
  {
    id: 'endpoint-down-20-s',
    title: 'It is down for 20 s, with 30 s of buffer',
    group: 'endpoint',
    given: { ...LIFE, burstBytes: 850_000 },
    bufferS: 30,
    cause: () => ({ isEndpointDown: true }),
    lastsMs: 20_000,
    ends: 'recovers',
    endsIn: { swap: 'signed-url-unavailable' },
    notes: {
      swap: 'An element whose connection breaks, and whose URL is then refused, fails at once, whatever it has loaded. The video goes on when the endpoint is back.',
    },
    isUnseen: true,
    signings: 14,
    playS: 32,
  },
  {
    id: 'endpoint-down',
    title: 'It is down for good',
    group: 'endpoint',
    given: LIFE,
    cause: () => ({ isEndpointDown: true }),
    ends: 'signed-url-unavailable',
    signings: 14,
  },
  {
    id: 'endpoint-hangs',
    title: 'It hangs',
    group: 'endpoint',
    given: LIFE,
    plugin: { retry: { timeoutMs: 2_000 } },
    cause: () => ({ endpoint: () => 'silence' }),
    ends: 'signed-url-unavailable',
    signings: 8,
  },
  {
    id: 'endpoint-429',
    title: 'It answers 429 with `Retry-After: 2`, twice',
    group: 'endpoint',
    given: LIFE,
    cause: () => ({
      endpoint: ({ count }) => (count <= 2 ? { status: 429, headers: { 'Retry-After': '2' } } : undefined),
    }),
    ends: 'recovers',
    signings: 8,
  },
  {
    id: 'endpoint-same-living-url',
    title: 'It answers with the same URL while that lives',
    group: 'endpoint',
    given: { lifeS: 8 },
    cause: ({ origin }) => ({
      endpoint: () => {
        const last = [...origin.tokens.values()].at(-1)
        // One that lives for less than a second more is replaced.
        if (!last || last.expiresAt < Date.now() / 1000) return undefined
        return json({ url: lastUrl(origin), expiresAt: last.expiresAt, serverTime: Date.now() / 1000 })
      },
    }),
    ends: 'recovers',
    unmetIn: ['swap', 'worker'],
    notes: { swap: ASKED_LATE, worker: ASKED_LATE },
    isUnseen: true,
    signings: 16,
    playS: 16,
  },
  {
    id: 'endpoint-401',
    title: 'It answers 401, until the viewer has logged in',
    group: 'endpoint',
    given: LIFE,
    cause: () => ({ endpoint: () => ({ status: 401 }) }),
    ends: 'signed-url-denied',
    signings: 3,
  },
  {
    id: 'endpoint-html',
    title: 'It answers 200 with HTML',
    group: 'endpoint',
    given: LIFE,
    cause: () => ({ endpoint: () => ({ status: 200, headers: HTML_TYPE, body: '<!doctype html>Log in' }) }),
    ends: 'signed-url-invalid',
    signings: 8,
  },
  {
    id: 'endpoint-redirects-to-log-in',
    title: 'It redirects to a log-in page',
    group: 'endpoint',
    given: LIFE,
    cause: () => ({ endpoint: () => ({ status: 302, headers: { Location: '/log-in' } }) }),
    ends: 'signed-url-invalid',
    signings: 8,
  },
  {
    id: 'endpoint-same-dead-url',
    title: 'It answers with the same dead URL again and again',
    group: 'endpoint',
    given: LIFE,
    cause: ({ origin }) => {
      const url = lastUrl(origin)
      // It says nothing of its age, so the plugin has to find out.
      return { endpoint: () => json({ url }) }
    },
    ends: 'signed-url-refused',
    todo: { swap: STANDS_WITHOUT_ERROR },
    signings: 10,
  },
  {
    id: 'endpoint-expired-url',
    title: 'It signs URLs that have expired',
    group: 'endpoint',
    given: LIFE,
    cause: ({ origin }) => ({
      endpoint: () => json({ ...origin.issue(resourceOf(origin), -30), serverTime: Date.now() / 1000 }),
    }),
    ends: 'signed-url-invalid',
    signings: 8,
  },
  {
    id: 'endpoint-other-file',
    title: 'Its URL names another file',
    group: 'endpoint',
    given: LIFE,
    cause: ({ origin }) => ({
      endpoint: () => {
        const { url, expiresAt } = origin.issue(resourceOf(origin))
        return json({ url: url.replace(/[^/]+(?=\.\w+$)/, 'trailer'), expiresAt, serverTime: Date.now() / 1000 })
      },
    }),
    ends: 'signed-url-invalid',
    signings: 8,
  },
]
