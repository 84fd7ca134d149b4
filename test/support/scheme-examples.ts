import { createHash } from 'node:crypto'
import { bitsOnTheRun, clubEvent, gcore, pushrFile, pushrTitle } from '../../src/signers/index.js'

/** How one scheme signs the video `/film7/hls/master.m3u8`, and what a site has to tell the plugin about it. */
export interface SchemeExample {
  readonly name: string
  /** `n`: the number of the issue. */
  readonly sign: (n: number) => string
  /** What the plugin can't find out. */
  readonly tell?: string
  /** Signs one file, which is an MP4, or nothing that a URL shows. */
  readonly isOneFile?: true
}

const at = (n: number) => 1767781807 + 60 * n
const hash = (n: number, length = 32) => createHash('sha256').update(`${n}`).digest('hex').slice(0, length)
const digest = (n: number) => createHash('md5').update(`${n}`).digest('base64url')
const jwt = (n: number) =>
  ['{"alg":"RS256"}', `{"exp":${at(n)}}`, hash(n)].map((part) => Buffer.from(part).toString('base64url')).join('.')
const base64 = (text: string) => Buffer.from(text).toString('base64')
const cloudFront = (n: number) => {
  const policy = `{"Statement":[{"Resource":"https://cdn.example/film7/*","Condition":{"DateLessThan":{"AWS:EpochTime":${at(n)}}}}]}`
  return base64(policy).replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~')
}

const FILM = 'https://cdn.example/film7/hls/master.m3u8'
const query = (pairs: (n: number) => string) => (n: number) => `${FILM}?${pairs(n)}`
const path = (head: (n: number) => string) => (n: number) => `https://cdn.example/${head(n)}/film7/hls/master.m3u8`

const PER_FILE = "`scope: 'file'`: each file has a signature of its own"
const COVERS = '`covers: "/film7/"` in the answer, where it opens more than its folder'

export const SCHEME_EXAMPLES: readonly SchemeExample[] = [
  {
    name: 'Gcore streaming',
    sign: (n) =>
      gcore({
        baseUrl: 'https://cdn.example',
        clientId: 2675,
        videoId: 'film7',
        secret: 's',
        expiresAt: at(n),
        file: 'hls/master.m3u8',
      }),
  },
  {
    name: 'PUSHR, a title',
    sign: (n) =>
      pushrTitle({
        baseUrl: 'https://cdn.example',
        path: '/film7/',
        file: 'hls/master.m3u8',
        address: '203.0.113.7',
        secret: 's',
        expiresAt: at(n),
      }),
  },
  {
    name: 'PUSHR, a file',
    sign: (n) =>
      pushrFile({
        baseUrl: 'https://cdn.example',
        path: '/film7/',
        file: 'film.mp4',
        address: '203.0.113.7',
        secret: 's',
        expiresAt: at(n),
      }),
    tell: PER_FILE,
    isOneFile: true,
  },
  {
    name: 'ClubEvent (nginx `secure_link`, for a file)',
    sign: (n) => clubEvent({ url: 'https://cdn.example/film7/film.mp4?secret=s', expiresAt: at(n) }),
    tell: PER_FILE,
    isOneFile: true,
  },
  {
    name: 'Bits on the Run, JW Player',
    sign: (n) =>
      bitsOnTheRun({ baseUrl: 'https://cdn.example', path: 'film7/film.mp4', secret: 's', expiresAt: at(n) }),
    tell: PER_FILE,
    isOneFile: true,
  },
  { name: 'nginx `secure_link`, in the path', sign: path((n) => `play/${digest(n)}/${at(n)}`) },
  {
    name: 'nginx `secure_link`, Gcore CDN, CDNsun, for a folder',
    sign: query((n) => `md5=${digest(n)}&expires=${at(n)}`),
    tell: COVERS,
  },
  {
    name: 'Bunny, in the path',
    sign: path((n) => `bcdn_token=HS256-${digest(n)}&expires=${at(n)}&token_path=%2Ffilm7%2F`),
  },
  {
    name: 'Bunny, in the query',
    sign: query((n) => `token=HS256-${digest(n)}&token_path=%2Ffilm7%2F&expires=${at(n)}`),
  },
  { name: 'CDN77, in the path', sign: path((n) => `${digest(n)}==,${at(n)}`) },
  { name: 'CDN77, in the query', sign: query((n) => `secure=${digest(n)}==,${at(n)}`), tell: COVERS },
  { name: 'Cloudflare Stream', sign: path((n) => jwt(n)) },
  {
    name: 'Akamai EdgeAuth, 5centsCDN, Cloudinary',
    sign: query((n) => `hdnts=exp=${at(n)}~acl=/film7/*~hmac=${hash(n)}`),
  },
  { name: 'Akamai, in the path', sign: path((n) => `hdntl=exp=${at(n)}~acl=%2f*~hmac=${hash(n)}`) },
  {
    name: 'CloudFront, custom policy',
    sign: query((n) => `Policy=${cloudFront(n)}&Signature=${digest(n)}&Key-Pair-Id=K2JCJMDEHXQW5F`),
  },
  {
    name: 'CloudFront, canned policy',
    sign: query((n) => `Expires=${at(n)}&Signature=${digest(n)}&Key-Pair-Id=K2JCJMDEHXQW5F`),
    tell: PER_FILE,
    isOneFile: true,
  },
  {
    name: 'S3 V4, R2, MinIO, B2, Wasabi; Google Cloud Storage; Alibaba OSS',
    sign: query((n) => `X-Amz-Date=20260107T10${30 + n}07Z&X-Amz-Expires=60&X-Amz-Signature=${hash(n, 64)}`),
    tell: PER_FILE,
    isOneFile: true,
  },
  {
    name: 'Google Cloud CDN, Media CDN',
    sign: query(
      (n) => `URLPrefix=${base64('https://cdn.example/film7/')}&Expires=${at(n)}&KeyName=k&Signature=${digest(n)}=`,
    ),
  },
  {
    name: 'Google Media CDN, a token',
    sign: query((n) => `edge-cache-token=Expires=${at(n)}~PathGlobs=/film7/*~hmac=${hash(n)}`),
  },
  {
    name: 'Google Media CDN, in the path',
    sign: path((n) => `edge-cache-token=Expires=${at(n)}&KeyName=k&Signature=${digest(n)}`),
  },
  {
    name: 'Azure Blob, a container',
    sign: query((n) => `sv=2022-11-02&se=${new Date(at(n) * 1000).toISOString()}&sr=c&sp=r&sig=${digest(n)}%3D`),
  },
  { name: 'ScaleEngine, StackPath', sign: query((n) => `st=${digest(n)}&e=${at(n)}`), tell: COVERS },
  { name: 'Fastly', sign: query((n) => `token=${at(n)}_${hash(n, 40)}`), tell: COVERS },
  { name: 'MediaVault (Edgio)', sign: query((n) => `p=40&e=${at(n)}&h=${hash(n)}`), tell: COVERS },
  { name: 'Bytescale, a folder', sign: query((n) => `exp=${at(n)}&sig=1.${digest(n)}`), tell: COVERS },
  { name: 'Tencent live', sign: query((n) => `txSecret=${hash(n)}&txTime=${at(n).toString(16)}`), tell: COVERS },
  { name: 'Tencent VOD', sign: query((n) => `t=${at(n).toString(16)}&us=72d4cd11${n}&sign=${hash(n)}`), tell: COVERS },
  { name: 'Lumen', sign: query((n) => `stime=${at(n)}&etime=${at(n + 1)}&encoded=0${hash(n, 20)}`), tell: COVERS },
  { name: 'EdgeCast, Azure CDN', sign: query((n) => hash(n, 60)), tell: COVERS },
  { name: 'Common Access Token', sign: query((n) => `CAT=2D3R${hash(n, 60)}`), tell: COVERS },
  {
    name: 'lighttpd, Apache `mod_auth_token`',
    sign: path((n) => `dl/${hash(n)}/${at(n).toString(16)}`),
    tell: '`expiresIn` in the answer',
  },
  {
    name: 'Varnish, 3Q, api.video, a word that only the server knows',
    sign: path((n) => `s/${hash(n, 24)}`),
    tell: '`expiresIn` in the answer',
  },
  {
    name: 'A session or a server in the path, a token in the query',
    sign: (n) => `https://cdn.example/edge${n}/film7/hls/master.m3u8?t=${digest(n)}`,
    tell: '`expiresIn` in the answer',
  },
]
