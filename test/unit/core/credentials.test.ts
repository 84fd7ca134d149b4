import { describe, expect, it } from 'vitest'
import { Credentials } from '../../../src/core/credentials.js'
import { SignedUrlError } from '../../../src/core/errors.js'
import { SEED_URLS, SIGN } from './seed-urls.js'

const T0 = 1767781807
const at = (index: number) => T0 + 60 * index

/** Credentials that have learned the given issues in order. */
function learn(urls: readonly string[], resource = 'final-2026'): Credentials {
  const credentials = new Credentials(resource)
  for (const url of urls) credentials.add(url)
  return credentials
}

/** What a player makes of a link in a playlist (RFC 3986 section 5.2). */
const link = (href: string, playlist: string) => new URL(href, playlist).href

/** Signs in the query for a whole folder, as CloudFront, Akamai and container SAS do. */
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
  throw new Error('Every issue was taken in.')
}

describe('path tokens of Gcore', () => {
  const first = SIGN.gcore(at(0))
  const second = SIGN.gcore(at(1))

  it('reach relative links by themselves: nothing is changed while the first issue is current', () => {
    const credentials = learn([first])
    for (const href of ['segment-1-svod720n-v1-a1.ts', '720p/playlist.m3u8', '004chunk-stream4.m4s?part=4']) {
      expect(credentials.carry(link(href, first))).toBe(link(href, first))
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

  it('keep every byte behind them', () => {
    const tail = "720p//a~b=c+d*e%2f%2F%7E(1)'/seg.ts?x=/a/*&y=~%20+&&z"
    const folder = (url: string) => url.replace('master.m3u8', '')
    expect(learn([first, second]).carry(folder(first) + tail)).toBe(folder(second) + tail)
  })
})

describe('title tokens of PUSHR', () => {
  const first = SIGN.pushrTitle(at(0))
  const second = SIGN.pushrTitle(at(1))
  const pushr = '?pushr=/uploads/videos/2023/12/18/2630811/'

  it('put ?pushr= onto relative links from the first issue on, its slashes as they are', () => {
    expect(learn([first]).carry(link('720p/seg-1.ts', first))).toBe(`${link('720p/seg-1.ts', first)}${pushr}`)
  })

  it('are replaced in the path, and ?pushr= stands once', () => {
    const credentials = learn([first, second])
    const expected = `${link('720p/seg-1.ts', second)}${pushr}`
    expect(credentials.carry(link('720p/seg-1.ts', first))).toBe(expected)
    expect(credentials.carry(`${link('720p/seg-1.ts', first)}${pushr}`)).toBe(expected)
  })

  it('serve the URL that the seed prints, whose token is only twelve characters long', () => {
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
  ])('of %s reach relative links by themselves, and are replaced after a refresh', (_, sign) => {
    const first = sign(0)
    expect(learn([first]).carry(link('720p/seg-1.ts', first))).toBe(link('720p/seg-1.ts', first))
    const credentials = learn([first, sign(1), sign(2)])
    for (const href of ['720p/seg-1.ts', 'seg-1.m4s?part=4', '']) {
      expect(credentials.carry(link(href, first))).toBe(link(href, sign(2)))
      expect(credentials.carry(link(href, sign(1)))).toBe(link(href, sign(2)))
    }
  })
})

describe('a link above the film’s folder that holds the token in its path', () => {
  const first = SIGN.pushrTitle(at(0))
  const second = SIGN.pushrTitle(at(1))

  it('gets the fresh token in its place, and no query: that opens the folder only', () => {
    const credentials = learn([first, second])
    expect(credentials.carry(link('../posters/final.jpg', first))).toBe(link('../posters/final.jpg', second))
  })
})

describe('query tokens', () => {
  it('are put onto relative links in the folder whole, from the first issue on', () => {
    const query = cloudFront(0).split('?')[1]
    const carried = learn([cloudFront(0)]).carry(link('720p/seg-1.ts', cloudFront(0)))
    expect(carried).toBe(`https://d111111abcdef8.cloudfront.net/film/720p/seg-1.ts?${query}`)
  })

  it('stand behind parameters that a link has of its own', () => {
    const carried = learn([akamai(0)]).carry('https://film.akamaized.example/vod/2675/seg.m4s?_HLS_msn=7&_HLS_part=2')
    expect(carried).toBe(akamai(0, 'seg.m4s').replace('?', '?_HLS_msn=7&_HLS_part=2&'))
  })

  it('stand before the fragment', () => {
    const carried = learn([akamai(0)]).carry('https://film.akamaized.example/vod/2675/seg.m4s#t=3')
    expect(carried).toBe(`${akamai(0, 'seg.m4s')}#t=3`)
  })

  it('are replaced after a refresh, each in its place', () => {
    const [older = '', newer = ''] = [akamai(0, 'seg.m4s'), akamai(1, 'seg.m4s')].map((url) => url.split('?')[1])
    const base = 'https://film.akamaized.example/vod/2675/720p/seg-1.m4s'
    expect(learn([akamai(0), akamai(1)]).carry(`${base}?a=1&${older}&b=~2`)).toBe(`${base}?a=1&${newer}&b=~2`)
  })

  it('keep the bytes ~ = / * + of the signature and of everything beside it', () => {
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
  ])('of %s get their bytes back where a player has encoded them anew, before and after a refresh', (_, sign) => {
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
  ])('of %s are replaced in the film itself', (_, sign) => {
    expect(learn([sign(at(0)), sign(at(1))]).carry(sign(at(0)))).toBe(sign(at(1)))
  })

  it('leave a link alone that the server signed by itself', () => {
    const own = `${akamai(0, 'seg.m4s').split('?')[0]}?hdnts=exp=${at(9)}~acl=/vod/2675/seg.m4s~hmac=77`
    expect(learn([akamai(0), akamai(1)]).carry(own)).toBe(own)
  })

  it('leave the expiry of such a link alone too, though an issue has the same', () => {
    const nginx = (index: number) =>
      `https://cdn.example/film/master.m3u8?token=DMF1ucDxtHCxwYQ5fX3jy${index}&expires=${at(index)}`
    const own = `https://cdn.example/film/seg-1.ts?token=kaGd_cu6Iy4LDgfX3jy5Rw&expires=${at(0)}`
    expect(learn([nginx(0), nginx(1)]).carry(own)).toBe(own)
  })

  it('are replaced beside a value of the link’s own for a key that never changes', () => {
    const sign = (index: number, lang: string) =>
      `https://cdn.example/film/audio.m3u8?lang=${lang}&token=DMF1ucDxtHCxwYQ5fX3jy${index}&expires=${at(index)}`
    expect(learn([sign(0, 'en'), sign(1, 'en')]).carry(sign(0, 'de'))).toBe(sign(1, 'de'))
  })

  it('of EdgeCast, one encrypted word without a name, are replaced in their place', () => {
    const sign = (index: number) => `https://films.example/live/master.m3u8?7e3f0a9b1688124955c4d5e6f7a8b9c${index}`
    const credentials = learn([sign(0), sign(1)])
    expect(credentials.carry(sign(0))).toBe(sign(1))
    expect(credentials.carry(`${sign(0)}&_HLS_msn=7`)).toBe(`${sign(1)}&_HLS_msn=7`)
    expect(credentials.carry(link('seg-1.ts', sign(0)))).toBe(sign(1).replace('master.m3u8', 'seg-1.ts'))
  })

  it('are whole even if a key stands in them twice', () => {
    const twice = (index: number) =>
      `https://cdn.example/f/m.m3u8?tag=a&tag=b&token=Hh3sZ1yX9vQmP0${index}&expires=${at(index)}`
    const credentials = learn([twice(0)])
    expect(credentials.carry(twice(0))).toBe(twice(0))
    expect(credentials.carry(twice(0))).toBe(twice(0))
    credentials.add(twice(1))
    expect(credentials.carry(twice(1))).toBe(twice(1))
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
  ])('%s: put onto relative links, and replaced after a refresh', (_, query) => {
    const sign = (index: number, file = 'master.m3u8') => `https://media.example.com/film/${file}?${query(index)}`
    const bare = link('720p/seg-1.ts', sign(0))
    const credentials = learn([sign(0)])
    expect(credentials.carry(bare)).toBe(sign(0, '720p/seg-1.ts'))
    credentials.add(sign(1))
    expect(credentials.carry(bare)).toBe(sign(1, '720p/seg-1.ts'))
    expect(credentials.carry(sign(0, '720p/seg-1.ts'))).toBe(sign(1, '720p/seg-1.ts'))
  })
})

/** Their expiry can't be told from other numbers, so nothing says which parts of the path are the signer's. */
describe('path tokens that no reader knows', () => {
  const hex = (index: number) => `9044548ef1527deadafa49a890a377${10 + index}`

  it.each<[string, (index: number) => string]>([
    ['lighttpd', (index) => `https://cdn.example/dl/${hex(index)}/${at(index).toString(16)}/film/master.m3u8`],
    ['Varnish', (index) => `https://cdn.example/path/${hex(index)}/${at(index)}/film/master.m3u8`],
    ['api.video', (index) => `https://vod.api.video/vod/vi4blUQJ/token/1a2b3c4d-5e6f-${1000 + index}/hls/master.m3u8`],
  ])('of %s reach relative links by themselves, but not across a refresh: signed-url-invalid', (_, sign) => {
    expect(learn([sign(0)]).carry(link('720p/seg-1.ts', sign(0)))).toBe(link('720p/seg-1.ts', sign(0)))
    expect(addError([sign(0), sign(1)]).code).toBe('signed-url-invalid')
  })
})

describe('a URL that is not the film’s', () => {
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

  it.each(issues)('is never touched on another origin: $name', ({ urls, folder }) => {
    const credentials = learn(urls)
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
      expect(credentials.carry(other)).toBe(other)
      expect(credentials.covers(other)).toBe(false)
    }
  })

  it.each(issues)('is never touched outside the signed folder: $name', ({ urls, folder }) => {
    const credentials = learn(urls)
    const { origin } = new URL(folder)
    for (const other of [
      `${origin}/`,
      `${origin}/ads/spot.ts`,
      `${origin}/uploads/videos/2023/12/18/2630811/seg.ts`,
      `${origin}/vod/2675-2/seg.ts`,
      `${origin}/vod/2675`,
      `${origin}/videos/2675_3dk4NsRt6vWsffEr/other.ts`,
    ]) {
      expect(credentials.carry(other)).toBe(other)
      expect(credentials.covers(other)).toBe(false)
    }
  })

  it.each(issues)(
    'is never touched when dot segments lead out of the folder, however written: $name',
    ({ urls, folder }) => {
      const credentials = learn(urls)
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
        if (isOutside || way.includes('\\')) expect(credentials.carry(other)).toBe(other)
      }
    },
  )

  it.each(issues)('is never touched when what browsers strip hides the dot segments: $name', ({ urls, folder }) => {
    const credentials = learn(urls)
    for (const way of ['.\t./', '.\n./', '\r../']) {
      const other = `${folder}${way}x.ts`
      expect(new URL(other).href.startsWith(folder)).toBe(false)
      expect(credentials.carry(other)).toBe(other)
    }
  })

  it.each([
    'final-2026',
    '',
    'blob:https://film.akamaized.example/vod/2675/',
    'data:text/plain,https://film.akamaized.example/vod/2675/x',
    'ftp://film.akamaized.example/vod/2675/x.ts',
    'https://[film/vod/2675/x.ts',
    '\u0000',
  ])('is never touched when it is no http(s) URL: %o', (other) => {
    expect(learn([akamai(0), akamai(1)]).carry(other)).toBe(other)
  })

  it('is left alone before anything was signed', () => {
    const credentials = new Credentials('final-2026')
    expect(credentials.carry(akamai(0))).toBe(akamai(0))
    expect(credentials.covers(akamai(0))).toBe(false)
  })

  it('is the film’s under an origin that is written differently', () => {
    const credentials = learn([SIGN.gcore(at(0)), SIGN.gcore(at(1))])
    const shouted = SIGN.gcore(at(0)).replace(
      'https://demo-protected.gvideo.io',
      'HTTPS://Demo-Protected.GVideo.io:443',
    )
    expect(credentials.covers(shouted)).toBe(true)
    expect(new URL(credentials.carry(shouted)).href).toBe(SIGN.gcore(at(1)))
  })
})

describe('several CDNs', () => {
  const onHost = (url: string, host: string) => url.replace(/^https:\/\/[^/]+/, `https://${host}`)

  it('remap the prefix of path tokens: the film is what comes after the credentials', () => {
    const first = SIGN.gcore(at(0))
    const second = onHost(SIGN.gcore(at(1)), 'backup.gvideo.io')
    const credentials = learn([first, second])
    expect(credentials.carry(link('720p/seg-1.ts', first))).toBe(link('720p/seg-1.ts', second))
    expect(credentials.carry(link('720p/seg-2.ts', second))).toBe(link('720p/seg-2.ts', second))
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
    const credentials = learn([first, second, third])
    expect(credentials.carry(link('720p/seg-1.ts', first))).toBe(link('720p/seg-1.ts', third))
    expect(credentials.carry(link('720p/seg-1.ts', second))).toBe(link('720p/seg-1.ts', third))
  })

  it('may sign in other places: one in the query, the other deep in the path', () => {
    const query = (index: number) =>
      `https://films.b-cdn.net/film/master.m3u8?token=HS256-DMF1ucDxtHCxwYQ${index}&expires=${at(index)}`
    const path = (index: number) =>
      `https://backup.example/play/vod/DMF1ucDxtHCxwYQ5fX3jy${'AQgw'[index]}/${at(index)}/film/master.m3u8`
    const credentials = learn([query(0), path(1)])
    expect(credentials.carry(link('seg-1.ts', query(0)))).toBe(link('seg-1.ts', path(1)))
    expect(credentials.carry(query(0))).toBe(path(1))
    credentials.add(query(2))
    expect(credentials.carry(link('seg-1.ts', path(1)))).toBe(query(2).replace('master.m3u8', 'seg-1.ts'))
    expect(credentials.carry('https://films.b-cdn.net//other/seg-1.ts')).toBe('https://films.b-cdn.net//other/seg-1.ts')
  })

  it('leave an origin alone that no issue named', () => {
    const credentials = learn([SIGN.gcore(at(0)), onHost(SIGN.gcore(at(1)), 'backup.gvideo.io')])
    const other = onHost(SIGN.gcore(at(0)), 'third.gvideo.io')
    expect(credentials.carry(other)).toBe(other)
  })

  it('refuse a new origin whose path after the credentials is another', () => {
    const other = onHost(SIGN.gcore(at(1)), 'backup.gvideo.io').replace('master.m3u8', 'trailer/master.m3u8')
    expect(addError([SIGN.gcore(at(0)), other]).code).toBe('signed-url-invalid')
  })
})

describe('another film', () => {
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
    ['another kind of stream', gcore, next.replace('/videos/', '/cmaf/'), 'final-2026'],
    ['a longer path', gcore, next.replace('master.m3u8', '720p/master.m3u8'), 'final-2026'],
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
      'another folder of a query token',
      akamai(0),
      akamai(1).replace('/vod/2675/master', '/vod/2676/master'),
      'final-2026',
    ],
  ])('is told by %s: signed-url-invalid', (_, first, second, resource) => {
    expect(addError([first, second], resource).code).toBe('signed-url-invalid')
  })

  it('leaves what was learned as it was', () => {
    const credentials = learn([gcore])
    expect(() => credentials.add(next.replace('master.m3u8', 'trailer.m3u8'))).toThrow(SignedUrlError)
    expect(credentials.carry(gcore)).toBe(gcore)
    expect(credentials.carry(link('seg-1.ts', gcore))).toBe(link('seg-1.ts', gcore))
    credentials.add(next)
    expect(credentials.carry(link('seg-1.ts', gcore))).toBe(link('seg-1.ts', next))
  })

  it('is not told by an address that the signer puts beside the expiry', () => {
    const issue = (index: number) =>
      `https://cdn.example/${'EMTFuYHJOq_PtCYStfBt3g'}/${at(index)}/ip-203-0-113-${index}/film/m.m3u8`
    const credentials = learn([issue(1), issue(2)])
    expect(credentials.carry(link('seg-1.ts', issue(1)))).toBe(link('seg-1.ts', issue(2)))
  })

  it('quotes no URL in its error', () => {
    expect(addError([gcore, next.replace('master', 'trailer')]).message).not.toMatch(/https?:|176778/)
  })
})

describe('carrying', () => {
  const chains = [
    { name: 'Gcore', sign: (index: number) => SIGN.gcore(at(index)) },
    { name: 'PUSHR title', sign: (index: number) => SIGN.pushrTitle(at(index)) },
    { name: 'Akamai', sign: (index: number) => akamai(index) },
    { name: 'CloudFront', sign: cloudFront },
  ]

  it.each(chains)('a second time changes nothing: $name', ({ sign }) => {
    const credentials = learn([sign(0), sign(1), sign(2)])
    for (const url of [sign(0), sign(1), sign(2), link('720p/seg-1.ts?part=4', sign(0)), link('a/b/c.ts#x', sign(1))]) {
      const once = credentials.carry(url)
      expect(credentials.carry(once)).toBe(once)
    }
  })

  it.each(chains)('leaves the newest issue itself as it is: $name', ({ sign }) => {
    const credentials = learn([sign(0), sign(1)])
    expect(credentials.carry(sign(1))).toBe(sign(1))
    expect(credentials.carry(sign(1))).toBe(sign(1))
    expect(credentials.carry(sign(0))).not.toBe(sign(0))
  })

  it.each(chains)(
    'goes on through 100 refreshes, with links from the first issue, the last ones and any carried: $name',
    ({ sign }) => {
      const credentials = learn([sign(0)])
      let carried = credentials.carry(link('720p/seg-1.ts', sign(0)))
      for (let index = 1; index <= 100; index += 1) {
        credentials.add(sign(index))
        const expected = credentials.carry(link('720p/seg-1.ts', sign(index)))
        expect(credentials.carry(link('720p/seg-1.ts', sign(0)))).toBe(expected)
        for (const back of [1, 2, 10, 60]) {
          if (back <= index) expect(credentials.carry(link('720p/seg-1.ts', sign(index - back)))).toBe(expected)
        }
        carried = credentials.carry(carried)
        expect(carried).toBe(expected)
      }
    },
  )

  it('forgets issues in the middle of a long sitting: memory is bounded', () => {
    const credentials = learn(Array.from({ length: 1000 }, (_, index) => SIGN.gcore(at(index))))
    const covered = Array.from({ length: 1000 }, (_, index) => credentials.covers(SIGN.gcore(at(index))))
    expect(covered.filter(Boolean).length).toBeLessThanOrEqual(100)
    expect(covered[0]).toBe(true)
    expect(covered[999]).toBe(true)
  })
})

describe('redirects', () => {
  const gcore = (index: number) => SIGN.gcore(at(index))
  const onEdge = (url: string) => url.replace(/^https:\/\/[^/]+/, 'https://edge7.example')

  /** Learns the first issue and where a request to it was led, then more issues. */
  function led(first: string, responseUrl: string, ...later: string[]): Credentials {
    const credentials = learn([first])
    credentials.redirected(first, responseUrl)
    for (const url of later) credentials.add(url)
    return credentials
  }

  it('let links on the edge server have newer credentials there, in the path', () => {
    const credentials = led(gcore(0), onEdge(gcore(0)), gcore(1))
    const segment = link('720p/seg-1.m4s?part=4', onEdge(gcore(0)))
    expect(credentials.covers(segment)).toBe(true)
    expect(credentials.carry(segment)).toBe(link('720p/seg-1.m4s?part=4', onEdge(gcore(1))))
    expect(credentials.carry(credentials.carry(segment))).toBe(credentials.carry(segment))
  })

  it('let links on the edge server have the query that is signed for the folder, from the first issue on', () => {
    const segment = 'https://edge7.example/vod/2675/720p/seg-1.m4s'
    const credentials = led(akamai(0), onEdge(akamai(0)))
    expect(credentials.carry(segment)).toBe(onEdge(akamai(0, '720p/seg-1.m4s')))
    credentials.add(akamai(1))
    expect(credentials.carry(segment)).toBe(onEdge(akamai(1, '720p/seg-1.m4s')))
  })

  it('into a folder of the edge server’s own keep to that folder', () => {
    const cached = onEdge(akamai(0)).replace('/vod/', '/cache/7/vod/')
    const credentials = led(akamai(0), cached, akamai(1))
    expect(credentials.carry('https://edge7.example/cache/7/vod/2675/seg-1.m4s')).toBe(
      onEdge(akamai(1, 'seg-1.m4s')).replace('/vod/', '/cache/7/vod/'),
    )
    for (const outside of [
      'https://edge7.example/vod/2675/seg-1.m4s',
      'https://edge7.example/cache/7/vod/2676/seg-1.m4s',
    ]) {
      expect(credentials.covers(outside)).toBe(false)
      expect(credentials.carry(outside)).toBe(outside)
    }
  })

  it.each([
    ['a token of its own', 'https://edge7.example/own-token-1/vod/2675/master.m3u8'],
    ['none', 'https://edge7.example/vod/2675/master.m3u8'],
  ])('to a server that has %s are followed anew each time: the token stays with the CDN', (_title, responseUrl) => {
    const credentials = led(akamai(0), responseUrl, akamai(1))
    expect(credentials.carry(link('720p/seg-1.m4s', responseUrl))).toBe(akamai(1, '720p/seg-1.m4s'))
  })

  it('to another file teach nothing: a login page gets no token', () => {
    const login = 'https://login.example/sign-in?next=film'
    const credentials = led(akamai(0), login, akamai(1))
    for (const url of [login, 'https://login.example/vod/2675/seg-1.m4s']) {
      expect(credentials.covers(url)).toBe(false)
      expect(credentials.carry(url)).toBe(url)
    }
  })

  it('from the edge server to the next lead on from the CDN', () => {
    const credentials = led(gcore(0), onEdge(gcore(0)))
    const next = onEdge(gcore(0)).replace('edge7', 'edge8')
    credentials.redirected(onEdge(gcore(0)), next)
    credentials.add(gcore(1))
    expect(credentials.carry(link('seg-1.ts', next))).toBe(link('seg-1.ts', onEdge(gcore(1)).replace('edge7', 'edge8')))
  })

  it('of other servers’ files teach nothing', () => {
    const credentials = led(gcore(0), gcore(0))
    credentials.redirected('https://ads.example/a.ts', 'https://cdn.ads.example/a.ts')
    expect(credentials.covers('https://cdn.ads.example/b.ts')).toBe(false)
  })

  it('keep the one that playlists were led by, however many more there are', () => {
    const credentials = led(gcore(0), onEdge(gcore(0)))
    const segment = link('seg-1.ts', onEdge(gcore(0)))
    for (let index = 0; index < 100; index += 1) {
      credentials.redirected(credentials.carry(segment), segment.replace('edge7', `edge-${index}`))
    }
    credentials.add(gcore(1))
    expect(credentials.carry(segment)).toBe(link('seg-1.ts', onEdge(gcore(1))))
  })
})
