import { fileName } from '../split-url.js'
import type { LinkTable } from './link-table.js'

/** A kind of playlists. HLS is read by every engine that reads any; others come with the engine that reads them. */
export interface PlaylistFormat {
  /** Whether `text` is of this kind. */
  isOne(text: string): boolean
  /** Follows the links of one playlist. Default: the table for HLS, which is loaded with what follows signed links. */
  readonly createTable?: () => LinkTable
  /** Some links of a version, absolute: enough to see whether the server signs them. */
  someLinks(text: string, baseUrl: string): readonly string[]
  /** Whether a file that both versions have is another link in the newer one. Both are resolved against `baseUrl`. */
  hasOtherLinks(older: string, newer: string, baseUrl: string): boolean
}

/** Whether two links of one place in a playlist are to the same file, and differ. */
export function isOtherLink(older: string | undefined, newer: string): boolean {
  return older !== undefined && older !== newer && fileName(older) === fileName(newer)
}
