import { Clock } from './core/clock.js'
import type { Environment } from './core/environment.js'
import { Signature } from './core/signature.js'
import type { SignatureListener } from './core/signature-settings.js'
import type { AnswerRules } from './core/signing/answer.js'
import { fillIn, SigningClient, type SourceClient } from './core/signing/signing-client.js'
import { Tries } from './core/signing/tries.js'
import { countSignings, noStats } from './core/stats.js'
import { absolute, type ResolvedOptions } from './options.js'
import { type PageSettings, pageEnvironment } from './page/environment.js'

/** What all resources that the same options sign have in common. */
export interface SigningSetup {
  readonly options: ResolvedOptions
  readonly clock: Clock
  readonly rules: AnswerRules
  readonly client: SigningClient
  readonly environment: Environment
}

export function setUpSigning(options: ResolvedOptions, page: PageSettings): SigningSetup {
  const { endpoint, allowedOrigins } = options
  const clock = new Clock()
  const rules = {
    // A relative answer is resolved against the endpoint, whatever resource is filled in.
    baseUrl: endpoint === undefined ? document.baseURI : fillIn(endpoint, ''),
    allowedOrigins,
    isSecurePage: location.protocol === 'https:',
  }
  const client = new SigningClient({ ...options, ...options.retry, rules, fetch: fetch.bind(window) }, clock)
  return { options, clock, rules, client, environment: pageEnvironment(page) }
}

/** The signature of `resource`, and the endpoint's client, whose requests its stats count. */
export function signatureFor(
  resource: string,
  setup: SigningSetup,
  listener: SignatureListener,
): { signature: Signature; client: SourceClient } {
  const { options, clock } = setup
  const stats = noStats()
  const client = countSignings(setup.client, stats)
  const signature = new Signature({
    ...setup,
    ...options,
    resource: (options.scope === 'file' && absolute(resource)) || resource,
    signer: client,
    stats,
    tries: new Tries(clock),
    listener,
  })
  return { signature, client }
}
