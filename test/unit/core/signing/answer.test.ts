import { describe, expect, it } from 'vitest'
import { SignedUrlError } from '../../../../src/core/errors.js'
import { type AnswerRules, readAnswer } from '../../../../src/core/signing/answer.js'
import { SEED_URLS } from '../seed-urls.js'

const { url } = SEED_URLS.gcoreVod
const rules = (changes: Partial<AnswerRules> = {}): AnswerRules => ({
  baseUrl: 'https://club.example/api/playback-url',
  allowedOrigins: undefined,
  isSecurePage: true,
  ...changes,
})

function rejectionOf(raw: unknown, changes: Partial<AnswerRules> = {}): SignedUrlError {
  try {
    readAnswer(raw, rules(changes))
  } catch (error) {
    if (error instanceof SignedUrlError) return error
    throw error
  }
  throw new Error('The answer was accepted.')
}

describe('readAnswer', () => {
  it('accepts a bare URL', () => {
    expect(readAnswer(url, rules())).toEqual({ url })
  })

  it('accepts a URL with the trailing line break of a text answer', () => {
    expect(readAnswer(`${url}\r\n`, rules()).url).toBe(url)
  })

  it('reads every field', () => {
    const answer = readAnswer(
      { url, expiresAt: 1767782407, expiresIn: 60, serverTime: 1767782347.25, type: 'application/x-mpegURL' },
      rules(),
    )
    expect(answer).toEqual({
      url,
      expiresAt: 1767782407_000,
      expiresInMs: 60_000,
      serverTime: 1767782347_250,
      type: 'application/x-mpegURL',
    })
  })

  it('ignores unknown fields and null fields', () => {
    const answer = readAnswer(
      { url, poster: '/p.jpg', expiresAt: null, expiresIn: null, serverTime: null, type: null },
      rules(),
    )
    expect(answer).toEqual({ url })
  })

  it.each(Object.values(SEED_URLS))('keeps every byte of a signed URL: $url', (seed) => {
    expect(readAnswer(seed.url, rules({ isSecurePage: false })).url).toBe(seed.url)
  })

  it('keeps bytes that a URL parser would change', () => {
    const raw = 'https://CDN.example:443/f/~a=b*+%7e/m.m3u8?Policy=a~b_&acl=/film/*!/x&sig=a%2fb=='
    expect(readAnswer(raw, rules()).url).toBe(raw)
  })

  it.each([
    ['/film/m.m3u8?token=a', 'https://club.example/film/m.m3u8?token=a'],
    ['m.m3u8?exp=1767782407&sig=a0', 'https://club.example/api/m.m3u8?exp=1767782407&sig=a0'],
    ['//cdn.example/m.m3u8', 'https://cdn.example/m.m3u8'],
  ])('resolves a relative URL against the endpoint: %s', (relative, absolute) => {
    expect(readAnswer({ url: relative }, rules()).url).toBe(absolute)
  })

  it.each([
    ['Unix seconds', 1767782407],
    ['an ISO string', '2026-01-07T10:40:07Z'],
    ['an ISO string with an offset', '2026-01-07T11:40:07+01:00'],
    ['an ISO string with milliseconds', '2026-01-07T10:40:07.000Z'],
    ['a Date', new Date('2026-01-07T10:40:07Z')],
  ])('reads instants given as %s', (_, instant) => {
    const answer = readAnswer({ url, expiresAt: instant, serverTime: instant }, rules())
    expect(answer.expiresAt).toBe(Date.UTC(2026, 0, 7, 10, 40, 7))
    expect(answer.serverTime).toBe(Date.UTC(2026, 0, 7, 10, 40, 7))
  })

  it.each(['2026-01-07T10:40:07', '2026-01-07', '60', '1767782407', 'tomorrow', ''])(
    'rejects %o, which has no offset, and says what it should have',
    (instant) => {
      expect(() => readAnswer({ url, expiresAt: instant }, rules())).toThrow(
        /`expiresAt` as text that is no ISO 8601 time with an offset/,
      )
    },
  )

  it.each(['expiresAt', 'serverTime'])('rejects %s in milliseconds, from 1e11 on, and names the field', (field) => {
    expect(rejectionOf({ url, [field]: 1767782407000 }).message).toMatch(new RegExp(`${field}.*milliseconds`))
    expect(rejectionOf({ url, [field]: 1e11 }).message).toMatch(/milliseconds/)
    expect(() => readAnswer({ url, [field]: 1e11 - 1 }, rules())).not.toThrow()
  })

  it.each([
    ['expiresAt', '2026-13-07T10:40:07Z'],
    ['expiresAt', Number.NaN],
    ['expiresAt', 0],
    ['expiresAt', -1],
    ['expiresAt', true],
    ['expiresAt', {}],
    ['expiresAt', new Date(Number.NaN)],
    ['serverTime', 'now'],
    ['serverTime', []],
    ['expiresIn', '60'],
    ['expiresIn', Number.NaN],
    ['expiresIn', Number.POSITIVE_INFINITY],
    ['expiresIn', new Date()],
    ['type', 42],
  ])('rejects %s: %o, naming the field', (field, value) => {
    const error = rejectionOf({ url, [field]: value })
    expect(error.code).toBe('signed-url-invalid')
    expect(error.message).toContain(field)
  })

  it.each(['/', '/film7', '/film7/', '/film7/hls', '/film7/hls/'])('accepts covers %o', (covers) => {
    expect(readAnswer({ url: 'https://cdn.example/film7/hls/m.m3u8?token=a', covers }, rules()).covers).toBe(covers)
  })

  it.each([
    ['on another origin', 'https://other.example/film7/', /another origin/],
    ['on another origin, without a scheme', '//other.example/film7/', /another origin/],
    ['a URL', 'https://cdn.example/film7/', /not a path/],
    ['relative', 'film7/', /not a path/],
    ['empty', '', /not a path/],
    ['with a query', '/film7/?x=1', /not a path/],
    ['a pattern of Windows', '/film7\\', /not a path/],
    ['with white space', '/film 7/', /not a path/],
    ['with dot segments', '/film7/../', /dot segments/],
    ['with encoded dot segments', '/film7/%2e%2E/hls/', /dot segments/],
    ['beside the URL', '/film8/', /does not contain/],
    ['with the URL only as a text', '/film', /does not contain/],
    ['below the URL', '/film7/hls/720p/', /does not contain/],
    ['the URL itself', '/film7/hls/m.m3u8', /does not contain/],
    ['no text', 7, /unreadable/],
  ])('rejects covers that is %s, naming the rule', (_title, covers, rule) => {
    const { code, message } = rejectionOf({ url: 'https://cdn.example/film7/hls/m.m3u8?token=a', covers })
    expect(code).toBe('signed-url-invalid')
    expect(message).toContain('covers')
    expect(message).toMatch(rule)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty string', ''],
    ['whitespace', ' \n '],
    ['a number', 42],
    ['an array', [url]],
    ['an object without url', { signedUrl: url }],
    ['an empty url', { url: '' }],
    ['a url that is not a string', { url: { href: url } }],
    ['an HTML page', '<!doctype html><title>Log in</title>'],
    ['an HTML page in url', { url: '<html></html>' }],
    ['two URLs', `${url} ${url}`],
    ['a URL with a tab, which browsers drop', 'https://cdn.example/fi\tlm/m.m3u8'],
    ['a URL that does not parse', 'https://[cdn/m.m3u8'],
  ])('rejects %s', (_, raw) => {
    expect(rejectionOf(raw).code).toBe('signed-url-invalid')
  })

  it.each([
    'javascript:alert(document.domain)',
    'JavaScript:alert(1)',
    'data:application/x-mpegURL;base64,I0VYVE0zVQ==',
    'ftp://cdn.example/film.mp4',
    'blob:https://club.example/4f1c',
    'file:///etc/passwd',
  ])('rejects the scheme of %s', (wrong) => {
    expect(rejectionOf({ url: wrong }).message).toMatch(/scheme/)
  })

  it('rejects http: on a page loaded over https:, and accepts it elsewhere', () => {
    const { url: http } = SEED_URLS.bitsOnTheRun
    expect(rejectionOf(http).message).toMatch(/https: page/)
    expect(readAnswer(http, rules({ isSecurePage: false })).url).toBe(http)
  })

  it('rejects an origin that allowedOrigins does not list, and names the option', () => {
    const allowedOrigins = ['https://demo-protected.gvideo.io']
    expect(readAnswer(url, rules({ allowedOrigins })).url).toBe(url)
    for (const wrong of [
      'https://evil.example/videos/m.m3u8',
      'https://demo-protected.gvideo.io.evil.example/m.m3u8',
      'https://demo-protected.gvideo.io@evil.example/m.m3u8',
      'https://demo-protected.gvideo.io:8443/m.m3u8',
      'http://demo-protected.gvideo.io/m.m3u8',
    ]) {
      expect(rejectionOf(wrong, { allowedOrigins, isSecurePage: false }).message).toContain('allowedOrigins')
    }
  })

  it('throws no error that contains a token', () => {
    for (const raw of [
      { url, expiresAt: 1767782407000 },
      { url: url.replace('https', 'ftp') },
      { url: `${url}\n<b>` },
      { link: url },
    ]) {
      const error = rejectionOf(raw, { allowedOrigins: [] })
      expect(`${error.message}${error.stack}${String(error.cause)}`).not.toContain('bbP3uBs')
    }
  })
})
