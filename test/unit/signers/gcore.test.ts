import { describe, expect, it } from 'vitest'
import { gcore } from '../../../src/signers/index.js'

const video = { baseUrl: 'https://demo-protected.gvideo.io', clientId: '2675', secret: 'ReallySecretString' }

describe('gcore', () => {
  it('signs a video on demand', () => {
    // printf %s '2675_3dk4NsRt6vWsffEr_ReallySecretString_1688124955_' | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '='
    expect(gcore({ ...video, videoId: '3dk4NsRt6vWsffEr', expiresAt: 1688124955 })).toBe(
      'https://demo-protected.gvideo.io/videos/2675_3dk4NsRt6vWsffEr/hTNXyv-9qD7MJ7cImbZjmg/1688124955/master.m3u8',
    )
  })

  it('signs a live stream and its MPD', () => {
    // printf %s '2675_201693_ReallySecretString_1861919999_' | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '='
    const live = { ...video, videoId: 201693, expiresAt: 1861919999, kind: 'cmaf' as const, file: 'index.mpd' }
    expect(gcore(live)).toBe(
      'https://demo-protected.gvideo.io/cmaf/2675_201693/TuXLe7Qox2gjZOMFkhONwQ/1861919999/index.mpd',
    )
  })

  it('accepts a base URL with a trailing slash', () => {
    const options = { ...video, videoId: '3dk4NsRt6vWsffEr', expiresAt: 1688124955 }
    expect(gcore({ ...options, baseUrl: 'https://demo-protected.gvideo.io/' })).toBe(gcore(options))
  })

  it.each([Number.NaN, 1.5, -1, 1e11, 1688124955000, Number.POSITIVE_INFINITY])('rejects expiresAt %s', (expiresAt) => {
    expect(() => gcore({ ...video, videoId: 'a', expiresAt })).toThrow(
      /^expiresAt must be an instant in whole, non-negative Unix seconds/,
    )
  })

  it('reports that an expiry looks like milliseconds', () => {
    expect(() => gcore({ ...video, videoId: 'a', expiresAt: 1688124955000 })).toThrow('looks like milliseconds')
  })

  it('rejects an empty secret, such as an unset environment variable', () => {
    expect(() => gcore({ ...video, videoId: 'a', expiresAt: 1688124955, secret: '' })).toThrow('secret must be')
  })
})
