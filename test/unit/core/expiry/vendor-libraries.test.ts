import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { getSignedUrl } from '@aws-sdk/cloudfront-signer'
import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner'
import {
  BlobSASPermissions,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import { Storage } from '@google-cloud/storage'
import EdgeAuth from 'akamai-edgeauth'
import { v2 as cloudinary } from 'cloudinary'
import { EncryptJWT, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readExpiry, readScheme } from '../../../../src/core/expiry/index.js'
import { splitUrl } from '../../../../src/core/split-url.js'

/** 2026-01-07T10:30:07Z, ten minutes after signing. */
const EXPIRES_AT = 1767781807
const SIGNED_AT = EXPIRES_AT - 600
const expiry = new Date(EXPIRES_AT * 1000)

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const secret = new TextEncoder().encode('Ksi93hsy38sjKfha9JaheEMp9250b984')

describe('CloudFront, by @aws-sdk/cloudfront-signer', () => {
  const url = 'https://d111111abcdef8.cloudfront.net/film/2675/master.m3u8'
  const key = { keyPairId: 'K2JCJMDEHXQW5F', privateKey: pem }

  it('is read from a canned policy', () => {
    expect(readExpiry(getSignedUrl({ ...key, url, dateLessThan: expiry.toISOString() }))).toBe(EXPIRES_AT)
  })

  it.each([
    ['a folder', `${url.replace('master.m3u8', '*')}`],
    // These cover every base64 padding, and the question marks yield slashes, which CloudFront writes as tildes.
    ['one character more', `${url.replace('master.m3u8', '*a')}`],
    ['two characters more', `${url.replace('master.m3u8', '*ab')}`],
    ['questions', 'https://d111111abcdef8.cloudfront.net/???????>>>>>>>*'],
  ])('is read from a custom policy for %s', (_, resource) => {
    const policy = JSON.stringify({
      Statement: [
        {
          Resource: resource,
          Condition: {
            IpAddress: { 'AWS:SourceIp': '203.0.113.0/24' },
            DateGreaterThan: { 'AWS:EpochTime': SIGNED_AT },
            DateLessThan: { 'AWS:EpochTime': EXPIRES_AT },
          },
        },
      ],
    })
    expect(readExpiry(getSignedUrl({ ...key, url, policy }))).toBe(EXPIRES_AT)
    expect(readExpiry(getSignedUrl({ ...key, url: `${url}?lang=en`, policy }))).toBe(EXPIRES_AT)
  })
})

describe('S3 (also R2, MinIO, B2 and Wasabi), by @aws-sdk/s3-request-presigner', () => {
  class Sha256 {
    readonly #hash
    constructor(key?: string | ArrayBuffer | ArrayBufferView) {
      this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytes(key))
    }
    update(data: string | ArrayBuffer | ArrayBufferView) {
      this.#hash.update(bytes(data))
    }
    async digest() {
      return this.#hash.digest()
    }
    reset() {}
  }
  function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
    if (typeof data === 'string') return Buffer.from(data)
    return ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data)
  }

  async function presign(expiresIn: number, sessionToken?: string): Promise<string> {
    const credentials = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    }
    const presigner = new S3RequestPresigner({
      region: 'eu-central-1',
      credentials: sessionToken ? { ...credentials, sessionToken } : credentials,
      sha256: Sha256,
    })
    const { protocol, hostname, path, query } = await presigner.presign(
      {
        method: 'GET',
        protocol: 'https:',
        hostname: 'films.s3.eu-central-1.amazonaws.com',
        path: '/2675/film.mp4',
        headers: {},
        query: { 'response-expires': '1688124955' },
      },
      { expiresIn, signingDate: new Date(SIGNED_AT * 1000) },
    )
    const pairs = Object.entries(query ?? {}).map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`)
    return `${protocol}//${hostname}${path}?${pairs.join('&')}`
  }

  it.each([1, 600, 604_800])('is read: signed for %i s', async (expiresIn) => {
    expect(readExpiry(await presign(expiresIn))).toBe(SIGNED_AT + expiresIn)
  })

  it('is read with temporary credentials, as the latest possible expiry', async () => {
    const url = await presign(600, 'IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEU=')
    expect(url).toContain('X-Amz-Security-Token=')
    expect(readExpiry(url)).toBe(EXPIRES_AT)
  })
})

describe('Google Cloud Storage, by @google-cloud/storage', () => {
  const file = new Storage({
    projectId: 'films',
    credentials: { client_email: 'signer@films.iam.gserviceaccount.com', private_key: pem },
  })
    .bucket('films')
    .file('2675/film.mp4')

  // The library refuses to sign for a time in the past.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: SIGNED_AT * 1000 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each(['v2', 'v4'] as const)('is read from a %s URL', async (version) => {
    const [url] = await file.getSignedUrl({ version, action: 'read', expires: expiry })
    expect(readExpiry(url)).toBe(EXPIRES_AT)
  })
})

describe('Azure Blob Storage, by @azure/storage-blob', () => {
  const credential = new StorageSharedKeyCredential('films', Buffer.from('secret').toString('base64'))
  const blob = { containerName: 'film-2675', blobName: 'film.mp4', permissions: BlobSASPermissions.parse('r') }
  const container = { containerName: 'film-2675', permissions: ContainerSASPermissions.parse('r') }
  const startsOn = new Date(SIGNED_AT * 1000)

  it.each([
    ['a blob', { ...blob, expiresOn: expiry }],
    ['a container, from a moment on', { ...container, startsOn, expiresOn: expiry }],
  ])('is read from the shared access signature of %s', (_, options) => {
    const sas = generateBlobSASQueryParameters(options, credential)
    expect(readExpiry(`https://films.blob.core.windows.net/film-2675/film.mp4?${sas}`)).toBe(EXPIRES_AT)
  })

  it('is unknown where a stored policy holds the expiry', () => {
    const sas = generateBlobSASQueryParameters({ containerName: 'film-2675', identifier: 'viewers' }, credential)
    expect(readExpiry(`https://films.blob.core.windows.net/film-2675/film.mp4?${sas}`)).toBeUndefined()
  })
})

describe('Akamai, by akamai-edgeauth', () => {
  const url = 'https://film.akamaized.example/vod/2675/master.m3u8'
  const key = 'aabbccddeeff00112233445566778899'

  it.each(['hdnts', 'hdnea', '__token__', 'our-own'])('is read from the token %s for a folder', (tokenName) => {
    const auth = new EdgeAuth({ key, tokenName, startTime: SIGNED_AT, endTime: EXPIRES_AT })
    const token = auth.generateACLToken(['/vod/2675/*', '/keys/*'])
    expect(readExpiry(`${url}?${tokenName}=${token}`)).toBe(EXPIRES_AT)
    expect(readExpiry(`${url}?lang=en&${tokenName}=${token}&quality=hd`)).toBe(EXPIRES_AT)
  })

  it('is read from a token that begins with its expiry, for one URL, with a payload', () => {
    const auth = new EdgeAuth({ key, endTime: EXPIRES_AT, escapeEarly: true, payload: 'exp=1688124955' })
    expect(readExpiry(`${url}?hdnts=${auth.generateURLToken('/vod/2675/master.m3u8')}`)).toBe(EXPIRES_AT)
  })

  it('is read from a token in the path, which owns its segment', () => {
    const token = new EdgeAuth({ key, endTime: EXPIRES_AT }).generateACLToken('/vod/*')
    const split = splitUrl(`https://film.akamaized.example/hdntl=${token.replaceAll('/', '%2f')}/vod/2675/master.m3u8`)
    expect(split && readScheme(split)).toEqual({ expiresAt: EXPIRES_AT, pathSlots: [0] })
  })
})

describe('Cloudinary, by cloudinary', () => {
  it.each([{}, { start_time: SIGNED_AT, ip: '203.0.113.7' }])('is read from __cld_token__ with %o', (options) => {
    const token = cloudinary.utils.generate_auth_token({
      key: 'aabbccddeeff00112233445566778899',
      expiration: EXPIRES_AT,
      acl: '/video/authenticated/2675/*',
      ...options,
    })
    expect(readExpiry(`https://films.cloudinary.example/video/authenticated/2675/master.m3u8?${token}`)).toBe(
      EXPIRES_AT,
    )
  })
})

describe('JSON Web Tokens, by jose', () => {
  const sign = (claims: object = {}) =>
    new SignJWT({ sub: 'DS00Spx1CV902MCtPj5WknGlR102V5HFkDe', aud: 'v', ...claims })
      .setProtectedHeader({ alg: 'HS256', kid: 'a01' })
      .setIssuedAt(SIGNED_AT)
  const mux = (token: string) => `https://stream.mux.com/DS00Spx1CV902MCtPj5WknGlR102V5HFkDe.m3u8?token=${token}`
  const stream = (token: string) =>
    `https://customer-f33zs165nr7gyfy4.cloudflarestream.com/${token}/manifest/video.m3u8`

  it('are read from the query (Mux, JW Player, Amazon IVS)', async () => {
    expect(readExpiry(mux(await sign().setExpirationTime(EXPIRES_AT).sign(secret)))).toBe(EXPIRES_AT)
  })

  it('are read from the path (Cloudflare Stream), and own their segment', async () => {
    const split = splitUrl(stream(await sign().setExpirationTime(EXPIRES_AT).sign(secret)))
    expect(split && readScheme(split)).toEqual({ expiresAt: EXPIRES_AT, pathSlots: [0] })
  })

  it('are read with every character of base64url in their claims', async () => {
    for (const title of ['ÿÿÿ?>~', 'a', 'ab', 'abc', '日本語の映画', '🎬', '\u{10FFFF}']) {
      expect(readExpiry(mux(await sign({ film: title }).setExpirationTime(EXPIRES_AT).sign(secret)))).toBe(EXPIRES_AT)
    }
  })

  it('are read down to the second when the expiry is a fraction', async () => {
    expect(readExpiry(mux(await sign({ exp: EXPIRES_AT + 0.9 }).sign(secret)))).toBe(EXPIRES_AT)
  })

  it('have no known expiry when they have no exp claim', async () => {
    expect(readExpiry(mux(await sign().sign(secret)))).toBeUndefined()
    expect(readExpiry(stream(await sign({ viewer: { exp: EXPIRES_AT } }).sign(secret)))).toBeUndefined()
  })

  it('have no known expiry when exp is in milliseconds, which no verifier accepts', async () => {
    expect(readExpiry(mux(await sign({ exp: EXPIRES_AT * 1000 }).sign(secret)))).toBeUndefined()
  })

  it('have no known expiry when they are encrypted', async () => {
    const token = await new EncryptJWT({})
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(EXPIRES_AT)
      .encrypt(secret)
    expect(readExpiry(mux(token))).toBeUndefined()
  })

  it("are ignored in a field that is not the CDN's, because a viewer's session lives longer", async () => {
    const session = await sign().setExpirationTime(EXPIRES_AT).sign(secret)
    expect(readExpiry(`https://cdn.example/film.mp4?session=${session}`)).toBeUndefined()
  })
})
