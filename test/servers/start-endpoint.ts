import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { clubEvent, nodeHandler, signingEndpoint } from '../../src/signers/index.js'
import type { MediaServer, ServerName } from './start-server.js'

/** As in both configurations and in ClubEvent's document. */
export const SECRET = 'ReallySecretString'
/** Expiries are whole seconds, and both servers accept a URL up to the end of that second, so it lives 3 to 4 s. */
export const LIFE_S = 3

export interface Endpoint {
  /** The value of the option `endpoint`. */
  readonly url: string
  stop(): Promise<void>
}

/** The servers that check ClubEvent's tokens. */
type ClubEventServer = Exclude<ServerName, 'nginx-folder'>

export const nowS = (): number => Math.floor(Date.now() / 1000)

/** Signs a file as ClubEvent does, for the server that checks the token. */
export function sign(server: ClubEventServer, url: string, expiresAt: number, secret = SECRET): string {
  const link = `${url}${url.includes('?') ? '&' : '?'}secret=${secret}`
  return clubEvent({ url: link, expiresAt, server })
}

/** Starts a signing endpoint on its own origin, which signs the files of `media` for the pages of `site`. */
export async function startEndpoint(name: ClubEventServer, media: MediaServer, site: string): Promise<Endpoint> {
  const handler = nodeHandler(
    signingEndpoint({
      corsOrigins: [site],
      allowedHosts: [new URL(media.origin).host],
      authorize: (_request, resource) => resource.startsWith(`${media.origin}/media_files/`),
      sign(resource) {
        const expiresAt = nowS() + LIFE_S
        return { url: sign(name, resource, expiresAt), expiresAt }
      },
    }),
  )
  const server = createServer((req, res) => handler(req, res))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
