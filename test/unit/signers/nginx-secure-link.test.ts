import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { nginxSecureLink } from '../../../src/signers/index.js'

// Each token below: printf '<text>' | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '='
//
// Checked by hand on nginx 1.22.1 (Debian, --with-http_secure_link_module) with the location of ClubEvent's article: 200 for a link of
// `nginxSecureLink` and of `clubEvent`, still 200 in the second of its expiry, 410 a second later and 403 for a damaged token, for the paths
// video1.mp4, Grand%20Final%20%C3%A9%20100%25.mp4, caf%E9.mp4, a+b.mp4, a%2Bb.mp4, q%3Fx%23y.mp4, per%2520cent.mp4, quo'te(1)~*!.mp4,
// //sub///x.mp4, sub/../video1.mp4, sub%2Fx.mp4, sub/%2e%2e/video1.mp4 and sub%2F..%2Fvideo1.mp4 below /media_files/; and, with $remote_addr,
// ${…} and other parameter names, 200 from the signed address and 403 from another.

const link = { secret: 'ReallySecretString', expiresAt: 1861919999 }
const sign = (path: string) => nginxSecureLink({ ...link, url: `https://myserver.com${path}` })
const tokenOf = (url: string) => new URL(url).searchParams.get('token')

describe('nginxSecureLink', () => {
  it("signs with the expression of ClubEvent's article", () => {
    // printf '1861919999/media_files/video1.mp4 ReallySecretString'
    expect(sign('/media_files/video1.mp4')).toBe(
      'https://myserver.com/media_files/video1.mp4?token=A96bz2jSBSy1KnP7P134Cg&expires=1861919999',
    )
  })

  it('hashes the decoded path and leaves the URL encoded', () => {
    // printf '1861919999/media_files/Grand Final é 100%%.mp4 ReallySecretString'
    expect(sign('/media_files/Grand%20Final%20%C3%A9%20100%25.mp4')).toBe(
      'https://myserver.com/media_files/Grand%20Final%20%C3%A9%20100%25.mp4?token=r4uca8lpkf34cfo1rxMMRA&expires=1861919999',
    )
  })

  it('hashes an unencoded path as a browser will send it', () => {
    expect(tokenOf(sign('/media_files/Grand Final é 100%25.mp4'))).toBe('r4uca8lpkf34cfo1rxMMRA')
  })

  it('hashes bytes that are not UTF-8', () => {
    // printf '1861919999/media_files/caf\xe9.mp4 ReallySecretString'
    expect(tokenOf(sign('/media_files/caf%E9.mp4'))).toBe('1_FgJnaOJnWyDTRWOQOv8g')
  })

  it.each([
    '/media_files//video1.mp4',
    '/media_files/sub/../video1.mp4',
    '/media_files/sub%2F..%2fvideo1.mp4',
    '/media_files/./video1.mp4#t=10',
  ])('normalizes %s as nginx does', (path) => {
    expect(tokenOf(sign(path))).toBe('A96bz2jSBSy1KnP7P134Cg')
  })

  it('accepts a path without a host', () => {
    expect(nginxSecureLink({ ...link, url: '/media_files/video1.mp4' })).toBe(
      '/media_files/video1.mp4?token=A96bz2jSBSy1KnP7P134Cg&expires=1861919999',
    )
  })

  it('keeps the bytes and the order of other parameters, and the fragment', () => {
    expect(sign('/media_files/video1.mp4?start=0&title=a%20b~*+c&#t=10')).toBe(
      'https://myserver.com/media_files/video1.mp4?start=0&title=a%20b~*+c&&token=A96bz2jSBSy1KnP7P134Cg&expires=1861919999#t=10',
    )
  })

  it('replaces an older token in any letter case, because nginx would read that one first', () => {
    expect(sign('/media_files/video1.mp4?TOKEN=old&start=0&expires=1')).toBe(
      'https://myserver.com/media_files/video1.mp4?start=0&token=A96bz2jSBSy1KnP7P134Cg&expires=1861919999',
    )
  })

  it('supports another expression and other parameter names', () => {
    // printf '1861919999/media_files/video1.mp4203.0.113.7 ReallySecretString'
    const options = { ...link, url: 'https://myserver.com/media_files/video1.mp4', address: '203.0.113.7' }
    // biome-ignore lint/suspicious/noTemplateCurlyInString: nginx delimits a variable like this
    const expression = '$secure_link_expires$uri${remote_addr} {secret}'
    expect(nginxSecureLink({ ...options, expression, tokenParam: 'md5', expiresParam: 'e' })).toBe(
      'https://myserver.com/media_files/video1.mp4?md5=zYBYd6sDTcsAzbn8tYecVw&e=1861919999',
    )
  })

  it('uses a secret literally, whatever characters it contains', () => {
    const url = '/media_files/video1.mp4'
    const signed = nginxSecureLink({ ...link, url, secret: '$uri{secret}', expression: '$secure_link_expires{secret}' })
    const digest = createHash('md5').update('1861919999$uri{secret}')
    expect(tokenOf(`https://myserver.com${signed}`)).toBe(digest.digest('base64url'))
  })

  it.each([
    [{ url: '/a.mp4', expression: '$uri$request_id {secret}' }, 'expression must not use $request_id'],
    [{ url: '/a.mp4', expression: '$secure_link_expires$uri ReallySecretString' }, 'expression must contain {secret}'],
    [{ url: '/a.mp4', expression: '$uri$remote_addr {secret}' }, 'address must be a non-empty string'],
    [{ url: 'media_files/a.mp4' }, 'url must be an absolute http(s) URL or a path that starts with /'],
    [{ url: '/100%.mp4' }, 'url must be percent-encoded properly'],
    [{ url: '/a%00.mp4' }, 'url must be percent-encoded properly'],
    [{ url: '/a%2F..%2F..%2Fb.mp4' }, 'url must not climb above the root'],
    [{ url: '/a.mp4', expiresAt: 1861919999000 }, 'looks like milliseconds'],
    [{ url: '/a.mp4', secret: '' }, 'secret must be a non-empty string'],
  ])('rejects %o', (options, message) => {
    expect(() => nginxSecureLink({ ...link, ...options })).toThrow(TypeError)
    expect(() => nginxSecureLink({ ...link, ...options })).toThrow(message)
  })
})
