import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { redact, redactError, redactText } from '../../../src/core/redact.js'
import { SEED_URLS, SIGN, SIGN_NAMES } from './seed-urls.js'

/** Every part of the seed URLs that a signer adds: tokens, and expiries in the path or the query. */
const SECRETS = Object.entries(SEED_URLS).map(([name, { url, tokens, expiresAt }]) => ({
  name,
  url,
  secrets: [...tokens, String(expiresAt)],
}))

const SIGNED = SIGN_NAMES.map((name) => {
  const url = SIGN[name](1767783607)
  return { name: `signed by ${name}`, url, secrets: url.match(/[\w-]{22,}/g) ?? [] }
})

const OTHERS = [
  {
    name: 'CloudFront policy',
    url: 'https://d111.cloudfront.net/film/seg.ts?Policy=eyJTdGF0ZW1lbnQi~Q__&Signature=abc-def~&Key-Pair-Id=K2JCJMDEHXQW5F',
    secrets: ['eyJTdGF0ZW1lbnQi', 'abc-def', 'K2JCJMDEHXQW5F'],
  },
  {
    name: 'Wowza, which hides its query in the file name',
    url: 'https://live.example/app/stream/chunklist_w1893_tkdGVuZHRpbWU9MTcyMTEzNzEwNyZ0c3RhcnR0aW1lPTA.m3u8',
    secrets: ['dGVuZHRpbWU9MTcyMTEzNzEwNyZ0c3RhcnR0aW1lPTA'],
  },
  {
    name: 'a password',
    url: 'https://viewer:S3cretPass@cdn.example/film.mp4',
    secrets: ['S3cretPass'],
  },
  {
    name: 'a token in the fragment',
    url: 'https://cdn.example/film.mp4#token=Hh3sZ1yX9vQmP0',
    secrets: ['Hh3sZ1yX9vQmP0'],
  },
]

const CASES = [...SECRETS, ...SIGNED, ...OTHERS]

describe('redact', () => {
  it.each(CASES)('removes every part of the signature: $name', ({ url, secrets }) => {
    expect(secrets.length).toBeGreaterThan(0)
    for (const secret of secrets) expect(redact(url)).not.toContain(secret)
  })

  it.each([
    [SEED_URLS.gcoreVod.url, 'https://demo-protected.gvideo.io/…/master.m3u8'],
    [SEED_URLS.pushrTitle.url, 'https://c0999z0999.r-cdn.com/…/playlist.m3u8?…'],
    [SEED_URLS.bitsOnTheRun.url, 'http://content.bitsontherun.com/…/nPripu9l.mp4?…'],
    ['https://cdn.example/film.mp4', 'https://cdn.example/film.mp4'],
  ])('keeps the host and the file name: %s', (url, shown) => {
    expect(redact(url)).toBe(shown)
  })

  it.each([
    '/videos/2675_3dk4NsRt6vWsffEr/bbP3uBs-rBM_HY1VfWS5-Q/1688124955/master.m3u8',
    'videos/bbP3uBs-rBM_HY1VfWS5-Q/master.m3u8',
    '//cdn.example/bbP3uBs-rBM_HY1VfWS5-Q/1688124955/x.ts',
    'blob:https://site.example/bbP3uBs-rBM_HY1VfWS5-Q',
    'https:\\\\cdn.example\\bbP3uBs-rBM_HY1VfWS5-Q\\x.ts',
    '',
  ])('shows nothing of a URL that it cannot parse: %o', (url) => {
    expect(redact(url)).not.toContain('bbP3uBs')
  })

  it('shows only the extension of a file with a long generated name', () => {
    expect(redact(OTHERS[1]?.url ?? '')).toBe('https://live.example/…/….m3u8')
  })
})

describe('redactText', () => {
  it.each(CASES)('redacts a URL inside a sentence: $name', ({ url, secrets }) => {
    for (const message of [
      `Failed to load ${url}`,
      `Failed to load "${url}".`,
      `Failed to parse URL from '${url}' (at line 1)`,
      `<${url}> and again ${url}, twice`,
      `{"url":"${url}"}`,
    ]) {
      for (const secret of secrets) expect(redactText(message)).not.toContain(secret)
    }
  })

  it('keeps the words around a URL', () => {
    expect(redactText(`GET "${SEED_URLS.gcoreVod.url}" failed with 410`)).toBe(
      'GET "https://demo-protected.gvideo.io/…/master.m3u8" failed with 410',
    )
  })

  it('redacts every URL in a text', () => {
    const text = redactText(`${SEED_URLS.gcoreVod.url} ${SEED_URLS.pushrFile.url} ${SEED_URLS.bitsOnTheRun.url}`)
    expect(text).toBe(
      'https://demo-protected.gvideo.io/…/master.m3u8 https://c0999z0999.r-cdn.com/…/video.mp4 http://content.bitsontherun.com/…/nPripu9l.mp4?…',
    )
  })

  it('leaves a text without URLs unchanged', () => {
    expect(redactText('The operation was aborted: 3 of 4 attempts.')).toBe(
      'The operation was aborted: 3 of 4 attempts.',
    )
  })
})

describe('redactError', () => {
  it('copies the name and the message, and nothing that could contain a token', () => {
    const { url } = SEED_URLS.pushrTitle
    const thrown = new TypeError(`Failed to fetch ${url}`, { cause: new Error(url) })
    Object.assign(thrown, { request: { url }, config: url })
    const copy = redactError(thrown)
    expect(copy.name).toBe('TypeError')
    expect(copy.message).toBe('Failed to fetch https://c0999z0999.r-cdn.com/…/playlist.m3u8?…')
    expect(inspect(copy, { depth: 9, showHidden: true })).not.toContain('3HVsqx08yT9Z')
  })

  it.each([
    ['a string', `no ${SEED_URLS.gcoreVod.url}`],
    ['an object', { toString: (): string => SEED_URLS.gcoreVod.url }],
    ['undefined', undefined],
    ['null', null],
  ])('turns %s into an Error', (_, thrown) => {
    const copy = redactError(thrown)
    expect(copy).toBeInstanceOf(Error)
    expect(copy.message).not.toContain('bbP3uBs')
  })
})
