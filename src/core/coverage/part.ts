import { LivePlaylists } from '../live-playlists.js'
import { Refusals } from '../refusals.js'
import type { Signature } from '../signature.js'
import type { Coverage } from './coverage.js'

/** What one signature opens of a media, and what its requests have met so far. */
export class Part {
  readonly signature: Signature
  readonly coverage: Coverage
  readonly refusals: Refusals
  readonly livePlaylists = new LivePlaylists()

  constructor(signature: Signature, coverage: Coverage) {
    signature.cover(coverage)
    this.signature = signature
    this.coverage = coverage
    this.refusals = new Refusals(signature)
  }
}
