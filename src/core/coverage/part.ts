import { LivePlaylists } from '../live-playlists.js'
import type { Signature } from '../signature.js'
import type { Coverage } from './coverage.js'

/** What one signature opens of a media. */
export class Part {
  readonly signature: Signature
  readonly coverage: Coverage
  readonly livePlaylists = new LivePlaylists()

  constructor(signature: Signature, coverage: Coverage) {
    signature.cover(coverage)
    this.signature = signature
    this.coverage = coverage
  }
}
