import videojs from 'video.js'
import type Player from 'video.js/dist/types/player.js'
import 'video.js/dist/video-js.css'
import './player.css'
// A site writes `import 'videojs-signed-url'`.
import '../src/index.js'
import { type Programme, sourceOf } from './programme.js'
import { registerWorker, WORKER } from './worker.js'

export const ENDPOINT = '/api/playback-url'

/** Everything that a site does. Only `hls` is for the demo. */
export function openFilm(id: string, programme: Programme): Player {
  if (programme.worker) registerWorker()
  const player = videojs(id, {
    fluid: true,
    aspectRatio: '16:9',
    crossOrigin: 'anonymous',
    plugins: {
      signedUrl: {
        endpoint: ENDPOINT,
        serviceWorker: programme.worker && WORKER,
        // A site leaves this out. By default hls.js buffers 30 s and more: half the film, before the first URL expires.
        // With 6 s the film meets each expiry. What has been played is dropped, so that a second showing loads it again.
        hls: { maxBufferLength: 6, maxMaxBufferLength: 6, backBufferLength: 6 },
      },
    },
  })
  player.src(sourceOf(programme))
  return player
}

/** The same signatures protect the poster and the film. The film plays without a poster too. */
export async function showPoster(player: Player): Promise<void> {
  const url = await player
    .signedUrl()
    .sign('film/poster.jpg')
    .catch(() => undefined)
  if (url !== undefined) player.poster(url)
}
