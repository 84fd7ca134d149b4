import { bareType } from '../engines/media-type.js'

/** Types with which servers send what they know nothing about. */
const SAYS_NOTHING = /^(?:$|text\/plain|(?:application|binary)\/octet-stream)/

/**
 * The media type that a server sends `url` with, in lower case and without parameters; undefined where it says nothing. Loads no body. A plain `GET`, because some servers
 * sign the method. Rejects as `fetch` does.
 */
export async function sniffType(
  url: string,
  signal: AbortSignal,
  credentials: RequestCredentials,
): Promise<string | undefined> {
  const { headers, ok, body } = await fetch(url, { signal, credentials })
  body?.cancel().catch(() => {})
  const type = bareType(headers.get('content-type') ?? '')
  return !ok || SAYS_NOTHING.test(type) ? undefined : type
}
