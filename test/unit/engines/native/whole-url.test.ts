import { beforeEach, describe, expect, it } from 'vitest'
import { WholeUrl } from '../../../../src/engines/native/whole-url.js'
import { SIGN } from '../../core/seed-urls.js'

const T0 = 1767781807
const OTHER_FILM = SIGN.bitsOnTheRun(T0 + 60).replace('nPripu9l', 'ALJ3XQCI')

let scope: WholeUrl
beforeEach(() => {
  scope = new WholeUrl('talks/keynote')
})

describe('WholeUrl', () => {
  it.each(['bitsOnTheRun', 'clubEvent', 'clubEventApache', 'pushrFile'] as const)(
    'sends every request to the newest URL of %s, whatever it was for',
    (signer) => {
      scope.add(SIGN[signer](T0))
      expect(scope.carry()).toBe(SIGN[signer](T0))
      scope.add(SIGN[signer](T0 + 60))
      expect(scope.carry()).toBe(SIGN[signer](T0 + 60))
    },
  )

  it('covers whatever the element asks for', () => {
    scope.add(SIGN.bitsOnTheRun(T0))
    expect(scope.covers()).toBe(true)
  })

  it('goes to another host of the CDN when the film is the same there', () => {
    const elsewhere = SIGN.clubEvent(T0 + 60).replace('myserver.com', 'mirror.myserver.com')
    scope.add(SIGN.clubEvent(T0))
    scope.add(elsewhere)
    expect(scope.carry()).toBe(elsewhere)
  })

  it.each([
    ['another film', OTHER_FILM],
    ['no absolute http(s) URL', '/videos/nPripu9l.mp4'],
  ])('tells a URL that is %s as such, and keeps the one that it has', (_title, url) => {
    scope.add(SIGN.bitsOnTheRun(T0))
    expect(() => scope.add(url)).toThrow(expect.objectContaining({ code: 'signed-url-invalid' }))
    expect(scope.carry()).toBe(SIGN.bitsOnTheRun(T0))
  })
})
