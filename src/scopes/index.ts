import type { MediaRequests } from '../core/media-requests.js'
import type { SignedSource } from '../core/signed-source.js'
import type { SigningClient } from '../core/signing-client.js'
import { CookieRequests } from './cookie-requests.js'
import { FileRequests } from './file-requests.js'
import { ManifestRequests } from './manifest-requests.js'

type OpenScope = (
  source: SignedSource,
  client: SigningClient,
  options: { readonly allowedOrigins: readonly string[] | undefined },
  isOneFile?: boolean,
) => MediaRequests | undefined

/** What each value of the option `scope`, but the one that most sites have, means for a film's requests. */
export const SCOPES: Readonly<Record<string, OpenScope>> = {
  file: (source, client, { allowedOrigins }, isOneFile) =>
    isOneFile ? undefined : new FileRequests(source, client, allowedOrigins),
  manifest: (source, client, _options, isOneFile) => (isOneFile ? undefined : new ManifestRequests(source, client)),
  cookie: (source) => new CookieRequests(source),
}
