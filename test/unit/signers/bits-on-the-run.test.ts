import { describe, expect, it } from 'vitest'
import { bitsOnTheRun } from '../../../src/signers/index.js'

// The account secret printed in "Content signing". Its two sample URLs (sig=a0124258…, sig=f4266440…) were signed with another secret.
const secret = 'Ksi93hsy38sjKfha9JaheEMp'

describe('bitsOnTheRun', () => {
  it('signs a video', () => {
    // printf 'videos/nPripu9l.mp4:1371335018:Ksi93hsy38sjKfha9JaheEMp' | openssl md5
    const url = 'http://content.bitsontherun.com/videos/nPripu9l.mp4'
    expect(bitsOnTheRun({ url, secret, expiresAt: 1371335018 })).toBe(
      `${url}?exp=1371335018&sig=7881bc58950ba8ec712bb38475b83fcd`,
    )
  })

  it('signs a player, given as a path', () => {
    // printf 'players/nPripu9l-ALJ3XQCI.js:1371335035:Ksi93hsy38sjKfha9JaheEMp' | openssl md5
    const player = { baseUrl: 'http://content.bitsontherun.com/', path: '/players/nPripu9l-ALJ3XQCI.js' }
    expect(bitsOnTheRun({ ...player, secret, expiresAt: 1371335035 })).toBe(
      'http://content.bitsontherun.com/players/nPripu9l-ALJ3XQCI.js?exp=1371335035&sig=acafa9fc77bd14a06079e74bf15665fc',
    )
  })

  // 1371335010 is halfway between two minutes, which PHP's round() rounds up.
  it.each([1371335010, 1371335018, 1371335040, 1371335069])(
    'rounds %i to the minute, so that the URL can be shared',
    (expiresAt) => {
      // printf 'videos/nPripu9l.mp4:1371335040:Ksi93hsy38sjKfha9JaheEMp' | openssl md5
      const url = 'http://content.bitsontherun.com/videos/nPripu9l.mp4'
      expect(bitsOnTheRun({ url, secret, expiresAt, roundToMinute: true })).toBe(
        `${url}?exp=1371335040&sig=07b857db765ba40c553a161bbfcc07fb`,
      )
    },
  )

  it('replaces an older signature and keeps the rest', () => {
    const url = 'http://content.bitsontherun.com/videos/nPripu9l.mp4?exp=1&a=%20&sig=old'
    expect(bitsOnTheRun({ url, secret, expiresAt: 1371335018 })).toBe(
      'http://content.bitsontherun.com/videos/nPripu9l.mp4?a=%20&exp=1371335018&sig=7881bc58950ba8ec712bb38475b83fcd',
    )
  })
})
