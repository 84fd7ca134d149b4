import type { SignedUrlAnswer } from '../core/signing/answer.js'
import type { PlayerSource } from './types.js'

/** A source as a page sets it on a player with the plugin: `src` is the resource, what the site calls the video. */
export interface SignedUrlSource {
  readonly src: string
  readonly type?: string | undefined
  /** A URL that the server signed into the page: it saves the first signing request. */
  readonly signedUrl?: SignedUrlAnswer
  /** `false`: the source is played as it is. */
  readonly signed?: boolean
}

/** Sources that are played as they are, whatever the options say. */
export function isLeftAlone(source: PlayerSource & SignedUrlSource): boolean {
  return source.signed === false || /^(?:blob|data):/i.test(source.src)
}
