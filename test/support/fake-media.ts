import type { MediaAnswer, MediaRequest, Verdict } from '../../src/core/media-request.js'
import type { SignedMedia } from '../../src/core/signed-media.js'

type Url = string | Promise<string>

/** Media as an engine sees it, with the requests of the engine. */
export class FakeMedia implements Pick<SignedMedia, 'request'> {
  readonly requests: FakeMediaRequest[] = []
  withCredentials = false
  /** The URLs for the tries of a request, in order; the last one repeats. */
  urls: (askedUrl: string, signal?: AbortSignal) => readonly Url[] = (askedUrl) => [askedUrl]
  isRefused = ({ status }: MediaAnswer): boolean => [0, 401, 403, 410].includes(status)
  /** The base URL that the engine gets for an answer. */
  base = (_answer: MediaAnswer, askedUrl: string): string => askedUrl
  /** The status that the engine gets for an answer. */
  statusFor = (status: number): number => status
  readPlaylist = (_text: string): string | undefined => undefined

  request(askedUrl: string, { signal }: { signal?: AbortSignal } = {}): FakeMediaRequest {
    const request = new FakeMediaRequest(this, askedUrl, signal)
    this.requests.push(request)
    return request
  }

  /** The answers to the tries of the last request. */
  get answers(): readonly MediaAnswer[] {
    return this.requests.at(-1)?.answers ?? []
  }
}

class FakeMediaRequest implements MediaRequest {
  readonly answers: MediaAnswer[] = []
  tries = 0
  readonly #media: FakeMedia
  readonly askedUrl: string
  readonly signal: AbortSignal | undefined

  constructor(media: FakeMedia, askedUrl: string, signal: AbortSignal | undefined) {
    this.#media = media
    this.askedUrl = askedUrl
    this.signal = signal
  }

  get withCredentials(): boolean {
    return this.#media.withCredentials
  }

  url(): Url {
    const urls = this.#media.urls(this.askedUrl, this.signal)
    this.tries += 1
    return urls[Math.min(this.tries, urls.length) - 1] ?? this.askedUrl
  }

  answered(answer: MediaAnswer): Verdict {
    const { isRefused, base, statusFor, readPlaylist } = this.#media
    this.answers.push(answer)
    if (isRefused(answer)) return { again: true }
    const text = answer.text === undefined ? undefined : readPlaylist(answer.text)
    return { again: false, url: base(answer, this.askedUrl), status: statusFor(answer.status), text }
  }
}
