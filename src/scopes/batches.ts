import { invalid, isRecord, type SignReason } from '../core/answer.js'
import { SignedUrlError } from '../core/errors.js'
import type { SignedSource } from '../core/signed-source.js'
import type { Signer, Signing, SigningClient, SigningRequest } from '../core/signing-client.js'
import { parseUrl } from '../core/split-url.js'
import { plainAnswer } from './plain-answer.js'

/** What a batch says of one file; undefined when it says nothing. */
type Said = Signing | SignedUrlError | undefined

/**
 * The signing endpoint for films whose every file has a signature of its own: several in one request where the endpoint has batches, else one by one.
 *
 * Whether it has them is tried once: `POST {"resources", "reason"}` → `{"urls"}`. Whatever else it answers means that it has none, never a denial.
 */
export class Batches implements Signer {
  readonly #client: SigningClient
  readonly #film: SignedSource
  /** Files that are being signed ahead of need. */
  readonly #asked = new Map<string, Promise<Said>>()
  /** Settles when the first batch has been answered. */
  #trial: Promise<unknown> | undefined
  #hasBatches = true

  constructor(client: SigningClient, film: SignedSource) {
    this.#client = client
    this.#film = film
  }

  /** As far as is known. */
  get hasBatches(): boolean {
    return this.#hasBatches
  }

  /** Signs one file; one that is being signed already waits for that. Throws as `SigningClient.request` does. */
  async request(request: SigningRequest, signal: AbortSignal): Promise<Signing> {
    const said = await this.#asked.get(request.resource)
    if (said instanceof SignedUrlError) return this.#unsigned(request.resource, said)
    return said ?? this.#one(request, signal)
  }

  /** Has `resources` signed, and hands each answer over. What fails is left to whoever needs the file. */
  ahead(resources: readonly string[], reason: SignReason, take: (resource: string, signing: Signing) => void): void {
    const wanted = resources.filter((resource) => !this.#asked.has(resource))
    if (wanted.length === 0) return
    const batch = this.#trial ? this.#trial.then(() => this.#several(wanted, reason)) : this.#several(wanted, reason)
    if (wanted.length > 1) this.#trial ??= batch
    for (const [index, resource] of wanted.entries()) {
      const asked = batch.then((all) => all[index])
      this.#asked.set(resource, asked)
      asked
        .then((said) => {
          if (said && !(said instanceof SignedUrlError)) take(resource, said)
        })
        .finally(() => this.#asked.delete(resource))
    }
  }

  /** Never rejects. */
  #several(resources: readonly string[], reason: SignReason): Promise<readonly Said[]> {
    if (this.#hasBatches && resources.length > 1) return this.#batch(resources, reason)
    const ask = (resource: string) =>
      this.#one({ resource, reason, attempt: 1 }, this.#film.signal).catch(() => undefined)
    return Promise.all(resources.map(ask))
  }

  async #one(request: SigningRequest, signal: AbortSignal): Promise<Signing> {
    const { resource } = request
    this.#film.stats.signings += 1
    try {
      return ofFile(resource, await this.#client.request(request, signal))
    } catch (error) {
      if (error instanceof SignedUrlError) return this.#unsigned(resource, error)
      throw error
    }
  }

  /** A file on another host that the endpoint denies is no file of the film's: it is asked for as it is. */
  #unsigned(resource: string, error: SignedUrlError): Signing {
    if (error.code !== 'signed-url-denied' || parseUrl(resource)?.origin === parseUrl(this.#film.resource)?.origin)
      throw error
    const now = this.#film.settings.clock.now()
    return { answer: plainAnswer(resource), sentAt: now, receivedAt: now }
  }

  async #batch(resources: readonly string[], reason: SignReason): Promise<readonly Said[]> {
    const [resource = ''] = resources
    const isTrial = !this.#trial
    this.#film.stats.signings += 1
    try {
      return await this.#client.ask({ resource, resources, reason, attempt: 1 }, this.#film.signal, (raw, readOne) =>
        readBatch(raw, resources).map(([file, one]) => said(file, one, readOne)),
      )
    } catch (error) {
      // With another status it is no batch's answer.
      const isAnswer = error instanceof SignedUrlError && error.code === 'signed-url-invalid' && !error.status
      if (isAnswer) this.#film.settings.listener.onFailure(error, true)
      if (isTrial) this.#hasBatches = false
      return []
    }
  }
}

/** The answers of a batch, each with its file, or `SignedUrlError` `signed-url-invalid`. `sign` answers with the bare list. */
function readBatch(raw: unknown, resources: readonly string[]): (readonly [resource: string, raw: unknown])[] {
  const urls = isRecord(raw) ? raw.urls : raw
  if (!Array.isArray(urls)) throw invalid('has no `urls`')
  if (urls.length !== resources.length) throw invalid(`has ${urls.length} \`urls\` for ${resources.length} resources`)
  return resources.map((resource, index) => [resource, urls[index]])
}

function said(resource: string, raw: unknown, readOne: (raw: unknown) => Signing): Signing | SignedUrlError {
  if (raw === null) return new SignedUrlError('signed-url-denied', 'The signing endpoint denies a file of the film.')
  try {
    return ofFile(resource, readOne(raw))
  } catch (error) {
    if (error instanceof SignedUrlError) return error
    throw error
  }
}

/** Throws `signed-url-invalid` where the answer is for another file: an id was signed, or a batch is in another order. */
export function ofFile(resource: string, signing: Signing): Signing {
  if (fileOf(resource) === fileOf(signing.answer.url)) return signing
  throw invalid("is for another file than was asked for; with `scope: 'file'` a resource is a file's unsigned URL")
}

/** The last piece of the path, decoded. */
function fileOf(url: string): string {
  const name = url.replace(/[?#].*/s, '').replace(/.*\//s, '')
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
