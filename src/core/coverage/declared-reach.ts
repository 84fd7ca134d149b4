import { signedJson } from '../expiry/instants.js'
import { decodePair } from '../query.js'
import type { SplitUrl } from '../split-url.js'

/** Whether credentials open a path: from its first slash on, raw, without the query. */
type Reach = (path: string) => boolean

/** The values of a field, decoded, wherever the query has it. Case does not matter. */
type Fields = (name: string) => readonly string[]

/** One reader for each scheme whose credentials name what they open; add a scheme with one entry here. Pure, never throws. */
const READERS: readonly ((fields: Fields, url: SplitUrl) => readonly Reach[])[] = [
  // CloudFront's custom policy.
  (fields) => fields('policy').map((policy) => matching(resourceOf(policy))),
  // Akamai, Cloudinary, 5centsCDN.
  (fields) => fields('acl').flatMap((acl) => acl.split('!').map(matching)),
  // Google Media CDN.
  (fields) => fields('pathglobs').flatMap((globs) => globs.split(',').map(matching)),
  // Google Cloud CDN and Media CDN: base64url.
  (fields) => fields('urlprefix').map((prefix) => below(fromBase64(prefix))),
  // Bunny.
  (fields) => fields('token_path').map(below),
  // PUSHR: the folder behind the token and the expiry.
  (fields, { segments }) => fields('pushr').map((path) => below(`/${segments.slice(0, 2).join('/')}${path}`)),
  // An Azure SAS for a container, which is the first segment.
  (fields, { segments }) => (fields('sr').includes('c') && segments.length > 1 ? [below(`/${segments[0]}/`)] : []),
]

/**
 * What the credentials in the query of `url` say that they open on its host. Undefined where they say nothing, or don't even open their own URL: then they are misread.
 */
export function declaredReach(url: SplitUrl): Reach | undefined {
  const fields = fieldsIn(url.query ?? '')
  const reaches = READERS.flatMap((read) => read(fields, url))
  const opens: Reach = (path) => reaches.some((reach) => reach(path))
  return opens(`/${url.segments.join('/')}`) ? opens : undefined
}

/** All paths that begin with the one of `prefix`, which may be a URL. */
function below(prefix: string): Reach {
  const beginning = pathIn(prefix)
  return (path) => beginning !== undefined && path.startsWith(beginning)
}

/** All paths that match `pattern`, a path or a URL, in which `*` stands for any text and `?` for one character. */
function matching(pattern: string): Reach {
  const glob = pathIn(pattern)
  return (path) => glob !== undefined && matches(glob, path)
}

/** A field is a pair of the query, or stands inside a value that has fields of its own (`hdnts=exp=…~acl=…~hmac=…`). */
function fieldsIn(query: string): Fields {
  const found = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    const value = note(decodePair(pair))
    for (const field of value.split('~')) note(field)
  }
  return (name) => found.get(name) ?? []

  function note(text: string): string {
    const [key = ''] = text.split('=', 1)
    const value = text.slice(key.length + 1)
    const name = key.toLowerCase()
    found.set(name, [...(found.get(name) ?? []), value])
    return value
  }
}

function fromBase64(text: string): string {
  try {
    return atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  } catch {
    return ''
  }
}

/** The path of a pattern, which may be a URL whose scheme or host are patterns too. Undefined for anything else. */
function pathIn(pattern: string): string | undefined {
  const path = pattern.replace(/^[\w*?]+:\/\/[^/]*/, '')
  return /^[/*]/.test(path) ? path : undefined
}

/** Whether `text` matches a pattern of `*` and `?`. The time is at most the product of both lengths, and usually their sum. */
function matches(pattern: string, text: string): boolean {
  let [at, next] = [0, 0]
  let [star, resume] = [-1, 0]
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++
      resume = at
    } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === text[at])) {
      at += 1
      next += 1
    } else if (star >= 0) {
      next = star + 1
      at = ++resume
    } else return false
  }
  return /^\**$/.test(pattern.slice(next))
}

/** Of CloudFront's policy. */
function resourceOf(policy: string): string {
  const resource = signedJson(policy)?.Statement?.[0]?.Resource
  return typeof resource === 'string' ? resource : ''
}
