/** The links of one playlist or MPD, through its versions. The engine goes on with the links that it has read first; each has a successor in the newest version. */
export interface LinkTable {
  /** Learns a newer version, whose links are signed as they are resolved against `sentUrl`. False where it holds none. */
  take(text: string, sentUrl: string): boolean
  /**
   * The newest version for the engine, which resolves its links against `baseUrl`. A file that the engine knows keeps its link: with another signature players would
   * take it for another init segment, and hls.js gives up where a segment's path has changed.
   */
  hand(text: string, baseUrl: string): string
  /** Whether the engine has read `url` here. */
  knows(url: string): boolean
  /** The newest link for the file that the engine calls `url`. Undefined for an unknown file, and for one that the newest version doesn't have any more. */
  successorOf(url: string): Successor | undefined
  /** Some links of the newest version, absolute: where it has few kinds, one of each. They show when the version expires. */
  samples(): readonly string[]
  /** Whether `url` is where the engine is to load this playlist from the next time. */
  isLocation(url: string): boolean
}

export interface Successor {
  /** Absolute. */
  readonly url: string
  /** The newest version left it out because the player has it, so this link is of an older one. */
  readonly isLeftOut: boolean
}
