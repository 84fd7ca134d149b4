/** The protocol needs far less, in the largest batch too. */
export const LONGEST_BODY = 1_000_000
/** Longer than any video's name. */
const LONGEST_RESOURCE_BYTES = 2_000
/** No player requests more files than a playlist has. */
const MAX_BATCH = 1000
/** How often a resource can be percent-encoded: more is no name of a video. */
const MOST_ENCODINGS = 3

/** What a request asks for: one resource, or a batch of them. `reason` is empty where it gives none. */
export type Asked = { readonly reason: string } & ({ readonly resource: string } | { readonly resources: string[] })

/** Why a request is not answered. */
export interface Rejection {
  readonly status: 400 | 413
  readonly error: string
}

export interface ResourceRules {
  readonly allowedHosts: readonly string[]
  readonly anyResource: boolean
}

const rejected = (error: string): Rejection => ({ status: 400, error })
const NO_RESOURCE = rejected('The request names no resource.')

/**
 * The resource or resources that `request` names. Two names in one request are rejected, so that whatever else reads the request, a firewall or a log, can't read
 * another one than `authorize`.
 */
export async function readRequest(request: Request, rules: ResourceRules): Promise<Asked | Rejection> {
  const { searchParams } = new URL(request.url)
  const named = searchParams.getAll('resource')
  if (named.length > 1) return rejected('The query names more than one resource.')
  if (request.method === 'GET') {
    const [resource = ''] = named
    return checked({ resource, reason: searchParams.get('reason') ?? '' }, rules)
  }
  if (named.length > 0) return rejected('A POST names its resource in the body only.')
  const text = await readText(request)
  if (text === undefined) return { status: 413, error: 'The body is over 1 MB.' }
  const body = new Map<string, unknown>(Object.entries(parse(text) ?? {}))
  const [reason, resource] = [textOf(body.get('reason')), body.get('resource')]
  const resources = body.get('resources')
  if (resources === undefined) return checked({ resource: textOf(resource), reason }, rules)
  if (resource !== undefined) return rejected('The body has both `resource` and `resources`.')
  return Array.isArray(resources) ? checked({ resources, reason }, rules) : NO_RESOURCE
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function checked(asked: Asked, rules: ResourceRules): Asked | Rejection {
  const named: readonly unknown[] = 'resources' in asked ? asked.resources : [asked.resource]
  if (named.length === 0) return NO_RESOURCE
  if (named.length > MAX_BATCH) return rejected(`A batch has at most ${MAX_BATCH} resources.`)
  const problem = named.map((resource) => problemOf(resource, rules)).find(Boolean)
  return problem === undefined ? asked : rejected(problem)
}

/** Why a resource gets no further; undefined for one that `authorize` may see. */
function problemOf(resource: unknown, { allowedHosts, anyResource }: ResourceRules): string | undefined {
  if (typeof resource !== 'string' || resource === '') return NO_RESOURCE.error
  if (new TextEncoder().encode(resource).length > LONGEST_RESOURCE_BYTES) return 'The resource is over 2 kB.'
  if (anyResource) return undefined
  const plain = decoded(resource)
  if (plain === undefined) return 'The resource is percent-encoded too often.'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  if (/[\\\u0000-\u001f\u007f]/.test(plain)) return 'The resource has a backslash or a control character.'
  if (plain.split(/[/?#]/).includes('..')) return 'The resource has a ".." segment.'
  const host = hostOf(plain)
  return host === undefined || allowedHosts.includes(host)
    ? undefined
    : 'The resource names a host that is not in `allowedHosts`.'
}

/** Without any percent-encoding, however often it is encoded; undefined where that is too often. What is no encoding stays as it is. */
function decoded(resource: string): string | undefined {
  let text = resource
  for (let round = 0; round <= MOST_ENCODINGS; round += 1) {
    const next = text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    if (next === text) return text
    text = next
  }
  return undefined
}

/** With its port. Empty for a URL that no host is read from, such as `file:///etc/passwd`, or one with a user's name; undefined for an id or a path. */
function hostOf(resource: string): string | undefined {
  const base = 'https://no-host.invalid'
  if (!URL.canParse(resource, base)) return ''
  const { host, origin, username, password } = new URL(resource, base)
  if (username !== '' || password !== '') return ''
  if (origin === base) return undefined
  // An id such as `film:7` looks like a URL.
  return host === '' && !/^\s*[^/]*:\/\//.test(resource) ? undefined : host
}

/** Undefined where it is too long. */
async function readText(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get('content-length')) > LONGEST_BODY) return undefined
  const reader = request.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  while (reader) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.length
    if (bytes > LONGEST_BODY) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
  return text + decoder.decode()
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
