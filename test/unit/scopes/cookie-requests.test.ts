import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CookieRequests } from '../../../src/scopes/cookie-requests.js'
import { FakeTime } from '../../support/fake-time.js'
import { sourceOf } from './fake-film.js'

const FOLDER = 'https://cdn.example/final-2026/'
const SEGMENT = `${FOLDER}360p/003.m4s`

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

/** A film whose endpoint says the same URL each time, and that its cookie is good for a minute. */
async function film() {
  const { source, endpoint, events } = sourceOf(time, () =>
    Response.json({ url: `${FOLDER}master.m3u8`, expiresIn: 60 }),
  )
  const requests = new CookieRequests(source)
  const url = await requests.start()
  return { source, endpoint, events, requests, url }
}

describe('a film behind a cookie', () => {
  it('goes by its own URLs, with cookies to the film’s origin only', async () => {
    const { requests, url } = await film()
    expect(url).toBe(`${FOLDER}master.m3u8`)
    expect(requests.resolve(SEGMENT)).toBe(SEGMENT)
    expect(requests.sendsCookies(SEGMENT)).toBe(true)
    expect(requests.sendsCookies('https://ads.example/spot.mp4')).toBe(false)
    expect(requests.sendsCookies('https://cdn.example:8443/spot.mp4')).toBe(false)
  })

  it('sends them to where a redirect of that origin leads, too', async () => {
    const { requests, url } = await film()
    const edge = 'https://edge.example/final-2026/master.m3u8'
    expect(requests.baseOf(edge, url, url)).toBe(edge)
    expect(requests.sendsCookies('https://edge.example/final-2026/360p/003.m4s')).toBe(true)
  })

  it('has the cookie renewed behind the film: the same URL again counts', async () => {
    const { requests, endpoint, source } = await film()
    await time.pass(50_000)
    expect(requests.resolve(SEGMENT)).toBe(SEGMENT)
    await time.pass(10_000)
    expect(endpoint.requests).toHaveLength(2)
    expect(source.stats.refreshes).toBe(1)
    await time.pass(40_000)
    expect(source.validity()).not.toBe('expired')
  })

  it('waits for it once it has expired', async () => {
    const { requests, endpoint } = await film()
    endpoint.latencyMs = 300
    await time.pass(61_000)
    const resolved = Promise.resolve(requests.resolve(SEGMENT))
    await time.pass(299)
    expect(await Promise.race([resolved, 'waits'])).toBe('waits')
    await time.pass(1)
    expect(await resolved).toBe(SEGMENT)
  })

  it('sends what was refused again by a new cookie, and does not blame that for requests with the old one', async () => {
    const { requests, endpoint, events, source } = await film()
    requests.accepted(SEGMENT, requests.now())
    const sentAt = requests.now()
    await time.pass(1_000)
    expect(requests.isRefusal(403, SEGMENT)).toBe(true)
    expect(await requests.repair(SEGMENT, 403, sentAt)).toBe(SEGMENT)
    expect(await requests.repair(SEGMENT, 403, sentAt)).toBe(SEGMENT)
    expect(endpoint.requests).toHaveLength(2)
    expect(events).toEqual(['issue start', 'refreshing refused', 'issue refused'])
    expect(source.validity()).toBe('fresh')
  })

  it('gives up on a CDN that refuses every cookie', async () => {
    const { requests, source, endpoint } = await film()
    let isOver = false
    const load = async () => {
      for (let url = SEGMENT; requests.isRefusal(403, url); ) url = await requests.repair(url, 403, requests.now())
    }
    load().finally(() => {
      isOver = true
    })
    await time.pass(60_000)
    expect(isOver).toBe(false)
    expect(source.error?.code).toBe('signed-url-refused')
    expect(endpoint.requests.length).toBeLessThan(6)
  })
})
