import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CookieCoverage } from '../../../../src/core/coverage/cookie-coverage.js'
import { oneSignature } from '../../../../src/core/coverage/division.js'
import { FakeTime } from '../../../support/fake-time.js'
import { openDivided } from '../../../support/open-media.js'
import { signatureOf } from './signed-playlists.js'

const FOLDER = 'https://cdn.example/final-2026/'
const SEGMENT = `${FOLDER}360p/003.m4s`

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

/** A video whose endpoint returns the same URL each time, with a cookie that lasts a minute. */
async function video() {
  const { signature, endpoint, events } = signatureOf(time, () =>
    Response.json({ url: `${FOLDER}master.m3u8`, expiresIn: 60 }),
  )
  const media = openDivided(signature, () => oneSignature(signature, new CookieCoverage()))
  const url = await media.start()
  const send = (to: string) => {
    const request = media.request(to)
    request.url()
    return request
  }
  return { signature, endpoint, events, media, send, url }
}

describe('a video behind a cookie', () => {
  it('is requested by unchanged URLs, with cookies for its own origin only', async () => {
    const { media, send, url } = await video()
    expect(url).toBe(`${FOLDER}master.m3u8`)
    expect(media.request(SEGMENT).url()).toBe(SEGMENT)
    expect(send(SEGMENT).withCredentials).toBe(true)
    expect(send('https://ads.example/spot.mp4').withCredentials).toBe(false)
    expect(send('https://cdn.example:8443/spot.mp4').withCredentials).toBe(false)
  })

  it('sends cookies to the target of a redirect from that origin, too', async () => {
    const { send, url } = await video()
    const edge = 'https://edge.example/final-2026/master.m3u8'
    expect(send(url).answered({ status: 200, url: edge })).toMatchObject({ url: edge })
    expect(send('https://edge.example/final-2026/360p/003.m4s').withCredentials).toBe(true)
  })

  it('sends no cookies to the target of a redirect from another origin', async () => {
    const { send } = await video()
    send('https://ads.example/spot.mp4').answered({ status: 200, url: 'https://cdn.ads.example/spot.mp4' })
    expect(send('https://cdn.ads.example/spot.mp4').withCredentials).toBe(false)
  })

  it('refreshes the cookie in the background, and the same URL again counts as a refresh', async () => {
    const { media, endpoint, signature } = await video()
    await time.pass(50_000)
    expect(media.request(SEGMENT).url()).toBe(SEGMENT)
    await time.pass(10_000)
    expect(endpoint.requests).toHaveLength(2)
    expect(signature.settings.stats.refreshes).toBe(1)
    await time.pass(40_000)
    expect(signature.validity).not.toBe('expired')
  })

  it('waits for a fresh cookie once the old one has expired', async () => {
    const { media, endpoint } = await video()
    endpoint.latencyMs = 300
    await time.pass(61_000)
    const resolved = Promise.resolve(media.request(SEGMENT).url())
    await time.pass(299)
    expect(await Promise.race([resolved, 'waits'])).toBe('waits')
    await time.pass(1)
    expect(await resolved).toBe(SEGMENT)
  })

  it('repeats a refused request with a new cookie, and does not blame that cookie for requests with the old one', async () => {
    const { send, endpoint, events, signature } = await video()
    send(SEGMENT).answered({ status: 200 })
    const [one, other] = [send(SEGMENT), send(SEGMENT)]
    await time.pass(1_000)
    for (const request of [one, other]) {
      expect(request.answered({ status: 403 })).toEqual({ again: true })
      expect(await request.url()).toBe(SEGMENT)
    }
    expect(endpoint.requests).toHaveLength(2)
    expect(events).toEqual(['issue start', 'refreshing refused', 'issue refused'])
    expect(signature.validity).toBe('fresh')
  })

  it('gives up when the CDN refuses every cookie', async () => {
    const { media, signature, endpoint } = await video()
    let isOver = false
    const load = async () => {
      const request = media.request(SEGMENT)
      do await request.url()
      while ((await request.answered({ status: 403 })).again)
    }
    load().finally(() => {
      isOver = true
    })
    for (let steps = 0; !signature.error && steps < 1_000; steps += 1) await time.pass(100)
    expect(isOver).toBe(false)
    expect(signature.error?.code).toBe('signed-url-refused')
    expect(endpoint.requests.length).toBeLessThan(6)
  })
})
