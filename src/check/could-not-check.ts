/** Nothing could be checked: no URL, no video, a host that doesn't answer. `message` is one sentence without a token. */
export class CouldNotCheckError extends Error {
  override readonly name = 'CouldNotCheckError'
}

/** What Node's network errors mean. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/^ENOTFOUND|^EAI_/, "can't be found: its name has no address"],
  [/^ECONNREFUSED/, 'refuses connections'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID/, 'has a certificate for another host'],
  [/^CERT_HAS_EXPIRED/, 'has a certificate that has expired'],
  [/CERT|SIGNATURE|ISSUER/, 'has a certificate that is not trusted'],
  [/SSL|TLS|EPROTO/, 'speaks no TLS that is understood'],
  [/TIMEOUT|ETIMEDOUT/, "doesn't answer in time"],
]

/** One sentence on why a request to `host` failed. What was thrown may quote the URL, so of it only the code is used. Browsers don't say more than that it failed. */
export function explainFailure(host: string, thrown: unknown, isBrowser = false): string {
  const code = codeOf(thrown)
  const [, what] = CAUSES.find(([pattern]) => pattern.test(code)) ?? []
  if (isBrowser && what === undefined)
    return `${host} gives no answer that the page may read: it is down, or sends no \`Access-Control-Allow-Origin\`.`
  return `${host} ${what ?? 'gives no answer'}${/^\w+$/.test(code) ? ` (${code})` : ''}.`
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  if (thrown.name === 'TimeoutError') return 'TIMEOUT'
  // Where a host has several addresses, each has an error of its own.
  if (thrown instanceof AggregateError) return codeOf(thrown.errors[0])
  return codeOf(thrown.cause)
}
