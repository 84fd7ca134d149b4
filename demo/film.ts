import videojs from 'video.js'
import type Player from 'video.js/dist/types/player.js'
import 'video.js/dist/video-js.css'
import './player.css'
// A site writes `import 'videojs-signed-url'`.
import '../src/index.js'
import { type Programme, sourceOf } from './programme.js'

/** All that a site does; only `hls` is for the demo. */
export function openFilm(id: string, programme: Programme): Player {
  const player = videojs(id, {
    fluid: true,
    aspectRatio: '16:9',
    crossOrigin: 'anonymous',
    plugins: {
      signedUrl: {
        endpoint: '/api/playback-url',
        serviceWorker: programme.worker && '/signed-url-worker.js',
        // A site leaves this out. With hls.js's own thirty seconds and more, half the film would be here before the first URL dies;
        // with six, each expiry is really met. What was played is dropped, so that a second showing is loaded anew.
        hls: { maxBufferLength: 6, maxMaxBufferLength: 6, backBufferLength: 6 },
      },
    },
  })
  player.src(sourceOf(programme))
  return player
}

/** The poster lies behind the same signatures as the film. One that can't be had is no loss. */
export async function showPoster(player: Player): Promise<void> {
  const url = await player
    .signedUrl()
    .sign('film/poster.jpg')
    .catch(() => undefined)
  if (url !== undefined) player.poster(url)
}

/** Whether the element loads the film from this site, which has it only through the worker; undefined while it loads nothing. */
export function isServedByWorker(player: Player): boolean | undefined {
  const src = player.el().querySelector('video')?.src ?? ''
  return src === '' || src.startsWith('data:')
    ? undefined
    : URL.canParse(src) && new URL(src).origin === location.origin
}
