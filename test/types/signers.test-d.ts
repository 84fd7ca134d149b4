import {
  bitsOnTheRun,
  clubEvent,
  gcore,
  nginxSecureLink,
  nodeHandler,
  pushrFile,
  pushrTitle,
  type SignedUrl,
  signingEndpoint,
} from 'videojs-signed-url/signers'
import type { Equal, Expect } from './equal.js'

/* The server side. */

const expiresAt = 1767225600
const secret = 'ReallySecretString'
const baseUrl = 'https://demo-protected.gvideo.io'
const url = 'https://club.example/media/video1.mp4'
const pushr = { baseUrl, path: '/uploads/', file: 'playlist.m3u8', address: '203.0.113.7', secret, expiresAt }

export const urls: string[] = [
  gcore({ baseUrl, clientId: 2675, videoId: 'final-2026', secret, expiresAt, kind: 'cmaf' }),
  nginxSecureLink({ url, secret, expiresAt }),
  clubEvent({ url: `${url}?secret=${secret}`, expiresAt }),
  bitsOnTheRun({ url, secret, expiresAt }),
  pushrFile(pushr),
  pushrTitle(pushr),
]
// @ts-expect-error without the secret
gcore({ baseUrl, clientId: 2675, videoId: 'final-2026', expiresAt })
// @ts-expect-error an instant in another form
gcore({ baseUrl, clientId: 2675, videoId: 'final-2026', secret, expiresAt: new Date() })

const endpoint = signingEndpoint({
  authorize: (request, resource) => request.headers.has('cookie') && resource !== 'paid',
  sign: async (resource) => (resource === 'final-2026' ? { url, expiresAt, type: 'video/mp4' } : null),
  cacheForMs: 20_000,
  sharedCache: true,
})
export type IsAWebHandler = Expect<Equal<typeof endpoint, (request: Request) => Promise<Response>>>
export type SignReturns = Expect<
  Equal<SignedUrl, string | { url: string; expiresAt: number; type?: string; covers?: string }>
>
export const node = nodeHandler(endpoint)
// @ts-expect-error without `authorize`
signingEndpoint({ sign: () => url })
// @ts-expect-error a URL without its expiry
signingEndpoint({ authorize: () => true, sign: () => ({ url }) })
