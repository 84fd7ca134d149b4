import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExpiry, readScheme } from '../../../../src/core/expiry/index.js'
import { SCHEMES } from '../../../../src/core/expiry/schemes.js'
import { splitUrl } from '../../../../src/core/split-url.js'
import { SEED_URLS, SIGN, SIGN_NAMES } from '../seed-urls.js'

const GCORE = 'https://demo-protected.gvideo.io/videos/2675_3dk4NsRt6vWsffEr'
const TOKEN = 'bbP3uBs-rBM_HY1VfWS5-Q'

describe('readExpiry', () => {
  it.each(Object.entries(SEED_URLS))('reads the URL that the seed prints: %s', (_, { url, expiresAt }) => {
    expect(readExpiry(url)).toBe(expiresAt)
  })

  it.each(SIGN_NAMES)('reads what the signer %s signs', (name) => {
    expect(readExpiry(SIGN[name](1767783607))).toBe(1767783607)
  })

  it.each([
    ['a segment next to the master playlist', `${GCORE}/${TOKEN}/1688124955/segment-1-svod720n-v1-a1.ts`],
    ['a playlist in a subfolder', `${GCORE}/${TOKEN}/1688124955/720p/playlist.m3u8`],
    [
      'another parameter before the token',
      'https://myserver.com/v.mp4?lang=en&token=Hh3sZ1yX9vQmP0&expires=1688124955',
    ],
    ['a Gcore CDN URL', 'https://cdn.example/film.mp4?md5=Hh3sZ1yX9vQmP0aLk2TfUw&expires=1688124955'],
    ['a fragment', `${GCORE}/${TOKEN}/1688124955/master.m3u8#t=30`],
  ])('reads %s', (_, url) => {
    expect(readExpiry(url)).toBe(1688124955)
  })

  it.each([
    ['an unsigned URL', 'https://cdn.example/videos/final-2026/master.m3u8'],
    ['an expiry without a token', 'https://cdn.example/film.mp4?expires=1688124955'],
    ['a token without an expiry', 'https://cdn.example/film.mp4?token=Hh3sZ1yX9vQmP0aLk2TfUw'],
    ['an `exp` without a signature', 'https://cdn.example/film.mp4?exp=1688124955'],
    ['an empty signature', 'https://cdn.example/film.mp4?exp=1688124955&sig='],
    ['nine digits, a time before 2001', 'https://cdn.example/film.mp4?token=Hh3sZ1yX9vQmP0&expires=999999999'],
    ['milliseconds', 'https://cdn.example/film.mp4?token=Hh3sZ1yX9vQmP0&expires=1688124955000'],
    ['a date in a folder of the site', 'https://cdn.example/archive/1688124955/film.mp4'],
    ['an upload date after a word', 'https://cdn.example/uploads/1688124955/holiday/film.mp4'],
    ['a Gcore path without its file', `${GCORE}/${TOKEN}/1688124955`],
    ['a number with a sign', 'https://cdn.example/film.mp4?token=Hh3sZ1yX9vQmP0&expires=+688124955'],
  ])('does not guess: %s', (_, url) => {
    expect(readExpiry(url)).toBeUndefined()
  })

  it('reads the first second with ten digits, the earliest that it accepts', () => {
    expect(readExpiry('https://cdn.example/f.mp4?exp=1000000000&sig=a0124258c7')).toBe(1_000_000_000)
  })

  it.each([
    '',
    ' ',
    'final-2026',
    '//cdn.example/x',
    'https://',
    'https://?token=a&expires=1688124955',
    'javascript:alert(1)',
    'https://cdn.example/%E0%A4%A/%/1688124955/x.m3u8?%=%&exp=%%&sig=%',
    'https://cdn.example/?&&==&exp&sig',
    `https://cdn.example/${'a/'.repeat(100_000)}x`,
    `https://cdn.example/?${'a=b&'.repeat(100_000)}`,
    '\u0000\uD800\n',
  ])('never throws: case %#', (junk) => {
    expect(readExpiry(junk)).toBeUndefined()
  })

  it.each([undefined, null, 42, {}, [], Symbol('url'), () => 'x'])(
    'never throws for a value that is not a string: case %#',
    (junk) => {
      expect(readExpiry(junk as string)).toBeUndefined()
    },
  )

  it('never throws for any text or any other value', () => {
    const units = fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes))
    fc.assert(fc.property(units, (text) => expectTenDigitsOrNothing(text)))
    fc.assert(fc.property(units, (text) => expectTenDigitsOrNothing(`https://cdn.example/${text}`)))
    fc.assert(fc.property(fc.anything({ maxDepth: 1 }), (thing) => expectTenDigitsOrNothing(thing as string)))
  })

  it('never throws for URLs made of words that schemes use', () => {
    const words = [
      ...[
        'expires',
        'exp',
        'e',
        'se',
        'token',
        'md5',
        'sig',
        'Policy',
        'Signature',
        'hmac',
        'X-Amz-Date',
        'X-Amz-Expires',
      ],
      ...[
        'wowzatokenendtime',
        'wowzatokenhash',
        'bcdn_token',
        'hdnts',
        'txTime',
        'txSecret',
        'us',
        't',
        'sign',
        'pushr',
      ],
      ...[
        '1688124955',
        '1688124955000',
        '649ebe1b',
        '20230630T113555Z',
        '2023-06-30T11%3A35%3A55Z',
        '600',
        'NaN',
        '1e9',
      ],
      ...['DMF1ucDxtHCxwYQ5fX3jyg', 'eyJleHAiOjE2ODgxMjQ5NTV9', 'eyJ', '%', '%zz', '\u0000', '\u{1F3AC}', 'videos', ''],
      ...['=', '=', '=', '&', '&', '&', '~', '/', '/', '?', '#', '.', ',', '_', '-', '__proto__', 'constructor'],
    ]
    const path = fc
      .array(fc.constantFrom(...words), { maxLength: 40 })
      .map((parts) => `https://cdn.example/${parts.join('')}`)
    fc.assert(fc.property(path, expectTenDigitsOrNothing), { numRuns: 2000 })
  })

  it('never throws for any JSON in a token', () => {
    // An object that can't be made a number.
    const odd = Buffer.from('{"exp":{"toString":false}}').toString('base64url')
    expect(readExpiry(`https://cdn.example/film.mp4?token=e30.${odd}.c2ln`)).toBeUndefined()
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('exp', 'Statement', 'toString'), (json, key) => {
        const payload = Buffer.from(`{"${key}":${json}}`).toString('base64url')
        expectTenDigitsOrNothing(`https://cdn.example/film.mp4?token=e30.${payload}.c2ln&Signature=0123456789ab`)
      }),
    )
  })

  const MEGABYTES = 4_000_000
  const fill = (text: string) => text.repeat(MEGABYTES / text.length)

  it.each([
    'a',
    '=',
    '&',
    '~',
    '_',
    '-',
    '1',
    'a/',
    '~a',
    '~a=',
    '=a',
    'a=',
    '&a=',
    '%3a',
    'endtime=',
    'aendtime=1688124955&',
    'pushr=',
    '&pushr',
    's=1',
    'eyJ.',
    'A,',
  ])('returns undefined at once for megabytes of %o', (text) => {
    for (const url of [fill(text), `https://cdn.example/${fill(text)}`, `https://cdn.example/f.mp4?${fill(text)}`]) {
      expect(readExpiry(url)).toBeUndefined()
    }
  })

  it.each([
    'a',
    '=',
    '&',
    '~',
    '_',
    '1',
    '~a',
    '~a=',
    'a=',
    'aendtime=',
    '&endtime=1',
    'pushr=',
    'us=1&sign',
    's=1',
    'token=1&',
  ])('reads %o in linear time, without the cap on the length of URLs', (text) => {
    // In quadratic time this would take most of a minute and time out.
    const split = splitUrl(
      `https://cdn.example/${text.repeat(200_000 / text.length)}/?${text.repeat(200_000 / text.length)}`,
    )
    expect(split && readScheme(split).expiresAt).toBeUndefined()
  })
})

describe('every reader of a scheme', () => {
  const hex = '9044548ef1527deadafa49a890a377f0'
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"sub":"2675","exp":1688124955}').toString('base64url')}.${hex}`
  /** In the order of `SCHEMES`. */
  const EXAMPLES = [
    'token=Hh3sZ1yX9vQmP0aLk2TfUw&expires=1688124955',
    `hdnts=st=1688120000~exp=1688124955~acl=/vod/*~hmac=${hex}`,
    'exp=1688124955999&sig=1.sRtaYx9vQmP0aLk2TfUw',
    'st=Hh3sZ1yX9vQmP0aLk2TfUw&e=1688124955',
    'stime=1688120000&etime=1688124955&encoded=0a1b2c3d4e5f6a7b8c9d0',
    'wowzatokenendtime=1688124955&wowzatokenhash=y8Iuk-Lq5hIuD0NfLyShZe89',
    'sv=2022-11-02&se=2023-06-30T11%3A35%3A55Z&sr=c&sp=r&sig=a%2Fbcdefghij%3D',
    `txSecret=${hex}&txTime=649EBE1B`,
    `t=649ebe1b&us=72d4cd1101&sign=${hex}`,
    `X-Amz-Date=20230630T112555Z&X-Amz-Expires=600&X-Amz-Signature=${hex}`,
    `token=1688124955_${hex}${hex}`,
    `s=266060211_1688124955_${hex}`,
    'secure=kaGd_cu6Iy4LDgfX3jy5Rw==,1688124955',
    `/=${jwt}`,
  ]
  const readers = SCHEMES.map((read, index) => ({ read, example: EXAMPLES[index] ?? 'none' }))

  it.each(readers)('reads $example', ({ read, example }) => {
    expect(Math.floor(read(example))).toBe(1688124955)
  })

  /** A flat string, as a URL is. `repeat` returns a rope, which its first reader would have to flatten. */
  const flat = (piece: string, length: number) =>
    Array(Math.ceil(length / piece.length))
      .fill(piece)
      .join('')

  it.each(readers)('reads nothing from a megabyte of $example', ({ read, example }) => {
    expect(read(flat(`${example}&`, 1_000_000)) >= 1e9).toBe(false)
  })

  it.each(readers)('reads a megabyte of parts of $example in linear time', ({ read, example }) => {
    const PARTS = 8
    const timed = (text: string) => {
      const from = performance.now()
      read(text)
      return performance.now() - from
    }
    /** About 1 in linear time, and `PARTS` in quadratic time. */
    const ratio = (piece: string, length: number) => {
      const whole = flat(piece, length)
      const parts = Array.from({ length: PARTS }, () => flat(piece, length / PARTS))
      return timed(whole) / parts.map(timed).reduce((sum, ms) => sum + ms)
    }
    const pieces = [1, 2, 3, 4].map((quarters) => example.slice(0, (quarters * example.length) / 4))
    // A quadratic reader fails at the small size, within seconds.
    for (const length of [32_000, 1_000_000]) {
      for (const piece of pieces) {
        let best = ratio(piece, length)
        // A busy machine distorts some measurements.
        for (let round = 1; round < 5 && best > PARTS / 2; round += 1) best = Math.min(best, ratio(piece, length))
        expect(best, piece).toBeLessThan(PARTS / 2)
      }
    }
  })
})

function expectTenDigitsOrNothing(url: string): void {
  const expiresAt = readExpiry(url)
  if (expiresAt !== undefined) expect(String(expiresAt)).toMatch(/^[1-9]\d{9}$/)
}
