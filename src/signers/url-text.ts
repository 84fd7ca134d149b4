// URLs are edited as text: `URLSearchParams` would re-encode the parameters that belong to the site, not to the signer.

/** `url` without the parameters in `names` (case-insensitive, as in nginx), and the first raw value that was removed. */
export function withoutParameters(url: string, names: readonly string[]): { url: string; taken: string | undefined } {
  const { path, query, fragment } = split(url)
  if (query === undefined) return { url, taken: undefined }
  const wanted = names.map((name) => name.toLowerCase())
  const isWanted = (pair: string) => wanted.includes(parameterName(pair).toLowerCase())
  const pairs = query.split('&')
  const found = pairs.find(isWanted)
  if (found === undefined) return { url, taken: undefined }
  const kept = pairs.filter((pair) => !isWanted(pair))
  return {
    url: path + (kept.length > 0 ? `?${kept.join('&')}` : '') + fragment,
    taken: found.slice(parameterName(found).length + 1),
  }
}

/** `url` with `parameters` (raw text) at the end of its query. They replace any that have the same name. */
export function withParameters(url: string, parameters: readonly (readonly [name: string, value: string])[]): string {
  const names = parameters.map(([name]) => name)
  const { path, query, fragment } = split(withoutParameters(url, names).url)
  const added = parameters.map(([name, value]) => `${name}=${value}`).join('&')
  return `${path}?${query ? `${query}&` : ''}${added}${fragment}`
}

/** The path that a browser sends for `url`: percent-encoded, dot segments resolved. Takes an absolute URL or an absolute path. */
export function requestPath(url: string): string {
  const base = url.startsWith('/') ? 'http://host.invalid' : undefined
  const pathname = URL.canParse(url, base) ? new URL(url, base).pathname : ''
  // The message leaves out the URL, because ClubEvent's URLs contain a secret.
  if (!pathname.startsWith('/')) throw new TypeError('url must be an absolute http(s) URL or a path that starts with /')
  return pathname
}

/** `baseUrl` without trailing slashes, so that paths can be appended. */
export function trimBaseUrl(baseUrl: string): string {
  if (typeof baseUrl !== 'string' || !URL.canParse(baseUrl)) throw new TypeError('baseUrl must be an absolute URL')
  return baseUrl.replace(/\/+$/, '')
}

function split(url: string): { path: string; query: string | undefined; fragment: string } {
  const hash = url.indexOf('#')
  const beforeHash = hash < 0 ? url : url.slice(0, hash)
  const mark = beforeHash.indexOf('?')
  return {
    path: mark < 0 ? beforeHash : beforeHash.slice(0, mark),
    query: mark < 0 ? undefined : beforeHash.slice(mark + 1),
    fragment: hash < 0 ? '' : url.slice(hash),
  }
}

function parameterName(pair: string): string {
  const equals = pair.indexOf('=')
  return equals < 0 ? pair : pair.slice(0, equals)
}
