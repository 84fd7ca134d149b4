import { linkedController } from '../wait.js'
import type { Signing, SourceClient } from './signing-client.js'

export interface EarlySigner extends SourceClient {
  /** Sends the first request for `resource`: the signature that asks for it takes its answer. `signal` ends what no signature has taken. */
  sendAhead(resource: string, signal: AbortSignal): void
}

/** The endpoint's client, which can send a source's first request before there is a signature. */
export function earlySigner(client: SourceClient): EarlySigner {
  let early: { resource: string; life: AbortController; signing: Promise<Signing> } | undefined
  return {
    ask: client.ask.bind(client),
    request(request, signal) {
      const taken = early
      if (request.reason !== 'start' || taken?.resource !== request.resource) return client.request(request, signal)
      early = undefined
      signal.addEventListener('abort', () => taken.life.abort(signal.reason))
      return taken.signing
    },
    sendAhead(resource, signal) {
      const { controller: life } = linkedController(signal)
      const signing = client.request({ resource, reason: 'start', attempt: 1 }, life.signal)
      // Whoever takes it hears of a failure.
      signing.catch(() => {})
      early = { resource, life, signing }
    },
  }
}
