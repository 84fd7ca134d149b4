import { mediaOpener } from '../core/open-media.js'
import type { Signature } from '../core/signature.js'
import type { SignedMedia } from '../core/signed-media.js'
import type { SourceClient } from '../core/signing/signing-client.js'
import type { EngineContext } from '../engines/engine.js'
import type { ResolvedOptions } from '../options.js'
import { onIntent } from './intent.js'
import { watchStalls } from './stall-watch.js'

/* What a source needs once it is to be played. A page that plays none doesn't load it. */

/** What a session is to its engine. */
export interface Playing
  extends Pick<EngineContext, 'videojs' | 'player' | 'tech' | 'signal' | 'openMediaSource' | 'fail' | 'recover'> {
  readonly options: ResolvedOptions
  /** What the console has been warned of. */
  readonly warnings: Set<string>
  readonly signature: Signature
  readonly client: SourceClient
  /** Nothing is left to play. */
  isStarved(): boolean
  /** The engine has opened the media. */
  onMedia(media: SignedMedia): void
}

/** Resolves with a function that makes the engine's context for a media type. */
export async function preparePlayback(playing: Playing): Promise<(type: string) => EngineContext> {
  const { videojs, player, tech, options, warnings, signature, client, signal, isStarved, onMedia } = playing
  const { openMediaSource, fail, recover } = playing
  const { resource, stats } = signature.settings
  const openMedia = await mediaOpener({ ...options, signature, client })
  // Listening to a disposed player would keep it.
  signal.throwIfAborted()
  if (options.refreshOnIntent) onIntent(player, tech, () => signature.anticipate(), signal)
  return (type) => ({
    videojs,
    player,
    tech,
    type,
    resource,
    signal,
    serviceWorker: options.serviceWorker,
    openMedia(how) {
      const media = openMedia(how)
      watchStalls({ player, signature, lacks: media.lacks, signal, isStarved })
      onMedia(media)
      return media
    },
    warn(message) {
      if (!warnings.has(message)) videojs.log?.warn(`signedUrl: ${message}`)
      warnings.add(message)
    },
    noteSwap(gapMs) {
      stats.swaps += 1
      stats.lastGapMs = gapMs
      stats.longestGapMs = Math.max(stats.longestGapMs, gapMs)
    },
    openMediaSource,
    fail,
    recover,
  })
}
