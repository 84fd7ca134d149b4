import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isServedNow } from '../../../src/core/control.js'
import { oneSignature } from '../../../src/core/coverage/division.js'
import { IssueCoverage } from '../../../src/core/coverage/issue-coverage.js'
import { FakeTime } from '../../support/fake-time.js'
import { signedVideo, watch } from './world.js'

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => {
  time.restore()
  vi.unstubAllGlobals()
})

async function controlled(answer: (url: string, init: RequestInit) => Promise<Response>) {
  const video = signedVideo(time)
  const asked = vi.fn(answer)
  vi.stubGlobal('fetch', asked)
  const first = await video.start()
  const part = oneSignature(video.signature, new IssueCoverage('final-2026')).partOf(first)
  return { ...video, asked, ask: () => isServedNow(video.link('seg-1.ts'), part, video.signature) }
}

describe('a control', () => {
  it.each([
    [206, true],
    [200, true],
    [403, false],
    [404, false],
  ])('that is answered with %i is served: %s', async (code, isServed) => {
    const { ask, asked, link } = await controlled(async () => new Response(null, { status: code }))
    expect(await ask()).toBe(isServed)
    expect(asked).toHaveBeenCalledExactlyOnceWith(
      link('seg-1.ts'),
      expect.objectContaining({ headers: { Range: 'bytes=0-0' }, cache: 'no-store', credentials: 'same-origin' }),
    )
  })

  it('reads no body', async () => {
    let isAborted = false
    const { ask } = await controlled(async (_url, { signal }) => {
      signal?.addEventListener('abort', () => {
        isAborted = true
      })
      return new Response('a whole segment')
    })
    await ask()
    expect(isAborted).toBe(true)
  })

  it('is asked without a range where the browser or the CDN does not allow one', async () => {
    const { ask, asked } = await controlled(async (_url, { headers }) => {
      if (new Headers(headers).has('range')) throw new TypeError('Failed to fetch')
      return new Response('a whole segment')
    })
    expect(await ask()).toBe(true)
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('that is never answered counts as refused, and leaves nothing behind', async () => {
    const { ask } = await controlled(() => new Promise(() => {}))
    const asking = watch(ask())
    await time.pass(10_000)
    expect(asking.value).toBe(false)
    expect(time.timers).toBe(0)
  })

  it('ends with the source', async () => {
    const { ask, signature } = await controlled(() => new Promise(() => {}))
    const asking = watch(ask())
    await time.settle()
    signature.dispose()
    await time.settle()
    expect(asking.error).toMatchObject({ name: 'AbortError' })
    expect(time.timers).toBe(0)
  })
})
