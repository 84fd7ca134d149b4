import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { resolveOptions } from '../../src/options.js'

const endpoint = '/api/playback-url'

beforeEach(() => {
  document.head.innerHTML = '<base href="https://club.example/events/final-2026/">'
  vi.stubGlobal('location', new URL('https://club.example/events/final-2026/'))
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('resolveOptions', () => {
  it('fills in the defaults of the options table', () => {
    const options = resolveOptions({ endpoint })
    expect(options).toMatchObject({
      endpoint: 'https://club.example/api/playback-url',
      scope: 'auto',
      engine: 'auto',
      hls: {},
      refusedStatuses: [401, 403, 410],
      retry: { maxAttempts: 4, baseDelayMs: 500, maxDelayMs: 8000, timeoutMs: 10_000 },
      allowedOrigins: undefined,
      serviceWorker: undefined,
      errorPanel: true,
    })
    expect(options.protects({ src: 'final-2026' })).toBe(true)
  })

  it('keeps the options that the page sets', () => {
    const given = {
      endpoint,
      request: { method: 'POST' },
      scope: 'auto',
      engine: 'vhs',
      hls: { maxBufferLength: 10 },
      leadTimeMs: 20_000,
      refusedStatuses: [403],
      retry: { maxAttempts: 1 },
      allowedOrigins: ['https://demo-protected.gvideo.io'],
      serviceWorker: false,
      errorPanel: false,
      protects: () => false,
    }
    const options = resolveOptions(given)
    expect(options).toMatchObject({
      request: given.request,
      engine: 'vhs',
      hls: given.hls,
      leadTimeMs: 20_000,
      refusedStatuses: [403],
      allowedOrigins: given.allowedOrigins,
      errorPanel: false,
      protects: given.protects,
    })
    expect(options.retry).toEqual({ maxAttempts: 1, baseDelayMs: 500, maxDelayMs: 8000, timeoutMs: 10_000 })
  })

  it('accepts `sign` instead of an endpoint', () => {
    const sign = () => 'https://cdn.example/film.mp4'
    expect(resolveOptions({ sign })).toMatchObject({ sign, endpoint: undefined })
  })

  it.each([
    [new URL('https://api.club.example/sign'), 'https://api.club.example/sign'],
    ['sign.php?film=1', 'https://club.example/events/final-2026/sign.php?film=1'],
    ['//api.club.example/sign', 'https://api.club.example/sign'],
  ])('resolves the endpoint against the document: %s', (given, resolved) => {
    expect(resolveOptions({ endpoint: given }).endpoint).toBe(resolved)
  })

  it('keeps the placeholder in an endpoint, literal or percent-encoded', () => {
    const { endpoint: resolved = '' } = resolveOptions({ endpoint: '/api/films/{resource}/url' })
    expect(decodeURIComponent(resolved)).toBe('https://club.example/api/films/{resource}/url')
  })

  it('accepts origins with a trailing slash', () => {
    const { allowedOrigins } = resolveOptions({ endpoint, allowedOrigins: ['https://cdn.example/'] })
    expect(allowedOrigins).toEqual(['https://cdn.example'])
  })

  it.each([
    ['/signed-url-worker.js', 'https://club.example/signed-url-worker.js'],
    ['signed-url-worker.js', 'https://club.example/events/final-2026/signed-url-worker.js'],
    ['https://club.example/signed-url-worker.js?v=2', 'https://club.example/signed-url-worker.js?v=2'],
    [new URL('https://club.example/signed-url-worker.js'), 'https://club.example/signed-url-worker.js'],
    [false, undefined],
  ])('resolves the worker file against the document: %s', (given, resolved) => {
    expect(resolveOptions({ endpoint, serviceWorker: given }).serviceWorker).toBe(resolved)
  })

  it('rejects a worker file on another origin', () => {
    const serviceWorker = new URL('https://cdn.example/signed-url-worker.js')
    expect(() => resolveOptions({ endpoint, serviceWorker })).toThrow('`serviceWorker`')
  })

  it('rejects a relative worker file when <base> points to another origin', () => {
    document.head.innerHTML = '<base href="https://cdn.example/events/">'
    const given = { endpoint: 'https://club.example/api/playback-url', serviceWorker: '/signed-url-worker.js' }
    expect(() => resolveOptions(given)).toThrow('`serviceWorker`')
  })

  it('treats an undefined option as missing', () => {
    const none = Object.fromEntries(
      ['request', 'sign', 'engine', 'hls', 'retry', 'serviceWorker', 'protects'].map((key) => [key, undefined]),
    )
    expect(resolveOptions({ endpoint, ...none })).toMatchObject({ engine: 'auto', hls: {} })
  })

  it('treats an undefined field of `retry` as missing', () => {
    const { retry } = resolveOptions({ endpoint, retry: { maxAttempts: undefined, timeoutMs: 3000 } })
    expect(retry).toEqual({ maxAttempts: 4, baseDelayMs: 500, maxDelayMs: 8000, timeoutMs: 3000 })
  })

  it.each([undefined, null, 'https://club.example', 42, [], true])('rejects %o in place of options', (wrong) => {
    expect(() => resolveOptions(wrong)).toThrow(TypeError)
  })

  it('requires either an endpoint or `sign`, and names both', () => {
    expect(() => resolveOptions({})).toThrow(/`endpoint`.*`sign`/)
    expect(() => resolveOptions({ endpoint, sign: () => '' })).toThrow(/`endpoint`.*`sign`/)
  })

  it.each<[string, unknown, RegExp]>([
    ['endpoint', '', /URL/],
    ['endpoint', 42, /URL/],
    ['endpoint', 'https://[club', /URL/],
    ['request', 'POST', /RequestInit/],
    ['request', [], /RequestInit/],
    ['sign', 'https://cdn.example', /function/],
    ['scope', 'folder', /directory/],
    ['scope', true, /directory/],
    ['engine', 'shaka', /'auto'/],
    ['engine', 'hlsjs', /'hls\.js'/],
    ['hls', [], /object/],
    ['hls', 'config', /object/],
    ['leadTimeMs', 0, /positive/],
    ['leadTimeMs', -1, /positive/],
    ['leadTimeMs', Number.NaN, /positive/],
    ['leadTimeMs', Number.POSITIVE_INFINITY, /positive/],
    ['leadTimeMs', '20000', /positive/],
    ['refusedStatuses', 403, /array/],
    ['refusedStatuses', [399], /400 to 599/],
    ['refusedStatuses', [600], /400 to 599/],
    ['refusedStatuses', [403.5], /400 to 599/],
    ['refusedStatuses', ['403'], /400 to 599/],
    ['retry', 4, /maxAttempts/],
    ['retry', [], /maxAttempts/],
    ['allowedOrigins', 'https://cdn.example', /origins/],
    ['allowedOrigins', ['cdn.example'], /origins/],
    ['allowedOrigins', ['https://cdn.example/film/'], /origins/],
    ['allowedOrigins', ['*'], /origins/],
    ['serviceWorker', true, /page's origin, or false/],
    ['serviceWorker', '', /page's origin/],
    ['serviceWorker', 4, /page's origin/],
    ['serviceWorker', 'https://[club', /page's origin/],
    ['serviceWorker', 'https://cdn.example/signed-url-worker.js', /page's origin/],
    ['serviceWorker', '//cdn.example/signed-url-worker.js', /page's origin/],
    ['serviceWorker', 'http://club.example/signed-url-worker.js', /page's origin/],
    ['serviceWorker', 'https://club.example.evil.example/signed-url-worker.js', /page's origin/],
    ['errorPanel', 'false', /'true' or 'false'/],
    ['errorPanel', null, /'true' or 'false'/],
    ['protects', true, /function/],
  ])('rejects %s: %o, naming the option and the rule', (name, value, rule) => {
    const attempt = () => resolveOptions(name === 'sign' ? { [name]: value } : { endpoint, [name]: value })
    expect(attempt).toThrow(TypeError)
    expect(attempt).toThrow(`\`${name}\``)
    expect(attempt).toThrow(rule)
  })

  it.each<[string, unknown, RegExp]>([
    ['maxAttempts', 0, /whole number from 1/],
    ['maxAttempts', 1.5, /whole number from 1/],
    ['maxAttempts', Number.POSITIVE_INFINITY, /whole number from 1/],
    ['maxAttempts', '4', /whole number from 1/],
    ['baseDelayMs', -1, /milliseconds/],
    ['baseDelayMs', Number.NaN, /milliseconds/],
    ['maxDelayMs', -1, /milliseconds/],
    ['maxDelayMs', Number.POSITIVE_INFINITY, /milliseconds/],
    ['timeoutMs', 0, /positive/],
    ['timeoutMs', null, /positive/],
  ])('rejects retry.%s: %o, naming the option and the rule', (name, value, rule) => {
    const attempt = () => resolveOptions({ endpoint, retry: { [name]: value } })
    expect(attempt).toThrow(TypeError)
    expect(attempt).toThrow(`\`retry.${name}\``)
    expect(attempt).toThrow(rule)
  })

  it.each([
    ['a single attempt', { retry: { maxAttempts: 1 } }],
    ['no wait between attempts', { retry: { baseDelayMs: 0, maxDelayMs: 0 } }],
    ['the lowest and the highest status', { refusedStatuses: [400, 599] }],
    ['no refused statuses at all', { refusedStatuses: [] }],
  ])('accepts %s, the last valid value', (_, options) => {
    expect(() => resolveOptions({ endpoint, ...options })).not.toThrow()
  })

  it.each([
    ['endPoint', { endPoint: '/api' }],
    ['leadTime', { endpoint, leadTime: 5 }],
    ['retry.attempts', { endpoint, retry: { attempts: 3 } }],
    ['toString', { endpoint, toString: (): string => '' }],
  ])('rejects the unknown option %s, naming it and the known options', (name, options) => {
    expect(() => resolveOptions(options)).toThrow(TypeError)
    expect(() => resolveOptions(options)).toThrow(`\`${name}\``)
    expect(() => resolveOptions(options)).toThrow(/endpoint|maxAttempts/)
  })
})
