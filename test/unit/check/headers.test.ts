import { describe, expect, it } from 'vitest'
import { cachedForMs } from '../../../src/check/caching.js'
import { checkClocks, likelySkewMs, skewOf } from '../../../src/check/clock.js'
import { corsFault, isExposed } from '../../../src/check/cors.js'
import { explainFailure } from '../../../src/check/could-not-check.js'
import { checkMixedContent, inWords } from '../../../src/check/expiry.js'

const SITE = 'https://club.example'
const URL = 'https://cdn.example/film.mp4'
const allow = (...values: string[]) =>
  new Headers(values.map((value): [string, string] => ['Access-Control-Allow-Origin', value]))

describe('corsFault', () => {
  it.each([
    ['any origin', allow('*'), undefined],
    ['the origin of the page', allow(SITE), undefined],
    ['no header', allow(), 'cors-missing'],
    ['another origin', allow('https://www.club.example'), 'cors-other-origin'],
    ['the origin by http', allow('http://club.example'), 'cors-other-origin'],
    ['a list', allow(`${SITE}, https://www.club.example`), 'cors-repeated'],
    ['two headers', allow('*', '*'), 'cors-repeated'],
  ])('judges %s', (_title, headers, code) => {
    expect(corsFault(headers, SITE)?.[0]).toBe(code)
  })
})

describe('isExposed', () => {
  const exposing = (value: string) => new Headers({ 'Access-Control-Expose-Headers': value })
  const page = { origin: SITE, isBrowser: false }
  it.each([
    ['a list with it, in any case', exposing('ETag, content-range'), true],
    ['everything', exposing('*'), true],
    ['another header', exposing('Content-Range-Unit'), false],
    ['nothing', new Headers(), false],
  ])('judges %s', (_title, headers, expected) => {
    expect(isExposed(headers, URL, 'Content-Range', page)).toBe(expected)
  })

  it('leaves the decision to a browser', () => {
    const inBrowser = { origin: SITE, isBrowser: true }
    expect(isExposed(exposing('Content-Range'), URL, 'content-range', inBrowser)).toBe(false)
    expect(isExposed(new Headers({ 'Content-Range': 'bytes 0-1/2' }), URL, 'content-range', inBrowser)).toBe(true)
  })

  it('is true for the page’s own origin', () => {
    expect(isExposed(new Headers(), `${SITE}/film.mp4`, 'content-range', page)).toBe(true)
  })
})

describe('cachedForMs', () => {
  it.each([
    ['max-age=60', 60, 60],
    ['public, max-age="60"', 60, 60],
    ['max-age=60, s-maxage=5', 60, 5],
    ['private, max-age=60', 60, 0],
    ['no-store, max-age=60', 0, 0],
    ['no-cache', 0, 0],
    ['s-maxage=5', 0, 5],
  ])('reads %s', (value, browserS, sharedS) => {
    const headers = new Headers({ 'Cache-Control': value })
    expect([cachedForMs(headers), cachedForMs(headers, true)]).toEqual([browserS * 1000, sharedS * 1000])
  })

  it('reads Expires, and takes what it can’t read for nothing', () => {
    const date = 'Wed, 07 Jan 2026 10:30:00 GMT'
    expect(cachedForMs(new Headers({ Date: date, Expires: 'Wed, 07 Jan 2026 10:31:00 GMT' }))).toBe(60_000)
    expect(cachedForMs(new Headers({ Date: date, Expires: '-1' }))).toBe(0)
    expect(cachedForMs(new Headers())).toBe(0)
  })
})

describe('clocks', () => {
  const now = Date.UTC(2026, 0, 7, 10, 30)
  const skewed = (ms: number) =>
    skewOf({ headers: new Headers({ Date: new Date(now + ms).toUTCString() }), sentAt: now, receivedAt: now + 100 })
  const codes = (...skews: Parameters<typeof checkClocks>) =>
    checkClocks(...skews).map((note) => (note.is === 'finding' ? note.code : note.is))

  it.each([
    [0, 'seen'],
    [2_000, 'seen'],
    [-3_000, 'seen'],
    [3_000, 'clock-differs'],
    [-4_000, 'clock-differs'],
  ])('that differ by %i ms are %s', (ms, expected) => {
    expect(codes(skewed(ms), undefined)).toEqual([expected])
  })

  it('compares the CDN’s with the endpoint’s, whatever this machine’s says', () => {
    expect(codes(skewed(3_600_000), skewed(3_600_000))).toEqual(['seen'])
    expect(codes(skewed(0), skewed(3_600_000))).toEqual(['clock-differs'])
  })

  it('says nothing of a date that a cache has kept', () => {
    const headers = new Headers({ Date: new Date(now).toUTCString(), Age: '60' })
    expect(skewOf({ headers, sentAt: now, receivedAt: now })).toBeUndefined()
    expect(codes(undefined, undefined)).toEqual(['not-checked'])
  })

  it('reckons with no more than is certain', () => {
    expect([likelySkewMs(undefined), likelySkewMs(skewed(0))]).toEqual([0, 0])
    expect(likelySkewMs(skewed(10_000))).toBe(9_900)
    expect(likelySkewMs(skewed(-10_000))).toBe(-9_000)
  })
})

describe('explainFailure', () => {
  const cause = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) })
  it.each([
    ['ENOTFOUND', 'its name has no address'],
    ['ECONNREFUSED', 'refuses connections'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'a certificate for another host'],
    ['CERT_HAS_EXPIRED', 'a certificate that has expired'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'a certificate that is not trusted'],
    ['UND_ERR_CONNECT_TIMEOUT', 'in time'],
    ['ECONNRESET', 'gives no answer'],
  ])('says in one sentence what %s is', (code, words) => {
    const sentence = explainFailure('cdn.example', cause(code))
    expect(sentence).toMatch(/^cdn\.example [^.]+\.$/)
    expect(sentence).toContain(words)
  })

  it('quotes nothing of what was thrown but its code', () => {
    expect(explainFailure('cdn.example', new TypeError('Failed: https://cdn.example/?token=secret'))).toBe(
      'cdn.example gives no answer.',
    )
  })
})

describe('what is said', () => {
  it('names a host by http on an https page, but not this machine', () => {
    const hosts = ['http://cdn.example/a', 'http://cdn.example/b', 'http://127.0.0.1:8080/a', 'http://localhost/a', URL]
    expect(checkMixedContent(hosts, URL, SITE)).toHaveLength(1)
    expect(checkMixedContent(hosts, URL, 'http://club.example')).toEqual([])
  })

  it.each([
    [-1, '0 s'],
    [1_499, '1 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
  ])('tells %i ms as %s', (ms, text) => {
    expect(inWords(ms)).toBe(text)
  })
})
