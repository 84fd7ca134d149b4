import { describe, expect, it } from 'vitest'
import { IssueCoverage } from '../../../../src/core/coverage/issue-coverage.js'
import { SignedUrlError } from '../../../../src/core/errors.js'
import { plainAnswer } from '../../../../src/core/signing/answer.js'
import { SEED_URLS, SIGN } from '../seed-urls.js'

const T0 = 1767781807
const at = (index: number) => T0 + 60 * index

/** A coverage to which the issues `urls` have been added in order. */
function learn(urls: readonly string[], resource = 'final-2026'): IssueCoverage {
  const coverage = new IssueCoverage(resource)
  for (const url of urls) coverage.add(url)
  return coverage
}

/** Resolves a link in a playlist as a player does (RFC 3986 section 5.2). */
const link = (href: string, playlist: string) => new URL(href, playlist).href

/** Signs a whole folder in the query, as CloudFront, Akamai and container SAS do. */
const akamai = (index: number, file = 'master.m3u8', host = 'https://film.akamaized.example') =>
  `${host}/vod/2675/${file}?hdnts=st=${at(index)}~exp=${at(index + 1)}~acl=/vod/2675/*~hmac=${'0f9c'.repeat(4)}${index}`
const cloudFront = (index: number) =>
  `https://d111111abcdef8.cloudfront.net/film/master.m3u8?Policy=eyJTdGF0ZW1lbnQi${index}~Q__&Signature=a+b/c*${index}~-_&Key-Pair-Id=K2JCJMDEHXQW5F`

function addError(urls: readonly string[], resource?: string): SignedUrlError {
  try {
    learn(urls, resource)
  } catch (error) {
    if (error instanceof SignedUrlError) return error
    throw error
  }
  throw new Error('Every issue was accepted.')
}

describe('path tokens of Gcore', () => {
  const first = SIGN.gcore(at(0))
  const second = SIGN.gcore(at(1))

  it('reach relative links by themselves, so that nothing changes while the first issue is current', () => {
    const coverage = learn([first])
    for (const href of ['segment-1-svod720n-v1-a1.ts', '720p/playlist.m3u8', '004chunk-stream4.m4s?part=4']) {
      expect(coverage.carry(link(href, first))).toBe(link(href, first))
    }
  })

  it.each(['segment-1-svod720n-v1-a1.ts', '720p/playlist.m3u8', '720p/seg-1.m4s?part=4', '', '720.mp4#t=3'])(
    'are replaced after a refresh in %o',
    (href) => {
      expect(learn([first, second]).carry(link(href, first))).toBe(link(href, second))
    },
  )

  it.each(['cmaf', 'streams'] as const)('are replaced in live streams under /%s/', (kind) => {
    const live = (index: number) => SIGN.gcoreLive(at(index)).replace('/cmaf/', `/${kind}/`)
    expect(learn([live(0), live(1)]).carry(link('004chunk-stream4-10000000-05213.m4s?part=4', live(0)))).toBe(
      link('004chunk-stream4-10000000-05213.m4s?part=4', live(1)),
    )
  })

  it('keep every byte that follows them', () => {
    const tail = "720p//a~b=c+d*e%2f%2F%7E(1)'/seg.ts?x=/a/*&y=~%20+&&z"
    const folder = (url: string) => url.replace('master.m3u8', '')
    expect(learn([first, second]).carry(folder(first) + tail)).toBe(folder(second) + tail)
  })
})

describe('title tokens of PUSHR', () => {
  const first = SIGN.pushrTitle(at(0))
  const second = SIGN.pushrTitle(at(1))
  const pushr = '?pushr=/uploads/videos/2023/12/18/2630811/'

  it('add ?pushr= to relative links from the first issue on, with its slashes unchanged', () => {
    expect(learn([first]).carry(link('720p/seg-1.ts', first))).toBe(`${link('720p/seg-1.ts', first)}${pushr}`)
  })

  it('are replaced in the path, with a single ?pushr=', () => {
    const coverage = learn([first, second])
    const expected = `${link('720p/seg-1.ts', second)}${pushr}`
    expect(coverage.carry(link('720p/seg-1.ts', first))).toBe(expected)
    expect(coverage.carry(`${link('720p/seg-1.ts', first)}${pushr}`)).toBe(expected)
  })

  it('work for the URL in the seed document, whose token has only twelve characters', () => {
    const { url } = SEED_URLS.pushrTitle
    const carried = learn([url, second]).carry(link('360p/index.m3u8', url))
    expect(carried).toBe(`${link('360p/index.m3u8', second)}${pushr}`)
  })
})

describe('path tokens of other CDNs', () => {
  const mac = (index: number) => `0f9c${'4e2b'.repeat(6)}${1000 + index}`
  const jwt = (index: number) =>
    ['{"alg":"RS256"}', `{"sub":"2675","exp":${at(index)}}`, mac(index)]
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.')

  it.each([
    [
      'Bunny',
      (index: number) =>
        `https://films.b-cdn.net/bcdn_token=HS256-${mac(index)}&expires=${at(index)}&token_path=%2Fvideos%2F/videos/master.m3u8`,
    ],
    [
      'CDN77',
      (index: number) => `https://www.example.com/kaGd_cu6Iy4LDgfX3j${1000 + index}==,${at(index)}/videos/master.m3u8`,
    ],
    [
      'Cloudflare Stream',
      (index: number) => `https://customer-f33.cloudflarestream.com/${jwt(index)}/manifest/video.m3u8`,
    ],
    [
      'Google Media CDN',
      (index: number) =>
        `https://media.example.com/video/id/edge-cache-token=Expires=${at(index)}&KeyName=key&Signature=${mac(index)}/master.m3u8`,
    ],
    [
      'Akamai',
      (index: number) =>
        `https://film.akamaized.example/vod/hdntl=exp=${at(index)}~acl=%2f*~hmac=${mac(index)}/2675/master.m3u8`,
    ],
    [
      'CDNsun',
      (index: number) =>
        `http://example.com/secure=DMF1ucDxtqgxwYQ${index}&expires=${at(index)}&ip=203.0.113.7/film/master.m3u8`,
    ],
    [
      'nginx',
      (index: number) => `https://cdn.example/play/DMF1ucDxtHCxwYQ5f${1000 + index}g/${at(index)}/film/master.m3u8`,
    ],
  ])('of %s reach relative links by themselves and are replaced after a refresh', (_, sign) => {
    const first = sign(0)
    expect(learn([first]).carry(link('720p/seg-1.ts', first))).toBe(link('720p/seg-1.ts', first))
    const coverage = learn([first, sign(1), sign(2)])
    for (const href of ['720p/seg-1.ts', 'seg-1.m4s?part=4', '']) {
      expect(coverage.carry(link(href, first))).toBe(link(href, sign(2)))
      expect(coverage.carry(link(href, sign(1)))).toBe(link(href, sign(2)))
    }
  })
})

describe('a link above the video’s folder that contains the token in its path', () => {
  const first = SIGN.pushrTitle(at(0))
  const second = SIGN.pushrTitle(at(1))

  it('gets the fresh token in place, but not the query, which is valid only for the folder', () => {
    const coverage = learn([first, second])
    expect(coverage.carry(link('../posters/final.jpg', first))).toBe(link('../posters/final.jpg', second))
  })
})

describe('query tokens', () => {
  it('are added as a whole to relative links in the folder, from the first issue on', () => {
    const query = cloudFront(0).split('?')[1]
    const carried = learn([cloudFront(0)]).carry(link('720p/seg-1.ts', cloudFront(0)))
    expect(carried).toBe(`https://d111111abcdef8.cloudfront.net/film/720p/seg-1.ts?${query}`)
  })

  it('follow a link’s own parameters', () => {
    const carried = learn([akamai(0)]).carry('https://film.akamaized.example/vod/2675/seg.m4s?_HLS_msn=7&_HLS_part=2')
    expect(carried).toBe(akamai(0, 'seg.m4s').replace('?', '?_HLS_msn=7&_HLS_part=2&'))
  })

  it('precede the place of a picture in a sprite, as a WebVTT storyboard writes it', () => {
    const cue = link('sprite.jpg#xywh=160,0,160,90', akamai(0))
    expect(learn([akamai(0), akamai(1)]).carry(cue)).toBe(`${akamai(1, 'sprite.jpg')}#xywh=160,0,160,90`)
    expect(
      learn([SIGN.gcore(at(0)), SIGN.gcore(at(1))]).carry(link('sprite.jpg#xywh=0,0,1,1', SIGN.gcore(at(0)))),
    ).toBe(link('sprite.jpg#xywh=0,0,1,1', SIGN.gcore(at(1))))
  })

  it('precede the fragment', () => {
    const carried = learn([akamai(0)]).carry('https://film.akamaized.example/vod/2675/seg.m4s#t=3')
    expect(carried).toBe(`${akamai(0, 'seg.m4s')}#t=3`)
  })

  it('are replaced in place after a refresh', () => {
    const [older = '', newer = ''] = [akamai(0, 'seg.m4s'), akamai(1, 'seg.m4s')].map((url) => url.split('?')[1])
    const base = 'https://film.akamaized.example/vod/2675/720p/seg-1.m4s'
    expect(learn([akamai(0), akamai(1)]).carry(`${base}?a=1&${older}&b=~2`)).toBe(`${base}?a=1&${newer}&b=~2`)
  })

  it('keep the bytes ~ = / * + of the signature and of everything else', () => {
    const carried = learn([cloudFront(0), cloudFront(1)]).carry(
      'https://d111111abcdef8.cloudfront.net/film/a~b=c+d*.ts?x=/y/*~+=',
    )
    expect(carried).toBe(
      'https://d111111abcdef8.cloudfront.net/film/a~b=c+d*.ts?x=/y/*~+=&Policy=eyJTdGF0ZW1lbnQi1~Q__&Signature=a+b/c*1~-_&Key-Pair-Id=K2JCJMDEHXQW5F',
    )
  })

  it.each([
    ['Akamai', akamai],
    ['CloudFront', cloudFront],
  ])('of %s regain their bytes when a player has re-encoded them, before and after a refresh', (_, sign) => {
    const reload = new URL(sign(0))
    reload.searchParams.set('_HLS_msn', '7')
    reload.searchParams.set('_HLS_part', '2')
    expect(reload.href).not.toContain(sign(0))
    expect(learn([sign(0)]).carry(reload.href)).toBe(`${sign(0)}&_HLS_msn=7&_HLS_part=2`)
    expect(learn([sign(0), sign(1)]).carry(reload.href)).toBe(`${sign(1)}&_HLS_msn=7&_HLS_part=2`)
  })

  it.each([
    ['ClubEvent', SIGN.clubEvent],
    ['Bits on the Run', SIGN.bitsOnTheRun],
  ])('of %s are replaced in the URL of the video itself', (_, sign) => {
    expect(learn([sign(at(0)), sign(at(1))]).carry(sign(at(0)))).toBe(sign(at(1)))
  })

  it('leave a link that the server signed separately unchanged', () => {
    const own = `${akamai(0, 'seg.m4s').split('?')[0]}?hdnts=exp=${at(9)}~acl=/vod/2675/seg.m4s~hmac=77`
    expect(learn([akamai(0), akamai(1)]).carry(own)).toBe(own)
  })

  it('leave the expiry of such a link unchanged, even when an issue has the same expiry', () => {
    const nginx = (index: number) =>
      `https://cdn.example/film/master.m3u8?token=DMF1ucDxtHCxwYQ5fX3jy${index}&expires=${at(index)}`
    const own = `https://cdn.example/film/seg-1.ts?token=kaGd_cu6Iy4LDgfX3jy5Rw&expires=${at(0)}`
    expect(learn([nginx(0), nginx(1)]).carry(own)).toBe(own)
  })

  it('are replaced, while the link keeps its own value for a key that never changes', () => {
    const sign = (index: number, lang: string) =>
      `https://cdn.example/film/audio.m3u8?lang=${lang}&token=DMF1ucDxtHCxwYQ5fX3jy${index}&expires=${at(index)}`
    expect(learn([sign(0, 'en'), sign(1, 'en')]).carry(sign(0, 'de'))).toBe(sign(1, 'de'))
  })

  it('of EdgeCast, one encrypted word without a name, are replaced in place', () => {
    const sign = (index: number) => `https://films.example/live/master.m3u8?7e3f0a9b1688124955c4d5e6f7a8b9c${index}`
    const coverage = learn([sign(0), sign(1)])
    expect(coverage.carry(sign(0))).toBe(sign(1))
    expect(coverage.carry(`${sign(0)}&_HLS_msn=7`)).toBe(`${sign(1)}&_HLS_msn=7`)
    expect(coverage.carry(link('seg-1.ts', sign(0)))).toBe(sign(1).replace('master.m3u8', 'seg-1.ts'))
  })

  it('stay complete when a key occurs twice', () => {
    const twice = (index: number) =>
      `https://cdn.example/f/m.m3u8?tag=a&tag=b&token=Hh3sZ1yX9vQmP0${index}&expires=${at(index)}`
    const coverage = learn([twice(0)])
    expect(coverage.carry(twice(0))).toBe(twice(0))
    expect(coverage.carry(twice(0))).toBe(twice(0))
    coverage.add(twice(1))
    expect(coverage.carry(twice(1))).toBe(twice(1))
  })
})

describe('query tokens for a whole folder, by scheme', () => {
  const md5 = (index: number) => `DMF1ucDxtHCxwYQ5fX3j${10 + index}`
  const hex = (index: number) => `9044548ef1527deadafa49a890a377${10 + index}`
  const date = (index: number) => encodeURIComponent(new Date(at(index) * 1000).toISOString())

  it.each<[string, (index: number) => string]>([
    ['nginx secure_link', (index) => `token=${md5(index)}&expires=${at(index)}`],
    ['StackPath', (index) => `st=${md5(index)}&e=${at(index)}`],
    ['Gcore CDN', (index) => `md5=${md5(index)}&expires=${at(index)}`],
    ['CDNsun in the query', (index) => `secure=${md5(index)}&expires=${at(index)}`],
    ['Fastly', (index) => `token=${at(index)}_${hex(index)}${hex(index)}`],
    ['CDN77 in the query', (index) => `secure=${md5(index)}==,${at(index)}`],
    ['Bunny in the query', (index) => `token=HS256-${md5(index)}_x4&token_path=%2Ffilm%2F&expires=${at(index)}`],
    [
      'Google Cloud CDN',
      (index) =>
        `URLPrefix=aHR0cHM6Ly9tZWRpYS5leGFtcGxlLmNvbS92aWRlb3Mv&Expires=${at(index)}&KeyName=mySigningKey&Signature=8NBSdQGzvDftrOIa3WHpp646I${10 + index}=`,
    ],
    [
      'Google Media CDN token',
      (index) => `edge-cache-token=Starts=${at(index)}~Expires=${at(index + 1)}~PathGlobs=/film/*~hmac=${hex(index)}`,
    ],
    ['Azure', (index) => `sv=2022-11-02&se=${date(index)}&sr=c&sp=r&sig=a%2FbcdefghiJ${10 + index}%3D`],
    ['5centsCDN', (index) => `hdnts=exp=${at(index)}~acl=/film/*~hmac=${hex(index)}`],
    ['Cloudinary', (index) => `__cld_token__=st=${at(index)}~exp=${at(index + 1)}~acl=%2ffilm%2f*~hmac=${hex(index)}`],
    ['MediaVault', (index) => `p=40&e=${at(index)}&h=${hex(index)}`],
    ['Bytescale', (index) => `exp=${at(index)}&sig=1.sRtaYx9vQmP0aLk2Tf${10 + index}`],
    ['Tencent live', (index) => `txSecret=${hex(index)}&txTime=${at(index).toString(16).toUpperCase()}`],
    ['Tencent VOD', (index) => `t=${at(index).toString(16)}&us=72d4cd11${10 + index}&sign=${hex(index)}`],
    ['Lumen', (index) => `stime=${at(index)}&etime=${at(index + 1)}&encoded=0a1b2c3d4e5f6a7b8c9d${index}`],
    ['Common Access Token', (index) => `CAT=2D3RhEOhAQWhBFBha2FtYWlfa2V5X2hzMjU2${index}`],
  ])('%s: added to relative links, and replaced after a refresh', (_, query) => {
    const sign = (index: number, file = 'master.m3u8') => `https://media.example.com/film/${file}?${query(index)}`
    const bare = link('720p/seg-1.ts', sign(0))
    const coverage = learn([sign(0)])
    expect(coverage.carry(bare)).toBe(sign(0, '720p/seg-1.ts'))
    coverage.add(sign(1))
    expect(coverage.carry(bare)).toBe(sign(1, '720p/seg-1.ts'))
    expect(coverage.carry(sign(0, '720p/seg-1.ts'))).toBe(sign(1, '720p/seg-1.ts'))
  })
})

/** No reader knows which path segments belong to the signer: it shows when they change. */
describe('path tokens without a reader', () => {
  const hex = (index: number) => `9044548ef1527deadafa49a890a377${10 + index}`

  it.each<[string, (index: number) => string]>([
    ['lighttpd', (index) => `https://cdn.example/dl/${hex(index)}/${at(index).toString(16)}/film/master.m3u8`],
    ['Varnish', (index) => `https://cdn.example/path/${hex(index)}/${at(index)}/film/master.m3u8`],
    ['api.video', (index) => `https://vod.api.video/vod/vi4blUQJ/token/1a2b3c4d-5e6f-${1000 + index}/hls/master.m3u8`],
    ['an opaque word', (index) => `https://cdn.example/s/AbCdEfGhIjKlMnOpQrStUv${10 + index}/films/lake/master.m3u8`],
    ['a server’s number', (index) => `https://cdn.example/edge${index}/films/lake/master.m3u8?t=${hex(index)}`],
    ['a session', (index) => `https://cdn.example/${hex(index)}/a/${hex(index + 1)}/lake/master.m3u8?t=${hex(index)}`],
    ['a session of any depth', (index) => `https://cdn.example/${'s/'.repeat(index)}x${index}/lake/master.m3u8`],
  ])('of %s reach relative links by themselves and are replaced after a refresh', (_, sign) => {
    const coverage = learn([sign(0)])
    const [, query] = sign(0).split('?')
    const first = link('720p/seg-1.ts', sign(0)) + (query ? `?${query}` : '')
    expect(coverage.carry(link('720p/seg-1.ts', sign(0)))).toBe(first)
    for (let index = 1; index < 5; index += 1) {
      coverage.add(sign(index))
      const [, fresh] = sign(index).split('?')
      const expected = link('720p/seg-1.ts', sign(index)) + (fresh ? `?${fresh}` : '')
      for (let old = 0; old <= index; old += 1) {
        expect(coverage.carry(link('720p/seg-1.ts', sign(old)))).toBe(expected)
        expect(coverage.carry(sign(old))).toBe(sign(index))
      }
    }
  })
})

describe('a URL', () => {
  const issues = [
    {
      name: 'a path token',
      urls: [SIGN.gcore(at(0)), SIGN.gcore(at(1))],
      folder: SIGN.gcore(at(0)).replace('master.m3u8', ''),
    },
    {
      name: 'a title token',
      urls: [SIGN.pushrTitle(at(0)), SIGN.pushrTitle(at(1))],
      folder: SIGN.pushrTitle(at(0)).replace(/playlist.*/, ''),
    },
    { name: 'a query token', urls: [akamai(0), akamai(1)], folder: 'https://film.akamaized.example/vod/2675/' },
  ]

  it.each(issues)('is left unchanged on another origin: $name', ({ urls, folder }) => {
    const coverage = learn(urls)
    const { protocol, host, pathname } = new URL(folder)
    for (const other of [
      `https://evil.example${pathname}seg.ts`,
      `https://evil.example/${host}${pathname}seg.ts`,
      `https://${host}.evil.example${pathname}seg.ts`,
      `https://${host}@evil.example${pathname}seg.ts`,
      `https://evil.example\\@${host}${pathname}seg.ts`,
      `${protocol}//${host}:8443${pathname}seg.ts`,
      `http://${host}${pathname}seg.ts`,
      `//${host}${pathname}seg.ts`,
    ]) {
      expect(coverage.carry(other)).toBe(other)
      expect(coverage.covers(other)).toBe(false)
    }
  })

  it.each(issues)('is left unchanged outside the signed folder: $name', ({ urls, folder }) => {
    const coverage = learn(urls)
    const { origin } = new URL(folder)
    for (const other of [
      `${origin}/`,
      `${origin}/ads/spot.ts`,
      `${origin}/uploads/videos/2023/12/18/2630811/seg.ts`,
      `${origin}/vod/2675-2/seg.ts`,
      `${origin}/vod/2675`,
      `${origin}/videos/2675_3dk4NsRt6vWsffEr/other.ts`,
    ]) {
      expect(coverage.carry(other)).toBe(other)
      expect(coverage.covers(other)).toBe(false)
    }
  })

  it.each(issues)(
    'is left unchanged when dot segments lead out of the folder, in any spelling: $name',
    ({ urls, folder }) => {
      const coverage = learn(urls)
      for (const way of [
        '../',
        './../',
        '%2e%2e/',
        '%2E%2e/',
        '.%2E/',
        '%2e./',
        '..\\',
        'a/..%5c../../',
        'a\\..\\..\\',
      ]) {
        const other = `${folder}${way}x.ts`
        const isOutside = !new URL(other).href.startsWith(folder)
        if (isOutside || way.includes('\\')) expect(coverage.carry(other)).toBe(other)
      }
    },
  )

  it.each(issues)(
    'is left unchanged when characters that browsers strip hide dot segments: $name',
    ({ urls, folder }) => {
      const coverage = learn(urls)
      for (const way of ['.\t./', '.\n./', '\r../']) {
        const other = `${folder}${way}x.ts`
        expect(new URL(other).href.startsWith(folder)).toBe(false)
        expect(coverage.carry(other)).toBe(other)
      }
    },
  )

  it.each([
    'final-2026',
    '',
    'blob:https://film.akamaized.example/vod/2675/',
    'data:text/plain,https://film.akamaized.example/vod/2675/x',
    'ftp://film.akamaized.example/vod/2675/x.ts',
    'https://[film/vod/2675/x.ts',
    '\u0000',
  ])('is left unchanged when it is not an http(s) URL: %o', (other) => {
    expect(learn([akamai(0), akamai(1)]).carry(other)).toBe(other)
  })

  it('is left unchanged before anything is signed', () => {
    const coverage = new IssueCoverage('final-2026')
    expect(coverage.carry(akamai(0))).toBe(akamai(0))
    expect(coverage.covers(akamai(0))).toBe(false)
  })

  it('is covered when only the spelling of its origin differs', () => {
    const coverage = learn([SIGN.gcore(at(0)), SIGN.gcore(at(1))])
    const shouted = SIGN.gcore(at(0)).replace(
      'https://demo-protected.gvideo.io',
      'HTTPS://Demo-Protected.GVideo.io:443',
    )
    expect(coverage.covers(shouted)).toBe(true)
    expect(new URL(coverage.carry(shouted)).href).toBe(SIGN.gcore(at(1)))
  })
})

describe('covers in an answer', () => {
  const sign = (index: number) =>
    `https://cdn.example/film7/hls/master.m3u8?md5=DMF1ucDxtHCxwYQ5fX3j${10 + index}&expires=${at(index)}`

  it.each(['/film7', '/film7/'])('opens its folder and no other: %s', (covers) => {
    const coverage = new IssueCoverage('final-2026')
    const add = (index: number) =>
      coverage.add(sign(index), { answer: { ...plainAnswer(sign(index)), covers }, sentAt: 0, receivedAt: 0 })
    add(0)
    const query = (index: number) => sign(index).split('?')[1]
    const above = 'https://cdn.example/film7/hi/index.m3u8'
    expect(coverage.carry(above)).toBe(`${above}?${query(0)}`)
    add(1)
    expect(coverage.carry(above)).toBe(`${above}?${query(1)}`)
    expect(coverage.carry(`${above}?${query(0)}`)).toBe(`${above}?${query(1)}`)
    for (const outside of [
      'https://cdn.example/film70/hi/index.m3u8',
      'https://cdn.example/film7',
      'https://cdn.example/x',
    ]) {
      expect(coverage.covers(outside)).toBe(false)
      expect(coverage.carry(outside)).toBe(outside)
    }
  })
})

describe('several CDNs', () => {
  const onHost = (url: string, host: string) => url.replace(/^https:\/\/[^/]+/, `https://${host}`)

  it('remap the prefix of path tokens, because the path after the credentials identifies the video', () => {
    const first = SIGN.gcore(at(0))
    const second = onHost(SIGN.gcore(at(1)), 'backup.gvideo.io')
    const coverage = learn([first, second])
    expect(coverage.carry(link('720p/seg-1.ts', first))).toBe(link('720p/seg-1.ts', second))
    expect(coverage.carry(link('720p/seg-2.ts', second))).toBe(link('720p/seg-2.ts', second))
  })

  it('remap the origin of query tokens', () => {
    const second = akamai(1, 'master.m3u8', 'https://film.cdn77.example')
    expect(learn([akamai(0), second]).carry(link('seg-1.ts', akamai(0)))).toBe(
      akamai(1, 'seg-1.ts', 'https://film.cdn77.example'),
    )
  })

  it('carry links from both back to the first', () => {
    const first = SIGN.gcore(at(0))
    const second = onHost(SIGN.gcore(at(1)), 'backup.gvideo.io')
    const third = SIGN.gcore(at(2))
    const coverage = learn([first, second, third])
    expect(coverage.carry(link('720p/seg-1.ts', first))).toBe(link('720p/seg-1.ts', third))
    expect(coverage.carry(link('720p/seg-1.ts', second))).toBe(link('720p/seg-1.ts', third))
  })

  it('may sign differently: one in the query, the other deep in the path', () => {
    const query = (index: number) =>
      `https://films.b-cdn.net/film/master.m3u8?token=HS256-DMF1ucDxtHCxwYQ${index}&expires=${at(index)}`
    const path = (index: number) =>
      `https://backup.example/play/vod/DMF1ucDxtHCxwYQ5fX3jy${'AQgw'[index]}/${at(index)}/film/master.m3u8`
    const coverage = learn([query(0), path(1)])
    expect(coverage.carry(link('seg-1.ts', query(0)))).toBe(link('seg-1.ts', path(1)))
    expect(coverage.carry(query(0))).toBe(path(1))
    coverage.add(query(2))
    expect(coverage.carry(link('seg-1.ts', path(1)))).toBe(query(2).replace('master.m3u8', 'seg-1.ts'))
    expect(coverage.carry('https://films.b-cdn.net//other/seg-1.ts')).toBe('https://films.b-cdn.net//other/seg-1.ts')
  })

  it('leave an origin unchanged that no issue has used', () => {
    const coverage = learn([SIGN.gcore(at(0)), onHost(SIGN.gcore(at(1)), 'backup.gvideo.io')])
    const other = onHost(SIGN.gcore(at(0)), 'third.gvideo.io')
    expect(coverage.carry(other)).toBe(other)
  })
})

describe('another video', () => {
  const gcore = SIGN.gcore(at(0))
  const next = SIGN.gcore(at(1))

  it.each([
    [
      'another slug, where the resource is an id',
      gcore,
      next.replace('3dk4NsRt6vWsffEr', 'OtherFilm0000000'),
      'final-2026',
    ],
    [
      'another slug, which the resource names',
      gcore,
      next.replace('3dk4NsRt6vWsffEr', 'OtherFilm0000000'),
      'videos/2675_3dk4NsRt6vWsffEr/master.m3u8',
    ],
    ['another file', gcore, next.replace('master.m3u8', 'trailer.m3u8'), 'final-2026'],
    [
      'another directory of PUSHR',
      SIGN.pushrTitle(at(0)),
      SIGN.pushrTitle(at(1)).replaceAll('2630811', '2630812'),
      'final-2026',
    ],
    [
      'another file of ClubEvent',
      SIGN.clubEvent(at(0)),
      SIGN.clubEvent(at(1)).replace('video1', 'video2'),
      'final-2026',
    ],
    [
      'another folder, where the resource names the folder',
      akamai(0),
      akamai(1).replace('/vod/2675/master', '/vod/2676/master'),
      '2675',
    ],
  ])('is recognized by %s and rejected as signed-url-invalid', (_, first, second, resource) => {
    expect(addError([first, second], resource).code).toBe('signed-url-invalid')
  })

  it('does not change what the coverage has learned', () => {
    const coverage = learn([gcore])
    expect(() => coverage.add(next.replace('master.m3u8', 'trailer.m3u8'))).toThrow(SignedUrlError)
    expect(coverage.carry(gcore)).toBe(gcore)
    expect(coverage.carry(link('seg-1.ts', gcore))).toBe(link('seg-1.ts', gcore))
    coverage.add(next)
    expect(coverage.carry(link('seg-1.ts', gcore))).toBe(link('seg-1.ts', next))
  })

  it('is not inferred from an IP address that the signer puts next to the expiry', () => {
    const issue = (index: number) =>
      `https://cdn.example/${'EMTFuYHJOq_PtCYStfBt3g'}/${at(index)}/ip-203-0-113-${index}/film/m.m3u8`
    const coverage = learn([issue(1), issue(2)])
    expect(coverage.carry(link('seg-1.ts', issue(1)))).toBe(link('seg-1.ts', issue(2)))
  })

  it('is reported with both URLs, without their credentials', () => {
    expect(addError([gcore, next.replace('master', 'trailer')]).message).toBe(
      'The new signed URL names another video than the last one: https://demo-protected.gvideo.io/…/trailer.m3u8 (4 folders) in place of https://demo-protected.gvideo.io/…/master.m3u8 (4 folders).',
    )
  })
})

describe('carrying', () => {
  const chains = [
    { name: 'Gcore', sign: (index: number) => SIGN.gcore(at(index)) },
    { name: 'PUSHR title', sign: (index: number) => SIGN.pushrTitle(at(index)) },
    { name: 'Akamai', sign: (index: number) => akamai(index) },
    { name: 'CloudFront', sign: cloudFront },
  ]

  it.each(chains)('twice gives the same URL as once: $name', ({ sign }) => {
    const coverage = learn([sign(0), sign(1), sign(2)])
    for (const url of [sign(0), sign(1), sign(2), link('720p/seg-1.ts?part=4', sign(0)), link('a/b/c.ts#x', sign(1))]) {
      const once = coverage.carry(url)
      expect(coverage.carry(once)).toBe(once)
    }
  })

  it.each(chains)('leaves the newest issue unchanged: $name', ({ sign }) => {
    const coverage = learn([sign(0), sign(1)])
    expect(coverage.carry(sign(1))).toBe(sign(1))
    expect(coverage.carry(sign(1))).toBe(sign(1))
    expect(coverage.carry(sign(0))).not.toBe(sign(0))
  })

  it.each(chains)(
    'works through 100 refreshes, for links from the first issue, from recent issues and for carried links: $name',
    ({ sign }) => {
      const coverage = learn([sign(0)])
      let carried = coverage.carry(link('720p/seg-1.ts', sign(0)))
      for (let index = 1; index <= 100; index += 1) {
        coverage.add(sign(index))
        const expected = coverage.carry(link('720p/seg-1.ts', sign(index)))
        expect(coverage.carry(link('720p/seg-1.ts', sign(0)))).toBe(expected)
        for (const back of [1, 2, 10, 60]) {
          if (back <= index) expect(coverage.carry(link('720p/seg-1.ts', sign(index - back)))).toBe(expected)
        }
        carried = coverage.carry(carried)
        expect(carried).toBe(expected)
      }
    },
  )

  it('forgets issues in the middle of a long session, so that memory is bounded', () => {
    const coverage = learn(Array.from({ length: 1000 }, (_, index) => SIGN.gcore(at(index))))
    const covered = Array.from({ length: 1000 }, (_, index) => coverage.covers(SIGN.gcore(at(index))))
    expect(covered.filter(Boolean).length).toBeLessThanOrEqual(100)
    expect(covered[0]).toBe(true)
    expect(covered[999]).toBe(true)
  })
})

describe('redirects', () => {
  const gcore = (index: number) => SIGN.gcore(at(index))
  const onEdge = (url: string) => url.replace(/^https:\/\/[^/]+/, 'https://edge7.example')

  /** Adds the first issue and the redirect of a request for it, then more issues. */
  function learnRedirect(first: string, responseUrl: string, ...later: string[]): IssueCoverage {
    const coverage = learn([first])
    coverage.redirected(first, responseUrl)
    for (const url of later) coverage.add(url)
    return coverage
  }

  it('put newer credentials into the path of links on the edge server', () => {
    const coverage = learnRedirect(gcore(0), onEdge(gcore(0)), gcore(1))
    const segment = link('720p/seg-1.m4s?part=4', onEdge(gcore(0)))
    expect(coverage.covers(segment)).toBe(true)
    expect(coverage.carry(segment)).toBe(link('720p/seg-1.m4s?part=4', onEdge(gcore(1))))
    expect(coverage.carry(coverage.carry(segment))).toBe(coverage.carry(segment))
  })

  it('add the query that is signed for the folder to links on the edge server, from the first issue on', () => {
    const segment = 'https://edge7.example/vod/2675/720p/seg-1.m4s'
    const coverage = learnRedirect(akamai(0), onEdge(akamai(0)))
    expect(coverage.carry(segment)).toBe(onEdge(akamai(0, '720p/seg-1.m4s')))
    coverage.add(akamai(1))
    expect(coverage.carry(segment)).toBe(onEdge(akamai(1, '720p/seg-1.m4s')))
  })

  it('into a folder of the edge server apply only to that folder', () => {
    const cached = onEdge(akamai(0)).replace('/vod/', '/cache/7/vod/')
    const coverage = learnRedirect(akamai(0), cached, akamai(1))
    expect(coverage.carry('https://edge7.example/cache/7/vod/2675/seg-1.m4s')).toBe(
      onEdge(akamai(1, 'seg-1.m4s')).replace('/vod/', '/cache/7/vod/'),
    )
    for (const outside of [
      'https://edge7.example/vod/2675/seg-1.m4s',
      'https://edge7.example/cache/7/vod/2676/seg-1.m4s',
    ]) {
      expect(coverage.covers(outside)).toBe(false)
      expect(coverage.carry(outside)).toBe(outside)
    }
  })

  it.each([
    ['a token of its own', 'https://edge7.example/own-token-1/vod/2675/master.m3u8'],
    ['no token', 'https://edge7.example/vod/2675/master.m3u8'],
  ])('to a server that has %s are followed each time, and the token stays with the CDN', (_title, responseUrl) => {
    const coverage = learnRedirect(akamai(0), responseUrl, akamai(1))
    expect(coverage.carry(link('720p/seg-1.m4s', responseUrl))).toBe(akamai(1, '720p/seg-1.m4s'))
  })

  it('to another file are ignored, so that a login page gets no token', () => {
    const login = 'https://login.example/sign-in?next=film'
    const coverage = learnRedirect(akamai(0), login, akamai(1))
    for (const url of [login, 'https://login.example/vod/2675/seg-1.m4s']) {
      expect(coverage.covers(url)).toBe(false)
      expect(coverage.carry(url)).toBe(url)
    }
  })

  it('from one edge server to the next are traced back to the CDN', () => {
    const coverage = learnRedirect(gcore(0), onEdge(gcore(0)))
    const next = onEdge(gcore(0)).replace('edge7', 'edge8')
    coverage.redirected(onEdge(gcore(0)), next)
    coverage.add(gcore(1))
    expect(coverage.carry(link('seg-1.ts', next))).toBe(link('seg-1.ts', onEdge(gcore(1)).replace('edge7', 'edge8')))
  })

  it('of files on other servers are ignored', () => {
    const coverage = learnRedirect(gcore(0), gcore(0))
    coverage.redirected('https://ads.example/a.ts', 'https://cdn.ads.example/a.ts')
    expect(coverage.covers('https://cdn.ads.example/b.ts')).toBe(false)
  })

  it('of playlists are remembered, however many others follow', () => {
    const coverage = learnRedirect(gcore(0), onEdge(gcore(0)))
    const segment = link('seg-1.ts', onEdge(gcore(0)))
    for (let index = 0; index < 100; index += 1) {
      coverage.redirected(coverage.carry(segment), segment.replace('edge7', `edge-${index}`))
    }
    coverage.add(gcore(1))
    expect(coverage.carry(segment)).toBe(link('seg-1.ts', onEdge(gcore(1))))
  })
})
