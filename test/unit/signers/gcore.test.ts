import { describe, expect, it } from 'vitest'
import { gcore } from '../../../src/signers/index.js'

const film = { baseUrl: 'https://demo-protected.gvideo.io', clientId: '2675', secret: 'ReallySecretString' }

describe('gcore', () => {
  it('signs a video on demand', () => {
    // printf %s '2675_3dk4NsRt6vWsffEr_ReallySecretString_1688124955_' | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '='
    expect(gcore({ ...film, videoId: '3dk4NsRt6vWsffEr', expiresAt: 1688124955 })).toBe(
      'https://demo-protected.gvideo.io/videos/2675_3dk4NsRt6vWsffEr/hTNXyv-9qD7MJ7cImbZjmg/1688124955/master.m3u8',
    )
  })

  it('signs a live stream and its MPD', () => {
    // printf %s '2675_201693_ReallySecretString_1861919999_' | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '='
    const live = { ...film, videoId: 201693, expiresAt: 1861919999, kind: 'cmaf' as const, file: 'index.mpd' }
    expect(gcore(live)).toBe(
      'https://demo-protected.gvideo.io/cmaf/2675_201693/TuXLe7Qox2gjZOMFkhONwQ/1861919999/index.mpd',
    )
  })

  it('takes a base URL with a slash at its end', () => {
    const options = { ...film, videoId: '3dk4NsRt6vWsffEr', expiresAt: 1688124955 }
    expect(gcore({ ...options, baseUrl: 'https://demo-protected.gvideo.io/' })).toBe(gcore(options))
  })

  it.each([Number.NaN, 1.5, -1, 1e11, 1688124955000, Number.POSITIVE_INFINITY])('refuses expiresAt %s', (expiresAt) => {
    expect(() => gcore({ ...film, videoId: 'a', expiresAt })).toThrow(
      /^expiresAt must be an instant in whole, non-negative Unix seconds/,
    )
  })

  it('says that an expiry in milliseconds looks like one', () => {
    expect(() => gcore({ ...film, videoId: 'a', expiresAt: 1688124955000 })).toThrow('looks like milliseconds')
  })

  it('refuses an empty secret, such as a variable that the server lacks', () => {
    expect(() => gcore({ ...film, videoId: 'a', expiresAt: 1688124955, secret: '' })).toThrow('secret must be')
  })
})
