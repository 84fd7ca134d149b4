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

/** A request's URL, taken apart as the CDN does it. Nothing in it is proved before `isValid`. */
export interface Opened extends Place {
  token: string
  /** Unix seconds. */
  expiresAt: number
  /** What this CDN answers to a valid token that has expired. */
  expiredStatus: 403 | 410
  isValid(address: string): boolean
}

// Of the documents where they print one. They never leave this folder.
const GCORE = 'demo-gcore-key'
const CLUB_EVENT = 'ReallySecretString'
const BITS_ON_THE_RUN = 'Ksi93hsy38sjKfha9JaheEMp'
const AKAMAI = 'demo-akamai-key'
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
  /** None of the documents signs a whole folder in the query, as Akamai and CloudFront do; `readExpiry` doesn't read it, the answer has to tell. */
  akamai: ({ baseUrl, stage, slug, file, expiresAt }: Signing) => {
    const folder = `/vod/${stage}/${slug}/`
    const signed = `exp=${expiresAt}~acl=${folder}*`
    return `${baseUrl}${folder}${encodeURI(file)}?hdnts=${signed}~hmac=${hmac(signed)}`
  },
  /** The same beside the URL, as CloudFront and Akamai can do it too. */
  cookie: ({ baseUrl, stage, slug, file }: Signing) => `${baseUrl}/cookie/${stage}/${slug}/${encodeURI(file)}`,
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

/** A signed URL as it was before it was signed. */
export function unsigned(url: string): string {
  return url.replace(/\?.*/, '').replace(/\/[\w-]{22}\/\d+\//, '/')
}

/** `cookie`: for `Set-Cookie`. Without an age: that the token expires is for the origin to say. */
function signedCookie({ stage, slug, expiresAt }: Signing): { token: string; cookie: string } {
  const folder = `/cookie/${stage}/${slug}/`
  const token = hmac(`exp=${expiresAt}~acl=${folder}*`)
  return { token, cookie: `film=exp=${expiresAt}~hmac=${token}; Path=${folder}; HttpOnly; SameSite=Lax` }
}

/** Whether a request for `target` is let in by its cookies: the origin has to name who may send them. */
export function takesCookies(target: string): boolean {
  return target.startsWith('/cookie/')
}

/** The address of a file on an edge that asks for no token. */
export function edgePath({ stage, slug, file }: Place): string {
  return `/edge/${stage}/${slug}/${encodeURI(file)}`
}

/** Takes a signed path and query, or the cookies beside it, apart; undefined if it has the form of none of the schemes. */
export function openUrl(target: string, cookies = ''): Opened | undefined {
  const [path = '', query = ''] = target.split('?')
  const parameter = (name: string) => new URLSearchParams(query).get(name) ?? ''
  const found = openPath(path) ?? openQuery(path, parameter) ?? openAkamai(path, query) ?? openCookie(path, cookies)
  if (!found?.token || !/^\d{1,11}$/.test(found.expires)) return undefined
  const { expires, expected, ...opened } = found
  const isValid = (address: string) => expected(address, expires, parameter).includes(found.token)
  return { ...opened, file: decode(found.file), expiresAt: Number(expires), isValid }
}

/** Takes an address on the edge apart. */
export function openEdge(target: string): Opened | undefined {
  const [, stage = '', slug = '', file = ''] = /^\/edge\/([A-Za-z\d-]+)\/([^/]+)\/([^?]+)/.exec(target) ?? []
  if (!file) return undefined
  const place = { stage, slug, file: decode(file) }
  return { ...place, token: '', expiresAt: Number.POSITIVE_INFINITY, expiredStatus: 403, isValid: () => true }
}

/** The stage that an unsigned URL of this origin names. */
export function stageOf(target: string): string | undefined {
  return /^\/(?:videos|cmaf|streams|media_files|files|uploads|vod|cookie|edge)\/([A-Za-z\d-]+)[_/]/.exec(target)?.[1]
}

interface Found extends Place {
  token: string
  expires: string
  expiredStatus: 403 | 410
  /** The tokens that open this URL. Worked out with Node's own MD5, so that a fault of our signers shows. */
  expected: (address: string, expires: string, parameter: (name: string) => string) => string[]
}

function openPath(path: string): Found | undefined {
  const [, film = '', stage = '', slug = '', token = '', expires = '', file = ''] =
    /^\/(?:videos|cmaf|streams)\/(([A-Za-z\d-]+)_([^/]+))\/([\w-]+)\/(\d+)\/(.+)$/.exec(path) ?? []
  if (film) {
    const expected = () => [base64Url(`${film}_${GCORE}_${expires}_`)]
    return { stage, slug, file, token, expires, expiredStatus: 410, expected }
  }
  return openPushr(path)
}

function openPushr(path: string): Found | undefined {
  const [, token = '', expires = '', whole = '', folder = '', stage = '', slug = '', file = ''] =
    /^\/([\w-]{22})\/(\d+)((\/uploads\/([A-Za-z\d-]+)\/([^/]+)\/)(.+))$/.exec(path) ?? []
  if (!token) return undefined
  // A relative link drops `?pushr=`, and yet a title token covers it: then it is the title's own folder.
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

/** The query is taken as it was sent: a token that was encoded anew on its way is another one. */
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

/** Percent-decoded, or the text itself where that can't be: no file is called so, and no token fits. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
