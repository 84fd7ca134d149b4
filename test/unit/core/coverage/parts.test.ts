import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileCoverage } from '../../../../src/core/coverage/file-coverage.js'
import { Parts } from '../../../../src/core/coverage/parts.js'
import { FakeTime } from '../../../support/fake-time.js'
import { openDivided } from '../../../support/open-media.js'
import { signatureOf } from './signed-playlists.js'

const FILE = 'https://cdn.example/final-2026/360p/003.m4s'

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

/** A video with one file that is signed for a minute. */
async function video() {
  const { signature, endpoint, client } = signatureOf(time, () =>
    Response.json({ url: `${FILE}?n=${endpoint.requests.length}`, expiresIn: 60 }),
  )
  const parts = new Parts(signature)
  const part = parts.make({ resource: FILE, signer: client, coverage: new FileCoverage() })
  const media = openDivided(signature, () => ({ start: async () => FILE, partOf: () => part }))
  await media.request(FILE).url()
  return { signature, endpoint, parts, part, media }
}

describe('a dropped part', () => {
  it('is not signed again for a request that found it due', async () => {
    const { parts, part, media, endpoint } = await video()
    await time.pass(50_000)
    media.request(FILE).url()
    parts.drop(part)
    await time.pass(60_000)
    expect(endpoint.requests).toHaveLength(1)
    expect(time.timers).toBe(0)
  })

  it('ends with the media, even when a pending request has it signed again', async () => {
    const { signature, parts, part, media, endpoint } = await video()
    const request = media.request(FILE)
    request.url()
    parts.drop(part)
    endpoint.latencyMs = 1_000
    request.answered({ status: 403 })
    const repaired = Promise.resolve(request.url()).catch(() => 'rejected')
    await time.pass(500)
    signature.dispose()
    expect(await repaired).toBe('rejected')
    await time.settle()
    expect(time.timers).toBe(0)
  })
})
