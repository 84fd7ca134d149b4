import { Credentials } from '../core/credentials.js'
import type { MediaRequests } from '../core/media-requests.js'
import { SignedRequests } from '../core/signed-requests.js'
import { AnswerNotes } from './answer-notes.js'
import type { EngineContext } from './engine.js'

/**
 * What an engine that rewrites requests asks of its film, and what it can tell of the answers.
 * One signature for the whole folder is what most sites have: the other scopes are a chunk of their own.
 */
export function openRequests({ source, openScope }: EngineContext): [requests: MediaRequests, notes: AnswerNotes] {
  const film: MediaRequests = openScope?.() ?? new SignedRequests(source, new Credentials(source.resource))
  const notes = new AnswerNotes(source)
  const requests: MediaRequests = {
    start: () => film.start(),
    of: (url) => film.of(url),
    readPlaylist: (...answer) => {
      notes.read(...answer)
      return film.readPlaylist?.(...answer)
    },
    sendsCookies: film.sendsCookies?.bind(film),
  }
  return [requests, notes]
}
