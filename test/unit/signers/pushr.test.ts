import { describe, expect, it } from 'vitest'
import { pushrFile, pushrTitle } from '../../../src/signers/index.js'

const path = '/uploads/videos/2023/12/18/2630811/'
const options = {
  baseUrl: 'https://c0999z0999.r-cdn.com',
  path,
  address: '203.0.113.7',
  secret: '9250b984b0c4080854360bf26bb1de2c7141f968',
  expiresAt: 1703602087,
}

// S=9250b984b0c4080854360bf26bb1de2c7141f968 P=/uploads/videos/2023/12/18/2630811/
describe('pushrFile', () => {
  it('signs secret, expiry, path, file and address', () => {
    // printf %s "${S}1703602087${P}video.mp4203.0.113.7" | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '='
    expect(pushrFile({ ...options, file: 'video.mp4' })).toBe(
      `https://c0999z0999.r-cdn.com/M5UXJJZ0oZhfoQ0wCV0xRg/1703602087${path}video.mp4`,
    )
  })
})

describe('pushrTitle', () => {
  it('signs secret, path, address and expiry, and adds the directory unencoded', () => {
    // printf %s "${S}${P}203.0.113.71703602087" | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d '='
    expect(pushrTitle({ ...options, file: 'playlist.m3u8' })).toBe(
      `https://c0999z0999.r-cdn.com/eBgouyM2qjMT33zsHBEhUg/1703602087${path}playlist.m3u8?pushr=${path}`,
    )
  })

  it('keeps a folder with & and + readable in its query', () => {
    const folder = '/R&B + soul/'
    const url = pushrTitle({ ...options, path: folder, file: 'playlist.m3u8' })
    expect(new URL(url).searchParams.get('pushr')).toBe(folder)
  })

  it("takes Node's form of an IPv4 address for the address itself", () => {
    const node = { ...options, file: 'a.m3u8', address: `::ffff:${options.address}` }
    expect(pushrTitle(node)).toBe(pushrTitle({ ...options, file: 'a.m3u8' }))
    expect(pushrTitle({ ...node, address: '::1' })).not.toBe(pushrTitle({ ...node, address: '1' }))
  })

  it.each(['uploads/', '/uploads', ''])('rejects the path %o', (wrong) => {
    expect(() => pushrTitle({ ...options, path: wrong, file: 'a.m3u8' })).toThrow('path must be a directory')
  })

  it('rejects a missing address, because every URL is bound to one', () => {
    expect(() => pushrTitle({ ...options, file: 'a.m3u8', address: '' })).toThrow('address must be')
  })
})
