import { describe, expect, it } from 'vitest'
import { clubEvent } from '../../../src/signers/index.js'

const url = 'https://myserver.com/media_files/video1.mp4?secret=ReallySecretString'

describe('clubEvent', () => {
  it('replaces the secret in the link with a token and an expiry', () => {
    // printf '1861919999/media_files/video1.mp4 ReallySecretString' | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '='
    expect(clubEvent({ url, expiresAt: 1861919999 })).toBe(
      'https://myserver.com/media_files/video1.mp4?token=A96bz2jSBSy1KnP7P134Cg&expires=1861919999',
    )
  })

  it('writes hex for Apache', () => {
    // printf '1861919999/mp4s/video1.mp4 CEmediaS3cret' | openssl md5
    const media = { url: 'https://myserver.com/mp4s/video1.mp4?secret=CEmediaS3cret', server: 'apache' as const }
    expect(clubEvent({ ...media, expiresAt: 1861919999 })).toBe(
      'https://myserver.com/mp4s/video1.mp4?token=b701505a7ad9fda2af503a1522dae0c5&expires=1861919999',
    )
  })

  it('keeps other parameters byte for byte, wherever the secret is', () => {
    const media =
      'https://myserver.com/media_files/video1.mp4?a=%7e+b&secret=ReallySecretString&c&Secret=ReallySecretString#t=5'
    expect(clubEvent({ url: media, expiresAt: 1861919999 })).toBe(
      'https://myserver.com/media_files/video1.mp4?a=%7e+b&c&token=A96bz2jSBSy1KnP7P134Cg&expires=1861919999#t=5',
    )
  })

  it('decodes an encoded secret', () => {
    // printf '1861919999/media_files/video1.mp4 p&q+r s' | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '='
    const media = 'https://myserver.com/media_files/video1.mp4?secret=p%26q%2Br+s'
    expect(clubEvent({ url: media, expiresAt: 1861919999 })).toContain('?token=IlDCtyjY0JfSpzCxTUUQUw&')
  })

  it.each(['https://myserver.com/a.mp4', 'https://myserver.com/a.mp4?secret=', 'https://myserver.com/a.mp4?secrets=x'])(
    'rejects %s, which contains no secret',
    (media) => {
      expect(() => clubEvent({ url: media, expiresAt: 1861919999 })).toThrow("the url's secret must be")
    },
  )

  it('keeps the secret out of its errors', () => {
    const broken = () => clubEvent({ url: 'media/a.mp4?secret=ReallySecretString', expiresAt: 1861919999 })
    expect(broken).toThrow('url must be')
    expect(broken).not.toThrow('ReallySecretString')
  })
})
