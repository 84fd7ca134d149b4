import type { SignedUrlOptions } from '../options.js'
import type { SignedUrlPlugin } from '../plugin.js'

/*
 * Types for `player.signedUrl()`. Under node16 and nodenext resolution this is the only form that TypeScript merges into Video.js's own types:
 * they declare the player as the default export of that module.
 */
declare module 'video.js/dist/types/player.js' {
  export default interface Player {
    /** The plugin of this player; the first call, with options, makes it. */
    signedUrl(options?: SignedUrlOptions): SignedUrlPlugin
  }
}

/*
 * The same for Video.js 7, whose types come from DefinitelyTyped and declare the player in the module itself. Each version's types have one of the two players;
 * the other declaration adds nothing to them.
 */
declare module 'video.js' {
  interface VideoJsPlayer {
    /** The plugin of this player; the first call, with options, makes it. */
    signedUrl(options?: SignedUrlOptions): SignedUrlPlugin
  }
}
