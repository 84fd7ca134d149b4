import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import express4 from 'express-4'
import { describe, expect, it } from 'vitest'
import { nodeHandler, signingEndpoint } from '../../../src/signers/index.js'

/** Shows what the handler gets, and sets two cookies. */
const echo = async (request: Request) => {
  const headers = new Headers({ 'content-type': 'application/json', 'x-seen': 'yes' })
  headers.append('set-cookie', 'a=1; Path=/')
  headers.append('set-cookie', 'b=2; Path=/')
  const { method, url } = request
  const cookie = request.headers.get('cookie')
  return new Response(JSON.stringify({ method, url, cookie, body: await request.text() }), { status: 201, headers })
}

type Handler = Parameters<typeof nodeHandler>[0]

const express5With =
  (...middlewares: ReturnType<typeof express.json>[]) =>
  (handle: Handler): RequestListener => {
    const app = express()
    for (const middleware of middlewares) app.use(middleware)
    app.use('/api', express.Router().all('/playback-url', nodeHandler(handle)))
    return app
  }

const express4With =
  (...middlewares: ReturnType<typeof express4.json>[]) =>
  (handle: Handler): RequestListener => {
    const app = express4()
    for (const middleware of middlewares) app.use(middleware)
    app.use('/api', express4.Router().all('/playback-url', nodeHandler(handle)))
    return app
  }

const SERVERS: Record<string, (handle: Handler) => RequestListener> = {
  http: (handle) => nodeHandler(handle),
  'Express 5': express5With(),
  'Express 5 with express.json()': express5With(express.json()),
  'Express 5 with express.text()': express5With(express.text({ type: 'application/json' })),
  'Express 5 with express.raw()': express5With(express.raw({ type: 'application/json' })),
  'Express 4': express4With(),
  'Express 4 with express.json()': express4With(express4.json()),
}

async function ask(listener: RequestListener, init: RequestInit = {}, path = '/api/playback-url?resource=a%2Fb') {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe.each(Object.entries(SERVERS))('a handler under %s', (_name, make) => {
  it('gets a GET with its URL and headers, and keeps status and every cookie of the answer', async () => {
    const { status, headers, text } = await ask(make(echo), { headers: { cookie: 'session=1' } })
    expect(status).toBe(201)
    expect(headers.get('x-seen')).toBe('yes')
    expect(headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/'])
    expect(JSON.parse(text)).toEqual({
      method: 'GET',
      url: 'http://localhost/api/playback-url?resource=a%2Fb',
      cookie: 'session=1',
      body: '',
    })
  })

  it('gets the body of a POST, whoever has read it before', async () => {
    const sent = { resources: ['a', 'b'], reason: 'start' }
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(sent) }
    const { text } = await ask(make(echo), init)
    expect(JSON.parse(JSON.parse(text).body)).toEqual(sent)
  })

  it('answers with 500 where it throws, and the server goes on', async () => {
    const failing = make(async () => {
      throw new Error('bad key s3cret')
    })
    for (let time = 0; time < 2; time += 1) expect((await ask(failing)).status).toBe(500)
  })
})

describe('a signing endpoint under http', () => {
  it('speaks the protocol', async () => {
    const endpoint = signingEndpoint({ authorize: () => true, sign: (resource) => `/signed/${resource}` })
    const { status, text } = await ask(nodeHandler(endpoint))
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ url: '/signed/a/b' })
  })

  it('answers 413 to a body of more than a megabyte, and 500 without the error’s text', async () => {
    const endpoint = signingEndpoint({ authorize: () => true, sign: () => null })
    const body = JSON.stringify({ resource: 'a'.repeat(1_000_001) })
    expect((await ask(nodeHandler(endpoint), { method: 'POST', body })).status).toBe(413)
    const { status, text } = await ask(
      nodeHandler(async () => {
        throw new Error('bad key s3cret')
      }),
    )
    expect(status).toBe(500)
    expect(text).not.toContain('s3cret')
  })
})
