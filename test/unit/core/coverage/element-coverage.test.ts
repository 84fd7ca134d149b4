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
    'sends every request to the newest URL of %s, whatever URL was requested',
    (signer) => {
      coverage.add(SIGN[signer](T0))
      expect(coverage.carry()).toBe(SIGN[signer](T0))
      coverage.add(SIGN[signer](T0 + 60))
      expect(coverage.carry()).toBe(SIGN[signer](T0 + 60))
    },
  )

  it('covers whatever the element requests', () => {
    coverage.add(SIGN.bitsOnTheRun(T0))
    expect(coverage.covers()).toBe(true)
  })

  it('follows a URL of the same video to another host of the CDN', () => {
    const elsewhere = SIGN.clubEvent(T0 + 60).replace('myserver.com', 'mirror.myserver.com')
    coverage.add(SIGN.clubEvent(T0))
    coverage.add(elsewhere)
    expect(coverage.carry()).toBe(elsewhere)
  })

  it.each([
    ['a URL of another video', OTHER_VIDEO],
    ['a relative URL', '/videos/nPripu9l.mp4'],
  ])('rejects %s and keeps the current URL', (_title, url) => {
    coverage.add(SIGN.bitsOnTheRun(T0))
    expect(() => coverage.add(url)).toThrow(expect.objectContaining({ code: 'signed-url-invalid' }))
    expect(coverage.carry()).toBe(SIGN.bitsOnTheRun(T0))
  })
})
