import { describe, expect, it } from 'vitest'
import { breakCredentials } from '../../../src/check/break-url.js'
import { readExpiry } from '../../../src/core/expiry/index.js'
import { fileName } from '../../../src/core/split-url.js'
import { SCHEME_EXAMPLES } from '../../support/scheme-examples.js'

/** An HS256 token and others differ in where the signature stands; what is known of them is that exactly one character in it changes. */
function changes(url: string, broken: string): string[] {
  return [...url].filter((character, index) => character !== broken[index])
}

describe('breakCredentials', () => {
  it.each(SCHEME_EXAMPLES.map(({ name, sign }) => [name, sign(0), sign(1)] as const))(
    'changes a character of each signature and nothing else: %s',
    (_name, url, other) => {
      const broken = breakCredentials(url, other) ?? ''
      expect(broken).toHaveLength(url.length)
      expect(changes(url, broken).length).toBeGreaterThan(0)
      expect(changes(url, broken).length).toBeLessThanOrEqual(3)
      expect(fileName(broken)).toBe(fileName(url))
      expect(readExpiry(broken)).toBe(readExpiry(url))
    },
  )

  it('changes the signature of a JSON Web Token, not what it says', () => {
    const head = 'https://cdn.example/film7/master.m3u8?token=eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3Njc3ODE4MDd9.'
    const broken = breakCredentials(`${head}dBjftJeZ4CVPmB92K27uhbUJU1p1r`)
    expect(broken?.startsWith(head)).toBe(true)
  })

  it('finds no signature in a URL without one', () => {
    expect(breakCredentials('https://cdn.example/film7/master.m3u8?lang=en&expires=1767781807')).toBeUndefined()
    expect(breakCredentials('no URL')).toBeUndefined()
  })

  it('finds a word in the path that differs between two URLs', () => {
    const word = (hex: string) => `https://cdn.example/s/${hex}/film7/master.m3u8`
    const one = word('0cc175b9c0f1b6a831c399e269772661')
    expect(breakCredentials(one)).toBeUndefined()
    expect(breakCredentials(one, word('92eb5ffee6ae2fec3ad71c777531578f'))).not.toBe(one)
  })
})
