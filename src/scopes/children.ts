import type { SignReason } from '../core/answer.js'
import { SignedRequests } from '../core/signed-requests.js'
import { noStats, type Scope, SignedSource, type SourceStats } from '../core/signed-source.js'
import type { Signer, Signing } from '../core/signing-client.js'

/** A part of a film that has a signature of its own: a file, or the links of a playlist. */
export class Child {
  readonly source: SignedSource
  readonly requests: SignedRequests
  readonly #take: (signing: Signing) => void

  constructor(source: SignedSource, scope: Scope, take: (signing: Signing) => void) {
    this.source = source
    this.requests = new SignedRequests(source, scope)
    this.#take = take
  }

  /** Whether it can be asked for now. */
  get isSigned(): boolean {
    return this.source.validity() !== 'expired'
  }

  /** Takes over what was signed without being asked for by the child itself. */
  take(signing: Signing): void {
    this.#take(signing)
  }
}

/** Where the parts of a film come together. */
export interface ChildSettings {
  readonly resource: string
  readonly client: Signer
  readonly scope: Scope
  /** A URL that takes the place of an older one is asked for. */
  readonly onRefreshing?: (reason: SignReason) => void
}

/**
 * The parts of one film. They share its clock, its page and its counts, and their newest URL tells for the film. What one of them can't get, the film can't:
 * it is told of as the film's own failure, and asked for again when the film's next refresh succeeds.
 */
export class Children {
  readonly #film: SignedSource
  readonly #sources = new Set<SignedSource>()

  constructor(film: SignedSource) {
    this.#film = film
    film.signal.addEventListener('abort', () => {
      for (const source of this.#sources) source.dispose()
    })
  }

  make({ resource, client, scope, onRefreshing }: ChildSettings): Child {
    const film = this.#film
    const { listener } = film.settings
    let isReplaced = false
    const onNewest = () => {
      film.issue = source.issue
    }
    const source = new SignedSource({
      ...film.settings,
      resource,
      client,
      stats: countedWith(film.stats),
      listener: {
        onRefreshing: (reason) => {
          // One that was dropped while a request was on its way has something to end again.
          this.#sources.add(source)
          isReplaced = true
          onRefreshing?.(reason)
          listener.onRefreshing(reason)
        },
        onIssue: (issue) => {
          onNewest()
          if (isReplaced) listener.onIssue(issue)
        },
        onFailure: (error, willRetry) => listener.onFailure(error, willRetry),
        onSettled: () => this.#settled(source),
      },
    })
    this.#sources.add(source)
    return new Child(source, scope, (signing) => {
      source.apply(signing)
      onNewest()
    })
  }

  /** Nobody will ask for it again. */
  drop({ source }: Child): void {
    source.planned?.abort()
    if (!source.refreshing && !source.error) this.#sources.delete(source)
  }

  #settled(source: SignedSource): void {
    if (!source.error) return
    const film = this.#film
    film.fail(source.error)
    // Waits for the film's next URL, which counts: when the page wakes up, that is asked for.
    film
      .nextIssue('resumed')
      .then(() => source.refreshQuietly('resumed'))
      .catch(() => {})
  }
}

/** Counts of its own, but for what the film counts of all. */
function countedWith(film: SourceStats): SourceStats {
  const stats = noStats()
  for (const name of ['refreshes', 'refusals', 'failures', 'waitedMs'] as const) {
    Object.defineProperty(stats, name, {
      get: () => film[name],
      set: (value: number) => {
        film[name] = value
      },
    })
  }
  return stats
}
