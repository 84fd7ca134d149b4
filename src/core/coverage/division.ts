import type { Refusals } from '../refusals.js'
import type { Signature } from '../signature.js'
import type { SourceClient } from '../signing/signing-client.js'
import type { Coverage } from './coverage.js'
import { Part } from './part.js'
import type { PlaylistFormat } from './playlist-format.js'

/** A playlist or manifest as it was served. */
export interface ServedPlaylist {
  readonly text: string
  /** As the engine names it. */
  readonly askedUrl: string
  readonly sentUrl: string
  /** What its relative links are resolved against. */
  readonly baseUrl: string
}

/** What a division is made from. */
export interface DivisionSettings {
  /** The media's own. */
  readonly signature: Signature
  /** Counts what it sends. */
  readonly client: SourceClient
  /** The option: where files may lie besides the media's own origin; undefined for anywhere. */
  readonly allowedOrigins: readonly string[] | undefined
  /** What the engine reads. */
  readonly formats: readonly PlaylistFormat[]
  readonly refusals: Refusals
}

/** How the files of one media are divided among signatures: one implementation for each value of `scope`. */
export interface Division {
  /** The URL that the engine begins with, once it can be requested. Rejects only when the source ends. */
  start(): Promise<string>
  /** The part that the file at `url`, as the engine names it, belongs to; undefined for one that is requested as it is. */
  partOf(url: string): Part | undefined
  /**
   * The file at `url`, as the engine names it, was refused. Returns true where something else than the issue of `part` has to be renewed first, which the next
   * `url()` of the request waits for. `isAgain`: another fresh issue was refused before.
   */
  refused?(url: string, part: Part, isAgain: boolean): boolean
  /** Whether the file at `url` was in a playlist that signed the link to it, and has left that: nothing can refresh the link. */
  isGone?(url: string): boolean
  /** Reads a playlist that was served. Returns what the engine is to read instead, if anything. */
  readPlaylist?(playlist: ServedPlaylist): string | undefined
}

/** One signature opens everything that it covers. */
export function oneSignature(signature: Signature, coverage: Coverage): Division {
  const part = new Part(signature, coverage)
  return { start: () => signature.start(), partOf: () => part }
}
