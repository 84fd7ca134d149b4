import { createHash, createHmac } from 'node:crypto'
import { bitsOnTheRun, clubEvent, gcore, pushrFile, pushrTitle } from '../../src/signers/index.js'

/** A file of a film on a stage. */
export interface Place {
  stage: string
  slug: string
  file: string
}

interface Signing extends Place {
  baseUrl: string
  /** Unix seconds. */
  expiresAt: number
  address: string
}

/** A request's URL, parsed as the CDN does it. Nothing in it is verified before `isValid`. */
export interface Opened extends Place {
  token: string
  /** Unix seconds. */
  expiresAt: number
  /** The status that this CDN returns for a valid token that has expired. */
  expiredStatus: 403 | 410
  isValid(address: string): boolean
}

// The secrets of the documents where they print one. They never leave this folder.
const GCORE = 'demo-gcore-key'
const CLUB_EVENT = 'ReallySecretString'
const BITS_ON_THE_RUN = 'Ksi93hsy38sjKfha9JaheEMp'
const AKAMAI = 'demo-akamai-key'
const OPAQUE = 0x5a17c0de
const PUSHR = '9250b984b0c4080854360bf26bb1de2c7141f968'

const signers = {
  gcore: ({ baseUrl, stage, slug, file, expiresAt }: Signing) =>
    gcore({ baseUrl, clientId: stage, videoId: slug, secret: GCORE, expiresAt, file: encodeURI(file) }),
  clubEvent: ({ baseUrl, stage, slug, file, expiresAt }: Signing) =>
    clubEvent({ url: `${baseUrl}/media_files/${stage}/${slug}/${encodeURI(file)}?secret=${CLUB_EVENT}`, expiresAt }),
  bitsOnTheRun: ({ baseUrl, stage, slug, file, expiresAt }: Signing) =>
    bitsOnTheRun({ baseUrl, path: `files/${stage}/${slug}/${encodeURI(file)}`, secret: BITS_ON_THE_RUN, expiresAt }),
  pushrFile: ({ stage, slug, ...rest }: Signing) =>
    pushrFile({ ...rest, path: `/uploads/${stage}/${slug}/`, secret: PUSHR }),
  pushrTitle: ({ stage, slug, ...rest }: Signing) =>
    pushrTitle({ ...rest, path: `/uploads/${stage}/${slug}/`, secret: PUSHR }),
  /** None of the documents signs a whole folder in the query, as Akamai and CloudFront do. `readExpiry` can't read the expiry, so the answer has to give it. */
  akamai: ({ baseUrl, stage, slug, file, expiresAt }: Signing) => {
    const folder = `/vod/${stage}/${slug}/`
    const signed = `exp=${expiresAt}~acl=${folder}*`
    return `${baseUrl}${folder}${encodeURI(file)}?hdnts=${signed}~hmac=${hmac(signed)}`
  },
  /** The same in a cookie, which CloudFront and Akamai support too. */
  cookie: ({ baseUrl, stage, slug, file }: Signing) => `${baseUrl}/cookie/${stage}/${slug}/${encodeURI(file)}`,
  /** No reader knows it, and its expiry is in the token, where only this CDN finds it. */
  opaque: ({ baseUrl, stage, slug, file, expiresAt }: Signing) =>
    `${baseUrl}/o/${stage}/${opaqueToken(`${stage}/${slug}`, expiresAt)}/${slug}/${encodeURI(file)}`,
}

export type SchemeName = keyof typeof signers

export function isSchemeName(value: unknown): value is SchemeName {
  return typeof value === 'string' && Object.hasOwn(signers, value)
}

export function signPlace(scheme: SchemeName, signing: Signing): { url: string; token: string; cookie?: string } {
  const url = signers[scheme](signing)
  if (scheme === 'cookie') return { url, ...signedCookie(signing) }
  return { url, token: openUrl(url.slice(signing.baseUrl.length))?.token ?? url }
}

/** Returns a signed URL as it was before it was signed. */
export function unsigned(url: string): string {
  return url.replace(/\?.*/, '').replace(/\/[\w-]{22}\/\d+\//, '/')
}

/** `cookie` is for `Set-Cookie`. It has no age, because the origin decides when the token expires. */
function signedCookie({ stage, slug, expiresAt }: Signing): { token: string; cookie: string } {
  const folder = `/cookie/${stage}/${slug}/`
  const token = hmac(`exp=${expiresAt}~acl=${folder}*`)
  return { token, cookie: `film=exp=${expiresAt}~hmac=${token}; Path=${folder}; HttpOnly; SameSite=Lax` }
}

/** Whether cookies authorize requests for `target`, so that the origin has to allow them for CORS. */
export function takesCookies(target: string): boolean {
  return target.startsWith('/cookie/')
}

/** The path of a file on an edge that requires no token. `until`: when it expires, in Unix seconds. */
export function edgePath({ stage, slug, file }: Place, until?: number): string {
  return `/edge/${stage}/${slug}/${encodeURI(file)}${until === undefined ? '' : `?until=${until}`}`
}

/** Parses a signed path and query, or the cookies sent with it. Returns undefined if they match no scheme. */
export function openUrl(target: string, cookies = ''): Opened | undefined {
  const [path = '', query = ''] = target.split('?')
  const parameter = (name: string) => new URLSearchParams(query).get(name) ?? ''
  const found = openPath(path) ?? openQuery(path, parameter) ?? openAkamai(path, query) ?? openCookie(path, cookies)
  if (!found?.token || !/^\d{1,11}$/.test(found.expires)) return undefined
  const { expires, expected, ...opened } = found
  const isValid = (address: string) => expected(address, expires, parameter).includes(found.token)
  return { ...opened, file: decode(found.file), expiresAt: Number(expires), isValid }
}

/** Parses a path on the edge. */
export function openEdge(target: string): Opened | undefined {
  const [, stage = '', slug = '', file = '', until = 'Infinity'] =
    /^\/edge\/([A-Za-z\d-]+)\/([^/]+)\/([^?]+)(?:\?until=(\d+))?/.exec(target) ?? []
  if (!file) return undefined
  const place = { stage, slug, file: decode(file) }
  return { ...place, token: '', expiresAt: Number(until), expiredStatus: 403, isValid: () => true }
}

/** Returns the stage that an unsigned URL of this origin names. */
export function stageOf(target: string): string | undefined {
  return /^\/(?:videos|cmaf|streams|media_files|files|uploads|vod|cookie|edge|o)\/([A-Za-z\d-]+)[_/]/.exec(target)?.[1]
}

interface Found extends Place {
  token: string
  expires: string
  expiredStatus: 403 | 410
  /** The tokens that are valid for this URL. Computed with Node's MD5, so that an error in the signers shows. */
  expected: (address: string, expires: string, parameter: (name: string) => string) => string[]
}

function openPath(path: string): Found | undefined {
  const [, film = '', stage = '', slug = '', token = '', expires = '', file = ''] =
    /^\/(?:videos|cmaf|streams)\/(([A-Za-z\d-]+)_([^/]+))\/([\w-]+)\/(\d+)\/(.+)$/.exec(path) ?? []
  if (film) {
    const expected = () => [base64Url(`${film}_${GCORE}_${expires}_`)]
    return { stage, slug, file, token, expires, expiredStatus: 410, expected }
  }
  return openOpaque(path) ?? openPushr(path)
}

function openOpaque(path: string): Found | undefined {
  const [, stage = '', token = '', hidden = '', slug = '', file = ''] =
    /^\/o\/([A-Za-z\d-]+)\/(([a-z\d]+)-[\da-f]{32})\/([^/]+)\/(.+)$/.exec(path) ?? []
  if (!stage) return undefined
  const expires = Number.parseInt(hidden, 36) ^ OPAQUE
  const expected = () => [opaqueToken(`${stage}/${slug}`, expires)]
  return { stage, slug, file, token, expires: String(expires), expiredStatus: 403, expected }
}

function opaqueToken(folder: string, expiresAt: number): string {
  const hidden = (expiresAt ^ OPAQUE).toString(36)
  return `${hidden}-${hmac(`${folder} ${hidden}`).slice(0, 32)}`
}

function openPushr(path: string): Found | undefined {
  const [, token = '', expires = '', whole = '', folder = '', stage = '', slug = '', file = ''] =
    /^\/([\w-]{22})\/(\d+)((\/uploads\/([A-Za-z\d-]+)\/([^/]+)\/)(.+))$/.exec(path) ?? []
  if (!token) return undefined
  // A relative link drops `?pushr=`, but a title token still covers it: the title is its folder then.
  const expected: Found['expected'] = (address, exp, parameter) => {
    const title = parameter('pushr') || folder
    const titleToken = whole.startsWith(title) ? [base64Url(PUSHR + title + address + exp)] : []
    return [base64Url(PUSHR + exp + whole + address), ...titleToken]
  }
  return { stage, slug, file, token, expires, expiredStatus: 403, expected }
}

function openQuery(path: string, parameter: (name: string) => string): Found | undefined {
  const [, kind = '', stage = '', slug = '', file = ''] =
    /^\/(media_files|files)\/([A-Za-z\d-]+)\/([^/]+)\/(.+)$/.exec(path) ?? []
  const place = { stage, slug, file }
  if (kind === 'media_files') {
    const expected: Found['expected'] = (_, exp) => [base64Url(`${exp}${decode(path)} ${CLUB_EVENT}`)]
    return { ...place, token: parameter('token'), expires: parameter('expires'), expiredStatus: 410, expected }
  }
  if (kind === 'files') {
    const expected: Found['expected'] = (_, exp) => [md5(`${path.slice(1)}:${exp}:${BITS_ON_THE_RUN}`).toString('hex')]
    return { ...place, token: parameter('sig'), expires: parameter('exp'), expiredStatus: 403, expected }
  }
  return undefined
}

/** Reads the query as it was sent, because a re-encoded token is a different token. */
function openAkamai(path: string, query: string): Found | undefined {
  const [, folder = '', stage = '', slug = '', file = ''] = /^(\/vod\/([A-Za-z\d-]+)\/([^/]+)\/)(.+)$/.exec(path) ?? []
  const [, signed = '', expires = '', acl = '', token = ''] =
    /(?:^|&)hdnts=(exp=(\d+)~acl=([^~&]+))~hmac=([\da-f]{64})(?:&|$)/.exec(query) ?? []
  if (!folder || !token) return undefined
  const expected = () => (acl === `${folder}*` ? [hmac(signed)] : [])
  return { stage, slug, file, token, expires, expiredStatus: 403, expected }
}

function openCookie(path: string, cookies: string): Found | undefined {
  const [, folder = '', stage = '', slug = '', file = ''] =
    /^(\/cookie\/([A-Za-z\d-]+)\/([^/]+)\/)(.+)$/.exec(path) ?? []
  const [, expires = '', token = ''] = /(?:^|; )film=exp=(\d+)~hmac=([\da-f]{64})(?:;|$)/.exec(cookies) ?? []
  if (!folder || !token) return undefined
  const expected = () => [hmac(`exp=${expires}~acl=${folder}*`)]
  return { stage, slug, file, token, expires, expiredStatus: 403, expected }
}

function hmac(text: string): string {
  return createHmac('sha256', AKAMAI).update(text).digest('hex')
}

function md5(text: string): Buffer {
  return createHash('md5').update(text).digest()
}

function base64Url(text: string): string {
  return md5(text).toString('base64url')
}

/** Decodes percent-encoding. Returns malformed text unchanged: it matches no file and no token. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
