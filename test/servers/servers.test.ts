import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { MADE_FILMS } from '../../demo/server/made-films.js'
import type { Sighting } from '../browser/pages/lab.js'
import type { Page } from '../support/browsers/index.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { disturbances, HLS, MP4, openPage, SMALL_BUFFER, until } from '../support/site.js'
import type { Video, VideoOptions } from '../support/video.js'
import { type Endpoint, LIFE_S, nowS, sign, startEndpoint } from './start-endpoint.js'
import { type Access, isInstalled, type MediaServer, startServer } from './start-server.js'

/* The tokens of ClubEvent, checked by the servers that its document names, with the configurations next to this file. */

const MEDIA = fileURLToPath(new URL('../../demo/media', import.meta.url))
const VIDEO = '/media_files/film.mp4'
/** One for each test that plays it, because the server's log does not identify viewers. */
const HEAVY = ['/media_files/heavy.mp4', '/media_files/heavy-2.mp4'] as const
/** Played by no test; requests for it carry the token of another file. */
const OTHER_FILE = '/media_files/hls/film.mp4'
const HLS_VIDEO = '/media_files/hls/master.m3u8'
const WORKER = '/signed-url-worker.js'
const media = {
  'film.mp4': join(MEDIA, 'film/film.mp4'),
  'Café (1).mp4': join(MEDIA, 'film/film.mp4'),
  hls: join(MEDIA, 'film'),
  'heavy.mp4': join(MADE_FILMS, 'heavy/film.mp4'),
  'heavy-2.mp4': join(MADE_FILMS, 'heavy/film.mp4'),
}

for (const name of ['nginx', 'apache'] as const) {
  const isMissing = !isInstalled(name)
  describe.skipIf(isMissing)(`ClubEvent's tokens, checked by ${name}`, () => {
    const site = inject('siteUrl')
    let server: MediaServer
    beforeAll(async () => {
      server = await startServer(name, site, media)
    })
    afterAll(() => server?.stop())

    const signed = (path: string, expiresAt = nowS() + 60, secret?: string) =>
      sign(name, `${server.origin}${path}`, expiresAt, secret)
    const ask = (url: string, headers: Record<string, string> = {}) =>
      fetch(url, { headers: { Referer: `${site}/`, ...headers } })

    it.each<[string, number, () => Promise<Response>]>([
      ['serves a video with its token', 200, () => ask(signed(VIDEO))],
      ['serves a part of a video', 206, () => ask(signed(VIDEO), { Range: 'bytes=0-99' })],
      ['serves a video whose name must be encoded', 200, () => ask(signed('/media_files/Caf%C3%A9%20(1).mp4'))],
      ['refuses an expired token with 410', 410, () => ask(signed(VIDEO, nowS() - 2))],
      ['refuses a token that expired long ago with 410', 410, () => ask(signed(VIDEO, 1_000_000_000))],
      ['refuses the token of another secret', 403, () => ask(signed(VIDEO, nowS() + 60, 'Another'))],
      ['refuses the token of another file', 403, () => ask(signed(VIDEO).replace(VIDEO, OTHER_FILE))],
      [
        'refuses an expiry that was changed by hand',
        403,
        () => ask(signed(VIDEO).replace(/expires=\d+/, 'expires=1999999999')),
      ],
      ['refuses a file without a token', 403, () => ask(`${server.origin}${VIDEO}`)],
      ['refuses a viewer without a referrer', 403, () => fetch(signed(VIDEO))],
      ['refuses a viewer from another site', 403, () => ask(signed(VIDEO), { Referer: 'https://other.example/' })],
      [
        'refuses a site that has this one in its query',
        403,
        () => ask(signed(VIDEO), { Referer: `https://other.example/?${site}/` }),
      ],
      [
        'refuses a site whose host name begins with that of this one',
        403,
        () => ask(signed(VIDEO), { Referer: `${site.replace(/:\d+$/, '')}.other.example/` }),
      ],
    ])('%s, and lets the page read the answer', async (_title, status, send) => {
      const response = await send()
      await response.body?.cancel()
      expect(response.status).toBe(status)
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe(site)
    })

    it('serves a video up to the end of the second in which its token expires', async () => {
      const now = nowS()
      for (const expiresAt of [now - 1, now, now + 1]) {
        const { status, headers } = await ask(signed(VIDEO, expiresAt), { Range: 'bytes=0-0' })
        const answeredAt = Date.parse(headers.get('Date') ?? '') / 1000
        expect(status, `${expiresAt - answeredAt} s left`).toBe(answeredAt <= expiresAt ? 206 : 410)
      }
    })

    it('ignores a time that the client sends', async () => {
      const response = await ask(signed(VIDEO, nowS() - 2), { 'X-Request-Time': 't=1000000000000000' })
      expect(response.status).toBe(410)
    })

    it.runIf(name === 'nginx')('serves a video from the second in `start`, as the mp4 module does', async () => {
      const [whole, rest] = await Promise.all([ask(signed(VIDEO)), ask(signed(`${VIDEO}?start=60`))])
      const sizeOf = ({ headers }: Response) => Number(headers.get('Content-Length'))
      await Promise.all([whole.body?.cancel(), rest.body?.cancel()])
      expect(rest.status).toBe(200)
      // The video lasts 72 s, and its index is always sent.
      expect(sizeOf(rest) / sizeOf(whole)).toBeLessThan(0.3)
      expect((await ask(`${server.origin}${VIDEO}?start=60`)).status).toBe(403)
    })

    describe('in Chromium', () => {
      const it = inBrowser('chromium')
      let endpoint: Endpoint
      beforeAll(async () => {
        endpoint = await startEndpoint(name, server, site)
      })
      afterAll(() => endpoint?.stop())

      /** Plays a file of the server with URLs from the endpoint. The server logs a request when its answer ends, at the latest when the page is left. */
      const start = (play: InBrowser['play'], file: string, type: string, options: VideoOptions = {}) =>
        play(
          {},
          {
            ...options,
            plugin: null,
            player: {
              plugins: { signedUrl: { endpoint: endpoint.url, hls: SMALL_BUFFER, ...options.plugin } },
            },
            source: { src: `${server.origin}${file}`, type },
          },
        )

      const playSeeking = async (play: InBrowser['play'], file: string, options: VideoOptions) => {
        const video = await start(play, file, MP4, options)
        await video.reaches(1)
        for (const position of [30, 60]) {
          await untilDead(video)
          await video.do(`player.currentTime(${position}); undefined`)
          const seenAfterSeek = await video.reaches(position + 0.5)
          expect(seenAfterSeek.error).toBeNull()
        }
        const seen = await video.see()
        expect(countOf('error', seen)).toBe(0)
        await video.page.goto('about:blank')
        await until(async () => livesIn(await server.log(), file) >= 3, 'three tokens in the log of the server')
        return seen
      }

      it('plays an MP4 through three lives of its token, wherever the viewer seeks', FULL, async ({ play }) => {
        await playSeeking(play, HEAVY[0], { plugin: { scope: 'file' } })
      })

      it('plays an MP4 through the service worker without a swap', FULL, async ({ play }) => {
        // The first visit installs the worker, which serves the second.
        const before = async (page: Page) => {
          await page.evaluate(
            `navigator.serviceWorker.register('${WORKER}').then(() => navigator.serviceWorker.ready).then(() => undefined)`,
          )
          await openPage(page)
        }
        expect((await playSeeking(play, HEAVY[1], { before, plugin: { serviceWorker: WORKER } })).stats.swaps).toBe(0)
      })

      it(
        'plays HLS in which every file has its own token through three lives of the tokens, unnoticed',
        name === 'nginx' ? {} : FULL,
        async ({ play }) => {
          const video = await start(play, HLS_VIDEO, HLS, { plugin: { scope: 'file' } })
          const seen = await video.reaches(3 * (LIFE_S + 1) + 1)
          await video.page.goto('about:blank')
          const log = (await server.log()).filter(
            ({ path }) => path.startsWith('/media_files/hls/') && path !== OTHER_FILE,
          )
          expect(livesIn(log, '/media_files/hls/')).toBeGreaterThanOrEqual(3)
          expect(seen.error).toBeNull()
          expect(seen.starvedMs).toBe(0)
          expect(disturbances(seen)).toEqual([])
          expect(log.filter(({ status }) => status >= 400)).toEqual([])
        },
      )

      it('refuses its files to pages whose referrer policy hides their site', FULL, async ({ openWindow }) => {
        const page = await openWindow()
        const statuses: Record<string, number> = {}
        for (const policy of ['no-referrer', 'same-origin', 'origin', 'strict-origin-when-cross-origin']) {
          await page.evaluate(addReferrerPolicy, policy)
          const ask = async (url: string) => (await fetch(url, { cache: 'no-store' })).status
          statuses[policy] = await page.evaluate(ask, signed(VIDEO))
        }
        expect(statuses).toEqual({
          'no-referrer': 403,
          'same-origin': 403,
          origin: 200,
          'strict-origin-when-cross-origin': 200,
        })
      })

      it('refuses the video to a page that sends no referrer, and the player reports it', FULL, async ({ play }) => {
        const before = (page: Page) => page.evaluate(addReferrerPolicy, 'no-referrer')
        const video = await start(play, VIDEO, MP4, { before, plugin: { retry: { baseDelayMs: 50, maxDelayMs: 100 } } })
        expect((await video.fails()).error).toMatchObject({ code: 2, errorType: 'signed-url-refused' })
      })
    })
  })
}

/** Runs in the page, where the last policy applies. */
function addReferrerPolicy(content: string): void {
  document.head.append(Object.assign(document.createElement('meta'), { name: 'referrer', content }))
}

/** Waits until the server refuses the URL too, which it accepts up to the end of its last second. */
function untilDead(video: Video): Promise<void> {
  return until(() => video.do<boolean>('Date.now() > player.signedUrl().expiresAt + 1000'), 'the URL to expire')
}

/** The number of token lives with which files below `path` were actually served. */
function livesIn(log: readonly Access[], path: string): number {
  const served = log.filter((access) => access.path.startsWith(path) && access.status < 400)
  return new Set(served.map(({ expires }) => expires)).size
}

function countOf(event: string, { events }: Sighting): number {
  return events.filter(({ type }) => type === event).length
}
