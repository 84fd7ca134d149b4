import videojs from 'video.js'

/**
 * For the option `hls`. A site leaves this out. By default hls.js buffers 30 s and more: half the film, before the first URL expires.
 * With 6 s the film meets each expiry. What has been played is dropped, so that a second showing loads it again.
 */
export const SMALL_BUFFER = { maxBufferLength: 6, maxMaxBufferLength: 6, backBufferLength: 6 }

/** The same for VHS, in all players of the page. */
export function limitVhs(): void {
  if ('Vhs' in videojs) Object.assign(videojs.Vhs ?? {}, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })
}
