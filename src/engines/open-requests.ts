import { Credentials } from '../core/credentials.js'
import type { MediaRequests } from '../core/media-requests.js'
import { SignedRequests } from '../core/signed-requests.js'
import type { EngineContext } from './engine.js'

/** What an engine that rewrites requests asks of its film. One signature for the whole folder is what most sites have: the other scopes are a chunk of their own. */
export function openRequests({ source, openScope }: EngineContext): MediaRequests {
  return openScope?.() ?? new SignedRequests(source, new Credentials(source.resource))
}
