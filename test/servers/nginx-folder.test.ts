import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { nginxSecureLink } from '../../src/signers/index.js'
import { exported, scripts } from '../support/documents.js'
import { isInstalled, type MediaServer, startServer } from './start-server.js'

/* One token for a video's folder, checked by nginx as docs/nginx-apache.md configures it, and signed by the snippet that is printed there. */

const FILM = fileURLToPath(new URL('../../demo/media/film', import.meta.url))
const snippet = scripts.find(({ title }) => title === '// nginx-folder.js')?.code ?? ''
type Sign = (videoId: string) => { url: string; expiresAt: number }
const MASTER = 'master.m3u8'

describe.skipIf(!isInstalled('nginx-folder'))('a token for a folder, checked by nginx', () => {
  const site = inject('siteUrl')
  let server: MediaServer
  beforeAll(async () => {
    server = await startServer('nginx-folder', site, { 'final-2026': FILM, another: FILM })
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    vi.useRealTimers()
    await server?.stop()
  })

  function signed(videoId = 'final-2026', secret = 'ReallySecretString'): string {
    vi.stubEnv('MEDIA_SECRET', secret)
    return exported<Sign>('sign', snippet, { nginxSecureLink })(videoId).url.replace(
      'https://media.example',
      server.origin,
    )
  }
  function signedAgo(ms: number): string {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - ms })
    const url = signed()
    vi.useRealTimers()
    return url
  }
  const firstLink = async () =>
    (await (await fetch(signed())).text()).split('\n').find((line) => /^\w.*\.m3u8/.test(line)) ?? ''

  it.each<[string, number, () => Promise<string> | string]>([
    ['serves the playlist', 200, () => signed()],
    ['serves what the playlist links', 200, async () => new URL(await firstLink(), signed()).href],
    ['refuses an expired token with 410', 410, () => signedAgo(65_000)],
    ['refuses the token of another secret', 403, () => signed('final-2026', 'Another')],
    ['refuses the token of another video', 403, () => signed().replace('/final-2026/', '/another/')],
    ['refuses an expiry that was changed by hand', 403, () => signed().replace(/\/\d{10}\//, '/1999999999/')],
    ['refuses a way out of the folder', 403, () => signed().replace(MASTER, `%2e%2e/another/${MASTER}`)],
  ])('%s, and lets the page read the answer', async (_title, status, url) => {
    const response = await fetch(await url())
    await response.body?.cancel()
    expect(response.status).toBe(status)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(site)
  })
})
