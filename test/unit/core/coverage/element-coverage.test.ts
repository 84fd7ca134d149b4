import { beforeEach, describe, expect, it } from 'vitest'
import { ElementCoverage } from '../../../../src/core/coverage/element-coverage.js'
import { SIGN } from '../seed-urls.js'

const T0 = 1767781807
const OTHER_VIDEO = SIGN.bitsOnTheRun(T0 + 60).replace('nPripu9l', 'ALJ3XQCI')

let coverage: ElementCoverage
beforeEach(() => {
  coverage = new ElementCoverage('talks/keynote')
})

describe('ElementCoverage', () => {
  it.each(['bitsOnTheRun', 'clubEvent', 'clubEventApache', 'pushrFile'] as const)(
    'sends every request to the newest URL of %s, however old the URL that was requested is',
    (signer) => {
      coverage.add(SIGN[signer](T0))
      for (let serial = 1; serial < 70; serial += 1) {
        coverage.add(SIGN[signer](T0 + 60 * serial))
        for (const old of [0, serial >> 1, serial]) {
          expect(coverage.covers(SIGN[signer](T0 + 60 * old))).toBe(true)
          expect(coverage.carry(SIGN[signer](T0 + 60 * old))).toBe(SIGN[signer](T0 + 60 * serial))
        }
      }
    },
  )

  it('carries credentials onto files beside it, and onto no others', () => {
    coverage.add(SIGN.clubEvent(T0))
    coverage.add(SIGN.clubEvent(T0 + 60))
    const [, query] = SIGN.clubEvent(T0 + 60).split('?')
    expect(coverage.carry('https://myserver.com/media_files/sprite.jpg')).toBe(
      `https://myserver.com/media_files/sprite.jpg?${query}`,
    )
    expect(coverage.covers('https://myserver.com/other/sprite.jpg')).toBe(false)
  })

  it('follows a URL of the same video to another host of the CDN', () => {
    const elsewhere = SIGN.clubEvent(T0 + 60).replace('myserver.com', 'mirror.myserver.com')
    coverage.add(SIGN.clubEvent(T0))
    coverage.add(elsewhere)
    expect(coverage.carry(elsewhere)).toBe(elsewhere)
  })

  it.each([
    ['a URL of another video', OTHER_VIDEO],
    ['a relative URL', '/videos/nPripu9l.mp4'],
  ])('rejects %s and keeps the current URL', (_title, url) => {
    coverage.add(SIGN.bitsOnTheRun(T0))
    expect(() => coverage.add(url)).toThrow(expect.objectContaining({ code: 'signed-url-invalid' }))
    expect(coverage.carry(SIGN.bitsOnTheRun(T0))).toBe(SIGN.bitsOnTheRun(T0))
  })
})
