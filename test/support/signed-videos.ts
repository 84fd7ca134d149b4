import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { gcore, nginxSecureLink, pushrTitle } from '../../src/signers/index.js'

/** The location of a video without its credentials: the raw path segments that follow them. */
export interface Place {
  readonly origin: string
  readonly folder: readonly string[]
  readonly file: string
}

/** Signs the whole folder of a video, as one scheme does. */
type Signer = (expiresAt: number, place: Place) => string

/** One issue, split after the signer's part of the path: `{head}/{folder}/{file}?{pairs}`. */
export interface Issue {
  readonly url: string
  readonly head: string
  readonly pairs: readonly string[]
}

const T0 = 1767781807
const digest = (expiresAt: number) => createHash('md5').update(String(expiresAt)).digest()
const hex = (expiresAt: number) => digest(expiresAt).toString('hex')
const base64url = (text: string) => Buffer.from(text).toString('base64url')
const token = (expiresAt: number) => digest(expiresAt).toString('base64url')
const tail = ({ folder, file }: Place) => [...folder, file].join('/')
const slashed = ({ folder }: Place) => ['', ...folder, ''].join('/')

const PATH_SIGNERS: Readonly<Record<string, Signer>> = {
  Gcore: (expiresAt, place) =>
    gcore({
      baseUrl: place.origin,
      clientId: 2675,
      videoId: '3dk4NsRt6vWsffEr',
      secret: 's',
      expiresAt,
      file: tail(place),
    }),
  'PUSHR title': (expiresAt, place) =>
    pushrTitle({
      baseUrl: place.origin,
      path: slashed(place),
      file: place.file,
      address: '203.0.113.7',
      secret: 's',
      expiresAt,
    }),
  'nginx in a location': (expiresAt, place) => `${place.origin}/play/${token(expiresAt)}/${expiresAt}/${tail(place)}`,
  'nginx with the address next to it': (expiresAt, place) =>
    `${place.origin}/${token(expiresAt)}/${expiresAt}/ip-203-0-113-${expiresAt % 7}/${tail(place)}`,
  Bunny: (expiresAt, place) =>
    `${place.origin}/bcdn_token=HS256-${token(expiresAt)}&expires=${expiresAt}&token_path=${encodeURIComponent(slashed(place))}/${tail(place)}`,
  CDN77: (expiresAt, place) => `${place.origin}/${token(expiresAt)}==,${expiresAt}/${tail(place)}`,
  'Cloudflare Stream': (expiresAt, place) =>
    `${place.origin}/${base64url('{"alg":"RS256"}')}.${base64url(`{"sub":"2675","exp":${expiresAt}}`)}.${token(expiresAt)}/${tail(place)}`,
  'Google Media CDN': (expiresAt, place) =>
    `${place.origin}/video/edge-cache-token=Expires=${expiresAt}&KeyName=key&Signature=${token(expiresAt)}/${tail(place)}`,
  'Akamai in the path': (expiresAt, place) =>
    `${place.origin}/vod/hdntl=exp=${expiresAt}~acl=%2f*~data=hdntl~hmac=${hex(expiresAt)}/${tail(place)}`,
}

const QUERY_SIGNERS: Readonly<Record<string, Signer>> = {
  'token and expires': (expiresAt, place) =>
    nginxSecureLink({ url: `${place.origin}/${tail(place)}`, secret: 's', expiresAt }),
  CloudFront: (expiresAt, place) => {
    const policy = `{"Statement":[{"Resource":"${place.origin}/*","Condition":{"DateLessThan":{"AWS:EpochTime":${expiresAt}}}}]}`
    const cloudFrontSafe = (text: string) => text.replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~')
    const signature = cloudFrontSafe(`/+${digest(expiresAt).toString('base64')}`)
    return `${place.origin}/${tail(place)}?Policy=${cloudFrontSafe(btoa(policy))}&Signature=${signature}&Key-Pair-Id=K2JCJMDEHXQW5F`
  },
  Akamai: (expiresAt, place) =>
    `${place.origin}/${tail(place)}?hdnts=st=${expiresAt - 60}~exp=${expiresAt}~acl=/vod/*!/keys/*~hmac=${hex(expiresAt)}`,
  'Bunny in the query': (expiresAt, place) =>
    `${place.origin}/${tail(place)}?token=HS256-${token(expiresAt)}&token_path=%2Fvideos%2F&expires=${expiresAt}`,
  'Google Cloud CDN': (expiresAt, place) =>
    `${place.origin}/${tail(place)}?URLPrefix=${base64url(`${place.origin}/`)}&Expires=${expiresAt}&KeyName=key&Signature=${token(expiresAt)}=`,
  Azure: (expiresAt, place) =>
    `${place.origin}/${tail(place)}?sv=2022-11-02&se=${encodeURIComponent(new Date(expiresAt * 1000).toISOString())}&sr=c&sp=r&sig=${encodeURIComponent(digest(expiresAt).toString('base64'))}`,
}

/** What stands before the video's path is known to no reader, and changes in any way: words, their number, a server's number beside a token in the query. */
const UNREAD_SIGNERS: Readonly<Record<string, Signer>> = {
  'an opaque word': (expiresAt, place) => `${place.origin}/s/${hex(expiresAt).slice(8)}/${tail(place)}`,
  'one to four opaque words': (expiresAt, place) => {
    const words = hex(expiresAt).match(/.{8}/g) ?? []
    return `${place.origin}/${words.slice(0, 1 + (Math.floor(expiresAt / 60) % 4)).join('/')}/${tail(place)}`
  },
  "a server's number": (expiresAt, place) =>
    `${place.origin}/edge${Math.floor(expiresAt / 60) % 3}/vod/${tail(place)}?t=${token(expiresAt)}`,
}

/** The whole token is one word. Once its issue is forgotten, an older token looks like any word of the site. */
const EDGECAST: Signer = (expiresAt, place) => `${place.origin}/${tail(place)}?${hex(expiresAt)}${hex(expiresAt + 1)}`

/** Which links outside the video's folder the credentials open, for schemes whose credentials say so. `path`: the segments behind the signer's part of the path. */
const OPENS: Readonly<Record<string, (path: readonly string[], place: Place) => boolean>> = {
  CloudFront: () => true,
  'Google Cloud CDN': () => true,
  Azure: ([container], { folder }) => folder.length > 0 && container === folder[0],
}

const SIGNERS: Readonly<Record<string, Signer>> = {
  ...PATH_SIGNERS,
  ...QUERY_SIGNERS,
  ...UNREAD_SIGNERS,
  EdgeCast: EDGECAST,
}

/** Bytes that a careless rewriter changes: escapes in either letter case, characters that need none, empty segments, and lookalikes of dot segments and expiries. */
const PIECES = [
  ...['720p', 'seg-1.m4s', '', '', '+', 'a+b~c', "(1)'!*", 'a:b@c;d,e', '$=', 'a%2fb', 'a%2Fb', '%7Ea', '%20', '%25'],
  ...['%C3%BC', '%c3%bc', '%E6%97%A5', '...', '.hidden', 'a..b', '%2e%2e%2e', '1688124955', 'exp=1', 'token'],
]

/** What else a site has in its queries: repeated keys, empty values, keys without `=`. */
const SITE_PAIRS = [['lang=en'], ['tag=a', 'tag=b'], ['flag'], ['empty='], ['list=1,2;/*~'], ['text=a+b%20c%2f%2F=']]
const sitePairs = fc.subarray(SITE_PAIRS, { maxLength: 3 }).map((groups) => groups.flat())

const READ_WHOLE = [...Object.keys(PATH_SIGNERS), ...Object.keys(QUERY_SIGNERS)].filter(
  (name) => !name.includes('address'),
)

/** The path of a link from the video's folder on, without dot segments, because players resolve those. */
export const way = fc.array(fc.constantFrom(...PIECES, '&', 'a&exp=1', '%', '%zz'), { minLength: 1, maxLength: 4 })

const place: fc.Arbitrary<Place> = fc.record({
  origin: fc.constantFrom('https://cdn.example', 'http://cdn.example:8080', 'https://d111111abcdef8.cloudfront.net'),
  folder: fc.array(fc.constantFrom(...PIECES), { maxLength: 3 }),
  file: fc.constantFrom('master.m3u8', 'index.mpd', 'a+b%2f~.m3u8'),
})

/** What a player or a playlist adds to the query of a link: no keys of a signer or a site. */
const OWN_PAIRS = [
  ...['_HLS_msn=7', '_HLS_part=2', 'x=/a/*', 'x=%2f%2F', 'y=~%20+', 'z', 'w=', '', '%C3%BC=%c3%bc', 'TOKEN=0', '=1'],
]
export const ownPairs = fc.array(fc.constantFrom(...OWN_PAIRS), { maxLength: 3 })

/** A video whose URLs are issued one after the other. */
export class SignedVideo {
  constructor(
    readonly scheme: string,
    readonly resource: string,
    readonly place: Place,
    /** The site's own pairs of the query, before or after the signer's. */
    readonly site: readonly string[] = [],
    readonly isSiteFirst = false,
  ) {}

  /** Whether the credentials open the file at `path`, the segments behind the signer's part of the path. */
  opens(path: readonly string[]): boolean {
    const { folder } = this.place
    const isInFolder = path.length > folder.length && folder.every((segment, index) => segment === path[index])
    return isInFolder || OPENS[this.scheme]?.(path, this.place) === true
  }

  /** Equal serials give equal issues, because a server may issue the same URL twice. */
  issue(serial: number): Issue {
    const sign = SIGNERS[this.scheme]
    const [path = '', query] = sign?.(T0 + 60 * serial, this.place).split('?') ?? []
    const end = `/${tail(this.place)}`
    if (!path.endsWith(end)) throw new Error(`${this.scheme} signs ${path}, which does not end with ${end}.`)
    const signed = query?.split('&') ?? []
    const pairs = this.isSiteFirst ? [...this.site, ...signed] : [...signed, ...this.site]
    return { url: path + (pairs.length > 0 ? `?${pairs.join('&')}` : ''), head: path.slice(0, -end.length), pairs }
  }
}

function videosOf(schemes: readonly string[]): fc.Arbitrary<SignedVideo> {
  return fc
    .tuple(fc.constantFrom(...schemes), place, fc.constantFrom('id', 'path', 'url'), sitePairs, fc.boolean())
    .map(([scheme, at, kind, site, isSiteFirst]) => {
      const resource = { id: 'final-2026', path: tail(at), url: `${at.origin}/${tail(at)}` }[kind]
      return new SignedVideo(scheme, resource ?? '', at, site, isSiteFirst)
    })
}

const pathVideo = videosOf(Object.keys(PATH_SIGNERS))
export const queryVideo = videosOf(Object.keys(QUERY_SIGNERS))
export const namedVideo = fc.oneof(pathVideo, queryVideo)
export const anyVideo = videosOf(Object.keys(SIGNERS))

/** The same video on two CDNs, for schemes whose credentials a reader knows completely: what is next to an expiry is learned from the URLs of a single CDN. */
export const twoCdns = fc
  .tuple(place, fc.constantFrom(...READ_WHOLE), fc.constantFrom(...READ_WHOLE))
  .map(
    ([at, one, other]) =>
      [
        new SignedVideo(one, 'final-2026', at),
        new SignedVideo(other, 'final-2026', { ...at, origin: 'https://backup.example' }),
      ] as const,
  )

/** Serials of the issues in order; a step of 0 issues the same URL again. */
const inOrder = (steps: readonly number[]) => steps.map((_, index) => steps.slice(0, index + 1).reduce((a, b) => a + b))
export const chain = fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }).map(inOrder)
/** Mostly a few refreshes, sometimes more than are remembered. */
export const anyChain = fc.oneof(
  { weight: 99, arbitrary: chain },
  { weight: 1, arbitrary: fc.array(fc.nat(3), { minLength: 60, maxLength: 100, size: 'max' }).map(inOrder) },
)
/** More issues than are remembered, all of them different. */
export const longChain = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 66, maxLength: 100, size: 'max' })
  .map(inOrder)
