import { createHash, createHmac, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { getSignedUrl } from '@aws-sdk/cloudfront-signer'
import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import EdgeAuth from 'akamai-edgeauth'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { IssueCoverage } from '../../src/core/coverage/issue-coverage.js'
import { SignedUrlError } from '../../src/core/errors.js'
import { readExpiry } from '../../src/core/expiry/index.js'
import { readAnswer } from '../../src/core/signing/answer.js'
import { resolveOptions } from '../../src/options.js'
import * as signers from '../../src/signers/index.js'
import { anchorsOf, exported, importsFrom, pageOf, run, scripts, table } from '../support/documents.js'

/* Runs the recipes of docs/ that need no browser, with the vendors' own libraries where these are installed. */

beforeAll(() => {
  vi.stubGlobal('document', { baseURI: 'https://club.example/events/' })
  vi.stubGlobal('location', new URL('https://club.example/events/'))
})
afterAll(() => {
  vi.unstubAllGlobals()
})

describe('the recipes for CDNs', () => {
  const named = (name: string) => scripts.find(({ title }) => title === `// ${name}.js`)
  const NOW = 1767781747
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const env = {
    GCORE_SECRET: 's',
    MEDIA_SECRET: 's',
    BOTR_SECRET: 's',
    PUSHR_SECRET: 's',
    CLOUDFRONT_KEY_PAIR_ID: 'K2JCJMDEHXQW5F',
    CLOUDFRONT_PRIVATE_KEY: pem,
    AKAMAI_KEY: 'aabbccddeeff00112233445566778899',
    BUNNY_KEY: 's',
    STREAM_KEY_ID: 'stream',
    STREAM_PRIVATE_KEY: base64(pem),
    MUX_KEY_ID: 'mux',
    MUX_PRIVATE_KEY: base64(pem),
    CDN_KEY_NAME: 'key',
    CDN_KEY: 'nZtRohdNF9m3cKM24IcK4w==',
    AZURE_ACCOUNT: 'videos',
    AZURE_KEY: base64('secret'),
    WOWZA_SECRET: 'secret',
  }
  const packages = {
    ...signers,
    createHash,
    createHmac,
    createPrivateKey,
    getSignedUrl,
    EdgeAuth,
    SignJWT,
    ContainerSASPermissions,
    generateBlobSASQueryParameters,
    StorageSharedKeyCredential,
  }
  type Sign = (resource: string, request: Request) => Promise<{ url: string; expiresAt: number }>
  const request = new Request('https://club.example/api', { headers: { 'x-real-ip': '203.0.113.7' } })
  /** What the recipe answers in the minute `minute`. */
  async function signed(name: string, minute: number) {
    vi.setSystemTime((NOW + 60 * minute) * 1000)
    const { code = '' } = named(name) ?? {}
    return exported<Sign>('sign', code, packages)('final-2026', request)
  }

  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  })
  afterAll(() => {
    vi.useRealTimers()
    vi.unstubAllEnvs()
  })

  it.each([
    ['gcore', 'video/seg-1.ts', 'inherits'],
    ['nginx-folder', 'video/seg-1.ts', 'inherits'],
    ['pushr', 'video/seg-1.ts', 'gets'],
    ['cloudfront', 'video/seg-1.ts', 'gets'],
    ['akamai', 'video/seg-1.ts', 'gets'],
    ['bunny', 'video/seg-1.ts', 'inherits'],
    ['cloudflare-stream', 'seg-1.ts', 'inherits'],
    ['google-cloud-cdn', 'video/seg-1.ts', 'gets'],
    ['azure', 'video/seg-1.ts', 'gets'],
  ])('sign a folder: %s, whose link %s %s the credentials, also after a refresh', async (name, link, how) => {
    const coverage = new IssueCoverage('final-2026')
    const [first, second] = [await signed(name, 0), await signed(name, 1)]
    expect(readExpiry(first.url)).toBe(first.expiresAt)
    expect(first.expiresAt).toBe(NOW + 60)
    coverage.add(first.url)
    const before = new URL(link, first.url).href
    const [, query] = first.url.split('?')
    expect(coverage.carry(before)).toBe(how === 'gets' ? `${before}?${query}` : before)
    coverage.add(second.url)
    const after = new URL(link, second.url).href
    expect(coverage.carry(before)).toBe(how === 'gets' ? `${after}?${second.url.split('?')[1]}` : after)
    expect(coverage.carry(first.url)).toBe(second.url)
  })

  it.each(['bits-on-the-run', 'mux', 'wowza'])('sign one URL whose expiry is read: %s', async (name) => {
    const { url, expiresAt } = await signed(name, 0)
    expect([readExpiry(url), expiresAt]).toEqual([NOW + 60, NOW + 60])
  })

  it('sign any file of a host for nginx, and none of another', async () => {
    const sign = exported<(resource: string) => unknown>('sign', named('nginx-file')?.code ?? '', packages)
    const path = '/media_files/final-2026/000.ts'
    const expiresAt = NOW + 60
    vi.setSystemTime(NOW * 1000)
    const url = signers.nginxSecureLink({ url: `https://media.example${path}`, secret: 's', expiresAt })
    expect([sign(`https://media.example${path}`), sign(path)]).toEqual([
      { url, expiresAt },
      { url, expiresAt },
    ])
    expect(sign(`https://other.example${path}`)).toBeNull()
  })

  it('sign one object on S3, and none of another bucket', async () => {
    class Command {
      constructor(readonly input: unknown) {}
    }
    const asked: unknown[] = []
    const presign = async (_client: unknown, { input }: Command, options: unknown) => asked.push(input, options)
    const sdk = { GetObjectCommand: Command, S3Client: Command, getSignedUrl: presign }
    const sign = exported<(resource: string) => Promise<unknown>>('sign', named('s3')?.code ?? '', sdk)
    await sign('https://videos.s3.eu-central-1.amazonaws.com/final-2026/caf%C3%A9.mp4')
    expect(asked).toEqual([{ Bucket: 'videos', Key: 'final-2026/café.mp4' }, { expiresIn: 60 }])
    expect(await sign('https://other.s3.eu-central-1.amazonaws.com/final-2026/film.mp4')).toBeNull()
  })

  it('has a section for each CDN of its table, and a recipe in each but that of nginx', () => {
    const page = pageOf('docs/cdns.md')
    const linked = table('docs/cdns.md', 'CDN').map(([cell]) => /#([\w-]+)/.exec(cell ?? '')?.[1])
    const sections = page.split(/^## /m).slice(1)
    expect(sections.map((section) => anchorsOf(`## ${section}`)[0])).toEqual(linked)
    expect(sections.filter((section) => !/^```js\n\/\/ [\w-]+\.js$/m.test(section))).toHaveLength(1)
  })
})

describe('an endpoint behind a cache', () => {
  const code = ['// shared-endpoint.js', '// cached-worker.js']
    .map((title) => scripts.find((script) => script.title === title)?.code)
    .join('')
    .replace('export default', 'const worker =')

  it('keeps what viewers share, and nothing after a refusal', async () => {
    const kept = new Map<string, Response>()
    const cache = {
      match: async ({ url }: Request) => kept.get(url)?.clone(),
      put: async ({ url }: Request, response: Response) => void kept.set(url, response),
    }
    const sign = vi.fn(() => ({ url: '/film.mp4', expiresAt: Math.floor(Date.now() / 1000) + 60 }))
    type Worker = { fetch(request: Request, env: object, context: object): Promise<Response> }
    const worker = exported<Worker>('worker', code, { ...signers, sign, caches: { default: cache } })
    const ask = async (query: string) => {
      const writes: Promise<unknown>[] = []
      const context = { waitUntil: (written: Promise<unknown>) => writes.push(written) }
      const response = await worker.fetch(new Request(`https://club.example/api?${query}`), {}, context)
      await Promise.all(writes)
      return response.status
    }
    for (let viewer = 0; viewer < 3; viewer += 1) expect(await ask('resource=a')).toBe(200)
    expect([...kept.keys()]).toEqual(['https://club.example/api?resource=a'])
    for (let viewer = 0; viewer < 3; viewer += 1) expect(await ask('resource=a&reason=refused')).toBe(200)
    expect(kept.size).toBe(1)
    expect(sign).toHaveBeenCalledTimes(1)
  })
})

describe('the hooks for monitoring', () => {
  const SIGNED = 'https://cdn.example/film7/token/1767781807/master.m3u8?Signature=secret'
  const blockOf = (specifier: string) =>
    scripts.find(({ page, code }) => page === 'docs/monitoring.md' && importsFrom(specifier, code).length > 0)?.code ??
    ''
  type Redact = (event: object) => unknown

  it('redact what Sentry records', () => {
    interface Hooks {
      shouldCreateSpanForRequest?(url: string): boolean
      beforeAddRecordingEvent?: Redact
    }
    let given: { beforeBreadcrumb?: Redact; integrations?: Hooks[] } = {}
    const Sentry = {
      init: (options: object) => {
        given = options
      },
      browserTracingIntegration: (options: object) => options,
      replayIntegration: (options: object) => options,
    }
    run(blockOf('@sentry/browser'), { Sentry })
    const [tracing, replay] = given.integrations ?? []
    const hasSpan = (url: string) => tracing?.shouldCreateSpanForRequest?.(url)
    expect([hasSpan(SIGNED), hasSpan('https://club.example/api')]).toEqual([false, true])
    const redacted = [
      given.beforeBreadcrumb?.({ category: 'xhr', data: { url: SIGNED } }),
      replay?.beforeAddRecordingEvent?.({
        data: { tag: 'performanceSpan', payload: { description: SIGNED } },
      }),
    ]
    expect(JSON.stringify(redacted)).not.toMatch(/token|Signature/)
    expect(given.beforeBreadcrumb?.({ category: 'console' })).toEqual({ category: 'console' })
  })

  it('redact what Datadog records', () => {
    let beforeSend: Redact = () => true
    const datadogRum = {
      init: (options: { beforeSend: Redact }) => {
        beforeSend = options.beforeSend
      },
    }
    run(blockOf('@datadog/browser-rum'), { datadogRum })
    const resource = { type: 'resource', resource: { url: SIGNED } }
    const error = { type: 'error', error: { message: `GET ${SIGNED} failed`, resource: { url: SIGNED } } }
    expect([beforeSend(resource), beforeSend(error), beforeSend({ type: 'view' })]).toEqual([true, true, true])
    expect(JSON.stringify([resource, error])).not.toMatch(/token|Signature/)
    expect(error.error.message).toBe('GET https://cdn.example/… failed')
  })
})

describe('the recipes for pages', () => {
  const recipe = (title: string) =>
    scripts.find(({ page, code }) => page.startsWith('docs/') && code.startsWith(title))?.code ?? ''

  it('sell a denied video, and play on after the purchase', async () => {
    type SellTo = (player: object, button: object, buy: (resource: string) => Promise<unknown>) => void
    const sellTo = exported<SellTo>('sellTo', recipe('// pay-per-view.js'))
    const calls: string[] = []
    const handlers: Record<string, () => Promise<void>> = {}
    const on = (type: string, handler: () => Promise<void>) => {
      handlers[type] = handler
    }
    let errorType = 'signed-url-refused'
    const player = {
      on,
      error: () => ({ metadata: { errorType } }),
      src: () => 'final-2026',
      signedUrl: () => ({ refresh: async () => calls.push('refresh') }),
    }
    const button = { hidden: true, addEventListener: on }
    sellTo(player, button, async (resource: string) => calls.push(`buy ${resource}`))
    handlers.error?.()
    expect(button.hidden).toBe(true)
    errorType = 'signed-url-denied'
    handlers.error?.()
    expect(button.hidden).toBe(false)
    await handlers.click?.()
    expect([button.hidden, calls]).toEqual([true, ['buy final-2026', 'refresh']])
  })

  it.each(['docs/options.md', 'docs/recipes.md'])('set a source with an answer that is taken: %s', (page) => {
    const { code = '' } =
      scripts.find((script) => script.page === page && /^player\.src\(\{[\s\S]*signedUrl: \{/.test(script.code)) ?? {}
    const sources: { signedUrl: unknown }[] = []
    run(code, { player: { src: (source: { signedUrl: unknown }) => sources.push(source) } })
    const rules = { baseUrl: 'https://club.example/', allowedOrigins: undefined, isSecurePage: true }
    expect(readAnswer(sources[0]?.signedUrl, rules).url).toMatch(/^https:\/\/cdn\.example\//)
  })

  it('set options that are taken', () => {
    const setUps = scripts.filter(({ code }) => code.startsWith('player.signedUrl({'))
    expect(setUps.length).toBeGreaterThanOrEqual(4)
    for (const { code } of setUps) {
      const seen: unknown[] = []
      const player = { signedUrl: (options: unknown) => seen.push(resolveOptions(options)), src: () => {} }
      run(code, { player, getAccessToken: async () => 'access' })
      expect(seen, code).toHaveLength(1)
    }
  })

  it('keep an endpoint that answers in another form', async () => {
    const code = recipe('player.signedUrl({\n  async sign')
    const answers = [new Response(null, { status: 402 }), Response.json({ streamUrl: '/a', validForSeconds: 60 })]
    const asked: string[] = []
    const fetchStream = async (url: string) => {
      asked.push(url)
      return answers.shift()
    }
    type Sign = (context: object) => Promise<unknown>
    const seen: Sign[] = []
    const player = { signedUrl: ({ sign }: { sign: Sign }) => seen.push(sign) }
    run(code, { player, SignedUrlError, fetch: fetchStream })
    const sign = () => seen[0]?.({ resource: 'a&b' })
    await expect(sign()).rejects.toMatchObject({ code: 'signed-url-denied', viewerMessage: 'Buy a ticket to watch.' })
    expect(await sign()).toEqual({ url: '/a', expiresIn: 60 })
    expect(asked[0]).toBe('/api/stream?event=a%26b')
  })

  it('load files of the video with the present credentials', async () => {
    const code = recipe('const sprite = await')
    const tracks: unknown[] = []
    const player = {
      signedUrl: () => ({ resolve: async (url: string) => `https://cdn.example/signed/${url}` }),
      addRemoteTextTrack: (track: unknown) => tracks.push(track),
    }
    const load = exported<(player: object) => Promise<string>>(
      'load',
      `async function load(player) {\n${code}return sprite\n}`,
    )
    expect(await load(player)).toBe('https://cdn.example/signed/storyboard/sprite.jpg')
    expect(tracks).toEqual([{ kind: 'captions', src: 'https://cdn.example/signed/captions/en.vtt' }])
  })

  it('get a license with the present credentials', async () => {
    const asked: unknown[] = []
    const fetchLicense = async (url: string, { body }: RequestInit) => {
      asked.push(url, body)
      return new Response('license')
    }
    type GetLicense = (player: object, url: string, message: string) => Promise<ArrayBuffer>
    const getLicense = exported<GetLicense>('getLicense', recipe('// clear-key.js'), { fetch: fetchLicense })
    const player = { signedUrl: () => ({ resolve: async (url: string) => `https://cdn.example/signed/${url}` }) }
    expect(Buffer.from(await getLicense(player, 'license', 'message')).toString()).toBe('license')
    expect(asked).toEqual(['https://cdn.example/signed/license', 'message'])
  })

  it('cast a URL that was signed for it', async () => {
    class MediaInfo {
      constructor(
        readonly contentId: string,
        readonly contentType: string,
      ) {}
    }
    const chrome = { cast: { media: { MediaInfo } } }
    const mediaInfo = exported<(player: object, resource: string) => Promise<MediaInfo>>(
      'mediaInfo',
      recipe('// cast.js'),
      { chrome },
    )
    const player = { signedUrl: () => ({ sign: async (resource: string) => `https://cdn.example/${resource}` }) }
    expect(await mediaInfo(player, 'final-2026')).toEqual({
      contentId: 'https://cdn.example/cast/final-2026',
      contentType: 'application/x-mpegURL',
    })
  })
})
