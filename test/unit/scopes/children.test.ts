import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Children } from '../../../src/scopes/children.js'
import { OneUrl } from '../../../src/scopes/one-url.js'
import { FakeTime } from '../../support/fake-time.js'
import { sourceOf } from './fake-film.js'

const FILE = 'https://cdn.example/final-2026/360p/003.m4s'

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

/** A film with one file that is signed for a minute. */
async function film() {
  const { source, endpoint, client } = sourceOf(time, () =>
    Response.json({ url: `${FILE}?n=${endpoint.requests.length}`, expiresIn: 60 }),
  )
  const children = new Children(source)
  const child = children.make({ resource: FILE, client, scope: new OneUrl() })
  await child.requests.resolve(FILE)
  return { source, endpoint, children, child }
}

describe('a part of a film that nobody will ask for again', () => {
  it('is not signed again for a request that found it due', async () => {
    const { children, child, endpoint } = await film()
    await time.pass(50_000)
    child.requests.resolve(FILE)
    children.drop(child)
    await time.pass(60_000)
    expect(endpoint.requests).toHaveLength(1)
    expect(time.timers).toBe(0)
  })

  it('ends with the film, though a request that was on its way has it signed again', async () => {
    const { source, children, child, endpoint } = await film()
    const sentAt = child.requests.now()
    children.drop(child)
    endpoint.latencyMs = 1_000
    const repaired = Promise.resolve(child.requests.repair(`${FILE}?n=1`, 403, sentAt)).catch(() => 'rejected')
    await time.pass(500)
    source.dispose()
    expect(await repaired).toBe('rejected')
    await time.settle()
    expect(time.timers).toBe(0)
  })
})
