import { describe, expect, it } from 'vitest'
import { earlySigner } from '../../../../src/core/signing/early-signer.js'
import type { Signing, SigningRequest, SourceClient } from '../../../../src/core/signing/signing-client.js'

/** What an answer leaves out. */
const UNKNOWN = {
  expiresAt: undefined,
  expiresInMs: undefined,
  serverTime: undefined,
  type: undefined,
  covers: undefined,
}

interface Sent extends SigningRequest {
  readonly signal: AbortSignal
}

/** A client whose answers name the request that they belong to. */
function open() {
  const sent: Sent[] = []
  const client: SourceClient = {
    async request(request, signal) {
      sent.push({ ...request, signal })
      return {
        answer: { ...UNKNOWN, url: `https://cdn.example/${request.resource}?n=${sent.length}` },
        sentAt: 0,
        receivedAt: 0,
      }
    },
    ask: () => Promise.reject(new Error('not asked here')),
  }
  const life = new AbortController()
  const source = new AbortController()
  const signer = earlySigner(client)
  const request = async (given: Partial<SigningRequest>): Promise<Signing['answer']['url']> =>
    (await signer.request({ resource: 'film', reason: 'start', attempt: 1, ...given }, source.signal)).answer.url
  return { sent, life, source, signer, request }
}

describe('a signing request that is sent ahead', () => {
  it('is the one that the first request for its resource gets the answer of', async () => {
    const { sent, life, signer, request } = open()
    signer.sendAhead('film', life.signal)
    expect(sent).toMatchObject([{ resource: 'film', reason: 'start', attempt: 1 }])
    expect(await request({})).toBe('https://cdn.example/film?n=1')
    expect(sent).toHaveLength(1)
    expect(await request({})).toBe('https://cdn.example/film?n=2')
  })

  it.each([
    ['another resource', { resource: 'trailer' }],
    ['a refresh', { reason: 'expiring' }],
  ] as const)('is not used for %s', async (_, given) => {
    const { sent, life, signer, request } = open()
    signer.sendAhead('film', life.signal)
    await request(given)
    expect(sent).toHaveLength(2)
  })

  it('aborts with the source that took it, or with the player', async () => {
    const { sent, life, source, signer, request } = open()
    signer.sendAhead('film', life.signal)
    await request({})
    signer.sendAhead('trailer', life.signal)
    source.abort()
    expect(sent.map(({ signal }) => signal.aborted)).toEqual([true, false])
    life.abort()
    expect(sent.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })
})
