import { describe, expect, it } from 'vitest'
import { readExpiry } from '../../../../src/core/expiry/index.js'
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
    ['a segment beside the master playlist', `${GCORE}/${TOKEN}/1688124955/segment-1-svod720n-v1-a1.ts`],
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
    ['a signature that is empty', 'https://cdn.example/film.mp4?exp=1688124955&sig='],
    ['nine digits, which lie before 2001', 'https://cdn.example/film.mp4?token=Hh3sZ1yX9vQmP0&expires=999999999'],
    ['milliseconds', 'https://cdn.example/film.mp4?token=Hh3sZ1yX9vQmP0&expires=1688124955000'],
    ['a date in a folder of the site', 'https://cdn.example/archive/1688124955/film.mp4'],
    ['an upload date behind a word', 'https://cdn.example/uploads/1688124955/holiday/film.mp4'],
    ['a Gcore path without its file', `${GCORE}/${TOKEN}/1688124955`],
    ['a number with a sign', 'https://cdn.example/film.mp4?token=Hh3sZ1yX9vQmP0&expires=+688124955'],
  ])('does not guess: %s', (_, url) => {
    expect(readExpiry(url)).toBeUndefined()
  })

  it('reads the first second with ten digits, the first that it takes for Unix seconds', () => {
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
    'never throws for what is no string: case %#',
    (junk) => {
      expect(readExpiry(junk as string)).toBeUndefined()
    },
  )
})
