import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { MADE_FILMS } from '../../demo/server/made-films.js'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import { disturbances, HLS, openPage, SMALL_BUFFER, see, startFilm, until, untilPosition } from '../support/site.js'
import { type Endpoint, LIFE_S, nowS, sign, startEndpoint } from './start-endpoint.js'
import { type Access, isInstalled, type MediaServer, type ServerName, startServer } from './start-server.js'

/* The tokens of ClubEvent, checked by the servers that its document names, with the configurations that lie beside this file. */

const MEDIA = fileURLToPath(new URL('../../demo/media', import.meta.url))
const FILM = '/media_files/film.mp4'
const HEAVY = '/media_files/heavy.mp4'
const hasHeavyFilm = inject('hasHeavyFilm')
const media = {
  'film.mp4': join(MEDIA, 'film/film.mp4'),
  'Café (1).mp4': join(MEDIA, 'film/film.mp4'),
  hls: join(MEDIA, 'film'),
  ...(hasHeavyFilm && { 'heavy.mp4': join(MADE_FILMS, 'heavy/film.mp4') }),
}

for (const name of ['nginx', 'apache'] as const) {
  const isMissing = !isInstalled(name)
  if (isMissing && process.env.CI) throw new Error(`CI needs ${name}.`)
  if (isMissing) console.warn(`Skipped for want of ${name}: the tests of its configuration.`)

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
      ['plays a film with its token', 200, () => ask(signed(FILM))],
      ['plays a part of a film', 206, () => ask(signed(FILM), { Range: 'bytes=0-99' })],
      ['plays a film whose name has to be encoded', 200, () => ask(signed('/media_files/Caf%C3%A9%20(1).mp4'))],
      ['plays a film up to the end of its last second', 200, () => ask(signed(FILM, nowS() + 1))],
      ['refuses an expired token with 410', 410, () => ask(signed(FILM, nowS() - 2))],
      ['refuses a token that expired long ago with 410', 410, () => ask(signed(FILM, 1_000_000_000))],
      ['refuses the token of another secret', 403, () => ask(signed(FILM, nowS() + 60, 'Another'))],
      ['refuses the token of another file', 403, () => ask(signed(FILM).replace('film.mp4', 'hls/film.mp4'))],
      ['refuses an expiry put off by hand', 403, () => ask(signed(FILM).replace(/expires=\d+/, 'expires=1999999999'))],
      ['refuses a file without a token', 403, () => ask(`${server.origin}${FILM}`)],
      ['refuses a viewer who comes from nowhere', 403, () => fetch(signed(FILM))],
      ['refuses a viewer of another site', 403, () => ask(signed(FILM), { Referer: 'https://other.example/' })],
      [
        'refuses a site that names this one in its address',
        403,
        () => ask(signed(FILM), { Referer: `https://other.example/?${site}/` }),
      ],
      [
        'refuses a site whose name begins like that of this one',
        403,
        () => ask(signed(FILM), { Referer: `${site.replace(/:\d+$/, '')}.other.example/` }),
      ],
    ])('%s, and lets the page see it', async (_title, status, send) => {
      const response = await send()
      await response.body?.cancel()
      expect(response.status).toBe(status)
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe(site)
    })

    it('takes no time from a client', async () => {
      const response = await ask(signed(FILM, nowS() - 2), { 'X-Request-Time': 't=1000000000000000' })
      expect(response.status).toBe(410)
    })

    it.runIf(name === 'nginx')('sends a film from the second that `start` names, as the module mp4 does', async () => {
      const [whole, rest] = await Promise.all([ask(signed(FILM)), ask(signed(`${FILM}?start=30`))])
      expect(rest.status).toBe(200)
      const [wholeSize, restSize] = [await whole.arrayBuffer(), await rest.arrayBuffer()].map(
        ({ byteLength }) => byteLength,
      )
      expect(restSize).toBeLessThan(0.8 * (wholeSize ?? 0))
      expect((await ask(`${server.origin}${FILM}?start=30`)).status).toBe(403)
    })

    describe('in Chromium', () => {
      let browser: Browser
      let page: Page
      let endpoint: Endpoint
      beforeAll(async () => {
        endpoint = await startEndpoint(name, server, site)
        browser = await launch('chromium')
        page = await browser.newPage()
      })
      afterAll(async () => {
        await browser?.close()
        await endpoint?.stop()
      })

      it.skipIf(!hasHeavyFilm)(
        'plays an MP4 on through three lives of its token, wherever the viewer seeks',
        async () => {
          const earlier = (await server.log()).length
          await openPage(page)
          await startFilm(page, {
            name: 'film',
            plugin: { endpoint: endpoint.url },
            source: { src: `${server.origin}${HEAVY}`, type: 'video/mp4' },
          })
          await untilPosition(page, 'film', 1)
          for (const position of [30, 60, 15]) {
            await untilDead(page)
            await page.evaluate(`void lab.player('film').currentTime(${position})`)
            const sought = await untilPosition(page, 'film', position + 0.5)
            expect(sought.position).toBeLessThan(position + 5)
          }
          const seen = await see(page, 'film')
          expect(seen.error).toBeNull()
          expect(seen.events.filter(({ type }) => type === 'error')).toEqual([])
          // The server writes a request down when its answer is over.
          await page.goto('about:blank')
          const requests = async () => (await server.log()).slice(earlier).filter(({ path }) => path === HEAVY)
          await until(async () => tokensOf(await requests()).size >= 4, 'four tokens in the log of the server')
        },
      )
    })
  })
}

/** Until the server, too, refuses the URL: it takes it up to the end of its second. */
function untilDead(page: Page): Promise<void> {
  const isDead = `Date.now() > lab.player('film').signedUrl().expiresAt + 1000`
  return until(() => page.evaluate<boolean>(isDead), 'the URL to die')
}

const tokensOf = (log: readonly Access[]) => new Set(log.filter(({ status }) => status < 300).map(({ token }) => token))
