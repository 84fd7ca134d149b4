import { SignedUrlError } from '../errors.js'
import { decodePair } from '../query.js'
import type { Signature } from '../signature.js'
import { fileName, parseUrl } from '../split-url.js'
import { invalid, isRecord, plainAnswer, type SignReason } from './answer.js'
import type { Signer, Signing, SigningRequest, SourceClient } from './signing-client.js'

/** What a batch says of one file; undefined when it says nothing. */
type BatchAnswer = Signing | SignedUrlError | undefined

/**
 * The signing endpoint for media in which every file has its own signature: several in one request where the endpoint has batches, else one by one.
 *
 * Whether it has them shows in its first answer to `POST {"resources", "reason"}`: `{"urls"}`. Any other answer means that it has none, never a denial.
 */
export class Batches implements Signer {
  readonly #client: SourceClient
  /** The media's own signature. */
  readonly #main: Signature
  /** Files that are being signed ahead of need. */
  readonly #asked = new Map<string, Promise<BatchAnswer>>()
  /** Settles when the first batch has been answered. */
  #trial: Promise<unknown> | undefined
  #hasBatches = true

  constructor(client: SourceClient, main: Signature) {
    this.#client = client
    this.#main = main
  }

  /** As far as is known. */
  get hasBatches(): boolean {
    return this.#hasBatches
  }

  /** Signs one file, or waits where it is being signed already. Throws as `SigningClient.request` does. */
  async request(request: SigningRequest, signal: AbortSignal): Promise<Signing> {
    const answer = await this.#asked.get(request.resource)
    if (answer instanceof SignedUrlError) return this.#unsigned(request.resource, answer)
    return answer ?? this.#one(request, signal)
  }

  /** Has `resources` signed, and passes each answer to `take`. What fails is signed again when the file is requested. */
  ahead(resources: readonly string[], reason: SignReason, take: (resource: string, signing: Signing) => void): void {
    const wanted = resources.filter((resource) => !this.#asked.has(resource))
    if (wanted.length === 0) return
    const batch = this.#trial ? this.#trial.then(() => this.#several(wanted, reason)) : this.#several(wanted, reason)
    if (wanted.length > 1) this.#trial ??= batch
    for (const [index, resource] of wanted.entries()) {
      const asked = batch.then((all) => all[index])
      this.#asked.set(resource, asked)
      asked
        .then((answer) => {
          if (answer && !(answer instanceof SignedUrlError)) take(resource, answer)
        })
        .finally(() => this.#asked.delete(resource))
    }
  }

  /** Never rejects. */
  #several(resources: readonly string[], reason: SignReason): Promise<readonly BatchAnswer[]> {
    if (this.#hasBatches && resources.length > 1) return this.#batch(resources, reason)
    const ask = (resource: string) =>
      this.#one({ resource, reason, attempt: 1 }, this.#main.signal).catch(() => undefined)
    return Promise.all(resources.map(ask))
  }

  async #one(request: SigningRequest, signal: AbortSignal): Promise<Signing> {
    const { resource } = request
    try {
      return checkFile(resource, await this.#client.request(request, signal))
    } catch (error) {
      if (error instanceof SignedUrlError) return this.#unsigned(resource, error)
      throw error
    }
  }

  /** A file on another host that the endpoint denies does not belong to the media: it is requested as it is. */
  #unsigned(resource: string, error: SignedUrlError): Signing {
    if (
      error.code !== 'signed-url-denied' ||
      parseUrl(resource)?.origin === parseUrl(this.#main.settings.resource)?.origin
    )
      throw error
    const now = this.#main.settings.clock.now()
    return { answer: plainAnswer(resource), sentAt: now, receivedAt: now }
  }

  async #batch(resources: readonly string[], reason: SignReason): Promise<readonly BatchAnswer[]> {
    const [resource = ''] = resources
    const isTrial = !this.#trial
    try {
      return await this.#client.ask({ resource, resources, reason, attempt: 1 }, this.#main.signal, (raw, readOne) =>
        readBatch(raw, resources).map(([file, one]) => readFileAnswer(file, one, readOne)),
      )
    } catch (error) {
      // An endpoint that is overloaded or can't be reached has not said whether it has batches: the next ones try again.
      const isAnswer = error instanceof SignedUrlError && error.code !== 'signed-url-unavailable'
      // An answer with another status than 200 is not about batches.
      if (isAnswer && error.code === 'signed-url-invalid' && !error.status)
        this.#main.settings.listener.onFailure(error, true)
      if (!isTrial) return []
      if (isAnswer) this.#hasBatches = false
      else this.#trial = undefined
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

function readFileAnswer(resource: string, raw: unknown, readOne: (raw: unknown) => Signing): Signing | SignedUrlError {
  if (raw === null) return new SignedUrlError('signed-url-denied', 'The signing endpoint denies a file of the video.')
  try {
    return checkFile(resource, readOne(raw))
  } catch (error) {
    if (error instanceof SignedUrlError) return error
    throw error
  }
}

/** Returns `signing`, or throws `signed-url-invalid` where it is for another file: an id was signed, or a batch is in another order. */
export function checkFile(resource: string, signing: Signing): Signing {
  if (decodedName(resource) === decodedName(signing.answer.url)) return signing
  throw invalid("is for another file than the one requested; with `scope: 'file'` a resource is a file's unsigned URL")
}

/** The last segment of the path, decoded. */
function decodedName(url: string): string {
  return decodePair(fileName(url))
}
