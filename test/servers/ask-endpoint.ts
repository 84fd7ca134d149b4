import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect } from 'vitest'
import { gcore } from '../../src/signers/index.js'
import { until } from '../support/site.js'

/* What every endpoint in `examples` answers, whatever it is written in and runs on. */

export const SECRET = 'Réally Secret+String'
export const VIDEO = { baseUrl: 'https://demo-protected.gvideo.io', clientId: '2675', videoId: '3dk4NsRt6vWsffEr' }

/** Waits for the endpoint at this port of this machine, and requests what the protocol has. */
export async function expectProtocol(port: number): Promise<void> {
  const ask = (query: string, cookie = 'session=1') =>
    fetch(`http://127.0.0.1:${port}/api/playback-url${query}`, { headers: { cookie } })
  await until(async () => (await ask('').catch(() => undefined))?.status === 400, 'the endpoint')
  const response = await ask('?resource=final-2026')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const { url, expiresAt, serverTime } = (await response.json()) as Record<string, unknown>
  expect(Math.abs(Number(serverTime) - Date.now() / 1000)).toBeLessThan(5)
  expect(Number(expiresAt) - Number(serverTime)).toBeGreaterThan(55)
  expect(url).toBe(gcore({ ...VIDEO, secret: SECRET, expiresAt: Number(expiresAt) }))
  const denied = await ask('?resource=final-2026', 'none=1')
  expect(denied.status).toBe(401)
  expect(await denied.json()).toEqual({ reason: 'logged-out', message: 'Please log in to watch this video.' })
  expect((await ask('?resource=nothing')).status).toBe(404)
  expect((await ask('?resource[]=a')).status).toBe(400)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
